"""`effect`: what a campaign changed, launched here or captured from elsewhere, against those left alone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from regulars.campaigns.assigned import assigned
from regulars.campaigns.campaign import CONTROL, Campaign, campaign
from regulars.campaigns.effect import as_mapping
from regulars.campaigns.effect import effect as judged
from regulars.campaigns.outcome import Window, outcome
from regulars.campaigns.trust import Design
from regulars.kernel.errors import UnknownNameError
from regulars.project.ledger import ledger
from regulars.project.project import Project
from regulars.project.steps.campaign import day_ends, margin_of
from regulars.store.warehouse import Cut

__all__ = ["effect"]

_DAYS = 28
_FACTS = ("order_line", "response")


def effect(
    project: Project, campaign: str, *, metric: str | None = None, against: str | None = None, as_of: str | None = None
) -> dict[str, Any]:
    """Judge a campaign as assigned, in profit unless another metric is asked for.

    Raises:
        UnknownNameError: nobody was assigned to such a campaign, or there is no such metric or arm.
    """
    cut = project.cut(date.fromisoformat(as_of) if as_of else None)
    what = _configured(project, campaign)
    rows = _rows(project, cut, name=campaign, metric=metric or "", days=what.window_days if what else _DAYS)
    found = judged(
        rows,
        _design(project, campaign, what=what, cut=cut),
        metric=metric or "incremental_profit",
        against=against or CONTROL,
    )
    result = dict(as_mapping(found))
    sources = _sources(project, cut, rows=rows)
    return {
        **result,
        "effect": result["effects"][0] if result["effects"] else None,  # type: ignore[index]
        "notes": [*found.notes, *_assumed(project)],
        "sources": sources,
        "simulated": bool(set(sources) & project.config.simulated),
    }


def _sources(project: Project, cut: Cut, *, rows: pa.Table) -> list[str]:
    """The sources with facts in the time that is looked at: the windows after the assignments, and those before."""
    assigned_at, until = rows["assigned_at"], pc.max(rows["until"]).as_py()
    first = pc.min(assigned_at).as_py()
    first -= until - pc.max(assigned_at).as_py()
    found: set[str] = set()
    for name, column in (("order_line", "ordered_at"), ("response", "occurred_at")):
        table = cut.table(name)
        within = table.filter((table[column] >= ibis.literal(first)) & (table[column] < ibis.literal(until)))
        found.update(project.engine.arrow(within.select("source").distinct())["source"].to_pylist())
    return sorted(found)


def _configured(project: Project, name: str) -> Campaign | None:
    section = project.config.named("campaigns").get(name)
    return campaign(name, section) if section is not None else None


def _rows(project: Project, cut: Cut, *, name: str, metric: str, days: int) -> pa.Table:
    links = cut.table("source_customer")
    everybody = assigned(cut.table("treatment"), cut.table("message"), source_customer=links)
    there = project.engine.keep(everybody.filter(everybody.campaign_id == name))
    if not project.engine.arrow(there.limit(1)).num_rows:
        raise UnknownNameError("campaign with assigned customers", name, _campaigns(project, everybody))
    kinds = (metric.removeprefix("response:"),) if metric.startswith("response:") else ()
    found = outcome(
        there,
        ledger(project, cut.table("order_line"), rates=cut.table("rate")),
        response=cut.table("response"),
        source_customer=links,
        window=Window(days, margin_of(project), kinds),
    )
    return project.engine.arrow(found)


def _campaigns(project: Project, everybody: ir.Table) -> list[str]:
    found: list[str] = project.engine.arrow(everybody.select("campaign_id").distinct())["campaign_id"].to_pylist()
    return found


def _design(project: Project, name: str, *, what: Campaign | None, cut: Cut) -> Design:
    day = cut.last_day(_FACTS)
    covered = day_ends(project, day) if day else datetime.min
    if what is None:
        return Design(name, covered, {})
    return Design(name, covered, dict(what.arms), what.cost_per_contact, what.fixed_cost)


def _assumed(project: Project) -> list[str]:
    margin = project.config.section("profit").get("default_margin")
    if margin is None:
        return ["No costs are declared: where a line has none, its margin is taken as its revenue."]
    return [f"Where a line has no cost, a margin of {margin:.0%} of revenue is assumed."]
