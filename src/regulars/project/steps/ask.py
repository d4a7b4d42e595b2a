"""`ask`: a question to the cube; every row of the answer can be opened later down to its source rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from regulars.conditions.check import names_of
from regulars.conditions.parse import parse
from regulars.kernel.errors import GateError
from regulars.project.aside import left_out
from regulars.project.origin import sources_behind
from regulars.project.past import Past, now_beside
from regulars.project.project import Project
from regulars.project.trust import failing_notes
from regulars.project.words import unscored, vocabulary
from regulars.semantics.context import Context
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

    With `known` the figures are those that were known then, and beside each stands the one of now.

    Args:
        metrics: names, at least one; several in one text may be parted by commas.
        how: by, where, start, end, last, compare, top, as_of, known, with_junk, as the verb declares them.

    Raises:
        UnknownNameError: a metric or dimension that is not there.
        ConditionError: `where` cannot be read.
        GateError: `where` names a score that nobody has made yet.
    """
    body = {"metrics": _listed(metrics), **how, "by": _listed(how.get("by") or ())}
    found, cut = reopen(project, body)
    told = _ran(project, found)
    notes = [*found.notes, *_checked(project, found), *_missing(project, body["metrics"])]
    if body.get("known"):
        told, restated = now_beside(
            told, _ran(project, _now(project, body, then=cut)), by=body["by"], metrics=body["metrics"]
        )
        notes += [*restated, *Past(cut).notes(project.engine)]
    key = "a" + fingerprint(body, project.engine.snapshot())
    cells = [{name: row[name] for name in body["by"]} for row in told["rows"]]
    project.journal.keep_answer(key, {**body, "cells": cells}, at=project.now)
    sources = sources_behind(project, found.facts, links=_links(found))
    return {
        "columns": told["columns"],
        "units": _units(found, told["columns"]),
        "rows": [{**row, "lineage": f"{key}.{place}"} for place, row in enumerate(told["rows"])],
        "totals": {**told["totals"], "lineage": f"{key}.total"},
        "definitions": dict(found.definitions),
        "notes": [*notes, *left_out(project, found, cut=cut), *failing_notes(project, found)],
        "period": found.period,
        "compared": found.compared,
        "as_of": cut.as_of,
        "known": body.get("known"),
        "currency": project.config.section("project")["currency"],
        "sources": sources,
        "simulated": bool(set(sources) & project.config.simulated),
        "snapshot": project.engine.snapshot(),
    }


def _ran(project: Project, found: Answer) -> dict[str, Any]:
    return {
        "columns": [*found.rows.columns],
        "rows": project.engine.arrow(found.rows).to_pylist(),
        "totals": project.engine.arrow(found.totals).to_pylist()[0],
    }


def reopen(project: Project, body: dict[str, Any]) -> tuple[Answer, Cut]:
    """The expressions of a question, and the cut that it was asked under."""
    known, as_of = _day(body.get("known")), _day(body.get("as_of"))
    junk = bool(body.get("with_junk") or project.config.values.get("junk", {}).get("include"))
    cut = project.cut(as_of, known, junk=junk)
    whole = project.cut(as_of, known, junk=True)
    day = as_of or whole.last_day(_captured(project, body["metrics"])) or known or project.now.date()
    found = answer(_question(body), Past(cut), context=_context(project, day, where=body.get("where")))
    return found, Cut(cut.warehouse, day, cut.known, cut.without)


def _now(project: Project, body: dict[str, Any], *, then: Cut) -> Answer:
    """The same question, of the same days, by what is known now."""
    days = [each for each in (then.as_of, _day(body["known"])) if each]
    day = _day(body.get("as_of")) or max(days)
    cut = Cut(then.warehouse, day, None, then.without)
    return answer(_question(body), cut, context=_context(project, then.as_of or day, where=body.get("where")))


def _question(body: dict[str, Any]) -> Question:
    return Question(
        metrics=tuple(body["metrics"]),
        by=tuple(body["by"]),
        where=body.get("where"),
        start=_day(body.get("start")),
        end=_day(body.get("end")),
        last=body.get("last"),
        compare=body.get("compare"),
        top=body.get("top"),
    )


def _links(found: Answer) -> dict[str, frozenset[str]]:
    """What the rows were described with, of all facts together."""
    links: dict[str, frozenset[str]] = {}
    for each in found.plan.links.values():
        links |= {name: links.get(name, frozenset()) | columns for name, columns in each.items()}
    return links


def _context(project: Project, day: date, *, where: str | None) -> Context:
    words, settings = vocabulary(project), project.config.section("project")
    for name in sorted(names_of(parse(where))) if where else ():
        if (room := unscored(name, words)) is not None:
            raise GateError(
                f"--where {name!r} is not known yet: there are no scores of {room}.",
                fix=f"Score it: regulars score {room}",
            )
    return Context(
        as_of=day,
        currency=settings["currency"],
        default_margin=project.config.section("profit").get("default_margin"),
        week_start=settings["week_starts"],
        segmentations=(*words.segmentations, *words.rules),
        scores=words.measures,
        timezone=settings["timezone"],
    )


def _units(found: Answer, columns: Sequence[str]) -> dict[str, str]:
    """The unit of each metric's column, and of the columns beside it: limits, earlier periods, changes."""
    units: dict[str, str] = {}
    for metric in found.plan.metrics:
        name, own = metric.name, metric.unit.value
        units |= {column: own for column in columns if column == name or column.startswith(f"{name}_")}
        counts = {f"{name}_n": "count"} if f"{name}_n" in columns else {}
        changes = {f"{name}_change": "share"} if f"{name}_change" in columns else {}
        units |= counts | changes
    return units


def _captured(project: Project, metrics: Sequence[str]) -> list[str]:
    facts = {METRICS[name].fact for name in metrics if name in METRICS}
    names = sorted({each for fact in facts for each in FACTS[fact].contracts})
    return [name for name in names if project.warehouse.contract(name).captured]


def _missing(project: Project, metrics: Sequence[str]) -> list[str]:
    names = _captured(project, metrics)
    if not names or project.cut(junk=True).last_day(names):
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
