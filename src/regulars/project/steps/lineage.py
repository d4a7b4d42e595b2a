"""`show lineage`: from a figure, a table or a decision down to files and lines; from a line up to what it touched."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir

from regulars.capture.dialect import Dialect
from regulars.capture.line import locate_many, record_at
from regulars.contracts.catalog import CONTRACTS
from regulars.contracts.results import RESULTS
from regulars.kernel.errors import NotFoundError
from regulars.project.feeds import feeds
from regulars.project.project import Project
from regulars.project.steps.ask import reopen

__all__ = ["lineage"]

_PAGE = 20
_HELP = "Give the `lineage` of a row of `ask`, a table's name, a decision's number, or source:file:line."


def lineage(project: Project, name: str, *, page: int) -> dict[str, Any]:
    """Where something comes from, or what a source line touched.

    Args:
        name: the `lineage` of a row of `ask`, a table, a decision_id, or source:file:line.
        page: which page of source rows, from 1.

    Raises:
        NotFoundError: nothing has that id.
    """
    if name in CONTRACTS or name in RESULTS:
        return _of_table(project, name)
    if name.count(":") >= 2:
        return _of_line(project, name)
    answer, _, place = name.rpartition(".")
    if answer.startswith("a") and (body := project.journal.answer(answer)):
        return _of_figure(project, body, place=place, page=page)
    if name.startswith("d"):
        return _of_decision(project, name, page=page)
    raise NotFoundError(f"Nothing has the lineage id {name!r}.", fix=_HELP)


def _of_figure(project: Project, body: dict[str, Any], *, place: str, page: int) -> dict[str, Any]:
    if place != "total" and not (place.isdigit() and int(place) < len(body["cells"])):
        raise NotFoundError(
            f"That answer has no row {place!r}.", fix=f"Rows are 0 to {len(body['cells']) - 1}, or total."
        )
    cell = {} if place == "total" else body["cells"][int(place)]
    found, _ = reopen(project, body)
    rows = project.engine.keep(found.rows_of(cell))
    asked = {key: value for key, value in body.items() if key != "cells" and value}
    return {"figure": asked, "cell": cell, **_source_rows(project, rows, page=page)}


def _source_rows(project: Project, rows: ir.Table, *, page: int) -> dict[str, Any]:
    grouped = rows.group_by("contract", "batch").aggregate(rows=rows.count())
    batches = project.engine.arrow(grouped).to_pylist()
    told = _batches(project, {row["batch"] for row in batches})
    order = ["contract", "batch", "record"]
    wanted = rows.order_by(order).limit(_PAGE, offset=(page - 1) * _PAGE)
    shown = project.engine.arrow(wanted.select(order)).to_pylist()
    return {
        "rows": sum(row["rows"] for row in batches),
        "batches": sorted(
            ({**row, **told.get(row["batch"], {})} for row in batches), key=lambda row: str(row.get("file"))
        ),
        "page": page,
        "items": _opened(project, shown, told=told),
    }


def _batches(project: Project, names: set[str]) -> dict[str, dict[str, Any]]:
    rows = project.warehouse.table("batch").filter(ibis._.batch.isin(sorted(names)))
    found = project.engine.arrow(rows.select("batch", "source", "file", "sha256")).to_pylist() if names else []
    return {row["batch"]: {key: row[key] for key in ("source", "file", "sha256")} for row in found}


def _opened(project: Project, rows: list[dict[str, Any]], *, told: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Each row with its file, line and raw text, read from the landing now."""
    wanted: dict[str, list[int]] = {}
    for row in rows:
        if row["batch"] in told:
            wanted.setdefault(row["batch"], []).append(row["record"])
    raw = {batch: _raw(project, told[batch], records=records) for batch, records in wanted.items()}
    return [{**row, **told.get(row["batch"], {}), **raw.get(row["batch"], {}).get(row["record"], {})} for row in rows]


def _raw(project: Project, told: dict[str, Any], *, records: list[int]) -> dict[int, dict[str, Any]]:
    path = project.landing.find(told["sha256"])
    found = locate_many(path, told["file"], dialect=_dialect(project, told["source"]), records=records)
    return {record: {"line": line, "raw": text} for record, (line, text) in found.items()}


def _dialect(project: Project, source: str) -> Dialect:
    if source not in project.config.named("sources"):
        return Dialect()
    return next((feed.dialect for feed in feeds(project, source)), Dialect())


