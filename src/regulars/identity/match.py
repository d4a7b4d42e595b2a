"""Which records are the same customer? Those that share a standardised key, look alike enough, or were joined by hand.

A record is a (source, customer_id), from the table `customer` or seen in facts only. Links make a graph, its parts are
customers. A key that more than a few records share (a family's phone, a shop's own address) says nothing of a person:
it is set aside and reported. A customer's key is stable: it is made once from its oldest record and stays with that
record through merges and splits, so that a merge undone gives back what was there before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from regulars.identity.apart import apart_pairs
from regulars.identity.cluster import DECIDED, KEY, Edges, connected, parts
from regulars.identity.evidence import standard_records
from regulars.identity.keep import before_run, changes, issue, numbered
from regulars.kernel.errors import UnknownNameError

__all__ = ["Known", "Likely", "Rules", "Unified", "record_list", "resolve", "seen_customers", "unify"]

_Codes = npt.NDArray[np.int64]
_NONE: _Codes = np.empty((2, 0), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Rules:
    """How keys are read and judged.

    Attributes:
        country: two-letter code for telephone numbers of records without a country; None reads them as digits only.
        max_share: a key on more records than this links none of them.
        keys: columns; equal after standardising = the same customer. None: each id is a customer.
        apart: columns; different after standardising = never the same customer, unless a person says so.
    """

    country: str | None = None
    max_share: int = 10
    keys: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What earlier runs and people left behind.

    Attributes:
        at: the run's instant; `since` of records that are new.
        existing: source, customer_id, customer_key, since of the links that hold; None at first.
        former: source, customer_id, customer_key of links that no longer hold, the latest first.
        decisions: left_source, left_id, right_source, right_id, kind (same, different): what stands of each pair.
    """

    at: datetime
    existing: pa.Table | None = None
    former: pa.Table | None = None
    decisions: pa.Table | None = None


@dataclass(frozen=True, slots=True)
class Likely:
    """Pairs of record numbers from the threshold on (a, b, probability), and pairs that cannot well be one person.

    A pair from `firm` on joins in spite of those.
    """

    pairs: pa.Table
    contradictions: _Codes = field(default_factory=lambda: _NONE)
    firm: float = KEY


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
    """Give every record its customer by equal keys alone.

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
    given = rules or Rules()
    standard = standard_records(customer, keys, country=given.country)
    rules = Rules(given.country, given.max_share, tuple(keys))
    return resolve(record_list(standard, seen), standard, known=Known(at, existing), rules=rules)


def _check(customer: pa.Table, keys: Sequence[str]) -> None:
    known = set(customer.column_names) - {"source", "customer_id"}
    for key in keys:
        if key not in known:
            raise UnknownNameError("identity key", key, known, fix="Name columns of `customer` in identity.keys.")


def record_list(standard: pa.Table, seen: pa.Table) -> pa.Table:
    """Every record once, sorted: source, customer_id; a record's number is its place."""
    pairs = [table.select(["source", "customer_id"]).cast(_PAIR) for table in (standard, seen)]
    distinct = pa.concat_tables(pairs).group_by(["source", "customer_id"]).aggregate([])
    return distinct.sort_by([("source", "ascending"), ("customer_id", "ascending")])


def resolve(
    records: pa.Table, standard: pa.Table, *, known: Known, rules: Rules, likely: Likely | None = None
) -> Unified:
    """Give every record its customer by all that links it.

    Args:
        records: what `record_list` gave.
        standard: source, customer_id and the standard form of each key.
        known: what earlier runs and people left behind.
        rules: which keys, and how they are judged.
        likely: what a model finds alike; None: only keys count.
    """
    place = np.asarray(numbered(standard.select(["source", "customer_id"]), records)["record"].to_numpy(), np.int64)
    keyed = [_shared(standard[key], place, key=key, most=rules.max_share) for key in rules.keys]
    same, apart = _decided(records, known.decisions)
    probable = _probable(likely or Likely(_NO_PAIRS))
    edges = Edges.joined([same, *(each.edges for each in keyed), probable])
    doubts = likely or Likely(_NO_PAIRS)
    joined = connected(records.num_rows, edges.ends)
    numbers = [apart_pairs(standard[each], place, labels=joined, same=same.ends) for each in rules.apart]
    labels, refused = parts(
        records.num_rows,
        edges,
        decided=np.concatenate([apart, *numbers], axis=1),
        contradictions=doubts.contradictions,
        firm=doubts.firm,
    )
    before = before_run(records, known.existing, at=known.at, former=known.former)
    after = issue(records, before, labels=labels)
    methods = _methods(records.num_rows, same=same, keyed=keyed, probable=probable)
    sure = _sureness(records.num_rows, probable, labels=after.parts, surer=methods < len(keyed) + 1)
    names = ["person", *rules.keys, "probabilistic", "id"]
    links = _links(
        records, after.column(), sure=sure, method=pa.array(names).take(pa.array(methods)), since=before.since
    )
    set_aside = [each for one in keyed for each in one.set_aside]
    report = changes(before, after) | {"over_shared": len(set_aside)}
    return Unified(links, report if likely is None else report | {"refused": len(refused)}, _over_shared(set_aside))


