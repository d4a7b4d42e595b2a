"""What conditions over customers may name in this project: scores that exist, segmentations, rule segments."""

from __future__ import annotations

from collections.abc import Collection

import ibis.expr.types as ir

from regulars.conditions.check import check, names_of
from regulars.conditions.tree import Node
from regulars.decide.customer import Vocabulary, customer_facts
from regulars.kernel.errors import GateError
from regulars.project.project import Project
from regulars.project.registry import room, room_names

__all__ = ["check_gates", "check_words", "customers", "unscored", "vocabulary"]


def vocabulary(project: Project) -> Vocabulary:
    """The scores and segments that have been published, and the rule segments of the configuration."""
    measures, kinds = project.warehouse.once("words", lambda: _published(project))
    rules = set(project.config.named("segments"))
    return Vocabulary(measures=measures, segmentations=sorted(set(kinds) - rules), rules=sorted(rules))


def _published(project: Project) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    engine, warehouse = project.engine, project.warehouse
    scored = engine.arrow(warehouse.table("score").select("analysis", "measure").distinct())
    there: dict[str, set[str]] = {}
    for analysis, measure in zip(scored["analysis"].to_pylist(), scored["measure"].to_pylist(), strict=True):
        there.setdefault(analysis, set()).add(measure)
    kinds = engine.arrow(warehouse.table("segment").select("segmentation").distinct())["segmentation"].to_pylist()
    return {name: _ordered(name, measures) for name, measures in sorted(there.items())}, kinds


def _ordered(analysis: str, measures: set[str]) -> tuple[str, ...]:
    """The room's own order, its headline first."""
    known = [each.name for each in room(analysis).measures] if analysis in room_names() else []
    return tuple([name for name in known if name in measures] + sorted(measures - set(known)))


def customers(project: Project, names: Collection[str], *, words: Vocabulary) -> ir.Table:
    """One row per customer with the wanted names as columns."""
    table = project.warehouse.table
    return customer_facts(table("golden_customer"), table("score"), segment=table("segment"), names=names, words=words)


def check_words(project: Project, node: Node, *, words: Vocabulary, where: str) -> None:
    """Refuses a condition over customers with a name that does not exist, or does not exist yet.

    Raises:
        GateError: it names a score or a segmentation that no run has made so far.
        ConditionError: it names what there is not.
    """
    names = names_of(node)
    known = {name for name in names if words.score(name) or words.segmentation(name)}
    for name in sorted(names - known):
        if (room_name := unscored(name, words)) is not None:
            raise GateError(
                f"{name!r} in {where} is not known yet: there are no scores of {room_name}.",
                fix=f"Score it: regulars score {room_name}; `regulars run` does all steps, or says why one was refused.",
            )
    attributes = {each.removeprefix("attr_") for each in project.warehouse.table("golden_customer").columns}
    check(node, attributes | set(words.names()) | known, where=where)


def unscored(name: str, words: Vocabulary) -> str | None:
    """The room whose scores a name waits for, or None."""
    head = name.partition(".")[0]
    if head == "segment":
        return None if words.segmentations else "segments"
    return head if head in room_names() and head not in words.measures else None


def check_gates(project: Project, analyses: Collection[str], *, what: str) -> dict[str, str]:
    """The model versions of the scores, all of which have passed their gate.

    Raises:
        GateError: a score has no passing backtest; says which and why.
    """
    if not analyses:
        return {}
    cards = project.warehouse.table("card")
    found = project.engine.arrow(cards.select("analysis", "passed", "why", "model_version", "as_of")).to_pylist()
    newest = {row["analysis"]: row for row in sorted(found, key=lambda row: row["as_of"])}
    for name in sorted(analyses):
        card = newest.get(name)
        if card is None:
            raise GateError(f"{what} rests on {name}, which has no scores yet.", fix=f"Score it: regulars score {name}")
        if not card["passed"]:
            raise GateError(
                f"{what} rests on {name}, which may not act: {card['why']}", fix=f"See: regulars show analyses {name}"
            )
    return {name: newest[name]["model_version"] for name in sorted(analyses)}
