"""Runs: what each step read and wrote, and the fingerprint that tells whether it must be done again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from regulars.store.warehouse import Warehouse

__all__ = ["Run", "fingerprint", "last_run", "run_row", "table_state"]


@dataclass(frozen=True, slots=True)
class Run:
    """One row of `run`; `reads` and `writes` are table names joined by a space, status is done or failed."""

    step: str
    started_at: datetime
    ended_at: datetime
    reads: str
    writes: str
    rows: int
    fingerprint: str
    snapshot: str
    status: str


def fingerprint(*parts: Any) -> str:
    """A short hash of everything that a step's result depends on: code version, settings, state of what it reads.

    >>> fingerprint("value", {"horizon": "365d"}) == fingerprint("value", {"horizon": "365d"})
    True
    """
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def table_state(warehouse: Warehouse, names: Iterable[str], *, ignores: Collection[str] = ()) -> str:
    """A hash that changes when any of the tables changes: of a captured one its batches, of a written one its last run."""
    batches = warehouse.once("batches", lambda: _batches(warehouse))
    writers = warehouse.once("writers", lambda: _writers(warehouse))
    parts: dict[str, list[str]] = {}
    for name in sorted(set(names)):
        if warehouse.contract(name).captured:
            parts[name] = batches.get(name, [])
        else:
            parts[name] = [each for each in writers.get(name, []) if each.partition(":")[0] not in ignores]
    return fingerprint(parts)


def _batches(warehouse: Warehouse) -> dict[str, list[str]]:
    """Contract -> the batches that loaded rows of it, each with when they were last read (a replay reads them anew)."""
    batches = warehouse.table("batch")
    rows = batches.filter(~batches.held & (batches.loaded > 0)).select("contract", "batch", "known_from")
    found: dict[str, list[str]] = {}
    for row in warehouse.engine.arrow(rows.order_by("contract", "batch")).to_pylist():
        found.setdefault(row["contract"], []).append(f"{row['batch']} {row['known_from']}")
    return found


def _writers(warehouse: Warehouse) -> dict[str, list[str]]:
    """Table -> the steps that write it, each with the fingerprint of its newest finished run that wrote it."""
    runs = warehouse.table("run")
    rows = runs.filter(runs.status == "done").select("step", "fingerprint", "ended_at", "writes")
    newest: dict[tuple[str, str], tuple[datetime, str]] = {}
    for row in warehouse.engine.arrow(rows).to_pylist():
        for name in (row["writes"] or "").split():
            place = (name, row["step"])
            newest[place] = max(newest.get(place, (datetime.min, "")), (row["ended_at"], row["fingerprint"]))
    found: dict[str, list[str]] = {}
    for name, step in sorted(newest):
        found.setdefault(name, []).append(f"{step}:{newest[name, step][1]}")
    return found


def last_run(warehouse: Warehouse, step: str) -> dict[str, Any] | None:
    """The newest finished run of a step, as a row of `run`, or None."""
    runs = warehouse.table("run")
    rows = runs.filter((runs.step == step) & (runs.status == "done")).order_by(runs.ended_at.desc()).limit(1)
    found: list[dict[str, Any]] = warehouse.engine.arrow(rows).to_pylist()
    return found[0] if found else None


def run_row(warehouse: Warehouse, run: Run) -> ir.Table:
    """The run as a one-row table, to be committed with what it wrote."""
    return warehouse.engine.bring(pa.Table.from_pylist([asdict(run)]))
