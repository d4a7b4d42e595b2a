"""What assigned customers did, by hand-counted examples: windows, double reports, merged people, cancelled lines."""

from __future__ import annotations

from decimal import Decimal

import ibis
import pyarrow as pa

from tests.engines.cases_campaigns import example_assigned, example_history, example_outcome

CON = ibis.duckdb.connect()


def rows(table: ibis.Table) -> dict[tuple[str, str], dict[str, object]]:
    found = CON.to_pyarrow(table).to_pylist()
    return {(row.get("campaign_id", "plan"), row["customer_key"]): row for row in found}


def bring(table: pa.Table) -> ibis.Table:
    return ibis.memtable(table)


def test_launched_and_captured_assignments_are_one_view() -> None:
    found = rows(example_assigned(bring))
    assert set(found) == {("july", "c1"), ("july", "c2"), ("july", "c3"), ("may", "c1"), ("may", "c2")}
    assert found["july", "c1"]["launched"] and found["july", "c1"]["message_id"] == "m-c1"
    captured = found["july", "c3"]
    assert (captured["arm"], captured["sent"], captured["launched"]) == ("treated", True, False)
    assert (found["july", "c2"]["arm"], found["july", "c2"]["sent"]) == ("control", False)


def test_a_merged_customer_in_two_arms_is_crossed() -> None:
    found = rows(example_assigned(bring))
    assert found["may", "c1"]["crossed"] and found["may", "c1"]["message_id"] == "n2"
    assert not found["may", "c2"]["crossed"] and not found["july", "c1"]["crossed"]


def test_orders_of_the_window_count_once() -> None:
    found = rows(example_outcome(bring))["july", "c1"]
    # o1 (two lines), o2 (a return under another id of the same person), x1 (reported twice, on no order line); o3 lies
    # on day 28 at noon, after the window's end at 9
    assert found["revenue"] == Decimal("40.0333") - 10 + Decimal("10.01")
    assert found["margin"] == Decimal("14.5") + Decimal("0.0083") - Decimal("2.5") + Decimal("2.5025")
    assert found["orders"] == 3
    assert (found["pre_revenue"], found["pre_margin"], found["pre_orders"]) == (Decimal(12), Decimal(3), 1)


def test_orders_of_the_control_count_whoever_reports_them() -> None:
    found = rows(example_outcome(bring))["july", "c2"]
    # o5, and the response of day 6 that names no order; that of day 27 is the order line o5; o4 was cancelled
    assert (found["revenue"], found["margin"], found["orders"]) == (Decimal(12), Decimal(3), 2)
    assert found["responded"] == 0


def test_a_responder_answers_within_the_window_and_does_more_than_open() -> None:
    found = rows(example_outcome(bring))
    assert (found["july", "c1"]["responded"], found["july", "c1"]["response:click"]) == (1, 1)
    assert (found["july", "c3"]["responded"], found["july", "c3"]["response:redeem"]) == (0, 0)
    assert found["july", "c3"]["revenue"] == 0


def test_history_has_two_windows_and_everybody() -> None:
    found = rows(example_history(bring))
    assert (found["plan", "c2"]["revenue"], found["plan", "c2"]["margin"]) == (Decimal(30), Decimal(20))
    assert (found["plan", "c2"]["pre_revenue"], found["plan", "c2"]["pre_orders"]) == (Decimal(15), 1)
    assert (found["plan", "c3"]["revenue"], found["plan", "c3"]["orders"]) == (0, 0)
