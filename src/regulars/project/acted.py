"""What was decided and done, and what came of it, gathered for the report: policies, campaigns, and the account of rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import ibis
import pyarrow as pa

from regulars.campaigns.assigned import assigned
from regulars.campaigns.campaign import CONTROL, campaign
from regulars.campaigns.trust import Design, doubts
from regulars.decide.policy import policy
from regulars.kernel.errors import DataError, RegularsError, UnknownNameError
from regulars.project.known import resting
from regulars.project.origin import links_of, sources_behind
from regulars.project.project import Project
from regulars.project.steps.campaign import plan
from regulars.project.steps.effect import effect
from regulars.report.story import (
    Action,
    ArmCount,
    Basis,
    Campaign,
    Effect,
    Feed,
    Figure,
    Launch,
    Plan,
    Policy,
    Source,
    Truth,
    Withheld,
)
from regulars.store.warehouse import end_of

__all__ = ["campaigns", "feeds", "policies", "sources", "truth", "withheld"]

_ASSUMED = "Where a line has no cost"  # the assumptions say it already, with their numbers
_COUNTS = ("read", "loaded", "duplicate", "superseded", "skipped", "quarantined")


def policies(project: Project, basis: Basis) -> tuple[Policy, ...]:
    """Every policy that has decided, in the order of the configuration; `basis` is that of the scores."""
    rows = project.warehouse.table("decision")
    grouped = rows.group_by("policy", "action").aggregate(
        customers=rows.count(), profit=rows.expected_profit.sum(), as_of=rows.as_of.max()
    )
    found = {(row["policy"], row["action"]): row for row in project.engine.arrow(grouped).to_pylist()}
    told = [
        _policy(project, name, section=section, found=found, basis=basis)
        for name, section in project.config.named("policies").items()
    ]
    return tuple(each for each in told if each)


def _policy(
    project: Project,
    name: str,
    *,
    section: Mapping[str, Any],
    found: Mapping[tuple[str, str], Mapping[str, Any]],
    basis: Basis,
) -> Policy | None:
    rules = policy(name, section).rules
    there = [found[name, action] for action, _ in rules if (name, action) in found]
    if not there:
        return None
    actions = tuple(_action(action, text, row=found.get((name, action), {})) for action, text in rules)
    return Policy(
        name,
        str(max(row["as_of"] for row in there)),
        actions,
        _resting(project, basis, conditions=[text for _, text in rules]),
    )


def _resting(project: Project, basis: Basis, *, conditions: Iterable[str], tables: Iterable[str] = ()) -> Basis:
    """The basis with the tables that are read too, and what the conditions name."""
    links = links_of(project, [text for text in conditions if text.strip() != "otherwise"])
    found = {*basis.sources, *sources_behind(project, tables, links=links)}
    return resting(project, found, assumed=basis.assumed)


def _action(action: str, rule: str, *, row: Mapping[str, Any]) -> Action:
    return Action(action, row.get("customers", 0), _number(row.get("profit")), rule)


def truth(project: Project) -> dict[str, Any]:
    """What a simulation says that it truly did, from `truth.json`; empty where there is none.

    Raises:
        DataError: the file is no JSON object.
    """
    path = project.root / "truth.json"
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise DataError(f"{path} is not JSON: {problem}.", fix="Write it anew, or remove it.") from problem
    if not isinstance(found, dict):
        raise DataError(f"{path} is not a JSON object.", fix="Write it anew, or remove it.")
    return found


def campaigns(project: Project, basis: Basis) -> tuple[Campaign, ...]:
    """Every campaign of the configuration, as far as it went; `basis` is that of the scores."""
    true = truth(project)
    return tuple(_campaign(project, name, true=true, basis=basis) for name in project.config.named("campaigns"))


def _campaign(project: Project, name: str, *, true: Mapping[str, Any], basis: Basis) -> Campaign:
    what = campaign(name, project.config.named("campaigns")[name])
    cost = f"One contact of {name} is taken to cost {what.cost_per_contact:g}, as configured."
    assumed = (*basis.assumed, cost) if what.cost_per_contact else basis.assumed
    return Campaign(
        name=name,
        audience=what.audience,
        window_days=what.window_days,
        plan=_plan(project, name),
        launch=_launch(project, name),
        effect=_effect(project, name, true=true if true.get("campaign") == name else {}, assumed=assumed),
        basis=replace(_resting(project, basis, conditions=[what.audience], tables=("consent",)), assumed=assumed),
    )


def _plan(project: Project, name: str) -> Plan | None:
    try:
        found = plan(project, name)
    except RegularsError:  # what is wrong with it, `plan` says itself; here it is only not there
        return None
    expected = found["expected"]
    return Plan(
        matching=found["matching"],
        reach=found["reach"],
        treated=found["treated"],
        held_out=found["held_out"],
        cost=found["cost"],
        budget=found["budget"],
        detectable=found["mde"]["profit"],
        break_even=expected["break_even"],
        expected_profit=expected["profit"],
        power=expected["power"],
        notes=tuple(note for note in found["notes"] if not note.startswith(_ASSUMED)),
    )


def _launch(project: Project, name: str) -> Launch | None:
    found = project.journal.launch(name)
    if found is None or found["state"] != "sent":
        return None
    body = found["body"]
    at = str(body["assigned_at"]).replace("T", " ")[:16]
    return Launch(at, body["treated"], body["held_out"], body["sent"], body["failed"])


def _effect(project: Project, name: str, *, true: Mapping[str, Any], assumed: tuple[str, ...]) -> Effect | None:
    try:
        found = effect(project, name)
    except UnknownNameError:  # nobody was assigned yet
        return None
    whole = found["profit"]
    return Effect(
        verdict=found["verdict"],
        why=found["why"],
        per_customer=_difference(found["effect"]),
        profit=Figure(whole["value"], whole["low"], whole["high"], whole["interval"]),
        srm_p=found["srm_p"],
        arms=tuple(_arm(each) for each in found["arms"]),
        truth=_truth(true, found) if true else None,
        notes=tuple(note for note in found["notes"] if not note.startswith(_ASSUMED)),
        basis=resting(project, found["sources"], assumed=assumed),
    )


def _truth(true: Mapping[str, Any], found: Mapping[str, Any]) -> Truth:
    """The simulation states margins; what was spent is known."""
    first, each, total = found["arms"][0], true.get("margin_per_customer"), true.get("margin_total")
    return Truth(
        None if each is None else each - first["cost"] / first["assigned"],
        None if total is None else total - found["profit"]["cost"],
    )


def _difference(each: Mapping[str, Any] | None) -> Figure:
    if each is None:
        return Figure(None, interval=95)
    return Figure(each["value"], each["low"], each["high"], each["interval"], each["n_treated"] + each["n_control"])


def _arm(each: Mapping[str, Any]) -> ArmCount:
    return ArmCount(each["arm"], each["assigned"], each["sent"], each["response_rate"], each["margin"], each["cost"])


def withheld(project: Project) -> tuple[Withheld, ...]:
    """Every campaign that another system ran, with the verdict on it; one without a hold-out needs no reading of sales."""
    table = project.warehouse.table
    rows = assigned(table("treatment"), table("message"), source_customer=table("source_customer"))
    rows = rows.filter(~rows.launched)
    grouped = rows.group_by("campaign_id", "arm").aggregate(customers=rows.count()).order_by("campaign_id", "arm")
    arms: dict[str, dict[str, int]] = {}
    for row in project.engine.arrow(grouped).to_pylist():
        arms.setdefault(row["campaign_id"], {})[row["arm"]] = row["customers"]
    own, last = project.config.named("campaigns"), project.cut().last_day(["order_line"]) or project.now.date()
    return tuple(_withheld(project, name, sizes=sizes, last=last) for name, sizes in arms.items() if name not in own)


def _withheld(project: Project, name: str, *, sizes: Mapping[str, int], last: date) -> Withheld:
    people = sum(sizes.values())
    if CONTROL in sizes and len(sizes) > 1:
        found = effect(project, name)
        return Withheld(name, people, found["verdict"], found["why"])
    rows = pa.table({"arm": [arm for arm, size in sizes.items() for _ in range(size)]})
    return Withheld(name, people, "withheld", doubts(rows, Design(name, end_of(last), {}), against=CONTROL).why or "")


def feeds(project: Project) -> tuple[Feed, ...]:
    """The account of every source and contract."""
    batches = project.warehouse.table("batch")
    sums = {name: batches[name].sum().cast("int64") for name in _COUNTS}
    grouped = batches.group_by("source", "contract").aggregate(
        files=batches.batch.nunique(), held=batches.held.cast("int64").sum(), **sums
    )
    rows = project.engine.arrow(grouped.order_by(ibis.asc("source"), ibis.asc("contract"))).to_pylist()
    return tuple(Feed(**row) for row in rows)


def sources(project: Project, account: Iterable[Feed]) -> tuple[Source, ...]:
    """Every source that has brought something."""
    found: dict[str, list[Feed]] = {}
    for each in account:
        found.setdefault(each.source, []).append(each)
    made = project.config.simulated
    return tuple(
        Source(name, name in made, tuple(each.contract for each in brought), sum(each.loaded for each in brought))
        for name, brought in found.items()
    )


def _number(number: Any) -> float | None:
    return None if number is None else float(number)
