"""`quarantine` and `replay`: the rows that were set aside, and taking them in again after a fix."""

from __future__ import annotations

import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from regulars.capture.aside import CHANGES, REJECTS
from regulars.capture.intake import Feed, Intake, open_records
from regulars.capture.reason import Reason
from regulars.project.feeds import feeds, intake
from regulars.project.project import Project
from regulars.store.control import Receipt
from regulars.store.loading import Batch, load
from regulars.store.runs import fingerprint

__all__ = ["quarantine", "replay"]


def quarantine(project: Project, source: str | None = None, *, top: int = 20) -> dict[str, Any]:
    """Open rows by reason, what each reason asks for, and the first of them; and the files that are held."""
    rows = _open(project, source)
    grouped = rows.group_by("source", "contract", "reason").aggregate(rows=rows.count())
    counts = project.engine.arrow(grouped.order_by(ibis.desc("rows"), "source", "contract", "reason")).to_pylist()
    first = rows.order_by("source", "file", "record").limit(top)
    shown = first.select("source", "contract", "file", "record", "line", "column", "reason", "raw")
    return {
        "counts": _summed(counts),
        "reasons": [{**row, "says": Reason(row["reason"]).says} for row in counts],
        "held": _held(project, source),
        "rows": project.engine.arrow(shown).to_pylist(),
    }


def replay(project: Project, source: str | None = None) -> dict[str, Any]:
    """Parse files with open rows again, under the mapping as it is now, and load the rows that fit."""
    done: list[Batch] = []
    with intake(project) as work:
        found = {(feed.mapping.source, feed.place): feed for feed in feeds(project, source)}
        for receipt in project.book.receipts(state="loaded", source=source):
            records, feed = open_records(project.warehouse, receipt.batch), found.get((receipt.source, receipt.mapping))
            if records and feed:
                project.outside.progress(f"replay {receipt.source}: {receipt.file}", 0, 0)
                done += _again(project, work, feed=feed, receipt=receipt, records=records)
    counts = _summed(project.engine.arrow(_by_reason(_open(project, source))).to_pylist())
    return {"counts": counts, "loaded": sum(each.loaded for each in done), "batches": [asdict(each) for each in done]}


def _open(project: Project, source: str | None) -> ir.Table:
    rows = project.warehouse.table("quarantine").filter(ibis._.state == "open")
    return rows.filter(rows.source == source) if source else rows


def _by_reason(rows: ir.Table) -> ir.Table:
    return rows.group_by("reason").aggregate(rows=rows.count())


def _summed(counts: list[dict[str, Any]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in counts:
        found[row["reason"]] = found.get(row["reason"], 0) + row["rows"]
    return found


def _held(project: Project, source: str | None) -> list[dict[str, Any]]:
    rows = project.warehouse.table("batch").filter(ibis._.held)
    rows = rows.filter(rows.source == source) if source else rows
    found: list[dict[str, Any]] = project.engine.arrow(rows.select("source", "contract", "file", "reason")).to_pylist()
    return found


def _again(project: Project, work: Intake, *, feed: Feed, receipt: Receipt, records: list[int]) -> list[Batch]:
    number = "b" + fingerprint(receipt.batch, feed.settings, project.now)[:15]
    again = replace(receipt, batch=number)
    parsed = work.parse(feed, again, release=True)
    try:
        wanted = project.engine.bring(pa.table({"record": pa.array(records, pa.int64())}))
        fitting = _fitting(project, str(parsed.rows), wanted=wanted)
        if not fitting:
            return []
        # Only rows that waited count: what was loaded, skipped or changed before was accounted for in the first batch.
        whole = work.delivery(feed, again, parsed=parsed)
        nothing = {"rejects": REJECTS.empty_table(), "changes": CHANGES.empty_table(), "skipped": 0}
        delivery = replace(whole, only=wanted, read=len(fitting), **nothing)
        batch = load(project.warehouse, delivery, at=project.now, raw_of=work.raw_of(feed, receipt))
        _close(project, receipt.batch, records=fitting)
        return [batch]
    finally:
        shutil.rmtree(work.scratch / number, ignore_errors=True)


def _fitting(project: Project, rows: str, *, wanted: ir.Table) -> list[int]:
    typed = project.engine.parquet([Path(rows)])
    found: list[int] = project.engine.arrow(typed.semi_join(wanted, "record").select("record"))["record"].to_pylist()
    return found


def _close(project: Project, batch: str, *, records: list[int]) -> None:
    """Mark the rows that were taken in as replayed: the open version ends, a replayed one begins."""
    rows = project.warehouse.table("quarantine").filter((ibis._.batch == batch) & ibis._.record.isin(records))
    kept = project.engine.keep(rows.mutate(state=ibis.literal("replayed")))
    ended = project.engine.keep(
        kept.select("batch", "record").mutate(known_until=ibis.literal(project.now, type="timestamp"))
    )
    with project.engine.transaction() as work:
        work.end("quarantine", ended, ["batch", "record"])
        work.append("quarantine", kept.mutate(known_from=ibis.literal(project.now, type="timestamp")))
