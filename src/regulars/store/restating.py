"""Restating: batches that were loaded under one mapping are read again under another, and only what differs changes.

The rows that the new reading gives are judged together, in the order in which their files came, as if they were taken in
for the first time. A row that says the same stays as it is; one that says something else is closed now and its successor
opens now, so `--known` still shows the old figure. All of it becomes visible together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from regulars.contracts.model import Contract, Load, source_of
from regulars.engines.portable import same
from regulars.engines.protocol import Engine
from regulars.kernel.points import reach
from regulars.store.loading import Batch, Delivery, RawOf, version_of
from regulars.store.verdict import absent, judged
from regulars.store.warehouse import Warehouse

__all__ = ["Restated", "restate"]

_PLACES = 1 << 40  # more records than any file has: a file's number and a record's are one ordering
_ASIDE = ("batch", "record", "column", "reason")


@dataclass(frozen=True, slots=True)
class Restated:
    """What a restatement did: the batches as they count now, rows that opened and rows that closed."""

    batches: tuple[Batch, ...]
    opened: int
    closed: int


@dataclass(frozen=True, slots=True)
class _Change:
    fresh: ir.Table  # rows that open
    ended: ir.Table  # addresses that close
    verdicts: ir.Table


def restate(
    warehouse: Warehouse, deliveries: Sequence[Delivery], *, at: datetime, raw_of: Callable[[str], RawOf]
) -> Restated:
    """Replace what some batches of one source and contract loaded by what their files say now.

    Args:
        warehouse: where they were loaded.
        deliveries: the files under the new reading, in the order in which they came.
        at: now.
        raw_of: batch -> lines and raw texts of its records.

    Raises:
        ConsistencyError: the rows read and the rows accounted for differ; nothing was changed.
    """
    engine = warehouse.engine
    change = _change(warehouse, deliveries, at=at)
    counts = engine.arrow(change.verdicts.group_by("batch", "verdict").aggregate(n=change.verdicts.count())).to_pylist()
    batches = [_batch(warehouse, each, counts=counts) for each in deliveries]
    for each in batches:
        each.check()
    aside = _aside(engine, deliveries, verdicts=change.verdicts, raw_of=raw_of)
    opened, closed = _write(warehouse, deliveries, change=change, batches=batches, aside=aside, at=at)
    return Restated(tuple(batches), opened, closed)


def _change(warehouse: Warehouse, deliveries: Sequence[Delivery], *, at: datetime) -> _Change:
    engine, first = warehouse.engine, deliveries[0]
    staged = _staged(engine, deliveries, at=at)
    there = warehouse.table(first.contract.name).filter(ibis._.source == first.source)
    # A row without content was cut from a person who was forgotten: no file has it any more.
    there = there.filter(there.content.notnull())
    ours = engine.bring(pa.table({"batch": [each.batch for each in deliveries]}))
    own, others = there.semi_join(ours, "batch"), there.anti_join(ours, "batch")
    key = first.contract.key
    found = judged(staged.mutate(record=staged.place), others, key=key, load=first.load).rename(place="record")
    verdicts = engine.keep(found.inner_join(staged.select("place", "batch", "record"), "place"))
    taken = staged.semi_join(verdicts.filter(verdicts.verdict == "load"), "place")
    taken = _left_by_snapshot(taken, staged, deliveries=deliveries)
    alike = [same(own[each], taken[each]) for each in (*key, *_marks(first.contract))]
    kept = engine.keep(own.inner_join(taken, alike).select(batch=own.batch, record=own.record, place=taken.place))
    replaced = verdicts.filter((verdicts.verdict == "load") & verdicts.old_batch.notnull())
    ended = own.anti_join(kept, ["batch", "record"]).select("batch", "record")
    ended = ended.union(replaced.select(batch="old_batch", record="old_record"))
    now = ibis.literal(at, type="timestamp")
    fresh = engine.keep(taken.anti_join(kept, "place").drop("place"))
    return _Change(fresh, engine.keep(ended.mutate(known_until=now)), verdicts)


def _marks(contract: Contract) -> list[str]:
    return ["content", *(source_of(each) for each in contract.refs), *(["business_date"] if contract.time else [])]


def _left_by_snapshot(taken: ir.Table, staged: ir.Table, *, deliveries: Sequence[Delivery]) -> ir.Table:
    last = deliveries[-1]
    if last.load is not Load.SNAPSHOT or last.rejects.num_rows:
        return taken
    gone = absent(staged.filter(staged.batch == last.batch), taken, key=last.contract.key)
    return taken.anti_join(gone, ["batch", "record"])


def _staged(engine: Engine, deliveries: Sequence[Delivery], *, at: datetime) -> ir.Table:
    groups: dict[str, list[Path]] = {}
    for number, each in enumerate(deliveries):
        schema = pq.read_schema(each.rows)
        groups.setdefault(str(schema.remove_metadata()), []).append(_placed(each, number))
    first = deliveries[0]
    tables = [_stated(engine.parquet(paths), first, at=at) for paths in groups.values()]
    types: dict[str, Any] = {}
    for table in tables:
        types |= dict(table.schema().items())
    for name in _marks(first.contract):
        types.setdefault(name, first.contract.schema[name])
    return ibis.union(*[_widened(table, types) for table in tables]) if len(tables) > 1 else _widened(tables[0], types)


def _placed(delivery: Delivery, number: int) -> Path:
    """The rows with the batch and a place that orders them over all files."""
    target = delivery.rows.with_name("placed.parquet")
    source = pq.ParquetFile(delivery.rows)
    schema = source.schema_arrow.append(pa.field("batch", pa.string())).append(pa.field("place", pa.int64()))
    with pq.ParquetWriter(target, schema) as writer:
        for rows in source.iter_batches():
            places = pa.array(rows["record"].to_numpy(zero_copy_only=False) + number * _PLACES, pa.int64())
            columns = [*rows.columns, pa.array([delivery.batch] * rows.num_rows, pa.string()), places]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
    return target


def _stated(rows: ir.Table, delivery: Delivery, *, at: datetime) -> ir.Table:
    now = ibis.literal(at, type="timestamp")
    known = rows.known_at.coalesce(now) if delivery.known == "column" and "known_at" in rows.columns else now
    rows = rows.mutate(
        source=ibis.literal(delivery.source),
        version=version_of(rows),
        known_from=known,
        known_until=ibis.null("timestamp"),
    )
    return rows.drop("known_at") if "known_at" in rows.columns else rows


def _widened(rows: ir.Table, types: Mapping[str, Any]) -> ir.Table:
    missing = {name: ibis.null(dtype) for name, dtype in types.items() if name not in rows.columns}
    return rows.mutate(**missing).select(*types)


def _batch(warehouse: Warehouse, delivery: Delivery, *, counts: Sequence[Mapping[str, Any]]) -> Batch:
    n = {each["verdict"]: int(each["n"]) for each in counts if each["batch"] == delivery.batch}
    rows = warehouse.table("batch").filter(ibis._.batch == delivery.batch)
    before = warehouse.engine.arrow(rows.select("reason"))["reason"].to_pylist()
    return Batch(
        delivery.batch, delivery.source, delivery.contract.name, delivery.file, delivery.sha256,
        read=delivery.read, loaded=n.get("load", 0), duplicate=n.get("duplicate", 0),
        superseded=n.get("superseded", 0), skipped=delivery.skipped,
        quarantined=n.get("conflict", 0) + delivery.rejects.num_rows, reason=before[0] if before else None,
    )  # fmt: skip


def _aside(
    engine: Engine, deliveries: Sequence[Delivery], *, verdicts: ir.Table, raw_of: Callable[[str], RawOf]
) -> list[dict[str, Any]]:  # fmt: skip
    found = engine.arrow(verdicts.filter(verdicts.verdict == "conflict").select("batch", "record").order_by("record"))
    conflicts: dict[str, list[int]] = {}
    for row in found.to_pylist():
        conflicts.setdefault(row["batch"], []).append(row["record"])
    rows: list[dict[str, Any]] = []
    for each in deliveries:
        label = {"batch": each.batch, "source": each.source, "contract": each.contract.name, "file": each.file}
        rows += [{**label, **row} for row in each.rejects.to_pylist()]
        records = conflicts.get(each.batch, [])
        raw = raw_of(each.batch)(records) if records else {}
        for record in records:
            line, text = raw.get(record, (None, None))
            rows.append(
                {**label, "record": record, "line": line, "column": None, "reason": "key_conflict", "raw": text}
            )
    return rows


def _write(
    warehouse: Warehouse, deliveries: Sequence[Delivery], *, change: _Change, batches: Sequence[Batch],
    aside: Sequence[Mapping[str, Any]], at: datetime,
) -> tuple[int, int]:  # fmt: skip
    engine, name = warehouse.engine, deliveries[0].contract.name
    until = pa.array([at] * len(batches), pa.timestamp("us"))
    ended = engine.bring(pa.table({"batch": [each.batch for each in batches], "known_until": until}))
    closed, opened = _quarantine(warehouse, deliveries, aside=aside, at=at)
    changes = [table for table in (_changes(each) for each in deliveries) if table.num_rows]
    with engine.transaction() as work:
        ends = work.end(name, change.ended, ["batch", "record"])
        begins = work.append(name, change.fresh)
        for rows in closed:
            work.end("quarantine", rows, ["batch", "record"])
        for rows in opened:
            work.append("quarantine", rows)
        work.end("value_change", ended, ["batch"])
        if changes:
            work.append("value_change", _stamped(engine, pa.concat_tables(changes), at=at))
        work.end("batch", ended, ["batch"])
        work.append("batch", _stamped(engine, pa.Table.from_pylist([asdict(each) for each in batches]), at=at))
        reach("before-commit")
    reach("after-commit")
    return begins, ends


def _quarantine(
    warehouse: Warehouse, deliveries: Sequence[Delivery], *, aside: Sequence[Mapping[str, Any]], at: datetime
) -> tuple[list[ir.Table], list[ir.Table]]:  # fmt: skip
    """What closes and what opens there: rows that fit now are marked replayed, those that still do not fit stay."""
    engine = warehouse.engine
    rows = warehouse.table("quarantine").filter(ibis._.state == "open")
    columns = ["batch", "source", "contract", "file", "record", "line", "column", "reason", "raw"]
    ours = engine.bring(pa.table({"batch": [each.batch for each in deliveries]}))
    waiting = engine.arrow(rows.semi_join(ours, "batch").select(columns)).to_pylist()
    now = {tuple(row[each] for each in _ASIDE) for row in aside}
    before = {tuple(row[each] for each in _ASIDE) for row in waiting}
    still = {(row["batch"], row["record"]) for row in aside}
    gone = [row for row in waiting if tuple(row[each] for each in _ASIDE) not in now]
    replayed = [{**row, "state": "replayed"} for row in gone if (row["batch"], row["record"]) not in still]
    new = [{**row, "state": "open"} for row in aside if tuple(row[each] for each in _ASIDE) not in before]
    closed = [_ended(engine, gone, at=at)] if gone else []
    return closed, [_stamped(engine, _table(each, columns), at=at) for each in (replayed, new) if each]


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pa.Table:
    kinds = {"record": pa.int64(), "line": pa.int64()}
    names = (*columns, "state")
    return pa.table({each: pa.array([row[each] for row in rows], kinds.get(each, pa.string())) for each in names})


def _ended(engine: Engine, rows: Sequence[Mapping[str, Any]], *, at: datetime) -> ir.Table:
    places = sorted({(row["batch"], row["record"]) for row in rows})
    batches, records = ([each[at_] for each in places] for at_ in (0, 1))
    until = pa.array([at] * len(places), pa.timestamp("us"))
    return engine.bring(pa.table({"batch": batches, "record": pa.array(records, pa.int64()), "known_until": until}))


def _changes(delivery: Delivery) -> pa.Table:
    rows = delivery.changes
    for name, value in (("batch", delivery.batch), ("contract", delivery.contract.name)):
        rows = rows.append_column(name, pa.array([value] * rows.num_rows, pa.string()))
    return rows


def _stamped(engine: Engine, rows: pa.Table, *, at: datetime) -> ir.Table:
    return engine.bring(rows.append_column("known_from", pa.array([at] * rows.num_rows, pa.timestamp("us"))))
