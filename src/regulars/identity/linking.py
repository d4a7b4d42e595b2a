"""Which pairs of records are likely one customer? All of them the first time, those of changed records afterwards.

Works in a DuckDB of its own on every engine: the warehouse only sees what comes out. Values that too many records share
are left out of the comparison. A model is trained once and kept, until what is compared changes or the records have
doubled or halved; so a run without new evidence finds what the last one found.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import md5
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from regulars.engines.scratch import Scratch
from regulars.identity.cluster import connected
from regulars.identity.comparison import COLUMNS
from regulars.identity.keep import numbered
from regulars.identity.match import Likely
from regulars.identity.probabilistic import Linking, block_sizes, fit, score

__all__ = ["Found", "Learned", "Search", "estimates", "find"]

_Codes = npt.NDArray[np.int64]
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Learned:
    """A model from an earlier run: its version, its fingerprint of settings, on how many records, and its weights."""

    version: str
    settings: str
    records: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Search:
    """How to look.

    Attributes:
        threshold: from here on a pair is one customer.
        review: from here on a pair is remembered and shown to a person.
        numbers: columns of values that are meant to be unique.
        max_share: an e-mail address, telephone or other number on more records than this is not compared.
        seed: of the sample.
        learned: the model of the last run, None at first.
        pairs: left_source, left_id, right_source, right_id, probability: pairs of the last run.
        touched: source, customer_id of records that are new, other than before, or gone.
    """

    threshold: float
    review: float
    numbers: tuple[str, ...] = ()
    max_share: int = 10
    seed: int = 1
    learned: Learned | None = None
    pairs: pa.Table | None = None
    touched: pa.Table | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What was found.

    Attributes:
        likely: for `match.resolve`.
        pairs: every pair from `review` on, by record number (a, b, probability).
        fresh: pairs that this run scored; the others are from before. None: all.
        learned: the model that was used.
        trained: whether it was trained now.
        report: precision and recall as the model estimates them, pairs compared, set_aside values.
    """

    likely: Likely
    pairs: pa.Table
    fresh: pa.Table | None
    learned: Learned
    trained: bool
    report: dict[str, Any]
    set_aside: list[tuple[str, str, int]] = field(default_factory=list)


def find(records: pa.Table, standard: pa.Table, *, search: Search, scratch: Scratch) -> Found | None:
    """Likely pairs of records; None when nothing is there to compare.

    Args:
        records: source, customer_id of all records, sorted.
        standard: source, customer_id and the standard forms.
        search: how to look.
        scratch: a DuckDB to work in.
    """
    given = _compared(standard, search)
    if not (given.columns or given.numbers) or standard.num_rows < 2:
        return None
    _stage(scratch, standard, records=records, given=given)
    set_aside = _record_table(scratch, given, most=search.max_share)
    old, settings = search.learned, _fingerprint(given, search)
    keep = old is not None and old.settings == settings and 0.5 <= standard.num_rows / max(old.records, 1) <= 2
    if old is None or not keep:
        body = {"model": fit(scratch, "record", linking=given), "sizes": block_sizes(scratch, "record", linking=given)}
        old = Learned(_version(body), settings, standard.num_rows, body)
    pairs, fresh, body = _pairs(scratch, records, search=search, learned=old if keep else None, new=old)
    likely = pairs.filter(pc.greater_equal(pairs["probability"], search.threshold))
    apart = _contradictions(scratch, records.num_rows, likely=likely, given=given)
    learned = Learned(old.version, old.settings, old.records, body)
    report = _report(pairs, search, body=body, set_aside=set_aside)
    firm = 1 - (1 - search.threshold) / _FIRM
    return Found(Likely(likely, apart, firm), pairs, fresh, learned, not keep, report, set_aside)


