"""`show`: what there is, each thing with its definition."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import ibis

from regulars.capture.history import proved_by
from regulars.contracts.catalog import CONTRACTS
from regulars.contracts.results import RESULTS
from regulars.kernel.errors import UnknownNameError
from regulars.project.project import Project
from regulars.project.registry import room, room_names
from regulars.project.sources import declared
from regulars.project.steps.lineage import lineage
from regulars.project.trust import quality_page
from regulars.semantics.dimension import DIMENSIONS
from regulars.semantics.metrics import METRICS

__all__ = ["show"]

_RUNS = 50
_MARKS = 100
_TREND = 12  # runs of a check that are shown


def show(project: Project, what: str, *, name: str | None = None, page: int = 1) -> dict[str, Any]:
    """Things of one kind, or one of them with its details.

    Raises:
        UnknownNameError: there is no such thing.
    """
    if what == "lineage":
        return lineage(project, name or "", page=page)
    items = _SHOWS[what](project, name)
    if name is not None and not items and what != "runs":
        known = [str(next(iter(each.values()))) for each in _SHOWS[what](project, None)]
        raise UnknownNameError(what.removesuffix("s"), name, known)
    return {"items": items, "snapshot": project.engine.snapshot()}


def _runs(project: Project, name: str | None) -> list[dict[str, Any]]:
    rows = project.warehouse.table("run")
    rows = rows.filter(rows.step == name) if name else rows
    shown = rows.order_by(ibis.desc("started_at")).limit(_RUNS)
    columns = ["step", "started_at", "ended_at", "rows", "status", "reads", "writes", "fingerprint", "snapshot"]
    found: list[dict[str, Any]] = project.engine.arrow(shown.select(columns)).to_pylist()
    return found


def _tables(project: Project, name: str | None) -> list[dict[str, Any]]:
    known = CONTRACTS | RESULTS
    if name in known:
        return [{"column": each.name, "kind": str(each.kind), "says": each.says} for each in known[str(name)].columns]
    if name is not None:
        return []
    counts = {each: _count(project, each) for each in known}
    return [{"table": each, "rows": counts[each], "grain": known[each].grain} for each in known if counts[each]]


def _count(project: Project, name: str) -> int:
    rows = project.warehouse.table(name)
    return int(project.engine.arrow(rows.aggregate(n=rows.count()))["n"][0].as_py())


def _metrics(project: Project, name: str | None) -> list[dict[str, Any]]:
    return [
        {"metric": each.name, "says": each.says, "unit": str(each.unit), "uncertainty": str(each.uncertainty)}
        for each in METRICS.values()
        if name in (None, each.name)
    ]


def _dimensions(project: Project, name: str | None) -> list[dict[str, Any]]:
    return [{"dimension": each.name, "says": each.says} for each in DIMENSIONS.values() if name in (None, each.name)]


def _analyses(project: Project, name: str | None) -> list[dict[str, Any]]:
    cards = project.engine.arrow(project.warehouse.table("card")).to_pylist()
    newest = {row["analysis"]: row for row in sorted(cards, key=lambda row: row["as_of"])}
    if name is not None:
        return [json.loads(newest[name]["body"])] if name in newest else []
    return [_analysis(each, newest.get(each)) for each in room_names()]


def _analysis(name: str, card: dict[str, Any] | None) -> dict[str, Any]:
    scored = {"as_of": card["as_of"], "may_act": card["passed"], "why": card["why"]} if card else {"as_of": None}
    return {"analysis": name, "question": room(name).question, **scored}


def _sources(project: Project, name: str | None) -> list[dict[str, Any]]:
    batches = project.warehouse.table("batch")
    grouped = batches.group_by("source", "contract").aggregate(
        files=batches.count(),
        loaded=batches.loaded.sum(),
        quarantined=batches.quarantined.sum(),
        held=batches.held.cast("int64").sum(),
    )
    counted = project.engine.arrow(grouped.order_by("source", "contract")).to_pylist()
    there = declared(project)
    never = dict.fromkeys(("files", "loaded", "quarantined", "held"), 0)
    fed = {(row["source"], row["contract"]) for row in counted}
    rows = [*counted, *({"source": key[0], "contract": key[1], **never} for key in there if key not in fed)]
    return [
        {
            **row,
            **there.get((row["source"], row["contract"]), {"kind": None, "where": None, "reads": []}),
            "simulated": row["source"] in project.config.simulated,
            "proved": proved_by(project.book, row["source"]),
        }
        for row in rows
        if name in (None, row["source"])
    ]


def _quality(project: Project, name: str | None) -> list[dict[str, Any]]:
    """Each check of the last run with its trend; of one contract, source or dimension."""
    rows = [row for row in quality_page(project) if name in (None, row["contract"], row["source"], row["dimension"])]
    return [{**row, "trend": [share for _, share in row["trend"][-_TREND:]]} for row in rows]


def _junk(project: Project, name: str | None) -> list[dict[str, Any]]:
    """Marks counted by rule; or the first of one rule."""
    rows = project.warehouse.table("junk")
    counted = rows.group_by("rule", "contract", "source", "reason", "state").aggregate(rows=rows.count())
    if name is None:
        items: list[dict[str, Any]] = project.engine.arrow(counted.order_by("rule", "contract", "source")).to_pylist()
        return items
    columns = ["rule", "contract", "source", "key", "reason", "state", "at"]
    shown = rows.filter(rows.rule == name).order_by("contract", "source", "key").limit(_MARKS)
    found: list[dict[str, Any]] = project.engine.arrow(shown.select(columns)).to_pylist()
    return found


_SHOWS: dict[str, Callable[[Project, str | None], list[dict[str, Any]]]] = {
    "runs": _runs,
    "tables": _tables,
    "metrics": _metrics,
    "dimensions": _dimensions,
    "analyses": _analyses,
    "sources": _sources,
    "quality": _quality,
    "junk": _junk,
}
