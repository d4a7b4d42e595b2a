"""One small case for each builder of the floor `features`, run on every engine by the engine suite."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import ibis.expr.types as ir
import pyarrow as pa

from regulars.features.customer import with_customer
from regulars.features.purchase import purchase_day, purchase_summary

Bring = Callable[[pa.Table], ir.Table]

LINE_SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("customer_source", pa.string()),
        ("customer_id", pa.string()),
        ("order_id", pa.string()),
        ("business_date", pa.date32()),
        ("net_amount", pa.decimal128(18, 4)),
        ("cost_amount", pa.decimal128(18, 4)),
        ("status", pa.string()),
    ]
)
LINK_SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("customer_id", pa.string()),
        ("customer_key", pa.string()),
        ("until", pa.timestamp("us")),
    ]
)


def line(
    customer: str | None, order: str, day: date, *, net: str, cost: str | None = None, status: str | None = None
) -> dict[str, object]:
    """One order line of the source `shop`."""
    return {
        "source": "shop",
        "customer_source": "shop" if customer else None,
        "customer_id": customer,
        "order_id": order,
        "business_date": day,
        "net_amount": Decimal(net),
        "cost_amount": Decimal(cost) if cost else None,
        "status": status,
    }


LINES = [
    line("1", "a", date(2026, 1, 1), net="10.00", cost="6.00"),
    line("1", "b", date(2026, 1, 1), net="5.0001"),
    line("1", "c", date(2026, 2, 1), net="20.00", cost="8.00", status="paid"),
    line("1b", "d", date(2026, 3, 1), net="0.0333", cost="0.01"),
    line("1", "e", date(2026, 3, 5), net="-20.00", cost="-8.00"),
    line("1", "f", date(2026, 3, 6), net="99.00", status="cancelled"),
    line("2", "g", date(2026, 1, 15), net="7.00", cost="3.00"),
    line("2", "h", date(2026, 4, 15), net="7.00"),
    line("3", "i", date(2026, 2, 2), net="-4.00"),
    line(None, "j", date(2026, 2, 2), net="4.00"),
    line("9", "k", date(2026, 2, 2), net="4.00"),
]
LINKS = [
    {"source": "shop", "customer_id": "1", "customer_key": "c1", "until": None},
    {"source": "shop", "customer_id": "1b", "customer_key": "c1", "until": None},
    {"source": "shop", "customer_id": "1b", "customer_key": "c7", "until": datetime(2026, 1, 1)},
    {"source": "shop", "customer_id": "2", "customer_key": "c2", "until": None},
    {"source": "shop", "customer_id": "3", "customer_key": "c3", "until": None},
]


def lines(bring: Bring) -> ir.Table:
    """Order lines of three customers, one of them with two ids, an anonymous buyer and an id never unified."""
    return bring(pa.Table.from_pylist(LINES, LINE_SCHEMA))


def links(bring: Bring) -> ir.Table:
    """Their links, one of them closed."""
    return bring(pa.Table.from_pylist(LINKS, LINK_SCHEMA))


def _with_customer(bring: Bring) -> ir.Table:
    return with_customer(lines(bring), links(bring))


def _purchase_day(bring: Bring) -> ir.Table:
    return purchase_day(lines(bring), links(bring), default_margin=None)


def _purchase_summary(bring: Bring) -> ir.Table:
    return purchase_summary(lines(bring), links(bring), as_of=date(2026, 3, 31), default_margin=0.3333)


CASES: dict[str, Callable[[Bring], ir.Table]] = {
    "regulars.features.customer:with_customer": _with_customer,
    "regulars.features.purchase:purchase_day": _purchase_day,
    "regulars.features.purchase:purchase_summary": _purchase_summary,
}
