"""What people decide of records: rows of `match_decision`, each with who, when and why; later runs of `unify` keep them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import md5

import pyarrow as pa

from regulars.project.project import Project
from regulars.store.warehouse import Publication

__all__ = ["Record", "decide_pairs", "records_of"]

Record = tuple[str, str]
"""A record: source and customer_id."""

_TEXTS = ("decision_id", "left_source", "left_id", "right_source", "right_id", "kind", "who", "why")
_SCHEMA = pa.schema([(name, pa.string()) for name in _TEXTS] + [("at", pa.timestamp("us"))])


def records_of(project: Project, key: str) -> list[Record]:
    """The records of a customer, the oldest first."""
    links = project.warehouse.table("source_customer")
    mine = links.filter((links["customer_key"] == key) & links["until"].isnull())
    rows = project.engine.arrow(mine.order_by("since", "source", "customer_id").select("source", "customer_id"))
    return list(zip(rows["source"].to_pylist(), rows["customer_id"].to_pylist(), strict=True))


def decide_pairs(
    project: Project, kinds: Sequence[tuple[str, Iterable[tuple[Record, Record]]]], *, why: str | None
) -> str:
    """Write down what was decided of pairs of records; returns the decision's number."""
    at = project.now
    pairs = [(kind, *sorted(pair)) for kind, several in kinds for pair in several]
    decision = "h" + md5(repr((at, pairs)).encode(), usedforsecurity=False).hexdigest()[:15]
    environ = project.outside.environ
    who = environ.get("REGULARS_USER") or environ.get("USER") or "unknown"
    rows = [
        {"decision_id": decision, "left_source": left[0], "left_id": left[1], "right_source": right[0],
         "right_id": right[1], "kind": kind, "who": who, "why": why, "at": at}
        for kind, left, right in pairs
    ]  # fmt: skip
    brought = project.engine.bring(pa.Table.from_pylist(rows, _SCHEMA))
    project.warehouse.commit([Publication("match_decision", brought, append=True)], run=decision, at=at)
    return decision
