"""`plan` and `launch`: who is addressed, who is left alone, what it costs, and the list in the sink's hands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from regulars.activate.push import CONTROL, deliver, outgoing
from regulars.campaigns.assign import assignment, audience, names_needed
from regulars.campaigns.campaign import Campaign, campaign
from regulars.campaigns.outcome import Window, history
from regulars.campaigns.plan import as_mapping
from regulars.campaigns.plan import plan as sized
from regulars.conditions.check import names_of
from regulars.conditions.parse import parse
from regulars.kernel.errors import ConfigError, UnknownNameError
from regulars.project.consenting import REASONS, allowed, left_out
from regulars.project.ledger import ledger
from regulars.project.project import Project
from regulars.project.publish import Step, publish
from regulars.project.registry import sink
from regulars.project.words import check_gates, check_words, customers, vocabulary
from regulars.store.runs import fingerprint
from regulars.store.warehouse import Publication

__all__ = ["day_ends", "launch", "margin_of", "named", "plan"]

_FRESH = timedelta(days=7)
_ADDRESSES = {"email": "email", "sms": "phone", "phone": "phone", "letter": "postcode", "mail": "postcode"}


def named(project: Project, name: str) -> Campaign:
    """A campaign of the configuration.

    Raises:
        UnknownNameError: there is none of that name.
        ConfigError: its section is wrong.
    """
    sections = project.config.named("campaigns")
    if name not in sections:
        raise UnknownNameError("campaign", name, sections, fix="Campaigns are written in regulars.toml.")
    return campaign(name, sections[name])


def margin_of(project: Project) -> float:
    """The margin share of lines without a cost; 1 when none is declared: margin is then revenue, and the card says so."""
    return float(project.config.section("profit").get("default_margin") or 1.0)


def plan(project: Project, campaign: str) -> dict[str, Any]:
    """Size, cost, power and expected profit of a campaign.

    Raises:
        GateError: the audience rests on a score that may not act.
    """
    what = named(project, campaign)
    asked, moment = _people(project, what), _moment(project, None)
    found = allowed(project, what, people=asked, at=moment)
    chosen = project.engine.keep(audience(found, what, salt=_salt(project)))
    everybody = audience(found, replace(what, budget=None), salt=_salt(project))
    matching = int(project.engine.arrow(everybody.aggregate(n=everybody.count()))["n"][0].as_py())
    people = chosen.select("customer_key", assigned_at=ibis.literal(moment, type="timestamp"))
    table = project.cut().table
    past = history(
        people,
        ledger(project, table("order_line"), rates=table("rate")),
        source_customer=table("source_customer"),
        window=Window(what.window_days, margin_of(project)),
    )
    result: dict[str, Any] = dict(as_mapping(sized(what, project.engine.arrow(past), matching=matching)))
    result["notes"] = [*result["notes"], *_unreachable(project, what, people=chosen)]
    everyone = audience(asked, replace(what, budget=None), salt=_salt(project))
    result["left_out"] = left_out(project, what, people=everyone, at=moment)
    for why, count in result["left_out"].items():
        result["notes"].append(f"{count:,} customers are left out: {REASONS[why]}.")
    result["counts"] = {"matching": matching, "reach": result["reach"], **result["arms"]}
    return result


def launch(project: Project, campaign: str, *, dry_run: bool = False, as_of: str | None = None) -> dict[str, Any]:
    """Draw the arms, hand the treated to the sink, keep a receipt for each; a second call sends nothing again.

    Raises:
        ConfigError: the campaign has no sink, or the sink is wrong.
        GateError: the audience rests on a score that may not act.
    """
    what = named(project, campaign)
    settings = _sink(project, what)
    before = project.journal.launch(what.name)
    if before and before["state"] == "sent":
        return {**before["body"], "already": True}
    moment = _moment(project, as_of)
    treatment = _assigned(project, what, moment=moment, dry_run=dry_run)
    rows = _outgoing(project, allowed(project, what, people=treatment, at=moment), settings=settings)
    notes = _unreachable(project, what, people=treatment)
    if dry_run:
        counts = _counts(project, treatment)
        return {**counts, "sent": 0, "failed": 0, "would_send": _sample(rows), "dry_run": True, "notes": notes}
    number = (before or {}).get("launch") or fingerprint(what.name, moment)
    project.journal.keep_launch(what.name, number, state="assigned", body={}, at=project.now)
    receipts = deliver(rows, sink(settings["kind"]), settings=settings, name=f"{what.name}-{number}", sent_at=moment)
    _keep_receipts(project, what, treatment=treatment, receipts=receipts)
    body = {**_counts(project, treatment), **_delivered(receipts), "assigned_at": moment.isoformat(), "launch": number,
            "notes": notes}  # fmt: skip
    project.journal.keep_launch(what.name, number, state="sent", body=body, at=project.now)
    return {**body, "already": False}


def _unreachable(project: Project, what: Campaign, *, people: ir.Table) -> list[str]:
    """Customers of the audience without the address that the channel needs; they would dilute the effect."""
    column = _ADDRESSES.get(str(what.channel))
    golden = project.warehouse.table("golden_customer")
    if column is None:
        return []
    bare = people.semi_join(golden.filter(golden[column].isnull()), "customer_key")
    count = int(project.engine.arrow(bare.aggregate(n=bare.count()))["n"][0].as_py())
    if not count:
        return []
    fix = f'Leave them out: write "... and not ({column} is null)" in the audience.'
    return [f"{count:,} of these customers have no {column}, and cannot be addressed by {what.channel}. {fix}"]


def _salt(project: Project) -> str:
    return str(project.config.section("project")["name"])


def _people(project: Project, what: Campaign) -> ir.Table:
    node, words = parse(what.audience), vocabulary(project)
    names = names_of(node)
    check_words(project, node, words=words, where=f"[campaigns.{what.name}] audience")
    used = {found[0] for name in names if (found := words.score(name))}
    check_gates(project, used, what=f"The campaign {what.name}")
    return customers(project, {name for name in names_needed(what) if name in names or words.score(name)}, words=words)


def _moment(project: Project, as_of: str | None) -> datetime:
    """Now; but a project whose data ended long ago lives at the end of its data, and so does its campaign."""
    day = date.fromisoformat(as_of) if as_of else project.cut().last_day(["order_line"])
    if day is None or (not as_of and project.now.date() - day <= _FRESH):
        return project.now
    return day_ends(project, day)


def day_ends(project: Project, day: date) -> datetime:
    """The instant (UTC) at which a business day is over."""
    zone = ZoneInfo(project.config.section("project")["timezone"])
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone)
    return midnight.astimezone(UTC).replace(tzinfo=None)


def _assigned(project: Project, what: Campaign, *, moment: datetime, dry_run: bool) -> ir.Table:
    there = project.warehouse.table("treatment")
    there = there.filter(there.campaign_id == what.name)
    if project.engine.arrow(there.limit(1)).num_rows:
        return project.engine.keep(there.select(*_columns(project)))
    people = audience(allowed(project, what, people=_people(project, what), at=moment), what, salt=_salt(project))
    drawn = project.engine.keep(assignment(people, what, salt=_salt(project), assigned_at=moment))
    if not dry_run:
        _publish(project, what, rows=drawn)
    return drawn


def _columns(project: Project) -> tuple[str, ...]:
    return project.warehouse.contract("treatment").names


def _publish(project: Project, what: Campaign, *, rows: ir.Table) -> None:
    step = Step(f"launch {what.name}", ("golden_customer", "score", "segment"), {"campaign": repr(what)})
    publish(
        project, step, publications=[Publication("treatment", rows, {"campaign_id": what.name})], started=project.now
    )


def _sink(project: Project, what: Campaign) -> dict[str, Any]:
    sinks = project.config.named("sinks")
    if what.sink not in sinks:
        raise ConfigError(
            f"[campaigns.{what.name}] sink is {what.sink!r}.", allowed=sorted(sinks), fix="Describe it in [sinks.NAME]."
        )
    settings = {"kind": "files", "path": "out/", **sinks[what.sink]}
    if "id_of" not in settings:
        raise ConfigError(
            f"[sinks.{what.sink}] does not say by whose ids customers are named.",
            allowed=sorted(project.config.named("sources")),
            fix='Add id_of = "SOURCE".',
        )
    return {**settings, "path": str(Path(project.root / settings["path"]))}


def _outgoing(project: Project, treatment: ir.Table, *, settings: dict[str, Any]) -> pa.Table:
    table = project.warehouse.table
    rows = outgoing(
        treatment,
        table("golden_customer"),
        source_customer=table("source_customer"),
        id_of=settings["id_of"],
        columns=settings.get("columns", []),
    )
    return project.engine.arrow(rows)


def _keep_receipts(project: Project, what: Campaign, *, treatment: ir.Table, receipts: pa.Table) -> None:
    told = project.engine.bring(receipts)
    rows = treatment.drop("sent_at", "receipt", "error").left_join(told, "message_id")
    kept = project.engine.keep(rows.select(*_columns(project)))
    _publish(project, what, rows=kept)


def _counts(project: Project, treatment: ir.Table) -> dict[str, Any]:
    grouped = treatment.group_by("arm").aggregate(customers=treatment.count()).order_by("arm")
    arms = {row["arm"]: row["customers"] for row in project.engine.arrow(grouped).to_pylist()}
    held_out = arms.get(CONTROL, 0)
    return {"treated": sum(arms.values()) - held_out, "held_out": held_out, "arms": arms}


def _delivered(receipts: pa.Table) -> dict[str, Any]:
    errors = [each for each in receipts["error"].to_pylist() if each]
    reasons = {each: errors.count(each) for each in sorted(set(errors))}
    files = {each.split(" line ")[0] for each in receipts["receipt"].to_pylist() if each}
    return {"sent": receipts.num_rows - len(errors), "failed": len(errors), "reasons": reasons, "files": sorted(files)}


def _sample(rows: pa.Table) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = rows.slice(0, 10).to_pylist()
    return found
