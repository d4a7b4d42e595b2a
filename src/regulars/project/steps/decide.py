"""`decide`: a policy over scores gives one action for each customer, if the scores may act."""

from __future__ import annotations

from typing import Any

import ibis

from regulars.conditions.parse import parse
from regulars.decide.customer import Vocabulary
from regulars.decide.policy import OTHERWISE, Policy, decisions, names_needed, policy, scores_used
from regulars.kernel.errors import UnknownNameError
from regulars.project.project import Project
from regulars.project.publish import Step, publish
from regulars.project.words import check_gates, check_words, customers, vocabulary
from regulars.store.warehouse import Publication

__all__ = ["decide", "step"]


def step(project: Project, name: str) -> Step:
    """The step as `run` plans it."""
    return Step(
        f"decide {name}", ("golden_customer", "score", "segment"), {"policy": list(_section(project, name).items())}
    )


def decide(project: Project, policy: str, *, as_of: str | None = None) -> dict[str, Any]:
    """One action for each customer whom a rule matches.

    Raises:
        UnknownNameError: there is no such policy.
        ConditionError: a rule names what does not exist.
        GateError: a score that it rests on has no passing backtest.
    """
    started, plan, rules = project.now, step(project, policy), _policy(project, policy)
    words = vocabulary(project)
    _check(project, rules, words=words)
    versions = check_gates(project, scores_used(rules, words), what=f"The policy {policy}")
    day = _day(project, as_of)
    found = customers(project, names_needed(rules, words), words=words)
    version = " ".join(versions.values()) or None
    rows = project.engine.keep(decisions(found, rules, as_of=day, model_version=version))
    publish(project, plan, publications=[Publication("decision", rows, {"policy": policy})], started=started)
    return {"policy": policy, "as_of": day, **_told(project, rows)}


def _section(project: Project, name: str) -> dict[str, Any]:
    sections = project.config.named("policies")
    if name not in sections:
        raise UnknownNameError("policy", name, sections, fix="Policies are written in regulars.toml.")
    return sections[name]


def _policy(project: Project, name: str) -> Policy:
    return policy(name, _section(project, name))


def _check(project: Project, rules: Policy, *, words: Vocabulary) -> None:
    for action, text in rules.rules:
        if text != OTHERWISE:
            check_words(project, parse(text), words=words, where=f"[policies.{rules.name}] {action}")


def _day(project: Project, as_of: str | None) -> Any:
    if as_of:
        from datetime import date

        return date.fromisoformat(as_of)
    return project.cut().last_day(["order_line"]) or project.now.date()


def _told(project: Project, rows: Any) -> dict[str, Any]:
    grouped = rows.group_by("action").aggregate(customers=rows.count(), expected_profit=rows.expected_profit.sum())
    found = project.engine.arrow(grouped.order_by(ibis.desc("customers"), "action")).to_pylist()
    return {
        "actions": {row["action"]: row["customers"] for row in found},
        "expected_profit": sum(row["expected_profit"] or 0 for row in found),
        "by_action": {row["action"]: row["expected_profit"] for row in found},
    }
