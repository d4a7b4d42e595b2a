"""`score` and `backtest`: a room is judged on the past, fitted on all of it, and its scores published with their card."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from regulars.kernel.errors import DataError
from regulars.learning.card import card_json, proof_json
from regulars.learning.protocol import Card, Proof, Result, Room
from regulars.project.lab import lab_of
from regulars.project.project import Project
from regulars.project.publish import Step, publish
from regulars.project.registry import room
from regulars.store.warehouse import Publication

__all__ = ["backtest", "score", "step"]


def step(project: Project, analysis: str) -> Step:
    """The step as `run` plans it."""
    found = room(analysis)
    settings = {**_settings(project, found), "margin": project.config.section("profit").get("default_margin")}
    return Step(f"score {analysis}", found.reads, settings, ignores=("segment rules",))


def score(project: Project, analysis: str, *, as_of: str | None = None) -> dict[str, Any]:
    """Judge, fit, publish; returns the model card.

    Raises:
        DataError: there is nothing to score.
    """
    started, plan, found = project.now, step(project, analysis), room(analysis)
    day = _day(project, found, as_of=as_of)
    proof = _judge(project, found, day=day)
    project.outside.progress(f"{analysis}: fitting and scoring", 0, 0)
    lab = lab_of(project, as_of=day, settings=_settings(project, found), learns=True)
    result = found.score(lab, proof)
    tables = [
        each
        for name, rows in result.tables.items()
        for each in _publications(project, name, rows=rows, analysis=analysis)
    ]
    tables.append(Publication("card", project.engine.bring(_card_row(result.card)), {"analysis": analysis}))
    publish(project, plan, publications=tables, started=started)
    return _told(result)


def backtest(project: Project, analysis: str, *, as_of: str | None = None) -> dict[str, Any]:
    """Rolling-origin proof alone; nothing is published."""
    found = room(analysis)
    proof = _judge(project, found, day=_day(project, found, as_of=as_of))
    if proof is None:
        return {
            "analysis": analysis,
            "folds": [],
            "metrics": {},
            "baseline": {},
            "protocol": "describes; predicts nothing",
        }
    return {"analysis": analysis, **proof_json(proof)}


def _judge(project: Project, found: Room, *, day: date) -> Proof | None:
    project.outside.progress(f"{found.name}: judging on the past", 0, 0)
    return found.backtest(lab_of(project, as_of=day, settings=_settings(project, found), learns=True))


def _settings(project: Project, found: Room) -> dict[str, Any]:
    return {**found.defaults, **project.config.section(found.name)}


def _day(project: Project, found: Room, *, as_of: str | None) -> date:
    if as_of:
        return date.fromisoformat(as_of)
    day = project.cut().last_day(found.reads[:1])
    if day is None:
        raise DataError(
            f"{found.name} reads {found.reads[0]}, and there is none.",
            fix="Capture some: regulars capture, then unify.",
        )
    return day


def _publications(project: Project, name: str, *, rows: ir.Table, analysis: str) -> list[Publication]:
    if name == "score":
        return [Publication(name, project.engine.keep(rows), {"analysis": analysis})]
    if name != "segment":
        return [Publication(name, rows)]
    kept = project.engine.keep(rows)
    kinds = project.engine.arrow(kept.select("segmentation").distinct())["segmentation"].to_pylist()
    return [Publication(name, kept.filter(kept.segmentation == kind), {"segmentation": kind}) for kind in sorted(kinds)]


def _card_row(card: Card) -> pa.Table:
    body = json.dumps(card_json(card), default=str, allow_nan=False)
    return pa.table(
        {
            "analysis": [card.analysis],
            "model_version": [card.model_version],
            "as_of": pa.array([card.as_of], pa.date32()),
            "passed": [card.gate.passed],
            "why": [card.gate.why],
            "body": [body],
        }
    )


def _told(result: Result) -> dict[str, Any]:
    card = card_json(result.card)
    card.pop("proof")
    card["protocol"] = card["protocol"] or "describes what was recorded; predicts nothing"
    return card
