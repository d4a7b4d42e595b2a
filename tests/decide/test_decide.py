"""Names of customers become columns, and the first rule that matches decides, with its reason."""

from __future__ import annotations

from decimal import Decimal

import ibis
import pyarrow as pa
import pytest

from regulars.contracts.catalog import CONTRACTS
from regulars.decide.customer import Vocabulary
from regulars.decide.policy import Policy, decisions, names_needed, policy, scores_used
from regulars.kernel.errors import ConditionError, ConfigError
from tests.engines.cases_decide import CARE, NAMES, NEW, WORDS, decided, facts

CON = ibis.duckdb.connect()


def bring(rows: pa.Table) -> ibis.Table:
    return ibis.memtable(rows)


def rows(table: ibis.Table) -> dict[str, dict[str, object]]:
    return {row["customer_key"]: row for row in CON.to_pyarrow(table).to_pylist()}


def decide(rules: Policy) -> dict[str, dict[str, object]]:
    return rows(decisions(facts(bring, names_needed(rules, WORDS)), rules, as_of=NEW))


def test_every_wanted_name_is_a_column_of_the_latest_run() -> None:
    found = rows(facts(bring))
    assert list(found["c1"]) == ["customer_key", *sorted(NAMES)]
    assert (found["c1"]["value"], found["c1"]["value.high"], found["c1"]["value.p_alive"]) == (120.125, 240.25, 0.9)
    assert found["c2"]["churn.probability"] == 0.8  # churn's own latest run is older
    assert found["c4"]["value"] is None  # its only score of value is of an older run, an item's or a prospect's
    assert (found["c1"]["segment.rfm"], found["c1"]["card"], found["c2"]["card"]) == ("champion", "gold", None)
    assert [found[key]["leaving"] for key in sorted(found)] == [False, False, True, False]


def test_an_unknown_name_gets_a_guess() -> None:
    with pytest.raises(ConditionError, match=r"Did you mean 'churn\.probability'"):
        facts(bring, ("churn.probabilty",))
    with pytest.raises(ConditionError, match="Did you mean 'city'"):
        facts(bring, ("cty",))


def test_a_score_comes_before_an_attribute() -> None:
    words = Vocabulary({"city": ("size",)})
    assert words.score("city") == ("city", "size", "value")
    assert words.score("city.nothing") is None
    assert words.score("value.low") is None


def test_the_first_rule_that_matches_decides() -> None:
    found = rows(decided(bring))
    assert {key: row["action"] for key, row in found.items()} == {
        "c1": "invest",
        "c2": "leave",
        "c3": "rescue",
        "c4": "average",
    }
    assert {key: row["runner_up"] for key, row in found.items()} == {
        "c1": "rescue",
        "c2": "average",
        "c3": "average",
        "c4": None,
    }
    assert list(found["c1"]) == list(CONTRACTS["decision"].names)


def test_a_reason_tells_the_condition_and_the_customers_own_values() -> None:
    found = rows(decided(bring))
    assert found["c1"]["reason"] == ("value.percentile >= 80 and not leaving (leaving = no, value.percentile = 95.00)")
    assert found["c3"]["reason"] == "leaving or city = 'Delft' (city = unknown, leaving = yes)"
    assert found["c4"]["reason"] == "no rule before it matches"


def test_expected_profit_is_the_residual_value_of_whom_we_serve() -> None:
    found = rows(decided(bring))
    assert {key: row["expected_profit"] for key, row in found.items()} == {
        "c1": Decimal("120.1250"),
        "c2": Decimal(0),
        "c3": Decimal(70),
        "c4": None,
    }


def test_whom_no_rule_matches_gets_no_decision() -> None:
    assert set(decide(policy("p", {"invest": "value.percentile >= 80"}))) == {"c1", "c3"}


def test_decisions_have_keys_that_stay() -> None:
    first = {key: row["decision_id"] for key, row in decide(CARE).items()}
    assert first == {key: row["decision_id"] for key, row in decide(CARE).items()}
    assert len(set(first.values())) == 4
    other = decide(Policy("other", CARE.rules))
    assert not set(first.values()) & {row["decision_id"] for row in other.values()}


def test_scores_used_are_what_the_gate_is_asked_about() -> None:
    assert scores_used(CARE, WORDS) == {"value"}
    assert scores_used(policy("p", {"call": "churn > 0.5 and city = 'Essen'"}), WORDS) == {"churn"}
    assert scores_used(policy("p", {"all": "otherwise"}), WORDS) == set()


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ({}, "no rules"),
        ({"average": "otherwise", "invest": "value > 1"}, "never tried"),
        ({"invest": 5}, "not a condition"),
    ],
)
def test_wrong_policies(section: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        policy("p", section)
