"""Who may be addressed by a campaign, where a source tells what people have agreed to; and who is left out, and why."""

from __future__ import annotations

from datetime import datetime

import ibis.expr.types as ir

from regulars.campaigns.campaign import Campaign
from regulars.campaigns.consent import consent_state, permitted, purposes_of
from regulars.project.project import Project

__all__ = ["REASONS", "allowed", "left_out"]

REASONS = {
    "none": "they have not agreed to be addressed this way",
    "withdrawn": "they have taken their consent back",
    "objected": "they have objected",
    "expired": "their consent has run out",
}


def _judged(project: Project, what: Campaign, *, people: ir.Table, at: datetime) -> ir.Table | None:
    consent = project.warehouse.table("consent")
    if not project.engine.arrow(consent.select("consent_id").limit(1)).num_rows:
        return None  # no source tells: the audience is the user's own responsibility
    states = consent_state(consent, project.warehouse.table("source_customer"), at=at)
    return permitted(people, states, purposes=purposes_of(what.channel, what.purpose))


def allowed(project: Project, what: Campaign, *, people: ir.Table, at: datetime) -> ir.Table:
    """Of these customers those who may be addressed as of an instant: all of them while no consent is captured."""
    judged = _judged(project, what, people=people, at=at)
    return people if judged is None else people.semi_join(judged.filter(judged.consent == "granted"), "customer_key")


def left_out(project: Project, what: Campaign, *, people: ir.Table, at: datetime) -> dict[str, int]:
    """How many of these customers may not be addressed, by reason: objected, withdrawn, expired, none."""
    judged = _judged(project, what, people=people, at=at)
    if judged is None:
        return {}
    bare = judged.filter(judged.consent != "granted")
    counted = project.engine.arrow(bare.group_by("consent").aggregate(n=bare.count()).order_by("consent"))
    return dict(zip(counted["consent"].to_pylist(), counted["n"].to_pylist(), strict=True))
