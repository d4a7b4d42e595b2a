"""One small case for each builder of the room `identity`, run on every engine by the engine suite."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import ibis.expr.types as ir
import pyarrow as pa

from regulars.identity.figures import main_figures
from regulars.identity.golden import golden_customer
from regulars.identity.household import with_levels
from regulars.identity.match import seen_customers
from regulars.identity.visitor import shared_visitors, stitched, visitor_spans

Bring = Callable[[pa.Table], ir.Table]

CUSTOMER_SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("customer_id", pa.string()),
        ("email", pa.string()),
        ("city", pa.string()),
        ("birth_date", pa.date32()),
        ("updated_at", pa.timestamp("us")),
        ("attr_card", pa.string()),
        ("known_from", pa.timestamp("us")),
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
FACT_SCHEMA = pa.schema(
    [("customer_source", pa.string()), ("customer_id", pa.string()), ("business_date", pa.date32())]
)
_BORN, _EARLY, _LATE = date(1980, 2, 29), datetime(2026, 1, 1), datetime(2026, 6, 1)
CUSTOMERS = [
    ("crm", "1", "jo@shop.nl", None, _BORN, _EARLY, None, _LATE),
    ("till", "a", "old@shop.nl", "Delft", None, _EARLY, "gold", _EARLY),
    ("till", "b", "new@shop.nl", "Leiden", None, _LATE, None, _EARLY),
    ("till", "c", None, "Gouda", None, None, "blue", _LATE),
    ("web", "a", None, "Sneek", None, None, "red", _LATE),
]
LINKS = [
    ("crm", "1", "c1", None),
    ("till", "a", "c1", None),
    ("till", "b", "c1", None),
    ("till", "c", "c2", None),
    ("web", "a", "c2", None),
    ("web", "z", "c3", None),
    ("web", "a", "c9", _EARLY),
]
FACTS = [
    ("till", "a", date(2026, 2, 1)),
    ("till", "b", date(2026, 1, 5)),
    ("till", "a", date(2026, 3, 1)),
    ("web", "z", date(2026, 4, 1)),
    (None, None, date(2026, 5, 1)),
]


def rows(values: list[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    """Tuples as a table."""
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in values], schema)


def _seen(bring: Bring) -> ir.Table:
    dated = bring(rows(FACTS, FACT_SCHEMA))
    undated = bring(rows([("crm", "7"), ("till", "a")], pa.schema(list(FACT_SCHEMA)[:2])))
    return seen_customers([dated, undated])


def golden(bring: Bring, trust: dict[str, float] | None = None) -> ir.Table:
    """The golden customers of the rows above; by default the source `crm` is trusted more."""
    customer = bring(rows(CUSTOMERS, CUSTOMER_SCHEMA))
    trust = {"crm": 2.0} if trust is None else trust
    return golden_customer(customer, bring(rows(LINKS, LINK_SCHEMA)), seen=_seen(bring), trust=trust)


SURVIVORSHIP = {"city": "recency", "birth_date": "frequency", "card": "frequency"}
HOME_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("customer_key", "kind", "family_name", "postcode", "house_number", "company")]
    + [(name, pa.string()) for name in ("household_id", "household_id_source", "account_id", "account_id_source")]
)
HOMES = [
    ("c1", None, "De Vries", "1012 AB", "7", None, None, None, None, None),
    ("c2", "person", "de vries", "1012ab", "7", None, None, None, None, None),
    ("c3", "person", "Jansen", "1012ab", "7", None, None, None, None, None),
    ("c4", "person", "Jansen", None, None, None, "H1", "crm", "A1", "crm"),
    ("c5", "person", "Smit", None, None, "Bakker BV", "H1", "crm", None, None),
    ("c6", "company", None, "3011 XX", "1", "Bakker B.V.", None, None, None, None),
    ("c7", "company", None, "3011xx", "2", "bakker bv", None, None, "A1", "crm"),
]
EVENT_SCHEMA = pa.schema(
    [("source", pa.string()), ("event_id", pa.string()), ("visitor_id", pa.string()), ("occurred_at", pa.timestamp("us")),
     ("customer_source", pa.string()), ("customer_id", pa.string())]
)  # fmt: skip
SEEN_SCHEMA = pa.schema(
    [("source", pa.string()), ("visitor_id", pa.string()), ("customer_source", pa.string()), ("customer_id", pa.string()),
     ("at", pa.timestamp("us"))]
)  # fmt: skip
EVENTS = [
    ("web", "e1", "v1", datetime(2026, 1, 1), None, None),
    ("web", "e2", "v1", datetime(2026, 2, 1), None, None),
    ("web", "e3", "v1", datetime(2026, 3, 2), None, None),
    ("web", "e4", "v1", datetime(2026, 3, 3), "crm", "9"),
    ("web", "e5", "kiosk", datetime(2026, 3, 3), None, None),
    ("web", "e6", "v2", datetime(2026, 3, 3), None, None),
    ("app", "e7", "v1", datetime(2026, 3, 3), None, None),
]
SEEN_LINKS = [
    ("web", "v1", "crm", "1", datetime(2026, 2, 1)),
    ("web", "v1", "crm", "2", datetime(2026, 3, 1)),
    *(("web", "kiosk", "crm", str(each), datetime(2026, 1, 1 + each)) for each in range(5)),
]


def golden_by_rules(bring: Bring) -> ir.Table:
    """The golden customers when attributes have rules of their own."""
    customer = bring(rows(CUSTOMERS, CUSTOMER_SCHEMA))
    links = bring(rows(LINKS, LINK_SCHEMA))
    return golden_customer(customer, links, seen=_seen(bring), trust={"crm": 2.0}, survivorship=SURVIVORSHIP)


LINE_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("source", "order_id", "customer_source", "customer_id", "status")]
    + [("net_amount", pa.decimal128(18, 4))]
)
LINES = [
    ("till", "o1", "till", "a", None, Decimal("10.0000")),
    ("till", "o1", "till", "a", "done", Decimal("5.5000")),
    ("till", "o2", "till", "b", None, Decimal("4.0000")),
    ("till", "o3", "till", "c", "Cancelled", Decimal("99.0000")),
    ("web", "o1", "web", "z", None, Decimal("1.0000")),
    ("web", "o2", None, None, None, Decimal("7.0000")),
]


def figures(bring: Bring) -> ir.Table:
    """Six order lines: one customer with two ids and two orders, one with one, one cancelled, one anonymous."""
    return main_figures(bring(rows(LINES, LINE_SCHEMA)), bring(rows(LINKS[:6], LINK_SCHEMA)))


def homes(bring: Bring) -> ir.Table:
    """Seven customers and their levels."""
    return with_levels(bring(rows(HOMES, HOME_SCHEMA)))


def events(bring: Bring) -> ir.Table:
    """Seven events of visitors, with the customers that they turned out to be."""
    return stitched(bring(rows(EVENTS, EVENT_SCHEMA)), bring(rows(SEEN_LINKS, SEEN_SCHEMA)))


CASES: dict[str, Callable[[Bring], ir.Table]] = {
    "regulars.identity.match:seen_customers": _seen,
    "regulars.identity.golden:golden_customer": golden,
    "regulars.identity.golden:golden_customer, by rules": golden_by_rules,
    "regulars.identity.figures:main_figures": figures,
    "regulars.identity.household:with_levels": homes,
    "regulars.identity.visitor:visitor_spans": lambda bring: visitor_spans(bring(rows(SEEN_LINKS, SEEN_SCHEMA))),
    "regulars.identity.visitor:shared_visitors": lambda bring: shared_visitors(bring(rows(SEEN_LINKS, SEEN_SCHEMA))),
    "regulars.identity.visitor:stitched": events,
}
