"""One small case for each builder of the room `analyses/segments`, run on every engine by the engine suite."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import ibis.expr.types as ir
import pyarrow as pa

from regulars.analyses.segments.features import Spans, buyer, migration, rfm, segment
from tests.engines.cases_features import LINE_SCHEMA, LINK_SCHEMA, line

Bring = Callable[[pa.Table], ir.Table]

AS_OF = date(2026, 6, 30)
EARLIER = AS_OF - timedelta(days=91)
SPANS = Spans()

# customer -> days before AS_OF on which it bought
BOUGHT: dict[str, list[int]] = {
    "new": [10, 3],
    "active": [300, 270, 240, 210, 180, 150, 120, 90, 60, 30, 1],
    "growing": [300, 200, 100, 40, 30, 20, 10],
    "declining": [300, 170, 160, 150, 140, 130, 20],
    "at_risk": [300, 290, 280, 270, 260, 45],
    "lapsed": [500, 490, 480, 470],
    "reactivated": [400, 390, 380, 370, 5],
    "once": [200],
}


def _rows() -> list[dict[str, object]]:
    days = ((who, AS_OF - timedelta(days=back), back) for who, ago in BOUGHT.items() for back in ago)
    return [
        line(who, f"{who}{back}", day, net=f"{10 + back % 7}.05", cost="4.00" if back % 20 else None)
        for who, day, back in days
    ]


def buyers(bring: Bring, *, as_of: date = AS_OF, default_margin: float | None = None) -> ir.Table:
    """What the segmentations read, for the customers above."""
    links = [{"source": "shop", "customer_id": who, "customer_key": who, "until": None} for who in BOUGHT]
    lines = bring(pa.Table.from_pylist(_rows(), LINE_SCHEMA))
    keys = bring(pa.Table.from_pylist(links, LINK_SCHEMA))
    return buyer(lines, keys, as_of=as_of, default_margin=default_margin, spans=SPANS)


def _rfm(bring: Bring) -> ir.Table:
    return rfm(buyers(bring), as_of=AS_OF)


def segments(bring: Bring, *, as_of: date = AS_OF) -> ir.Table:
    """Their segments."""
    return segment(buyers(bring, as_of=as_of), as_of=as_of, spans=SPANS)


def _migration(bring: Bring) -> ir.Table:
    return migration(segments(bring, as_of=EARLIER), segments(bring))


CASES: dict[str, Callable[[Bring], ir.Table]] = {
    "regulars.analyses.segments.features:buyer": buyers,
    "regulars.analyses.segments.features:rfm": _rfm,
    "regulars.analyses.segments.features:segment": segments,
    "regulars.analyses.segments.features:migration": _migration,
}
