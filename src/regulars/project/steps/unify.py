"""`unify`: records of all sources become customers, and facts find theirs."""

from __future__ import annotations

from typing import Any

import ibis.expr.types as ir

from regulars.contracts.catalog import CONTRACTS
from regulars.identity.golden import golden_customer
from regulars.identity.match import Rules, Unified, seen_customers
from regulars.identity.match import unify as match
from regulars.kernel.errors import ConfigError
from regulars.project.project import Project
from regulars.project.publish import Step, publish
from regulars.store.warehouse import Publication

__all__ = ["step", "unify"]

_NAMES = ("source", "customer_id")


def step(project: Project) -> Step:
    """The step as `run` plans it."""
    facts = [name for name, each in CONTRACTS.items() if each.captured and "customer_id" in each.names]
    trust = {name: source.get("trust", 1) for name, source in project.config.named("sources").items()}
    return Step("unify", tuple(facts), {"identity": project.config.section("identity"), "trust": trust})


def unify(project: Project, dry_run: bool = False) -> dict[str, Any]:
    """Each customer once: links records, keeps keys stable, writes `source_customer` and `golden_customer`.

    Raises:
        ConfigError: a way of matching that is not there.
    """
    started, plan = project.now, step(project)
    project.outside.progress("unify: which records are one customer", 0, 0)
    seen = project.engine.keep(_seen(project))
    found = _matched(project, seen)
    if not dry_run:
        _publish(project, plan, found=found, seen=seen, started=started)
    report: dict[str, Any] = {"dry_run": dry_run, **found.report}
    report["over_shared_keys"] = found.over_shared.slice(0, 20).to_pylist()
    return report


def _seen(project: Project) -> ir.Table:
    warehouse = project.warehouse
    batches = project.engine.arrow(warehouse.table("batch").select("contract").distinct())
    fed = set(batches["contract"].to_pylist()) - {"customer"}
    names = [name for name in step(project).reads if name in fed] or ["order_line"]
    return seen_customers([warehouse.table(name) for name in names])


def _matched(project: Project, seen: ir.Table) -> Unified:
    settings = project.config.section("identity")
    if settings["match"] != "deterministic":
        raise ConfigError(
            "Probabilistic matching is not there yet.", allowed=["deterministic"], fix='Write match = "deterministic".'
        )
    warehouse, keys = project.warehouse, list(settings["keys"])
    customer = warehouse.table("customer")
    wanted = [*_NAMES, "country", *(key for key in keys if key in customer.columns and key != "country")]
    links = warehouse.table("source_customer")
    existing = project.engine.arrow(links.select(*_NAMES, "customer_key", "since"))
    return match(
        project.engine.arrow(customer.select(*wanted)),
        project.engine.arrow(seen.select(*_NAMES)),
        existing=existing if existing.num_rows else None,
        keys=keys,
        at=project.now,
        rules=Rules(settings.get("country"), settings["max_share"]),
    )


def _publish(project: Project, plan: Step, *, found: Unified, seen: ir.Table, started: Any) -> None:
    links = project.engine.bring(found.links)
    golden = golden_customer(project.warehouse.table("customer"), links, seen=seen, trust=plan.settings["trust"])
    kept = project.engine.keep(golden)
    attributes = {name: "string" for name in kept.columns if name.startswith("attr_")}
    project.warehouse.ensure("golden_customer", attributes)
    candidates = [Publication("source_customer", links), Publication("golden_customer", kept)]
    # A run that changes nothing must not make everything that reads these tables stale.
    tables = [each for each in candidates if _differs(project, each)]
    publish(project, plan, publications=tables, started=started)


def _differs(project: Project, new: Publication) -> bool:
    there = project.warehouse.table(new.table)
    names = sorted(set(new.rows.columns) & set(there.columns))
    types = there.schema()
    fresh = new.rows.select(**{name: new.rows[name].cast(types[name]) for name in names})
    before = there.select(names)
    either = fresh.difference(before).union(before.difference(fresh))
    return bool(project.engine.arrow(either.limit(1)).num_rows)