def _of_table(project: Project, name: str) -> dict[str, Any]:
    if (CONTRACTS | RESULTS)[name].captured:
        batches = project.warehouse.table("batch").filter(ibis._.contract == name)
        columns = ["batch", "source", "file", "sha256", "read", "loaded", "quarantined", "held"]
        items = project.engine.arrow(batches.select(columns).order_by("source", "file")).to_pylist()
        return {"table": name, "items": items}
    runs = project.warehouse.table("run")
    wrote = runs.filter((" " + runs.writes + " ").contains(f" {name} ")).order_by(ibis.desc("ended_at")).limit(_PAGE)
    items = project.engine.arrow(wrote.select("step", "ended_at", "reads", "rows", "fingerprint")).to_pylist()
    return {"table": name, "items": items}


def _of_decision(project: Project, name: str, *, page: int) -> dict[str, Any]:
    decisions = project.warehouse.table("decision").filter(ibis._.decision_id == name)
    found = project.engine.arrow(decisions).to_pylist()
    if not found:
        raise NotFoundError(f"Nothing has the lineage id {name!r}.", fix=_HELP)
    row = found[0]
    rows = _lines_of(project, row["customer_key"], as_of=row["as_of"])
    kept = {key: row[key] for key in ("customer_key", "policy", "action", "reason", "model_version", "as_of")}
    return {"decision": kept, "scores": _scores(project, row["customer_key"]), **_source_rows(project, rows, page=page)}


def _scores(project: Project, key: str) -> list[dict[str, Any]]:
    rows = project.warehouse.table("score").filter((ibis._.subject == "customer") & (ibis._.subject_id == key))
    columns = ["analysis", "measure", "value", "low", "high", "percentile", "as_of", "model_version"]
    found: list[dict[str, Any]] = project.engine.arrow(rows.select(columns).order_by("analysis", "measure")).to_pylist()
    return found


def _lines_of(project: Project, key: str, *, as_of: Any) -> ir.Table:
    links = project.warehouse.table("source_customer").filter(ibis._.customer_key == key)
    ids = links.select(customer_source="source", customer_id="customer_id")
    lines = project.warehouse.table("order_line", as_of=as_of).semi_join(ids, ["customer_source", "customer_id"])
    return lines.select("batch", "record", contract=ibis.literal("order_line"))


def _of_line(project: Project, name: str) -> dict[str, Any]:
    source, _, rest = name.partition(":")
    file, _, line = rest.rpartition(":")
    batches = project.warehouse.table("batch").filter((ibis._.source == source) & (ibis._.file == file))
    found = project.engine.arrow(batches.select("batch", "contract", "sha256")).to_pylist()
    if not found or not line.isdigit():
        raise NotFoundError(
            f"No batch of {source!r} came from {file!r}, line {line}.", fix="See: regulars show lineage order_line"
        )
    items = [_touched(project, source, file=file, batch=each, line=int(line)) for each in found]
    return {"line": name, "items": [each for each in items if each]}


def _touched(project: Project, source: str, *, file: str, batch: dict[str, Any], line: int) -> dict[str, Any]:
    path = project.landing.find(batch["sha256"])
    record = record_at(path, file, dialect=_dialect(project, source), line=line)
    contract = CONTRACTS[batch["contract"]]
    rows = project.warehouse.history(contract.name)
    rows = rows.filter((rows.batch == batch["batch"]) & (rows.record == record))
    found = project.engine.arrow(rows).to_pylist()
    aside = project.warehouse.table("quarantine").filter((ibis._.batch == batch["batch"]) & (ibis._.record == record))
    told: dict[str, Any] = {"contract": contract.name, "batch": batch["batch"], "record": record}
    told["row"] = {key: value for key, value in found[0].items() if value is not None} if found else None
    told["quarantine"] = project.engine.arrow(aside.select("column", "reason", "state", "raw")).to_pylist()
    return {**told, **_reached(project, found[0] if found else {})}


def _reached(project: Project, row: dict[str, Any]) -> dict[str, Any]:
    """The customer of a row, and what rests on that customer."""
    if not row.get("customer_id"):
        return {}
    source = row.get("customer_source") or row["source"]
    links = project.warehouse.table("source_customer")
    links = links.filter((links.source == source) & (links.customer_id == row["customer_id"]))
    keys = project.engine.arrow(links.select("customer_key"))["customer_key"].to_pylist()
    if not keys:
        return {}
    touched = {"customer_key": keys[0], "scores": _scores(project, keys[0])}
    for table, columns in (("segment", ["segmentation", "segment"]), ("decision", ["decision_id", "policy", "action"]),
                           ("treatment", ["campaign_id", "arm", "sent_at"])):  # fmt: skip
        rows = project.warehouse.table(table).filter(ibis._.customer_key == keys[0])
        touched[table] = project.engine.arrow(rows.select(columns)).to_pylist()
    return touched
