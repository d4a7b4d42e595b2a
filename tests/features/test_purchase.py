"""The purchase summary by hand-counted examples, and the law that nothing after the cut changes a feature."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.features.customer import with_customer
from regulars.features.purchase import purchase_day, purchase_summary
from tests.engines.cases_features import LINE_SCHEMA, LINES, LINKS, line, lines, links

AS_OF = date(2026, 3, 31)
CON = ibis.duckdb.connect()


def bring(rows: pa.Table) -> ibis.Table:
    return ibis.memtable(rows)


def summary(rows: list[dict[str, object]], **changes: object) -> pa.Table:
    table = ibis.memtable(pa.Table.from_pylist(rows, LINE_SCHEMA))
    options = {"as_of": AS_OF, "default_margin": None} | changes
    return CON.to_pyarrow(purchase_summary(table, links(bring), **options).order_by("customer_key"))


def test_summary_of_a_customer_with_two_ids_returns_and_a_cancelled_line() -> None:
    first = summary(LINES).to_pylist()[0]
    assert first["customer_key"] == "c1"
    assert (first["first_day"], first["last_day"]) == (date(2026, 1, 1), date(2026, 3, 1))
    assert (first["purchases"], first["frequency"]) == (3, 2)
    assert (first["recency"], first["age"]) == (59, 89)
    assert first["revenue"] == Decimal("15.0334")
    assert first["margin"] == Decimal("4.0233")  # the line without a cost is unknown
    assert first["repeat_revenue_mean"] == pytest.approx((20 + 0.0333) / 2)
    assert first["repeat_margin_mean"] == pytest.approx((12 + 0.0233) / 2)


def test_default_margin_fills_lines_without_cost_and_rounds_half_even() -> None:
    first, second = summary(LINES, default_margin=0.25).to_pylist()
    assert first["margin"] == Decimal("4.0233") + Decimal("1.2500")  # 5.0001 * 0.25 = 1.250025
    assert second["margin"] == Decimal("4.0000")


def test_one_time_buyers_have_no_repeat_means_and_pure_returners_no_row() -> None:
    rows = summary(LINES).to_pylist()
    assert [row["customer_key"] for row in rows] == ["c1", "c2"]
    assert (rows[1]["frequency"], rows[1]["recency"], rows[1]["age"]) == (0, 0, 75)
    assert rows[1]["repeat_revenue_mean"] is None and rows[1]["repeat_margin_mean"] is None


def test_repeat_margin_is_unknown_when_that_of_a_purchase_day_is() -> None:
    second = summary(LINES, as_of=date(2026, 4, 30)).to_pylist()[1]
    assert second["repeat_revenue_mean"] == 7.0
    assert second["repeat_margin_mean"] is None


def test_days_merge_orders_and_keep_days_of_returns() -> None:
    table = CON.to_pyarrow(
        purchase_day(lines(bring), links(bring), default_margin=None).order_by("customer_key", "day")
    )
    days = [(row["customer_key"], row["day"], row["revenue"], row["lines"]) for row in table.to_pylist()]
    assert days[0] == ("c1", date(2026, 1, 1), Decimal("15.0001"), 2)
    assert ("c1", date(2026, 3, 5), Decimal("-20.0000"), 1) in days
    assert len(days) == 7


def test_every_row_of_a_fact_stays_once_and_anonymous_ones_have_no_key() -> None:
    keyed = CON.to_pyarrow(with_customer(lines(bring), links(bring))).to_pylist()
    assert len(keyed) == len(LINES)
    keys = {row["order_id"]: row["customer_key"] for row in keyed}
    assert (keys["a"], keys["d"], keys["j"], keys["k"]) == ("c1", "c1", None, None)


_days = st.integers(-80, 80).map(lambda days: AS_OF + timedelta(days=days))
_cents = st.integers(-5000, 5000).map(lambda cents: f"{cents / 100:.2f}")
_line = st.builds(
    lambda customer, order, day, net: line(customer, order, day, net=net),
    st.sampled_from(["1", "1b", "2", "3"]),
    st.sampled_from("abcdef"),
    _days,
    _cents,
)


def _hash(table: pa.Table) -> str:
    return hashlib.md5(repr(table.to_pylist()).encode()).hexdigest()


@settings(max_examples=10, deadline=None)
@given(st.lists(_line, min_size=1, max_size=30))
def test_rows_after_the_cut_change_no_feature_and_row_order_neither(rows: list[dict[str, object]]) -> None:
    seen = [row for row in rows if row["business_date"] <= AS_OF]
    assert _hash(summary(rows)) == _hash(summary(seen)) == _hash(summary(rows[::-1]))


def test_totals_of_buyers_equal_their_lines() -> None:
    known = {row["customer_id"] for row in LINKS} - {"3"}
    counted = [row for row in LINES if row["customer_id"] in known and row["status"] != "cancelled"]
    table = summary(LINES, as_of=date(2026, 12, 31))
    assert sum(table["revenue"].to_pylist()) == sum(row["net_amount"] for row in counted)
