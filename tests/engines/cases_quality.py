"""One small case for each builder of `check`, run on every engine by the engine suite."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import ibis.expr.types as ir
import pyarrow as pa

from regulars.store.quality import (
    accounted,
    arrived,
    consistent,
    days_of,
    filled,
    news_of,
    referred,
    referring,
    repeated,
    unique,
)
from regulars.store.rule import Rule

Bring = Callable[[pa.Table], ir.Table]

LINES = pa.table(
    {
        "source": ["till", "till", "till", "web", "web"],
        "batch": ["b1", "b1", "b2", "b3", "b3"],
        "order_id": ["a", "a", "b", "a", None],
        "line_id": ["1", "2", "1", "1", "1"],
        "product_id": ["i1", "i1", "i2", None, "i9"],
        "product_source": ["erp", "erp", "till", None, None],
        "net_amount": pa.array([Decimal(1), Decimal(1), Decimal(-2), Decimal(4), None], pa.decimal128(18, 4)),
        "quantity": pa.array([Decimal(1), Decimal(1), Decimal(2), None, Decimal(1)], pa.decimal128(18, 3)),
        "business_date": pa.array([date(2024, 1, 1), date(2024, 1, 2), None, date(2023, 5, 5), None], pa.date32()),
    }
)
PRODUCTS = pa.table({"source": ["erp", "web", "till"], "product_id": ["i1", "i1", None]})
BATCHES = pa.table(
    {
        "source": ["till", "till", "web"],
        "contract": ["order_line", "order_line", "product"],
        "read": pa.array([10, 5, 3], pa.int64()),
        "quarantined": pa.array([1, 0, 0], pa.int64()),
        "held": [False, False, True],
        "known_from": pa.array(
            [datetime(2024, 1, 1, 9), datetime(2024, 1, 2), datetime(2024, 1, 3)], pa.timestamp("us")
        ),
    }
)
RULES = (Rule("one_sign", ("net_amount", "quantity")), Rule("not_negative", ("net_amount",)))

CASES: dict[str, Callable[[Bring], ir.Table]] = {
    "regulars.store.quality:filled": lambda bring: filled(bring(LINES), ("order_id", "product_id", "net_amount")),
    "regulars.store.quality:accounted": lambda bring: accounted(bring(BATCHES)),
    "regulars.store.quality:unique": lambda bring: unique(bring(LINES), ("order_id", "line_id")),
    "regulars.store.quality:repeated": lambda bring: repeated(bring(LINES), ("product_id", "net_amount", "quantity")),
    "regulars.store.quality:days_of": lambda bring: days_of(bring(LINES)),
    "regulars.store.quality:news_of": lambda bring: news_of(bring(LINES)),
    "regulars.store.quality:arrived": lambda bring: arrived(bring(BATCHES)),
    "regulars.store.quality:consistent": lambda bring: consistent(bring(LINES), RULES),
    "regulars.store.quality:referring": lambda bring: referring(
        bring(LINES), "product_id", source_column="product_source"
    ),
    "regulars.store.quality:referred": lambda bring: referred(
        bring(LINES), bring(PRODUCTS), id_column="product_id", source_column="product_source", key="product_id"
    ),
}
