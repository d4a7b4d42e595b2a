"""Arms are drawn by our own hash: right shares, the same for a customer whoever else is there, within the budget."""

from __future__ import annotations

from collections import Counter

import ibis
import pyarrow as pa
import pytest

from regulars.campaigns.arithmetic import ratio_mismatch_p
from regulars.campaigns.assign import assignment, audience
from regulars.campaigns.campaign import Campaign, campaign
from regulars.contracts.catalog import CONTRACTS
from regulars.kernel.errors import ConditionError
from tests.engines.cases_campaigns import JULY, LAUNCH, customers

CON = ibis.duckdb.connect()
THREE = campaign("three", {"audience": "a", "arms": {"letter": 0.25, "mail": 0.35, "control": 0.4}})


def drawn(rows: pa.Table, plan: Campaign, salt: str = "s") -> dict[str, dict[str, object]]:
    found = CON.to_pyarrow(assignment(ibis.memtable(rows), plan, salt=salt, assigned_at=LAUNCH)).to_pylist()
    return {row["customer_key"]: row for row in found}


def chosen(plan: Campaign) -> set[str]:
    found = audience(ibis.memtable(customers()), plan, salt="s")
    return set(CON.to_pyarrow(found)["customer_key"].to_pylist())


def test_columns_are_those_of_treatment() -> None:
    found = assignment(ibis.memtable(customers(3)), JULY, salt="s", assigned_at=LAUNCH)
    assert list(found.columns) == list(CONTRACTS["treatment"].names)


def test_shares_are_as_planned_and_the_propensity_is_the_arms_own() -> None:
    found = drawn(customers(6000), THREE)
    counts = Counter(str(row["arm"]) for row in found.values())
    assert ratio_mismatch_p(dict(counts), dict(THREE.arms)) > 0.001
    assert {(row["arm"], round(float(str(row["propensity"])), 12)) for row in found.values()} == set(THREE.arms)


def test_an_arm_depends_on_the_customer_and_the_salt_only() -> None:
    few, many = drawn(customers(20), JULY), drawn(customers(200), JULY)
    assert all(many[key] == row for key, row in few.items())
    other = drawn(customers(200), JULY, salt="t")
    assert any(other[key]["arm"] != row["arm"] for key, row in many.items())
    assert all(other[key]["message_id"] == row["message_id"] for key, row in many.items())


def test_two_campaigns_draw_independently() -> None:
    first = drawn(customers(4000), JULY)
    second = drawn(customers(4000), campaign("august", {"audience": "a", "holdout": 0.4}))
    both = sum(first[key]["arm"] == second[key]["arm"] == "control" for key in first)
    assert both / 4000 == pytest.approx(0.16, abs=0.025)


def test_without_a_budget_everybody_who_matches_is_in_and_null_does_not_match() -> None:
    plan = campaign("c", {"audience": "value > 3"})
    values = customers().to_pylist()
    assert chosen(plan) == {row["customer_key"] for row in values if row["value"] and row["value"] > 3}


def test_the_budget_takes_the_best_before_the_draw() -> None:
    plan = campaign("c", {"audience": "value > 3", "budget": 5.4, "cost_per_contact": 1, "holdout": 0.1})
    values = {row["customer_key"]: row["value"] for row in customers().to_pylist()}
    found = chosen(plan)
    assert len(found) == 6  # 6 customers x 0.9 addressed x 1.00 = 5.40
    left = [value for key, value in values.items() if key not in found and value is not None]
    assert min(values[key] for key in found) >= max(left)


def test_no_holdout_and_only_holdout_are_one_arm() -> None:
    assert {row["arm"] for row in drawn(customers(), campaign("c", {"audience": "a", "holdout": 0})).values()} == {
        "treated"
    }
    assert {row["arm"] for row in drawn(customers(), campaign("c", {"audience": "a", "holdout": 1})).values()} == {
        "control"
    }


def test_an_unknown_name_in_the_audience_is_guessed() -> None:
    with pytest.raises(ConditionError, match="Did you mean 'value'"):
        chosen(campaign("c", {"audience": "valu > 3"}))
