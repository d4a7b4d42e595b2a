"""Rule segments: each `[segments.NAME] where` of the configuration becomes a segment of its own."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir

from regulars.conditions.check import check, names_of
from regulars.conditions.compile import compile_condition
from regulars.conditions.parse import parse
from regulars.conditions.resolve import resolver_of
from regulars.project.project import Project
from regulars.project.publish import Step, publish
from regulars.project.words import customers, vocabulary
from regulars.store.warehouse import Publication

__all__ = ["matching", "rules", "step"]


def step(project: Project) -> Step:
    """The step as `run` plans it."""
    return Step("segment rules", ("golden_customer", "score"), {"segments": project.config.named("segments")})


def rules(project: Project) -> dict[str, Any]:
    """Publish every rule segment; returns how many customers each has."""
    started, plan = project.now, step(project)
    counts: dict[str, int] = {}
    for name, section in plan.settings["segments"].items():
        found, matches = matching(project, section["where"], where=f"[segments.{name}]")
        rows = project.engine.keep(_rows(project, found.filter(matches), name=name))
        counts |= publish_one(project, plan, name=name, rows=rows, started=started)
    return {"segments": counts}


def publish_one(project: Project, plan: Step, *, name: str, rows: ir.Table, started: Any) -> dict[str, int]:
    """Publish one rule segment, so that the next rule can name it."""
    written = publish(
        project, plan, publications=[Publication("segment", rows, {"segmentation": name})], started=started
    )
    return {name: written["segment"]}


def matching(project: Project, condition: str, *, where: str) -> tuple[ir.Table, ir.BooleanValue]:
    """Customers with the names that a condition uses, and the condition compiled over them.

    Raises:
        ConditionError: it cannot be read, or names what does not exist.
    """
    node, words = parse(condition), vocabulary(project)
    allowed = set(project.warehouse.table("golden_customer").columns)
    names = names_of(node)
    check(
        node, {each.removeprefix("attr_") for each in allowed} | set(words.names()) | _known(names, words), where=where
    )
    found = customers(project, names, words=words)
    return found, compile_condition(node, resolver_of(found))


def _known(names: frozenset[str], words: Any) -> set[str]:
    return {name for name in names if words.score(name) or words.segmentation(name)}


def _rows(project: Project, found: ir.Table, *, name: str) -> ir.Table:
    day = project.cut().last_day(["order_line"]) or project.now.date()
    return found.select(
        "customer_key",
        segmentation=ibis.literal(name),
        segment=ibis.literal("in"),
        as_of=ibis.literal(day, type="date"),
    )
