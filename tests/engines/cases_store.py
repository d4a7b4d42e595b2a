"""Cases of the store's builders: what becomes of incoming rows, and what a snapshot no longer has."""

from __future__ import annotations

from collections.abc import Callable

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from regulars.contracts.model import Load
from regulars.store.verdict import absent, judged

Bring = Callable[[pa.Table], ir.Table]

_STAGED = pa.table(
    {
        "id": ["a", "a", "b", "c", "c", None, None],
        "content": ["1", "1", "2", "3", "4", "5", "5"],
        "version": pa.array([None, None, 2.0, 1.0, 5.0, None, None], pa.float64()),
        "record": [1, 2, 3, 4, 5, 6, 7],
    }
)
_CURRENT = pa.table(
    {
        "id": ["b", "c", "d"],
        "content": ["2", "9", "7"],
        "version": pa.array([2.0, 3.0, None], pa.float64()),
        "batch": ["b0", "b0", "b0"],
        "record": [11, 12, 13],
    }
)


def _judged(bring: Bring, load: Load) -> ir.Table:
    return judged(bring(_STAGED), bring(_CURRENT), key=["id"], load=load)


def _both(bring: Bring) -> ir.Table:
    appended, upserted = _judged(bring, Load.APPEND), _judged(bring, Load.UPSERT)
    return appended.mutate(load=ibis.literal("append")).union(upserted.mutate(load=ibis.literal("upsert")))


def _absent(bring: Bring) -> ir.Table:
    return absent(bring(_STAGED), bring(_CURRENT), key=["id"])


CASES: dict[str, Callable[[Bring], ir.Table]] = {
    "regulars.store.verdict:judged": _both,
    "regulars.store.verdict:absent": _absent,
}
