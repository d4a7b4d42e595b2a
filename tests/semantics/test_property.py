"""The laws of the cube: cells of additive metrics sum to the total, and totals are the direct query's."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.semantics.cube import answer
from regulars.semantics.question import Question
from tests.semantics.company import CONTEXT, SHOP, Company, Row, arrow, company, line, links

DIMENSIONS = (
    "month",
    "weekday",
    "department",
    "channel",
    "city",
    "product",
    "rfm",
    "cohort",
    "region",
    "customer.city",
)
METRICS = ("revenue", "order_lines", "orders", "buyers", "returns", "average_order_value", "return_rate")
DIRECT = """
with line as (select * from order_line where coalesce(status, '') <> 'cancelled')
select sum(net_amount) as revenue, count(*) as order_lines, count(distinct order_id) as orders,
    count(distinct customer_id) as buyers, sum(if(net_amount < 0 or quantity < 0, abs(net_amount), 0)) as returns,
    sum(net_amount)::double / count(distinct order_id) as average_order_value,
    sum(if(net_amount < 0 or quantity < 0, abs(net_amount), 0))::double
        / nullif(sum(if(net_amount < 0 or quantity < 0, 0, net_amount)), 0)::double as return_rate
from line
"""
DAYS = st.integers(0, 364).map(lambda day: date(2017, 1, 1) + timedelta(days=day))
MAYBE = st.sampled_from
LINES = st.lists(
    st.builds(
        dict,
        order=MAYBE(["o1", "o2", "o3", "o4"]), day=DAYS, cents=st.integers(-5_000, 20_000),
        customer=MAYBE(["a", "b", "c", None]), product_id=MAYBE(["p1", "p2", "p3", "p9", None]),
        store_id=MAYBE(["s1", "s2", None]), channel=MAYBE(["web", "store", None]),
        status=MAYBE(["cancelled", "completed", None]),
    ),
    min_size=1, max_size=25,
)  # fmt: skip


def _line(place: int, made: Row) -> Row:
    rest = {name: value for name, value in made.items() if name not in ("order", "day", "cents", "customer")}
    net = str(Decimal(made["cents"]) / 100)
    return line(made["order"], str(place), made["day"], net=net, customer=made["customer"], **rest)


def _direct(lines: list[Row]) -> dict[str, Any]:
    con = duckdb.connect()
    con.register("order_line", arrow("order_line", lines))
    names = [each[0] for each in con.execute(DIRECT).description or ()]
    return dict(zip(names, con.execute(DIRECT).fetchone() or (), strict=True))


def _shop(lines: list[Row]) -> Company:
    names = ("product", "store", "golden_customer", "segment")
    return company(order_line=lines, source_customer=links("a", "b", "c"), **{name: SHOP[name] for name in names})


@settings(max_examples=8)
@given(made=LINES, by=st.lists(MAYBE(DIMENSIONS), min_size=1, max_size=2, unique=True), top=MAYBE([None, 1, 2]))
def test_any_pivot_has_the_direct_total(made: list[Row], by: list[str], top: int | None) -> None:
    lines = [_line(place, each) for place, each in enumerate(made)]
    found = answer(Question(METRICS, by=tuple(by), top=top), _shop(lines), context=CONTEXT)
    rows, (total,) = found.rows.to_pyarrow().to_pylist(), found.totals.to_pyarrow().to_pylist()
    for name, expected in _direct(lines).items():
        assert float(total[name] or 0) == pytest.approx(float(expected or 0), abs=5.1e-5), name
    for name in ("revenue", "order_lines", "returns"):
        assert sum(row[name] for row in rows) == total[name], name
    for name in ("orders", "buyers"):
        assert max((row[name] for row in rows), default=0) <= total[name] <= sum(row[name] for row in rows), name
    cells = [tuple(row[name] for name in by) for row in rows]
    assert len(cells) == len(set(cells))
