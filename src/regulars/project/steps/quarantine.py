"""`quarantine` and `replay`: the rows that were set aside, and taking them in again after a fix."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.types as ir

from regulars.capture.intake import Feed, Intake
from regulars.capture.reason import Reason
from regulars.project.feeds import feeds, intake
from regulars.project.project import Project
from regulars.store.control import Receipt
from regulars.store.loading import Delivery
from regulars.store.restating import Restated, restate

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
    """Read files again that have rows set aside, or were loaded under another mapping or locale than the one of now.

    Rows that fit now are taken in; rows that were loaded and read differently now are closed and opened anew, so that
    `--known` still shows what was known before. A file that must be held under the new mapping changes nothing.

    Returns:
        `counts` (rows still set aside, by reason), `loaded` (rows opened), `closed`, `batches`, and `held`: files that
        stopped their table's replay, with the reason.
    """
    done: list[Restated] = []
    held: list[dict[str, Any]] = []
    with intake(project) as work:
        found = {(feed.mapping.source, feed.place): feed for feed in feeds(project, source)}
        for group in _groups(project, found, source=source):
            project.outside.progress(f"replay {group[0][1].source} {group[0][1].contract}", len(group), len(group))
            restated = _again(project, work, group=group, held=held)
            done += [restated] if restated else []
    counts = _summed(project.engine.arrow(_by_reason(_open(project, source))).to_pylist())
    return {
        "counts": counts,
        "loaded": sum(each.opened for each in done),
        "closed": sum(each.closed for each in done),
        "held": held,
        "batches": [asdict(batch) for each in done for batch in each.batches],
    }


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


def _groups(
    project: Project, found: Mapping[tuple[str, str], Feed], *, source: str | None
) -> list[list[tuple[Feed, Receipt]]]:  # fmt: skip
    """The receipts that must be read again together, by source and contract, in the order in which they were loaded."""
    groups: dict[tuple[str, str], list[tuple[Feed, Receipt]]] = {}
    first = _first_loaded(project)
    receipts = project.book.receipts(state="loaded", source=source)
    for receipt in sorted(receipts, key=lambda each: first.get(each.batch, project.now)):
        feed = found.get((receipt.source, receipt.mapping))
        if feed:
            groups.setdefault((receipt.source, receipt.contract), []).append((feed, receipt))
    rows = project.warehouse.table("quarantine").filter(ibis._.state == "open")
    waiting = set(project.engine.arrow(rows.select("batch").distinct())["batch"].to_pylist())
    return [chosen for group in groups.values() if (chosen := _chosen(group, waiting))]


def _first_loaded(project: Project) -> dict[str, datetime]:
    rows = project.warehouse.history("batch").filter(~ibis._.held)
    found = project.engine.arrow(rows.group_by("batch").aggregate(at=rows.known_from.min())).to_pylist()
    return {row["batch"]: row["at"] for row in found}


def _chosen(group: list[tuple[Feed, Receipt]], waiting: set[str]) -> list[tuple[Feed, Receipt]]:
    changed = {feed.place for feed, receipt in group if receipt.settings != feed.settings}
    open_ones = [each for each in group if each[1].batch in waiting]
    if not changed:
        # Of appended rows the first one counts, so a file alone can be judged; of others the last one, so all are.
        return open_ones if all(feed.mapping.load == "append" for feed, _ in open_ones) else group
    if any(feed.mapping.load != "append" for feed, _ in group):
        return group
    return [each for each in group if each[0].place in changed or each[1].batch in waiting]


def _again(
    project: Project, work: Intake, *, group: list[tuple[Feed, Receipt]], held: list[dict[str, Any]]
) -> Restated | None:  # fmt: skip
    deliveries: list[Delivery] = []
    feed_of = {receipt.batch: (feed, receipt) for feed, receipt in group}
    try:
        for feed, receipt in group:
            parsed = work.parse(feed, receipt, release=True)
            if parsed.held:
                held.append({"source": receipt.source, "file": receipt.file, "reason": parsed.held})
                return None
            deliveries.append(work.delivery(feed, receipt, parsed=parsed))
        done = restate(project.warehouse, deliveries, at=project.now, raw_of=lambda batch: work.raw_of(*feed_of[batch]))
        for feed, receipt in group:
            project.book.mark(receipt.batch, "loaded", settings=feed.settings)
        return done
    finally:
        for _, receipt in group:
            shutil.rmtree(work.scratch / receipt.batch, ignore_errors=True)
