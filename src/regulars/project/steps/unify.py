"""`unify`: records of all sources become customers, and facts find theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regulars.contracts.catalog import CONTRACTS
from regulars.identity.figures import main_figures
from regulars.identity.golden import attribute_names, golden_customer
from regulars.identity.household import with_levels
from regulars.identity.keep import numbered
from regulars.identity.match import Known, Rules, Unified, record_list, resolve, seen_customers
from regulars.project.forms import Forms, standard_forms, wanted
from regulars.project.matching import Matched, likely_pairs, standing_decisions
from regulars.project.project import Project
from regulars.project.publish import Step, publish
from regulars.store.warehouse import Publication

__all__ = ["step", "unify"]

_PAIR = ["source", "customer_id"]


def step(project: Project) -> Step:
    """The step as `run` plans it."""
    facts = [name for name, each in CONTRACTS.items() if each.captured and "customer_id" in each.names]
    settings = {"identity": project.config.values.get("identity", {}), "trust": _trust(project)}
    return Step("unify", (*facts, "match_decision"), settings)


def unify(project: Project, dry_run: bool = False) -> dict[str, Any]:
    """Each customer once: links records, keeps keys stable, writes `source_customer` and `golden_customer`.

    Raises:
        UnknownNameError: a key that customers do not have.
    """
    started = project.now
    project.outside.progress("unify: which records are one customer", 0, 0)
    work = _worked(project)
    report: dict[str, Any] = {"dry_run": dry_run, **work.found.report, **work.matched.report}
    report["over_shared_keys"] = work.found.over_shared.slice(0, 20).to_pylist()
    if dry_run:
        report["figures"] = _figures(project, work)
    else:
        _publish(project, work, started=started)
    return report


def _figures(project: Project, work: _Work) -> dict[str, Any]:
    """The main figures as they are, and as they would be."""
    lines, engine = project.warehouse.table("order_line"), project.engine
    told: dict[str, Any] = {}
    for name, links in (("before", work.existing), ("after", work.found.links)):
        pairs = engine.bring(links.select([*_PAIR, "customer_key"]))
        told[name] = {"customers": len(pc.unique(links["customer_key"]))} | engine.arrow(
            main_figures(lines, pairs)
        ).to_pylist()[0]
    return told


@dataclass(frozen=True, slots=True)
class _Work:
    seen: ir.Table
    forms: Forms
    matched: Matched
    found: Unified
    existing: pa.Table


def _trust(project: Project) -> dict[str, float]:
    return {name: source.get("trust", 1) for name, source in project.config.named("sources").items()}


def _worked(project: Project) -> _Work:
    engine, asked = project.engine, wanted(project, _trust(project))
    seen = engine.keep(_seen(project))
    forms = standard_forms(project, asked)
    records = record_list(forms.standard, engine.arrow(seen.select(*_PAIR)))
    matched = likely_pairs(project, asked, forms=forms, records=records)
    links = project.warehouse.table("source_customer")
    existing = engine.arrow(links.select(*_PAIR, "customer_key", "probability", "method", "since"))
    known = Known(project.now, existing if existing.num_rows else None, _former(project), standing_decisions(project))
    rules = Rules(asked.country, project.config.section("identity")["max_share"], asked.keys, asked.apart)
    return _Work(seen, forms, matched, resolve(records, forms.standard, known=known, rules=rules, likely=matched.likely),
                 existing)  # fmt: skip


def _seen(project: Project) -> ir.Table:
    warehouse = project.warehouse
    batches = project.engine.arrow(warehouse.table("batch").select("contract").distinct())
    fed = set(batches["contract"].to_pylist()) - {"customer"}
    names = [name for name in step(project).reads if name in fed and "customer_id" in CONTRACTS[name].names]
    return seen_customers([project.cut().table(name) for name in names or ["order_line"]])


def _former(project: Project) -> pa.Table:
    """Keys that records bore before the ones that they bear now, the latest first."""
    history = project.warehouse.history("source_customer")
    closed = history.filter(history["known_until"].notnull())
    once = closed.group_by(*_PAIR, "customer_key").aggregate(last=closed["known_until"].max())
    now = project.warehouse.table("source_customer").select(*_PAIR, "customer_key")
    other = once.anti_join(now, [*_PAIR, "customer_key"])
    return project.engine.arrow(other.order_by(ibis.desc("last"), "customer_key").select(*_PAIR, "customer_key"))


def _publish(project: Project, work: _Work, *, started: Any) -> None:
    tables = [*work.forms.publications, *work.matched.publications]
    changed, gone = _delta(work.found.links, work.existing)
    if changed.num_rows or gone.num_rows:
        ends = pa.concat_tables([changed.select(_PAIR), gone.select(_PAIR)])
        tables.append(Publication("source_customer", project.engine.bring(changed), ends=project.engine.bring(ends)))
    tables += _golden(project, work, changed=changed, gone=gone)
    publish(project, step(project), publications=tables, started=started)


def _delta(links: pa.Table, existing: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Links that are new or other than before, and links whose record is no more."""
    at = numbered(existing, links)
    held = at.filter(pc.is_valid(at["record"]))
    places = held["record"].to_numpy().astype(np.int64)
    same = np.ones(held.num_rows, dtype=np.bool_)
    for name in ("customer_key", "probability", "method"):
        equal = pc.equal(links[name].take(pa.array(places)), held[name].cast(links[name].type))
        same &= np.asarray(pc.fill_null(equal, False), dtype=np.bool_)
    other = np.ones(links.num_rows, dtype=np.bool_)
    other[places[same]] = False
    return links.filter(pa.array(other)), existing.filter(pc.is_null(at["record"]))


