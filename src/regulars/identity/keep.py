"""Which key does each customer bear, so that it stays the same tomorrow?

A key belongs to the oldest record that holds it. A part of the graph bears the key of its oldest such record; a part
without one gets a new key, made from its oldest record. Since a record's age never changes, a merge undone gives every
record the key that it had.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import md5

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["After", "Before", "before_run", "changes", "issue", "new_key", "numbered"]

_Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Before:
    """What was known of the records: `codes` into `keys` (-1 for a new record), `since`, and `order`, oldest first.

    `former` are keys that records bore before that: record number -> keys, the latest first.
    """

    codes: _Codes
    keys: list[str]
    since: pa.Array
    order: _Codes
    former: Mapping[int, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class After:
    """Each record's part (the number of its oldest record), and its key as a code into `keys`, which begin with those
    of before."""

    parts: _Codes
    codes: _Codes
    keys: list[str]

    def column(self) -> pa.Array:
        """The key of each record."""
        return pa.array(self.keys, pa.string()).take(pa.array(self.codes))


def new_key(source: str, customer_id: str, *, attempt: int = 0) -> str:
    """A customer's key from its oldest record; `attempt` counts on when another customer bears that key already.

    >>> new_key("crm", "17")
    'caeff13d0b3e0e7c'
    """
    again = f"\x1f{attempt}" if attempt else ""
    return "c" + md5(f"{source}\x1f{customer_id}{again}".encode(), usedforsecurity=False).hexdigest()[:15]


def before_run(records: pa.Table, existing: pa.Table | None, *, at: datetime, former: pa.Table | None = None) -> Before:
    """The keys and ages that the records (sorted by source, customer_id) had before this run.

    Args:
        records: source, customer_id.
        existing: source, customer_id, customer_key, since of the links that hold; None at first.
        at: the run's instant, from which a new record's age counts.
        former: source, customer_id, customer_key of links that no longer hold, the latest first.
    """
    joined = numbered(_existing(existing), records)
    held = joined.filter(pc.is_valid(joined["record"]))
    coded = pc.dictionary_encode(held["customer_key"]).combine_chunks()
    places = held["record"].to_numpy()
    codes, since = np.full(records.num_rows, -1, dtype=np.int64), np.full(records.num_rows, _instant(at))
    codes[places] = coded.indices.to_numpy(zero_copy_only=False)
    ages = pc.fill_null(held["since"], pa.scalar(at, pa.timestamp("us"))).combine_chunks()
    since[places] = ages.cast(pa.int64()).to_numpy(zero_copy_only=False)
    order = np.argsort(since, kind="stable").astype(np.int64)
    ages = pa.array(since).cast(pa.timestamp("us"))
    return Before(codes, coded.dictionary.to_pylist(), ages, order, _former(records, former))


def numbered(rows: pa.Table, records: pa.Table, *, names: tuple[str, str] = ("source", "customer_id")) -> pa.Table:
    """The rows in their order, each with the number (`record`) of the record that it names; null for none."""
    pairs = records.select(["source", "customer_id"]).rename_columns(list(names))
    pairs = pairs.append_column("record", pa.array(np.arange(records.num_rows)))
    at = rows.append_column("row_at", pa.array(np.arange(rows.num_rows)))
    return at.join(pairs, list(names), join_type="left outer").sort_by("row_at").drop_columns(["row_at"])


def _instant(at: datetime) -> int:
    return int(pa.scalar(at, pa.timestamp("us")).cast(pa.int64()).as_py())


def _former(records: pa.Table, former: pa.Table | None) -> dict[int, list[str]]:
    if former is None or not former.num_rows:
        return {}
    rows = numbered(former, records)
    found: dict[int, list[str]] = {}
    for record, key in zip(rows["record"].to_pylist(), rows["customer_key"].to_pylist(), strict=True):
        if record is not None:
            found.setdefault(record, []).append(key)
    return found


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
    codes = _kept(parts, rank, before=before)
    keys = _named(records, parts, codes=codes, before=before)
    return After(parts, codes[parts], keys)


def _oldest(labels: _Codes, rank: _Codes, *, order: _Codes) -> _Codes:
    first = _least(labels, rank, size=int(labels.max(initial=-1)) + 1)
    return order[first[labels]]


def _least(groups: _Codes, rank: _Codes, *, size: int) -> _Codes:
    least = np.full(size, len(rank), dtype=np.int64)
    held = groups >= 0
    np.minimum.at(least, groups[held], rank[held])
    return least


def _kept(parts: _Codes, rank: _Codes, *, before: Before) -> _Codes:
    """For each part (by its oldest record) the code of the key that it keeps, or -1.

    It keeps the key of its oldest record that is its key's oldest record anywhere.
    """
    kept = np.full(len(rank), -1, dtype=np.int64)
    owners = _least(before.codes, rank, size=len(before.keys))
    oldest = before.order[np.sort(owners[owners < len(rank)])]
    roots, first = np.unique(parts[oldest], return_index=True)
    kept[roots] = before.codes[oldest[first]]
    return kept


def _named(records: pa.Table, parts: _Codes, *, codes: _Codes, before: Before) -> list[str]:
    """All keys; parts without one get theirs: the last one that their oldest record bore, when it is free, or a new one."""
    roots = np.unique(parts)
    bare = roots[codes[roots] < 0]
    keys, taken = list(before.keys), {before.keys[code] for code in np.unique(codes[roots]).tolist() if code >= 0}
    named = records.take(pa.array(bare))
    for root, source, customer_id in zip(bare.tolist(), *(named[at].to_pylist() for at in range(2)), strict=True):
        once = next((key for key in before.former.get(root, ()) if key not in taken), None)
        key = once or _free_key(source, customer_id, taken=taken)
        taken.add(key)
        codes[root] = len(keys)
        keys.append(key)
    return keys


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
    coded = pc.index_in(pa.array(after.keys, pa.string()), pa.array(after.keys, pa.string())).to_numpy()
    same = coded[after.codes[held]] == coded[before.codes[held]]
    return {
        "records": len(held),
        "customers": customers,
        "merged": meetings - customers,
        "split": meetings - len(np.unique(groups)),
        "changed": int((~same).sum()),
    }
