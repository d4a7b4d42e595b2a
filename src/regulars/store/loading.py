"""Loading one delivery: rows, rejects, changes and the batch row become visible together, and every row read is counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from regulars.contracts.model import Contract, Load
from regulars.engines.protocol import Engine
from regulars.kernel.errors import ConsistencyError
from regulars.kernel.points import reach
from regulars.store.verdict import absent, judged
from regulars.store.warehouse import Warehouse

__all__ = ["Batch", "Delivery", "RawOf", "load", "record_held", "version_of"]

RawOf = Callable[[Sequence[int]], Mapping[int, tuple[int, str]]]  # records -> {record: (line, raw text)}


@dataclass(frozen=True, slots=True)
class Batch:
    """One row of `batch`: a file through one mapping, with every row that was read accounted for."""

    batch: str
    source: str
    contract: str
    file: str
    sha256: str
    read: int = 0
    loaded: int = 0
    duplicate: int = 0
    superseded: int = 0
    skipped: int = 0
    quarantined: int = 0
    held: bool = False
    reason: str | None = None

    def check(self) -> None:
        """Raises ConsistencyError unless read = loaded + duplicate + superseded + skipped + quarantined."""
        told = self.loaded + self.duplicate + self.superseded + self.skipped + self.quarantined
        if self.read != told:
            raise ConsistencyError(
                f"{self.file}: {self.read} rows read but {told} accounted for; nothing of it was loaded.",
                fix="Please report this with the file: it is a fault of Regulars.",
            )


@dataclass(frozen=True, slots=True)
class Delivery:
    """What capture hands to the store: one parsed file.

    `rows` are typed Parquet files; `rejects` has record, line, column, reason, raw; `changes` has record, key, column, raw,
    reason. `known` says where known_from comes from: event, load or column (`known_at` in the rows).
    """

    batch: str
    source: str
    contract: Contract
    file: str
    sha256: str
    rows: Path
    rejects: pa.Table
    changes: pa.Table
    read: int
    skipped: int
    load: Load
    known: str
    reason: str | None = None  # what the batch row says beside the counts: why a held file was released


def load(warehouse: Warehouse, delivery: Delivery, *, at: datetime, raw_of: RawOf) -> Batch:
    """Load one delivery in one transaction.

    Raises:
        ConsistencyError: the rows read and the rows accounted for differ; nothing was changed.
    """
    engine, contract = warehouse.engine, delivery.contract
    plain = engine.parquet([delivery.rows])
    staged = _staged(plain, delivery, at=at)
    current = warehouse.table(contract.name).filter(ibis._.source == delivery.source)
    rows = engine.keep(judged(_versioned(plain), current, key=contract.key, load=delivery.load))
    batch = _account(engine, rows, delivery=delivery)
    batch.check()
    conflicts = _conflicts(engine, rows, count=batch.quarantined - delivery.rejects.num_rows, raw_of=raw_of)
    set_aside = _quarantine(delivery, conflicts)
    _write(warehouse, delivery, batch=batch, work_on=_Judged(staged, rows, current, set_aside), at=at)
    return batch


def record_held(warehouse: Warehouse, batch: Batch, *, at: datetime) -> None:
    """Write the batch row of a held file: nothing was read from it yet."""
    row = _batch_row(warehouse.engine, batch, at=at)
    ended = _ended_batch(warehouse.engine, batch.batch, at=at)
    with warehouse.engine.transaction() as work:
        work.end("batch", ended, ["batch"])
        work.append("batch", row)


def _versioned(rows: ir.Table) -> ir.Table:
    # Nothing here tells one file from the next, so that the engine has to think about the question only once.
    return rows.mutate(version=version_of(rows))


def _staged(rows: ir.Table, delivery: Delivery, *, at: datetime) -> ir.Table:
    rows = rows.mutate(
        source=ibis.literal(delivery.source),
        batch=ibis.literal(delivery.batch),
        version=version_of(rows),
        known_from=_known_from(rows, delivery, at=at),
        known_until=ibis.null("timestamp"),
    )
    return rows.drop("known_at") if "known_at" in rows.columns else rows


def version_of(rows: ir.Table) -> ir.FloatingValue:
    """The version of typed rows as a number that orders them; null where the mapping names none."""
    if "version" not in rows.columns:
        return ibis.null("float64")
    if rows.version.type().is_timestamp():
        return rows.version.epoch_seconds().cast("float64") + rows.version.microsecond().cast("float64") / 1e6
    return rows.version.cast("float64")


def _known_from(rows: ir.Table, delivery: Delivery, *, at: datetime) -> ir.TimestampValue:
    now = ibis.literal(at, type="timestamp")
    if delivery.known == "column" and "known_at" in rows.columns:
        return rows.known_at.coalesce(now)
    # a contract's time may be a column that the mapping leaves out, as a payment's due_at
    if delivery.known == "event" and delivery.contract.time and delivery.contract.time in rows.columns:
        return rows[delivery.contract.time].cast("timestamp").coalesce(now)
    return now


def _account(engine: Engine, rows: ir.Table, *, delivery: Delivery) -> Batch:
    found = engine.arrow(rows.group_by("verdict").aggregate(n=rows.count()))
    n = dict(zip(found["verdict"].to_pylist(), found["n"].to_pylist(), strict=True))
    return Batch(
        delivery.batch, delivery.source, delivery.contract.name, delivery.file, delivery.sha256,
        read=delivery.read, loaded=n.get("load", 0), duplicate=n.get("duplicate", 0),
        superseded=n.get("superseded", 0), skipped=delivery.skipped,
        quarantined=n.get("conflict", 0) + delivery.rejects.num_rows, reason=delivery.reason,
    )  # fmt: skip


def _conflicts(engine: Engine, rows: ir.Table, *, count: int, raw_of: RawOf) -> pa.Table:
    found = engine.arrow(rows.filter(rows.verdict == "conflict").select("record").order_by("record")) if count else None
    records = found["record"].to_pylist() if found is not None else []
    raw = raw_of(records) if records else {}
    return pa.table(
        {
            "record": pa.array(records, pa.int64()),
            "line": pa.array([raw[each][0] if each in raw else None for each in records], pa.int64()),
            "column": pa.array([None] * len(records), pa.string()),
            "reason": pa.array(["key_conflict"] * len(records), pa.string()),
            "raw": pa.array([raw[each][1] if each in raw else None for each in records], pa.string()),
        }
    )


def _quarantine(delivery: Delivery, conflicts: pa.Table) -> pa.Table:
    names = ["record", "line", "column", "reason", "raw"]
    rejects = delivery.rejects.select(names).cast(conflicts.schema)
    return _labelled(pa.concat_tables([rejects, conflicts]), delivery, state="open")


def _labelled(rows: pa.Table, delivery: Delivery, **more: str) -> pa.Table:
    labels = {"batch": delivery.batch, "source": delivery.source, "contract": delivery.contract.name,
              "file": delivery.file, **more}  # fmt: skip
    for name, value in labels.items():
        rows = rows.append_column(name, pa.array([value] * rows.num_rows, pa.string()))
    return rows


@dataclass(frozen=True, slots=True)
class _Judged:
    staged: ir.Table
    rows: ir.Table
    current: ir.Table
    set_aside: pa.Table


def _write(warehouse: Warehouse, delivery: Delivery, *, batch: Batch, work_on: _Judged, at: datetime) -> None:
    engine, name = warehouse.engine, delivery.contract.name
    staged, rows, set_aside = work_on.staged, work_on.rows, work_on.set_aside
    taken = rows.filter(rows.verdict == "load")
    all_new = batch.loaded + batch.skipped + delivery.rejects.num_rows == batch.read
    fresh = staged if all_new else staged.semi_join(taken, "record")
    aside = _stamped(engine, set_aside, at=at) if set_aside.num_rows else None
    changes = _labelled(delivery.changes, delivery).drop_columns(["source", "file"])
    changed = _stamped(engine, changes, at=at) if changes.num_rows else None
    gone = _gone(engine, delivery, batch=batch, work_on=work_on, at=at)
    row, ended = _batch_row(engine, batch, at=at), _ended_batch(engine, batch.batch, at=at)
    with engine.transaction() as work:
        if delivery.load is not Load.APPEND:
            work.end(name, _replaced(staged, taken), ["batch", "record"])
        if gone is not None:
            work.end(name, gone, ["batch", "record"])
        work.append(name, fresh)
        for table, more in (("quarantine", aside), ("value_change", changed)):
            if more is not None:
                work.append(table, more)
        work.end("batch", ended, ["batch"])
        work.append("batch", row)
        reach("before-commit")
    reach("after-commit")


def _replaced(staged: ir.Table, taken: ir.Table) -> ir.Table:
    known_from = staged.select("record", known_until="known_from")
    replaced = taken.filter(taken.old_batch.notnull()).inner_join(known_from, "record")
    return replaced.select(batch="old_batch", record="old_record", known_until="known_until")


def _gone(engine: Engine, delivery: Delivery, *, batch: Batch, work_on: _Judged, at: datetime) -> ir.Table | None:
    # A row that was set aside has lost its key: ending what seems absent would delete a customer who is in the file.
    if delivery.load is not Load.SNAPSHOT or batch.quarantined:
        return None
    # A row without content was cut from a person who was forgotten: it stays, though no file has it any more.
    current = work_on.current.filter(work_on.current.content.notnull())
    gone = absent(work_on.staged, current, key=delivery.contract.key)
    return engine.keep(gone.mutate(known_until=ibis.literal(at, type="timestamp")))


def _stamped(engine: Engine, rows: pa.Table, *, at: datetime) -> ir.Table:
    return engine.bring(rows.append_column("known_from", pa.array([at] * rows.num_rows, pa.timestamp("us"))))


def _batch_row(engine: Engine, batch: Batch, *, at: datetime) -> ir.Table:
    return _stamped(engine, pa.Table.from_pylist([asdict(batch)]), at=at)


def _ended_batch(engine: Engine, batch: str, *, at: datetime) -> ir.Table:
    return engine.bring(pa.table({"batch": [batch], "known_until": pa.array([at], pa.timestamp("us"))}))
