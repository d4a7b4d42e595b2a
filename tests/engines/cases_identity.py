"""One small case for each builder of the room `identity`, run on every engine by the engine suite."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import ibis.expr.types as ir
import pyarrow as pa

from regulars.identity.golden import golden_customer
from regulars.identity.match import seen_customers

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


CASES: dict[str, Callable[[Bring], ir.Table]] = {
    "regulars.identity.match:seen_customers": _seen,
    "regulars.identity.golden:golden_customer": golden,
}
