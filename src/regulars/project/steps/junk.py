"""`junk`: test orders, bots, employees and internal addresses are marked with a reason, and a person can say otherwise.

Rules stand in the configuration: a condition over one contract (`[junk.tests] contract, where, reason`). A rule over
customers marks their facts too. The rule `bots` is always there: known crawlers by their user agent, and visitors or
addresses with more events a minute than a person makes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from regulars.conditions.check import check, names_of
from regulars.conditions.compile import compile_condition
from regulars.conditions.parse import parse
from regulars.conditions.resolve import resolver_of
from regulars.contracts.catalog import CONTRACTS
from regulars.kernel.errors import ConfigError, UnknownNameError, UsageError, nearest
from regulars.project.project import Project
from regulars.project.publish import Step, publish
from regulars.store.junk import HAND, JUNK, KEPT, busy, key_text, of_customers
from regulars.store.warehouse import Publication

__all__ = ["BOTS", "junk", "rules_of", "step"]

BOTS: dict[str, Any] = {"contract": "visit", "reason": "bot", "agents": True, "per_minute": 60, "per_minute_ip": 300}
_LONGEST = 1000  # of a user agent that is looked at
_NAMES = ["contract", "source", "key", "rule", "reason", "state"]


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    contract: str
    reason: str
    where: str | None = None
    agents: bool = False
    per_minute: int = 0
    per_minute_ip: int = 0


def rules_of(project: Project) -> list[_Rule]:
    """The rules of the configuration, `bots` among them.

    Raises:
        ConfigError: a rule names no contract, or says nothing.
    """
    sections = {"bots": BOTS} | project.config.named("junk")
    sections["bots"] = BOTS | sections["bots"]
    return [_rule(name, section) for name, section in sorted(sections.items())]


def _rule(name: str, section: dict[str, Any]) -> _Rule:
    contract = section.get("contract", "order_line")
    captured = [each.name for each in CONTRACTS.values() if each.captured]
    if contract not in captured:
        raise ConfigError(
            f"[junk.{name}] contract = {contract!r} is no captured table.",
            guess=nearest(str(contract), captured), allowed=captured,
        )  # fmt: skip
    if name == HAND:
        raise ConfigError(f"[junk.{name}]: marks made by hand bear that name.", fix="Call the rule something else.")
    if name != "bots" and not section.get("where"):
        raise ConfigError(f"[junk.{name}] has no condition.", fix='Write where = "..." over the contract\'s columns.')
    return _Rule(name, **{"reason": name, "contract": contract} | section)


def step(project: Project) -> Step:
    """The step as `run` plans it; rules over customers read all that customers do."""
    rules = rules_of(project)
    reads = {each.contract for each in rules}
    reads |= set(_of_customers()) if "customer" in reads else set()
    return Step("junk", tuple(sorted(reads)), {"junk": project.config.values.get("junk", {})})


def _of_customers() -> list[str]:
    return [
        name for name, each in CONTRACTS.items() if each.captured and "customer_id" in each.names and name != "customer"
    ]


def junk(
    project: Project,
    mark: str | None = None,
    *,
    keep: str | None = None,
    reason: str | None = None,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Apply every rule, or mark or keep one row by hand.

    Args:
        mark, keep: a row as CONTRACT:SOURCE:KEY.
        reason: why, for a row by hand.
        dry_run: count only.

    Returns:
        `marked`: rows of rule, contract, reason, rows; `changed`: the rules whose marks are new; `kept`: rows that a person
        has kept; `total`: rows that count as junk now.

    Raises:
        ConfigError: a rule is wrong.
        UsageError: a row by hand is named wrongly, or is not there.
    """
    if mark or keep:
        _by_hand(project, str(mark or keep), state=JUNK if mark else KEPT, reason=reason)
    changed = [] if mark or keep else _apply(project, dry_run=dry_run)
    table = project.warehouse.table("junk")
    counted = table.group_by("rule", "contract", "reason", "state").aggregate(rows=table.count())
    rows = project.engine.arrow(counted.order_by("rule", "contract")).to_pylist()
    marked = [
        {name: row[name] for name in ("rule", "contract", "reason", "rows")} for row in rows if row["state"] == JUNK
    ]
    kept = sum(row["rows"] for row in rows if row["state"] == KEPT)
    return {"marked": marked, "changed": changed, "kept": kept, "dry_run": dry_run}


def _apply(project: Project, *, dry_run: bool) -> list[dict[str, Any]]:
    started, rules = project.now, rules_of(project)
    project.outside.progress("junk: which rows are no business", 0, 0)
    made = {rule.name: project.engine.keep(_marks(project, rule, at=started)) for rule in rules}
    made |= {name: _nothing(project) for name in _gone(project, made)}
    changes = {name: _change(project, name, rows=rows) for name, rows in made.items()}
    told = [{"rule": name, **change} for name, change in changes.items() if any(change.values())]
    if not dry_run:
        tables = [Publication("junk", made[name], {"rule": name}) for name in changes if any(changes[name].values())]
        publish(project, step(project), publications=tables, started=started)
    return told


def _gone(project: Project, made: dict[str, ir.Table]) -> list[str]:
    """Rules that are in the configuration no more: their marks end."""
    there = project.engine.arrow(project.warehouse.table("junk").select("rule").distinct())["rule"].to_pylist()
    return sorted(set(there) - set(made) - {HAND})


