"""Is the data in order, and is each customer there once? Gathered for the report: the newest checks, and the matching."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from math import comb
from typing import Any

import ibis

from regulars.identity.linking import estimates
from regulars.kernel.errors import DataError
from regulars.project.known import basis_of, resting
from regulars.project.project import Project
from regulars.report.story import Check, Figure, Matching

__all__ = ["checks", "matching", "truth_state"]

_TRUTH = "truth/records.csv"
_NAMES = ("source", "customer_id", "person")


def checks(project: Project) -> tuple[Check, ...]:
    """What the newest run of `check` found; empty where there was none."""
    rows = project.warehouse.table("quality")
    newest = rows.filter(rows.checked_at == rows.checked_at.max())
    found = [_check(row) for row in project.engine.arrow(newest).to_pylist()]
    return tuple(sorted(found, key=lambda each: (each.source, each.contract, each.dimension, each.column or "")))


def _check(row: Mapping[str, Any]) -> Check:
    return Check(
        contract=row["contract"],
        source=row["source"],
        dimension=row["dimension"],
        column=row["column"],
        ok=row["ok"],
        share=row["share"],
        threshold=row["threshold"],
        why=row["why"] or "",
        touches=tuple((row["metrics"] or "").split()),
    )


def matching(project: Project) -> Matching | None:
    """How records became customers, and how well as far as that is known; None before the first `unify`."""
    links = project.warehouse.table("source_customer")
    rows = project.engine.arrow(links.filter(links.until.isnull())).to_pylist()
    if not rows:
        return None
    keys, people = Counter(row["customer_key"] for row in rows), _people(project)
    basis = basis_of(project, ("customer",))
    return Matching(
        records=len(rows),
        customers=len(keys),
        method=project.config.section("identity")["match"],
        counts=(("Records", len(rows)), ("Customers", len(keys)), ("With more than one record", _several(keys))),
        estimated=_estimated(project),
        true=_true(rows, people) if people else None,
        basis=resting(project, {*basis.sources}, assumed=basis.assumed),
    )


def _estimated(project: Project) -> tuple[Figure, Figure] | None:
    """What the newest model expects of its own pairs; None under deterministic matching."""
    settings = project.config.section("identity")
    models = project.warehouse.table("match_model")
    newest = project.engine.arrow(models.order_by(ibis.desc("fitted_at"), "model_version").limit(1)).to_pylist()
    if settings["match"] != "probabilistic" or not newest:
        return None
    pairs = project.engine.arrow(project.warehouse.table("match_pair").select("probability"))
    below = float(json.loads(newest[0]["body"]).get("below", 0.0))
    found = estimates(pairs, settings["threshold"], below=below)
    if found["precision"] is None or found["recall"] is None:
        return None
    return _figure(found["precision"]), _figure(found["recall"])


def _figure(each: Mapping[str, float]) -> Figure:
    return Figure(each["value"], each["low"], each["high"])


def _several(keys: Counter[str]) -> int:
    return sum(number > 1 for number in keys.values())


def _people(project: Project) -> dict[tuple[str, str], str]:
    """Who each record is in a simulation, from its truth file; empty where there is none.

    Raises:
        DataError: the file has other columns.
    """
    path = project.root / _TRUTH
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if tuple(rows.fieldnames or ()) != _NAMES:
            raise DataError(f"{path} has not the columns {', '.join(_NAMES)}.", fix="Write it anew, or remove it.")
        return {(row["source"], row["customer_id"]): row["person"] for row in rows}


def _true(rows: Iterable[Mapping[str, Any]], people: Mapping[tuple[str, str], str]) -> tuple[Figure, Figure] | None:
    """Precision and recall of pairs, over the records whose person is known."""
    known = [(row["customer_key"], people[row["source"], row["customer_id"]]) for row in rows
             if (row["source"], row["customer_id"]) in people]  # fmt: skip
    made, there = (_pairs(each[side] for each in known) for side in (0, 1))
    both = _pairs(known)
    if not made or not there:
        return None
    return Figure(both / made, n=made), Figure(both / there, n=there)


def _pairs(names: Iterable[object]) -> int:
    return sum(comb(number, 2) for number in Counter(names).values())


def truth_state(project: Project) -> tuple[int, int] | None:
    """What changes when the truth file does."""
    path = project.root / _TRUTH
    return (path.stat().st_size, path.stat().st_mtime_ns) if path.is_file() else None
