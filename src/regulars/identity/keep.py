"""Which key does each customer bear, so that it stays the same tomorrow?

A key belongs to the oldest record that holds it. A part of the graph bears the key of its oldest such record; a part
without one gets a new key, made from its oldest record. Since a record's age never changes, a merge undone gives every
record the key that it had.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import md5

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["After", "Before", "before_run", "changes", "issue", "new_key"]

_Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Before:
    """What was known of the records: `codes` into `keys` (-1 for a new record), `since`, and `order`, oldest first."""

    codes: _Codes
    keys: list[str]
    since: pa.Array
    order: _Codes


@dataclass(frozen=True, slots=True)
class After:
    """Each record's part (the number of its oldest record) and key."""

    parts: _Codes
    keys: list[str]


def new_key(source: str, customer_id: str, *, attempt: int = 0) -> str:
    """A customer's key from its oldest record; `attempt` counts on when another customer bears that key already.

    >>> new_key("crm", "17")
    'caeff13d0b3e0e7c'
    """
    again = f"\x1f{attempt}" if attempt else ""
    return "c" + md5(f"{source}\x1f{customer_id}{again}".encode(), usedforsecurity=False).hexdigest()[:15]


def before_run(records: pa.Table, existing: pa.Table | None, *, at: datetime) -> Before:
    """The keys and ages that the records (sorted by source, customer_id) had before this run."""
    held = _existing(existing)
    numbered = records.append_column("record", pa.array(np.arange(records.num_rows)))
    joined = numbered.join(held, ["source", "customer_id"], join_type="left outer").sort_by("record")
    coded = pc.dictionary_encode(joined["customer_key"]).combine_chunks()
    codes = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    since = pc.fill_null(joined["since"], pa.scalar(at, pa.timestamp("us"))).combine_chunks()
    order = np.argsort(since.cast(pa.int64()).to_numpy(zero_copy_only=False), kind="stable").astype(np.int64)
    return Before(codes, coded.dictionary.to_pylist(), since, order)


def _existing(existing: pa.Table | None) -> pa.Table:
    names = ["source", "customer_id", "customer_key"]
    schema = pa.schema([(name, pa.string()) for name in names] + [("since", pa.timestamp("us"))])
    return schema.empty_table() if existing is None else existing.select(schema.names).cast(schema)


def issue(records: pa.Table, before: Before, *, labels: _Codes) -> After:
    """One key for each part of the graph.

    Args:
        records: source and customer_id, sorted.
        before: what `before_run` gave.
        labels: the part of each record, under any numbers.
    """
    rank = np.empty(len(labels), dtype=np.int64)
    rank[before.order] = np.arange(len(labels))
    parts = _oldest(labels, rank, order=before.order)
    kept = _kept(parts, rank, before=before)
    return After(parts, _spread(records, parts, kept=kept))


def _oldest(labels: _Codes, rank: _Codes, *, order: _Codes) -> _Codes:
    first = _least(labels, rank, size=int(labels.max(initial=-1)) + 1)
    return order[first[labels]]


def _least(groups: _Codes, rank: _Codes, *, size: int) -> _Codes:
    least = np.full(size, len(rank), dtype=np.int64)
    held = groups >= 0
    np.minimum.at(least, groups[held], rank[held])
    return least


def _kept(parts: _Codes, rank: _Codes, *, before: Before) -> dict[int, str]:
    """Part -> the key that it keeps: the key of its oldest record that is its key's oldest record anywhere."""
    owners = _least(before.codes, rank, size=len(before.keys))
    kept: dict[int, str] = {}
    for oldest in np.sort(owners[owners < len(rank)]):
        owner = int(before.order[oldest])
        kept.setdefault(int(parts[owner]), before.keys[before.codes[owner]])
    return kept


def _spread(records: pa.Table, parts: _Codes, *, kept: dict[int, str]) -> list[str]:
    roots = np.unique(parts)
    named = records.take(pa.array(roots))
    taken, keys = set(kept.values()), dict(kept)
    for root, source, customer_id in zip(roots.tolist(), *(named[at].to_pylist() for at in range(2)), strict=True):
        if root not in keys:
            keys[root] = _free_key(source, customer_id, taken=taken)
            taken.add(keys[root])
    return [keys[part] for part in parts.tolist()]


def _free_key(source: str, customer_id: str, *, taken: set[str]) -> str:
    attempt = 0
    while (key := new_key(source, customer_id, attempt=attempt)) in taken:
        attempt += 1
    return key


def changes(before: Before, after: After) -> dict[str, int]:
    """records, customers, merged, split, changed; customers = before - merged + split.

    `before` counts each new record as a customer of its own; `changed` counts records that bear another key than they
    did.
    """
    held = before.codes >= 0
    groups = np.where(held, before.codes, len(before.keys) + np.arange(len(held)))
    meetings = len(np.unique(groups * len(held) + after.parts))
    customers = len(np.unique(after.parts))
    known = zip(before.codes[held].tolist(), np.flatnonzero(held).tolist(), strict=True)
    return {
        "records": len(held),
        "customers": customers,
        "merged": meetings - customers,
        "split": meetings - len(np.unique(groups)),
        "changed": sum(before.keys[code] != after.keys[record] for code, record in known),
    }