def _change(project: Project, name: str, *, rows: ir.Table) -> dict[str, int]:
    before = project.warehouse.table("junk")
    before = before.filter(before.rule == name).select(_NAMES)
    after = rows.select(_NAMES)
    counts = {"new": after.difference(before), "ended": before.difference(after)}
    return {
        side: int(project.engine.arrow(found.aggregate(n=found.count()))["n"][0].as_py())
        for side, found in counts.items()
    }


def _nothing(project: Project) -> ir.Table:
    texts = {name: pa.array([], pa.string()) for name in _NAMES}
    return project.engine.bring(pa.table({**texts, "at": pa.array([], pa.timestamp("us"))}))


def _marks(project: Project, rule: _Rule, *, at: datetime) -> ir.Table:
    found = [
        rows.select("source", "key", contract=ibis.literal(contract)).distinct()
        for contract, rows in _found(project, rule)
    ]
    if not found:
        return _nothing(project)
    every = ibis.union(*found, distinct=True) if len(found) > 1 else found[0]
    return every.select(
        "contract", "source", "key", rule=ibis.literal(rule.name), reason=ibis.literal(rule.reason),
        state=ibis.literal(JUNK), at=ibis.literal(at, type="timestamp"),
    )  # fmt: skip


def _found(project: Project, rule: _Rule) -> Iterator[tuple[str, ir.Table]]:
    if rule.contract not in _fed(project):
        return
    rows = project.warehouse.table(rule.contract)
    if rule.where:
        named = _matching(rows, rule)
        key = key_text(named, CONTRACTS[rule.contract].key)
        yield rule.contract, named.select("source", key=key)
        if rule.contract == "customer":
            yield from _facts(project, named)
    if rule.contract == "visit":
        yield from (("visit", found) for found in _bots(project, rows, rule=rule))


def _fed(project: Project) -> frozenset[str]:
    batch = project.warehouse.table("batch")
    rows = batch.filter(batch.loaded > 0).select("contract").distinct()
    return project.warehouse.once("fed", lambda: frozenset(project.engine.arrow(rows)["contract"].to_pylist()))


def _facts(project: Project, customers: ir.Table) -> Iterator[tuple[str, ir.Table]]:
    for name in _of_customers():
        if name in _fed(project):
            yield name, of_customers(project.warehouse.table(name), customers, key=CONTRACTS[name].key)


def _matching(rows: ir.Table, rule: _Rule) -> ir.Table:
    node = parse(str(rule.where))
    named = {each.removeprefix("attr_"): each for each in rows.columns if each.startswith("attr_")}
    allowed = {*CONTRACTS[rule.contract].names, "source", "business_date"} & set(rows.columns)
    check(node, allowed | set(named), where=f"[junk.{rule.name}]")
    aliases = {name: named[name] for name in names_of(node) if name in named and name not in allowed}
    return rows.filter(compile_condition(node, resolver_of(rows, aliases)))


def _bots(project: Project, rows: ir.Table, *, rule: _Rule) -> Iterator[ir.Table]:
    if rule.agents:
        seen = project.engine.arrow(rows.filter(rows.user_agent.notnull()).select("user_agent").distinct())
        crawlers = [agent for agent in seen["user_agent"].to_pylist() if _is_crawler(agent[:_LONGEST])]
        known = project.engine.bring(pa.table({"user_agent": pa.array(crawlers, pa.string())}))
        theirs = rows.semi_join(known, "user_agent")
        yield theirs.select("source", key=theirs.event_id)
    if rule.per_minute > 0:
        yield busy(rows, "visitor_id", per_minute=rule.per_minute)
    if rule.per_minute_ip > 0:
        yield busy(rows, "ip", per_minute=rule.per_minute_ip)


@cache
def _is_crawler(agent: str) -> bool:
    return bool(import_module("crawleruseragents").is_crawler(agent))


def _by_hand(project: Project, named: str, *, state: str, reason: str | None) -> None:
    contract, source, key = _place(project, named)
    now = project.now
    at, texts = pa.array([now], pa.timestamp("us")), {"contract": contract, "source": source, "key": key, "rule": HAND}
    row = pa.table({**{name: [value] for name, value in texts.items()}, "reason": [reason or state], "state": [state],
                    "at": at})  # fmt: skip
    publication = Publication("junk", project.engine.bring(row), texts)
    publish(project, Step("junk by hand", (contract,), {}), publications=[publication], started=now)


def _place(project: Project, named: str) -> tuple[str, str, str]:
    contract, _, rest = named.partition(":")
    source, _, key = rest.partition(":")
    if not key:
        raise UsageError(f"{named!r} names no row.", fix="Write it as CONTRACT:SOURCE:KEY, as order_line:tills:B0001 1")
    captured = [name for name, each in CONTRACTS.items() if each.captured]
    if contract not in captured:
        raise UnknownNameError("captured table", contract, captured)
    rows = project.warehouse.table(contract)
    there = rows.filter((rows.source == source) & (key_text(rows, CONTRACTS[contract].key) == key)).limit(1)
    if not project.engine.arrow(there.select("source")).num_rows:
        raise UsageError(f"{source} has no row {key!r} in {contract}.", fix=f"See: regulars table {contract}")
    return contract, source, key