def _golden(project: Project, work: _Work, *, changed: pa.Table, gone: pa.Table) -> list[Publication]:
    engine, warehouse = project.engine, project.warehouse
    keys = _touched_keys(work, changed=changed, gone=gone)
    links = engine.bring(work.found.links) if work.found.links.num_rows else None
    if links is None:
        return []
    keys |= _other_days(project, links, seen=work.seen)
    if not keys:
        return []
    every = len(keys) >= len(set(work.found.links["customer_key"].to_pylist()))
    touched = engine.bring(pa.table({"customer_key": pa.array(sorted(keys), pa.string())}))
    mine = links if every else engine.keep(links.semi_join(touched, "customer_key"))
    customer = warehouse.table("customer")
    customer = customer if every else engine.keep(customer.semi_join(mine, _PAIR))
    rules = project.config.values.get("identity", {}).get("survivorship", {})
    told = _told(project, customer)
    golden = golden_customer(told, mine, seen=work.seen, trust=_trust(project), survivorship=rules)
    golden = engine.keep(with_levels(golden))
    warehouse.ensure("golden_customer", _attributes(golden.columns, golden.schema()))
    return [Publication("golden_customer", golden, ends=touched)]


def _told(project: Project, customer: ir.Table) -> ir.Table:
    """The customers without the attributes that nobody has."""
    names = [name for name in attribute_names(customer) if name != "updated_at"]
    held = project.engine.arrow(customer.aggregate(**{name: customer[name].count() for name in names}))
    return customer.drop(*(name for name in names if not held[name][0].as_py()))


def _attributes(names: Any, types: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(types[name]) for name in names if name.startswith("attr_")}


def _touched_keys(work: _Work, *, changed: pa.Table, gone: pa.Table) -> set[str]:
    """Customers that have got or lost a record, or one of whose records is other than before."""
    found = {key for table in (changed, gone) for key in table["customer_key"].to_pylist()}
    for table in (work.found.links, work.existing):
        pairs = table.select([*_PAIR, "customer_key"])
        for pairs_of in (work.forms.touched, changed.select(_PAIR), gone.select(_PAIR)):
            found |= set(
                pairs.join(pairs_of.cast(pairs.select(_PAIR).schema), _PAIR, join_type="left semi")[
                    "customer_key"
                ].to_pylist()
            )
    return found


def _other_days(project: Project, links: ir.Table, *, seen: ir.Table) -> set[str]:
    """Customers who were seen on other days than the golden customer says."""
    golden = project.warehouse.table("golden_customer")
    joined = links.inner_join(seen, _PAIR)
    days = joined.group_by("customer_key").agg(first=joined["first_seen"].min(), last=joined["last_seen"].max())
    both = days.left_join(golden.select("customer_key", "first_seen", "last_seen"), "customer_key")
    first = both["first_seen"].cast("date").identical_to(both["first"])
    last = both["last_seen"].cast("date").identical_to(both["last"])
    other = both.filter(~(first & last)).select("customer_key")
    return set(project.engine.arrow(other)["customer_key"].to_pylist())
