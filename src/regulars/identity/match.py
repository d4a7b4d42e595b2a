"""Which records are the same customer? Deterministic matching: records that share a standardised key are one.

A record is a (source, customer_id), from the table `customer` or seen in facts only. Shared keys make edges, connected
parts make customers. A key that more than a few records share (a family's phone, a shop's own address) says nothing of
a person: it is set aside and reported. A customer's key is stable: it is made once from its oldest record and stays
with that record through merges and splits, so that a merge undone gives back what was there before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from regulars.identity.keep import before_run, changes, issue
from regulars.identity.standardise import standard_codes, standard_for
from regulars.kernel.errors import UnknownNameError

__all__ = ["Rules", "Unified", "seen_customers", "unify"]

_Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rules:
    """How keys are read and judged.

    Attributes:
        country: two-letter code for telephone numbers of records without a country; None reads them as digits only.
        max_share: a key on more records than this links none of them.
    """

    country: str | None = None
    max_share: int = 10


@dataclass(frozen=True, slots=True)
class Unified:
    """What a run of matching found.

    Attributes:
        links: the rows of `source_customer`: source, customer_id, customer_key, probability, method, since, until.
        report: records, customers, merged, split, changed, over_shared (how many keys).
            customers = before - merged + split, where before counts each new record as a customer of its own;
            changed counts the records that were known and have another customer_key now.
        over_shared: key, value, records: the keys set aside, most shared first.
    """

    links: pa.Table
    report: dict[str, int]
    over_shared: pa.Table


def seen_customers(facts: Sequence[ir.Table]) -> ir.Table:
    """Every customer id that the facts name, with the first and last business day.

    Args:
        facts: at least one table with customer_source and customer_id; one without business_date tells no day.

    Returns:
        source, customer_id (distinct pairs), first_seen, last_seen (date, null where no table tells a day).
    """
    pairs = ibis.union(*map(_pairs, facts)) if len(facts) > 1 else _pairs(facts[0])
    return pairs.group_by("source", "customer_id").agg(
        first_seen=pairs["first_seen"].min(), last_seen=pairs["last_seen"].max()
    )


def _pairs(fact: ir.Table) -> ir.Table:
    day = fact["business_date"] if "business_date" in fact.columns else ibis.null("date")
    named = fact.select(source="customer_source", customer_id="customer_id", day=day)
    named = named.filter(named["customer_id"].notnull() & named["source"].notnull())
    return named.group_by("source", "customer_id").agg(first_seen=named["day"].min(), last_seen=named["day"].max())


def unify(
    customer: pa.Table,
    seen: pa.Table,
    *,
    existing: pa.Table | None,
    keys: Sequence[str],
    at: datetime,
    rules: Rules | None = None,
) -> Unified:
    """Give every record its customer.

    Args:
        customer: current rows: source, customer_id and the columns that `keys` name; country where there is one.
        seen: source, customer_id of ids that facts name.
        existing: the current rows of `source_customer` (source, customer_id, customer_key, since), None at first.
        keys: columns of `customer`; equal after standardising = the same customer. Empty: each id is a customer.
        at: the run's instant; `since` of records that are new.
        rules: how keys are read; default `Rules()`.

    Returns:
        The links sorted by (source, customer_id), equal for any order of the rows given.

    Raises:
        UnknownNameError: a key that is no column of `customer`.
    """
    _check(customer, keys)
    records = _records(customer, seen)
    shared = _Shared(records.num_rows, customer, place=_places(customer, records), rules=rules or Rules())
    for key in keys:
        shared.add(key)
    before = before_run(records, existing, at=at)
    after = issue(records, before, labels=shared.parts())
    links = _links(records, after.keys, method=shared.methods(), since=before.since)
    report = changes(before, after) | {"over_shared": len(shared.set_aside)}
    return Unified(links, report, _over_shared(shared.set_aside))


def _check(customer: pa.Table, keys: Sequence[str]) -> None:
    known = set(customer.column_names) - {"source", "customer_id"}
    for key in keys:
        if key not in known:
            raise UnknownNameError("identity key", key, known, fix="Name columns of `customer` in identity.keys.")


def _records(customer: pa.Table, seen: pa.Table) -> pa.Table:
    pairs = [table.select(["source", "customer_id"]).cast(_PAIR) for table in (customer, seen)]
    distinct = pa.concat_tables(pairs).group_by(["source", "customer_id"]).aggregate([])
    return distinct.sort_by([("source", "ascending"), ("customer_id", "ascending")])


def _places(customer: pa.Table, records: pa.Table) -> _Codes:
    """For each row of `customer` the number of its record."""
    numbered = records.append_column("record", pa.array(np.arange(records.num_rows)))
    rows = (
        customer.select(["source", "customer_id"]).cast(_PAIR).append_column("row", pa.array(np.arange(len(customer))))
    )
    joined = rows.join(numbered, ["source", "customer_id"]).sort_by("row")
    return np.asarray(joined["record"].to_numpy(), dtype=np.int64)


class _Shared:
    """Edges between records, key by key."""

    def __init__(self, count: int, customer: pa.Table, *, place: _Codes, rules: Rules) -> None:
        self._count, self._customer, self._place, self._rules = count, customer, place, rules
        self._edges: list[_Codes] = [np.empty((2, 0), dtype=np.int64)]
        self._by: list[tuple[str, _Codes]] = []
        self.set_aside: list[tuple[str, str, int]] = []

    def add(self, key: str) -> None:
        codes, forms = standard_codes(self._customer[key], self._countries(), standard=standard_for(key))
        held = codes >= 0
        pairs = np.stack(np.divmod(np.unique(codes[held] * self._count + self._place[held]), self._count))
        share = np.bincount(pairs[0], minlength=len(forms))
        over = share > self._rules.max_share
        self.set_aside += [(key, forms[code], int(share[code])) for code in np.flatnonzero(over)]
        linked = pairs[:, (share[pairs[0]] > 1) & ~over[pairs[0]]]
        first = np.full(len(forms), self._count, dtype=np.int64)
        np.minimum.at(first, linked[0], linked[1])
        self._edges.append(np.stack([first[linked[0]], linked[1]]))
        self._by.append((key, np.unique(linked[1])))

    def _countries(self) -> pa.ChunkedArray:
        default = pa.scalar(self._rules.country, pa.string())
        if "country" not in self._customer.column_names:
            return pa.chunked_array([pa.repeat(default, len(self._customer))])
        return pc.coalesce(self._customer["country"].cast(pa.string()), default)

    def parts(self) -> _Codes:
        ends = np.concatenate(self._edges, axis=1)
        graph = coo_matrix((np.ones(ends.shape[1], dtype=np.int8), (ends[0], ends[1])), shape=(self._count,) * 2)
        return connected_components(graph, directed=False)[1].astype(np.int64)

    def methods(self) -> list[str]:
        method = np.full(self._count, "id", dtype=object)
        for key, records in reversed(self._by):
            method[records] = key
        return list(method)


def _links(records: pa.Table, keys: list[str], *, method: list[str], since: pa.Array) -> pa.Table:
    columns = {
        "source": records["source"],
        "customer_id": records["customer_id"],
        "customer_key": pa.array(keys, pa.string()),
        "probability": pa.repeat(pa.scalar(1.0), len(keys)),
        "method": pa.array(method, pa.string()),
        "since": since,
        "until": pa.nulls(len(keys), pa.timestamp("us")),
    }
    return pa.table(columns)


def _over_shared(found: list[tuple[str, str, int]]) -> pa.Table:
    rows = sorted(found, key=lambda row: (-row[2], row[0], row[1]))
    names = [("key", pa.string()), ("value", pa.string()), ("records", pa.int64())]
    return pa.table([[row[at] for row in rows] for at in range(3)], schema=pa.schema(names))


_PAIR = pa.schema([("source", pa.string()), ("customer_id", pa.string())])
