"""Retention: rows, landed files and answers past their period are gone; `run` sees to it before anything else reads them.

Days count back from today for what was captured or written on a day, by the row's own event time.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from regulars.capture.redact import blank_records, reading_of
from regulars.contracts.catalog import CONTRACTS
from regulars.contracts.results import RESULTS
from regulars.kernel.errors import ConfigError, ConsistencyError, DataError, nearest
from regulars.project.config import Config
from regulars.project.feeds import feeds
from regulars.project.project import Project, home
from regulars.store.runs import fingerprint
from regulars.store.snapshots import publish_snapshot
from regulars.store.warehouse import Publication, physical

__all__ = ["DEFAULTS", "due", "periods", "retain"]

DEFAULTS = {"quarantine": "90d", "answers": "1y"}
_DAYS = {"d": 1, "w": 7, "m": 30.4375, "y": 365.25}
_FILES, _ANSWERS = "landing", "answers"
_BY_KNOWN = ("quarantine", "value_change")


def periods(config: Config) -> dict[str, str]:
    """Every period that is set, the defaults included: table, `landing` or `answers` -> 400d, 2y, forever.

    Raises:
        ConfigError: it names no table, or one whose rows have no time of their own.
    """
    given = config.values.get("retention", {})
    names = [_FILES, _ANSWERS, *(name for name, each in CONTRACTS.items() if each.time or name in _BY_KNOWN)]
    for name in given:
        if name not in names:
            problem = f"[retention] {name} names no table whose rows have a time."
            raise ConfigError(problem, allowed=names, guess=nearest(name, names))
    return DEFAULTS | dict(given)


def _since(period: str, now: datetime) -> datetime | None:
    return None if period == "forever" else now - timedelta(days=int(period[:-1]) * _DAYS[period[-1]])


def due(project: Project) -> dict[str, int]:
    """What is past its period now: rows by table, landed files, answers."""
    found: dict[str, int] = {}
    for name, period in periods(project.config).items():
        since = _since(period, project.now)
        if since is not None and (count := _count(project, name, since=since)):
            found[name] = count
    return found


def _count(project: Project, name: str, *, since: datetime) -> int:
    if name == _FILES:
        return len(_old_files(project, since))
    if name == _ANSWERS:
        return project.journal.older(since)
    rows = project.engine.table(physical(name))
    old = rows.filter(_old(name, rows, since=since))
    return int(project.engine.arrow(old.aggregate(n=old.count()))["n"][0].as_py())


def _old(name: str, rows: ir.Table, *, since: datetime) -> ir.BooleanValue:
    contract = CONTRACTS[name]
    if name in _BY_KNOWN:
        return (rows.known_from < ibis.literal(since, type="timestamp")).fill_null(False)
    column = rows.business_date if contract.captured else rows[str(contract.time)]
    if column.type().is_date():
        return (column < ibis.literal(since.date())).fill_null(False)
    return (column < ibis.literal(since, type="timestamp")).fill_null(False)


def retain(project: Project) -> dict[str, Any]:
    """Erase what is past its period: rows, their records in landed files, whole files, answers.

    Returns:
        rows: what went, by table, `landing` (files) and `answers`; erasure_id, where rows or files went.
    """
    counts, now = due(project), project.now
    told = {name: period for name, period in periods(project.config).items() if name in counts}
    places, changed = dict[str, list[tuple[int, int]]](), dict[str, ir.Table]()
    for name, period in told.items():
        since = _since(period, now)
        if since is not None and name not in (_FILES, _ANSWERS):
            rows = project.engine.table(physical(name))
            old = _old(name, rows, since=since)
            _add_places(project, name, old_rows=rows.filter(old), places=places)
            changed[physical(name)] = rows.filter(~old)
    gone = _old_files(project, since) if _FILES in told and (since := _since(told[_FILES], now)) else []
    counts |= _files(project, places, gone=gone)
    if gone:  # what was set aside of them cannot be taken in again
        rows = changed.get("quarantine", project.engine.table("quarantine"))
        batches = [each.batch for each in project.book.receipts() if each.sha256 in gone]
        changed["quarantine"] = rows.filter(rows.batch.notin(batches))
    if changed:
        project.engine.rewrite(changed)
        if (project.root / "published").exists():
            publish_snapshot(project.warehouse, project.root / "published", names=[*CONTRACTS, *RESULTS], afresh=True)
    if _ANSWERS in told and (since := _since(told[_ANSWERS], now)):
        project.journal.drop_older(since)
        with project.upkeep() as upkeep:
            upkeep.scrub()
    return {"rows": counts, "erasure_id": _record(project, counts) if counts else None}


def _add_places(project: Project, name: str, *, old_rows: ir.Table, places: dict[str, list[tuple[int, int]]]) -> None:
    if not CONTRACTS[name].captured:
        return
    found = project.engine.arrow(old_rows.select("batch", "record").distinct().order_by("batch", "record"))
    for batch, record in zip(found["batch"].to_pylist(), found["record"].to_pylist(), strict=True):
        runs = places.setdefault(batch, [])
        if runs and runs[-1][1] == record - 1:
            runs[-1] = (runs[-1][0], record)
        else:
            runs.append((record, record))


def _files(project: Project, places: dict[str, list[tuple[int, int]]], *, gone: list[str]) -> dict[str, int]:
    """Blank the records of rows that went; remove files that are past their own period."""
    blank = 0
    by_place = {(each.mapping.source, each.place): each for each in feeds(project)}
    for batch, runs in sorted(places.items()):
        receipt = project.book.receipt(batch)
        feed = by_place.get((receipt.source, receipt.mapping)) if receipt else None
        if receipt is None or feed is None:
            continue
        reading = reading_of(feed.mapping, feed.dialect, folder=home(project.root) / "staging" / "erase")
        records = {each for first, last in runs for each in range(first, last + 1)}
        try:
            blank += blank_records(project.landing, receipt.sha256, name=receipt.file, reading=reading, records=records)
        except DataError:
            project.landing.drop(receipt.sha256)  # it can no longer be read: then it is not kept either
        except ConsistencyError:
            continue  # it went before
    for sha256 in gone:
        project.landing.drop(sha256)
    return ({"landed records": blank} if blank else {}) | ({_FILES: len(gone)} if gone else {})


def _old_files(project: Project, since: datetime) -> list[str]:
    """Objects of which every use is loaded and older than the period."""
    receipts = project.book.receipts()
    with project.upkeep() as upkeep:
        landed = upkeep.landed_at()
    young = {each.sha256 for each in receipts if each.state != "loaded" or landed[each.batch] >= since}
    objects = {each.sha256 for each in project.landing.objects()}
    return sorted((objects & {each.sha256 for each in receipts}) - young)


def _record(project: Project, counts: dict[str, int]) -> str:
    number, now = "e" + fingerprint("retention", counts, project.now)[:15], project.now
    rows = [
        {"erasure_id": number, "subject": "everybody", "why": "retention", "what": "files" if name == _FILES else "tables",
         "name": name, "rows": count, "facts": "delete", "asked_at": now, "done_at": now}
        for name, count in counts.items()
    ]  # fmt: skip
    brought = project.engine.bring(pa.Table.from_pylist(rows))
    project.warehouse.commit([Publication("erasure", brought, append=True)], run=number, at=now)
    return number