@dataclass(frozen=True, slots=True)
class _Shared:
    edges: Edges
    set_aside: list[tuple[str, str, int]]


def _shared(column: pa.ChunkedArray, place: _Codes, *, key: str, most: int) -> _Shared:
    """Edges between the records that share a value of one key."""
    coded = pc.dictionary_encode(column).combine_chunks()
    codes = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    count = int(place.max(initial=0)) + 1
    held = codes >= 0
    pairs = np.stack(np.divmod(np.unique(codes[held] * count + place[held]), count))
    share = np.bincount(pairs[0], minlength=len(coded.dictionary))
    over = share > most
    set_aside = [(key, coded.dictionary[code].as_py(), int(share[code])) for code in np.flatnonzero(over).tolist()]
    linked = pairs[:, (share[pairs[0]] > 1) & ~over[pairs[0]]]
    first = np.full(len(share), count, dtype=np.int64)
    np.minimum.at(first, linked[0], linked[1])
    ends = np.stack([first[linked[0]], linked[1]])
    return _Shared(Edges(ends, np.full(ends.shape[1], KEY)), set_aside)


def _decided(records: pa.Table, decisions: pa.Table | None) -> tuple[Edges, _Codes]:
    if decisions is None or not decisions.num_rows:
        return Edges(_NONE, np.empty(0)), _NONE
    ends = [
        numbered(decisions, records, names=(f"{side}_source", f"{side}_id"))["record"] for side in ("left", "right")
    ]
    there = pc.and_(pc.is_valid(ends[0]), pc.is_valid(ends[1])).to_numpy()
    both = np.stack([pc.fill_null(each, -1).to_numpy().astype(np.int64) for each in ends])
    kind = np.asarray(decisions["kind"].to_pylist(), dtype=object)
    same, apart = both[:, there & (kind == "same")], both[:, there & (kind == "different")]
    return Edges(same, np.full(same.shape[1], DECIDED)), apart


def _probable(likely: Likely) -> Edges:
    ends = np.stack([likely.pairs[name].to_numpy().astype(np.int64) for name in ("a", "b")])
    return Edges(ends, likely.pairs["probability"].to_numpy().astype(np.float64))


def _methods(count: int, *, same: Edges, keyed: Sequence[_Shared], probable: Edges) -> _Codes:
    """For each record the first way that links it: by a person, a key, in its likeness, or its id alone."""
    method = np.full(count, len(keyed) + 2, dtype=np.int64)
    ways = [same.ends, *(each.edges.ends for each in keyed), probable.ends]
    for number in range(len(ways) - 1, -1, -1):
        method[ways[number].ravel()] = number
    return method


def _sureness(count: int, probable: Edges, *, labels: _Codes, surer: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """1, or the highest probability of a pair that brought the record to its customer."""
    inside = probable.where(labels[probable.ends[0]] == labels[probable.ends[1]])
    most = np.zeros(count)
    for end in inside.ends:
        np.maximum.at(most, end, inside.sure)
    return np.where(surer | (most == 0), 1.0, most)


def _links(
    records: pa.Table, keys: pa.Array, *, sure: npt.NDArray[np.float64], method: pa.Array, since: pa.Array
) -> pa.Table:
    columns = {
        "source": records["source"],
        "customer_id": records["customer_id"],
        "customer_key": keys,
        "probability": pa.array(sure),
        "method": method,
        "since": since,
        "until": pa.nulls(len(keys), pa.timestamp("us")),
    }
    return pa.table(columns)


def _over_shared(found: list[tuple[str, str, int]]) -> pa.Table:
    rows = sorted(found, key=lambda row: (-row[2], row[0], row[1]))
    names = [("key", pa.string()), ("value", pa.string()), ("records", pa.int64())]
    return pa.table([[row[at] for row in rows] for at in range(3)], schema=pa.schema(names))


_NO_PAIRS = pa.table(
    {"a": pa.array([], pa.int64()), "b": pa.array([], pa.int64()), "probability": pa.array([], pa.float64())}
)
_PAIR = pa.schema([("source", pa.string()), ("customer_id", pa.string())])
