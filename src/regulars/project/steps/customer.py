"""`customer`: all we know of one customer, each fact with the source that it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir

from regulars.contracts.catalog import CONTRACTS
from regulars.contracts.model import SYSTEM_COLUMNS, source_of
from regulars.identity.visitor import stitched
from regulars.project.ledger import ledger
from regulars.project.project import Project
from regulars.project.who import customer_named

__all__ = ["customer"]

_LINES = 20
_FACTS = {"message": "messages", "response": "responses", "contact": "contacts", "case": "cases", "visit": "visits"}


def customer(project: Project, who: str) -> dict[str, Any]:
    """The 360 card.

    Args:
        who: a customer_key, `source:id`, an e-mail address or a phone number.

    Returns:
        customer_key, ids, attributes (value and winning source), scores, segments, decisions, treatments, messages,
        responses, contacts, cases, visits (also those that a visitor made before we knew who it was), totals,
        order_lines (the last 20, with source, file and record).

    Raises:
        NotFoundError: nobody is named so.
        UsageError: several customers are; lists their keys.
    """
    key = customer_named(project, who)
    ids = _ids(project, key)
    card: dict[str, Any] = {"customer_key": key, "ids": ids, **_attributes(project, key)}
    card["totals"] = _totals(project, key)
    card["scores"] = _scores(project, key)
    card["segments"] = _newest(project, "segment", key=key, by="segmentation")
    card["decisions"] = _newest(project, "decision", key=key, by="policy")
    card["treatments"] = _own(project, "treatment", key=key)
    card |= {name: _facts(project, contract, key=key) for contract, name in _FACTS.items()}
    card["order_lines"] = _facts(project, "order_line", key=key)
    return card


def _ask(project: Project, rows: ir.Table) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = project.engine.arrow(rows).to_pylist()
    return found


def _plain(rows: Sequence[Mapping[str, Any]], leave: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Rows without what is null and without the system's own columns."""
    hidden = {*SYSTEM_COLUMNS, "content", "version", "business_date", "customer_key", *leave}
    return [
        {name.removeprefix("attr_"): value for name, value in row.items() if value is not None and name not in hidden}
        for row in rows
    ]


def _ids(project: Project, key: str) -> list[dict[str, Any]]:
    links = project.warehouse.table("source_customer")
    rows = links.filter((links.customer_key == key) & links.until.isnull())
    chosen = rows.select("source", "customer_id", "method", "probability", "since")
    return _ask(project, chosen.order_by("source", "customer_id"))


def _attributes(project: Project, key: str) -> dict[str, Any]:
    golden = project.warehouse.table("golden_customer")
    row = next(iter(_ask(project, golden.filter(golden.customer_key == key))), {})
    attributes = [
        {"attribute": name.removeprefix("attr_"), "value": row[name], "source": row[f"{name}_source"]}
        for name in row
        if row[name] is not None and f"{name}_source" in row
    ]
    return {"attributes": attributes, "first_seen": row.get("first_seen"), "last_seen": row.get("last_seen")}


def _scores(project: Project, key: str) -> list[dict[str, Any]]:
    score = project.warehouse.table("score")
    mine = score.filter((score.subject == "customer") & (score.subject_id == key))
    newest = mine.group_by("analysis", "measure", "item").aggregate(last=mine.as_of.max())
    on = [mine.analysis == newest.analysis, mine.measure == newest.measure, mine.item.identical_to(newest.item)]
    rows = mine.semi_join(newest, [*on, mine.as_of == newest.last]).order_by("analysis", "measure", "item")
    return _plain(_ask(project, rows), ("subject", "subject_id"))


def _newest(project: Project, name: str, *, key: str, by: str) -> list[dict[str, Any]]:
    rows = project.warehouse.table(name)
    found = _ask(project, rows.filter(rows.customer_key == key).order_by(by, rows.as_of.desc()))
    newest: dict[str, dict[str, Any]] = {}
    for row in found:
        newest.setdefault(row[by], row)
    return _plain(list(newest.values()))


def _own(project: Project, name: str, *, key: str) -> list[dict[str, Any]]:
    rows = project.warehouse.table(name)
    time = CONTRACTS[name].time or CONTRACTS[name].key[0]
    rest = [each for each in CONTRACTS[name].key if each != time]
    mine = rows.filter(rows.customer_key == key).order_by(rows[time].desc(), *rest)
    return _plain(_ask(project, mine.limit(_LINES)))


def _mine(project: Project, name: str, *, key: str, rows: ir.Table | None = None) -> ir.Table:
    rows = project.warehouse.table(name) if rows is None else rows
    if name == "visit":
        rows = stitched(rows, project.warehouse.table("identity_link"))
    links = project.warehouse.table("source_customer")
    mine = links.filter((links.customer_key == key) & links.until.isnull())
    ids = mine.select(id_source=mine.source, id_number=mine.customer_id).distinct()
    of = ibis.coalesce(rows[source_of("customer_id")], rows.source)
    return rows.semi_join(ids, [of == ids.id_source, rows.customer_id == ids.id_number])


def _facts(project: Project, name: str, *, key: str) -> list[dict[str, Any]]:
    """The newest rows of a captured table, each with the file and record that it was read from."""
    rows = _mine(project, name, key=key)
    contract = CONTRACTS[name]
    order = [rows[contract.time].desc()] if contract.time else []
    rest = [each for each in (*contract.key, "batch", "record") if each != contract.time]
    newest = rows.order_by(*order, *rest).limit(_LINES)
    found = _ask(project, newest)
    files = _files(project, {row["batch"] for row in found})
    told = _plain(found, ("customer_id", *(source_of(each) for each in contract.refs)))
    return [
        {
            "day": row.get("business_date"),
            **mine,
            "from": {"source": row["source"], "file": files.get(row["batch"]), "record": row["record"]},
        }
        for mine, row in zip(told, found, strict=True)
    ]


def _files(project: Project, batches: set[str]) -> dict[str, str]:
    if not batches:
        return {}
    batch = project.warehouse.table("batch")
    rows = _ask(project, batch.filter(batch.batch.isin(sorted(batches))).select("batch", "file"))
    return {row["batch"]: row["file"] for row in rows}


def _totals(project: Project, key: str) -> dict[str, Any]:
    """Of the whole ledger without junk, in the currency of the reports, as every figure is."""
    cut = project.cut()
    lines = ledger(project, cut.table("order_line"), rates=cut.table("rate"))
    rows = _mine(project, "order_line", key=key, rows=lines)
    done = rows.filter(rows.status.isnull() | (rows.status.lower() != "cancelled"))
    sums = done.aggregate(
        orders=(done.source + "|" + done.order_id).nunique(),
        order_lines=done.count(),
        first_purchase=done.business_date.min(),
        last_purchase=done.business_date.max(),
        revenue=done.net_amount.sum().fill_null(0),
        lines_without_rate=done.net_amount.isnull().cast("int64").sum().fill_null(0),
    )
    return {**_ask(project, sums)[0], "currency": project.config.section("project")["currency"]}