def _compared(standard: pa.Table, search: Search) -> Linking:
    """Columns that at least one record in a hundred has, and two at least."""
    least = max(2, standard.num_rows // 100)
    there = {name for name in standard.column_names if standard.num_rows - standard[name].null_count >= least}
    numbers = tuple(sorted(set(search.numbers) & there))
    return Linking(tuple(name for name in COLUMNS if name in there), numbers, search.seed)


def _fingerprint(given: Linking, search: Search) -> str:
    told = [_VERSION, given.columns, given.numbers, given.seed, search.max_share, search.review]
    return md5(json.dumps(told).encode(), usedforsecurity=False).hexdigest()[:16]


def _version(body: dict[str, Any]) -> str:
    return "m" + md5(json.dumps(body, sort_keys=True).encode(), usedforsecurity=False).hexdigest()[:15]


def _stage(scratch: Scratch, standard: pa.Table, *, records: pa.Table, given: Linking) -> None:
    names = [*given.columns, *given.numbers]
    at = numbered(standard.select(["source", "customer_id"]), records)["record"]
    whole = standard.select(names).append_column("n", at)
    scratch.take("standard", whole.sort_by("n"))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _record_table(scratch: Scratch, given: Linking, *, most: int) -> list[tuple[str, str, int]]:
    """`record`: the standard forms without values that too many records share; returns those values."""
    unique = [each for each in (*given.columns, *given.numbers) if each in ("email", "phone") or each in given.numbers]
    set_aside: list[tuple[str, str, int]] = []
    chosen = []
    for name in (*given.columns, *given.numbers):
        column = _quoted(name)
        if name in unique:
            shared = (
                f"SELECT {column} FROM standard GROUP BY 1 HAVING count(DISTINCT n) > {most} AND {column} IS NOT NULL"
            )
            set_aside += [
                (name, str(value), int(count))
                for value, count in scratch.rows(
                    f"SELECT {column}, count(DISTINCT n) FROM standard WHERE {column} IN ({shared}) GROUP BY 1 ORDER BY 1"
                )
            ]
            chosen.append(f"CASE WHEN {column} IN ({shared}) THEN NULL ELSE {column} END AS {column}")
        else:
            chosen.append(column)
    scratch.run(f"CREATE OR REPLACE TABLE record AS SELECT n, {', '.join(chosen)} FROM standard ORDER BY n")
    return set_aside


def _pairs(
    scratch: Scratch, records: pa.Table, *, search: Search, learned: Learned | None, new: Learned
) -> tuple[pa.Table, pa.Table | None, dict[str, Any]]:
    """All pairs from `review` on, those that were scored now (None: all), and the model's body."""
    model, sizes = new.body["model"], new.body["sizes"]
    if learned is None or search.pairs is None or search.touched is None:
        scored = score(scratch, "record", model=model, sizes=sizes, least=search.review)
        below = scored.expected - _sum(scored.pairs)
        return scored.pairs, None, {**new.body, "compared": scored.compared, "below": round(below, 3)}
    touched = numbered(search.touched.select(["source", "customer_id"]), records)["record"].drop_null()
    scratch.take("fresh", pa.table({"n": touched}))
    fresh = score(scratch, "record", model=model, sizes=sizes, least=search.review, fresh="fresh").pairs
    kept = _kept(records, search.pairs, touched=touched)
    whole = pa.concat_tables([kept, fresh]).sort_by([("a", "ascending"), ("b", "ascending")])
    return whole, fresh, new.body


def _kept(records: pa.Table, before: pa.Table, *, touched: pa.ChunkedArray) -> pa.Table:
    """Pairs of the last run whose records are both as they were."""
    ends = [numbered(before, records, names=(f"{side}_source", f"{side}_id"))["record"] for side in ("left", "right")]
    whole = pa.table({"a": ends[0], "b": ends[1], "probability": before["probability"]})
    there = pc.and_(pc.is_valid(ends[0]), pc.is_valid(ends[1]))
    old = pc.and_(*(pc.invert(pc.is_in(end, value_set=touched.combine_chunks())) for end in ends))
    return whole.filter(pc.and_(there, old))


def _sum(pairs: pa.Table) -> float:
    return float(pc.sum(pairs["probability"]).as_py() or 0.0)


_FIRM = 10  # a link with a tenth of the doubt that the threshold leaves is no weak bridge
_LARGEST = 2000  # records in a part; of a larger one only its first records are looked at


def _contradictions(scratch: Scratch, count: int, *, likely: pa.Table, given: Linking) -> _Codes:
    """Pairs inside one part that cannot be one person: see `_conflict`."""
    conflict = _conflict(given.columns, given.numbers)
    ends = np.stack([likely[name].to_numpy().astype(np.int64) for name in ("a", "b")])
    labels = connected(count, ends)
    inside = np.unique(ends)
    sizes = np.bincount(labels[inside], minlength=1)
    chosen = inside[sizes[labels[inside]] > 2]
    if conflict is None or not len(chosen):
        return np.empty((2, 0), dtype=np.int64)
    scratch.take("part", pa.table({"n": chosen, "part": labels[chosen]}))
    turns = "SELECT *, row_number() OVER (PARTITION BY part ORDER BY n) AS turn FROM part"
    whole = f"SELECT * FROM record JOIN ({turns}) USING (n) WHERE turn <= {_LARGEST}"
    found = scratch.table(
        f"WITH whole AS ({whole}) SELECT l.n AS a, r.n AS b FROM whole l JOIN whole r ON l.part = r.part AND l.n < r.n "
        f"WHERE {conflict} ORDER BY a, b"
    )
    return np.stack([found[name].to_numpy().astype(np.int64) for name in ("a", "b")])


def _conflict(columns: Sequence[str], numbers: Sequence[str]) -> str | None:
    """Two people: birth dates that differ in two of year, month and day, and given names that are nothing alike; or,
    where a birth date is missing, given and family names that are both nothing alike. Never with an equal e-mail address,
    telephone or other number."""
    there = set(columns)
    if "given_name" not in there:
        return None
    names = [_unlike(name) for name in ("given_name", "family_name") if name in there]
    swapped = "l.given_name = r.family_name OR r.given_name = l.family_name" if len(names) > 1 else "false"
    tests = []
    if "birth_date" in there:
        parts = " + ".join(f"(l.birth_date[{a}:{b}] <> r.birth_date[{a}:{b}])::INT" for a, b in _PARTS)
        tests.append(f"({parts} >= 2 AND {names[0]})")
    if len(names) > 1:
        missing = "(l.birth_date IS NULL OR r.birth_date IS NULL) AND " if "birth_date" in there else ""
        tests.append(f"({missing}{' AND '.join(names)})")
    unique = [_quoted(name) for name in (*sorted(there & {"email", "phone"}), *numbers)]
    equal = [f"coalesce(l.{name} = r.{name}, false)" for name in unique]
    same = " OR ".join([f"coalesce({swapped}, false)", *equal])
    return f"({' OR '.join(tests)}) AND NOT ({same})" if tests else None


_PARTS = ((1, 4), (6, 7), (9, 10))


def _unlike(name: str) -> str:
    left, right = f"l.{name}", f"r.{name}"
    initial = f"(({left}[1:1] = {right}) OR ({right}[1:1] = {left}))"
    return f"(jaro_winkler_similarity({left}, {right}) < 0.7 AND NOT {initial})"


def _report(
    pairs: pa.Table, search: Search, *, body: dict[str, Any], set_aside: Sequence[tuple[str, str, int]]
) -> dict[str, Any]:
    """What the model thinks of its own work; true only as far as the model is."""
    told = estimates(pairs, search.threshold, below=float(body.get("below", 0.0)))
    count = int(pc.sum(pc.greater_equal(pairs["probability"], search.threshold)).as_py() or 0)
    return {
        "pairs": count,
        "doubtful": pairs.num_rows - count,
        "compared": body.get("compared"),
        **told,
        "values_set_aside": len(set_aside),
    }


def estimates(pairs: pa.Table, threshold: float, *, below: float) -> dict[str, dict[str, float] | None]:
    """Precision and recall of pairs as the model expects them, each with an 80 % interval; None where there is no pair.

    Args:
        pairs: those from the review threshold on, with their `probability`.
        threshold: from here on a pair is one customer.
        below: how many true pairs the model expects among those that were compared and are not in `pairs`.
    """
    sure = pairs.filter(pc.greater_equal(pairs["probability"], threshold))
    count, right, whole = sure.num_rows, _sum(sure), _sum(pairs) + below
    return {
        "precision": _share(right, count, spread=_spread(sure)),
        "recall": _share(right, whole, spread=_spread(pairs)),
    }


def _spread(pairs: pa.Table) -> float:
    odds = pairs["probability"].to_numpy()
    return float(np.sqrt((odds * (1 - odds)).sum()))


def _share(part: float, whole: float, *, spread: float) -> dict[str, float] | None:
    if whole <= 0:
        return None
    found = [min(max((part + step * _WIDE * spread) / whole, 0.0), 1.0) for step in (0, -1, 1)]
    return {name: round(value, 4) for name, value in zip(("value", "low", "high"), found, strict=True)}


_WIDE = 1.2816  # standard deviations on each side of an 80 % interval
