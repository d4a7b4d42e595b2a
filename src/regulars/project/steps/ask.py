"""`ask`: a question to the cube; every row of the answer can be opened later down to its source rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from regulars.project.origin import sources_of
from regulars.project.project import Project
from regulars.project.words import vocabulary
from regulars.semantics.context import HEADLINES, Context
from regulars.semantics.cube import Answer, answer
from regulars.semantics.fact import FACTS
from regulars.semantics.metrics import METRICS
from regulars.semantics.notes import notes_of
from regulars.semantics.question import Question
from regulars.store.runs import fingerprint
from regulars.store.warehouse import Cut

__all__ = ["ask", "reopen"]


def ask(project: Project, metrics: Sequence[str], **how: Any) -> dict[str, Any]:
    """Answer a question.

    Args:
        metrics: names, at least one; several in one text may be parted by commas.
        how: by, where, start, end, last, compare, top, as_of, known, as the verb declares them.

    Raises:
        UnknownNameError: a metric or dimension that is not there.
        ConditionError: `where` cannot be read.
    """
    body = {"metrics": _listed(metrics), **how, "by": _listed(how.get("by") or ())}
    found, cut = reopen(project, body)
    rows = project.engine.arrow(found.rows).to_pylist()
    totals = project.engine.arrow(found.totals).to_pylist()[0]
    key = "a" + fingerprint(body, project.engine.snapshot())
    cells = [{name: row[name] for name in body["by"]} for row in rows]
    project.journal.keep_answer(key, {**body, "cells": cells}, at=project.now)
    sources = sources_of(project, found.facts)
    return {
        "columns": [*found.rows.columns],
        "units": _units(body["metrics"], found.rows.columns),
        "rows": [{**row, "lineage": f"{key}.{place}"} for place, row in enumerate(rows)],
        "totals": {**totals, "lineage": f"{key}.total"},
        "definitions": dict(found.definitions),
        "notes": [*found.notes, *_checked(project, found), *_missing(project, body["metrics"])],
        "period": found.period,
        "compared": found.compared,
        "as_of": cut.as_of,
        "currency": project.config.section("project")["currency"],
        "sources": sources,
        "simulated": bool(set(sources) & project.config.simulated),
        "snapshot": project.engine.snapshot(),
    }


def reopen(project: Project, body: dict[str, Any]) -> tuple[Answer, Cut]:
    """The expressions of a question, and the cut that it was asked under."""
    known = _day(body.get("known"))
    day = _day(body.get("as_of")) or _last_day(project, body["metrics"])
    cut = project.cut(_day(body.get("as_of")), known)
    question = Question(
        metrics=tuple(body["metrics"]),
        by=tuple(body["by"]),
        where=body.get("where"),
        start=_day(body.get("start")),
        end=_day(body.get("end")),
        last=body.get("last"),
        compare=body.get("compare"),
        top=body.get("top"),
    )
    return answer(question, cut, context=_context(project, day)), Cut(cut.warehouse, day, cut.known)


def _context(project: Project, day: date) -> Context:
    words, settings = vocabulary(project), project.config.section("project")
    return Context(
        as_of=day,
        currency=settings["currency"],
        default_margin=project.config.section("profit").get("default_margin"),
        week_start=settings["week_starts"],
        segmentations=(*words.segmentations, *words.rules),
        scores={**HEADLINES, **words.measures},
    )


def _units(metrics: Sequence[str], columns: Sequence[str]) -> dict[str, str]:
    """The unit of each metric's column, and of the columns beside it: limits, earlier periods, changes."""
    units: dict[str, str] = {}
    for name in metrics:
        own = METRICS[name].unit.value
        units |= {column: own for column in columns if column == name or column.startswith(f"{name}_")}
        counts = {f"{name}_n": "count"} if f"{name}_n" in columns else {}
        changes = {f"{name}_change": "share"} if f"{name}_change" in columns else {}
        units |= counts | changes
    return units


def _last_day(project: Project, metrics: Sequence[str]) -> date:
    return project.cut().last_day(_captured(project, metrics)) or project.now.date()


def _captured(project: Project, metrics: Sequence[str]) -> list[str]:
    facts = {METRICS[name].fact for name in metrics if name in METRICS}
    names = sorted({each for fact in facts for each in FACTS[fact].contracts})
    return [name for name in names if project.warehouse.contract(name).captured]


def _missing(project: Project, metrics: Sequence[str]) -> list[str]:
    names = _captured(project, metrics)
    if not names or project.cut().last_day(names):
        return []
    return [f"There is no {' or '.join(names)} yet. Take some in: regulars capture"]


def _checked(project: Project, found: Answer) -> list[str]:
    if found.checks is None:
        return []
    margin = project.config.section("profit").get("default_margin")
    rows = [row for row in project.engine.arrow(found.checks).to_pylist() if row["rows"]]
    return notes_of(rows, margin)


def _listed(names: Sequence[str]) -> list[str]:
    return [each for name in names for each in name.split(",") if each]


def _day(text: Any) -> date | None:
    return date.fromisoformat(text) if isinstance(text, str) else text
