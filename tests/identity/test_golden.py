"""Who wins an attribute: what is there, then trust, then recency, then the smallest source and id."""

from __future__ import annotations

from datetime import date

import ibis
import pytest

from regulars.identity.match import seen_customers
from tests.engines.cases_identity import CASES, CUSTOMERS, golden

CON = ibis.duckdb.connect()


def _golden(trust: dict[str, float] | None = None) -> dict[str, dict[str, object]]:
    rows = CON.to_pyarrow(golden(ibis.memtable, trust)).to_pylist()
    return {row["customer_key"]: row for row in rows}


def test_a_trusted_source_wins_but_its_empty_fields_hide_nothing() -> None:
    first = _golden()["c1"]
    assert (first["email"], first["email_source"]) == ("jo@shop.nl", "crm")
    assert (first["city"], first["city_source"]) == ("Leiden", "till")
    assert (first["birth_date"], first["attr_card"]) == (date(1980, 2, 29), "gold")


def test_with_equal_trust_the_most_recent_wins_and_then_the_smallest_source() -> None:
    found = _golden({})
    assert found["c1"]["email"] == "new@shop.nl"
    assert (found["c2"]["city"], found["c2"]["attr_card_source"]) == ("Gouda", "till")


def test_trust_below_the_default_loses() -> None:
    assert _golden({"till": 0.5})["c2"]["city"] == "Sneek"


def test_days_come_from_facts_and_customers_of_facts_only_are_there() -> None:
    found = _golden()
    assert set(found) == {"c1", "c2", "c3"}
    assert (found["c1"]["first_seen"], found["c1"]["last_seen"]) == (date(2026, 1, 5), date(2026, 3, 1))
    assert (found["c2"]["first_seen"], found["c3"]["first_seen"]) == (None, date(2026, 4, 1))
    assert found["c3"]["email"] is None and found["c3"]["email_source"] is None


@pytest.mark.parametrize("turn", range(1, 5))
def test_row_order_changes_nothing(turn: int, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _golden({})
    monkeypatch.setattr("tests.engines.cases_identity.CUSTOMERS", CUSTOMERS[turn:] + CUSTOMERS[:turn])
    assert _golden({}) == before


def test_seen_customers_are_distinct_and_never_anonymous() -> None:
    seen = CON.to_pyarrow(CASES["regulars.identity.match:seen_customers"](ibis.memtable)).to_pylist()
    days = {(row["source"], row["customer_id"]): (row["first_seen"], row["last_seen"]) for row in seen}
    assert len(days) == len(seen)
    assert days["till", "a"] == (date(2026, 2, 1), date(2026, 3, 1))
    assert days["crm", "7"] == (None, None)
    assert (None, None) not in days
    assert callable(seen_customers)
