"""Every row read is accounted for; the two times tell what was known when."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regulars.capture.aside import REJECTS
from regulars.contracts.model import Load
from regulars.kernel.errors import ConsistencyError, UnknownNameError
from regulars.store.snapshots import publish_snapshot
from regulars.store.warehouse import Cut, Publication, Warehouse

NOW = datetime(2024, 6, 1, 12)


def names(warehouse: Warehouse, **cut: Any) -> dict[str, str]:
    rows = warehouse.engine.arrow(warehouse.table("product", **cut).select("product_id", "name")).to_pylist()
    return {row["product_id"]: row["name"] for row in rows}


def test_an_append_keeps_the_first_and_sets_conflicts_aside(warehouse: Warehouse, deliver: Any) -> None:
    first = deliver([("1", "tea"), ("2", "milk"), ("1", "tea"), ("2", "cream")], load=Load.APPEND)
    assert (first.read, first.loaded, first.duplicate, first.quarantined) == (4, 2, 1, 1)
    again = deliver([("1", "tea"), ("2", "cream"), ("3", "jam")], load=Load.APPEND)
    assert (again.loaded, again.duplicate, again.quarantined) == (1, 1, 1)
    assert names(warehouse) == {"1": "tea", "2": "milk", "3": "jam"}
    aside = warehouse.engine.arrow(warehouse.table("quarantine").order_by("batch", "record")).to_pylist()
    assert [(row["reason"], row["line"], row["raw"], row["state"]) for row in aside] == [
        ("key_conflict", 5, "raw", "open"),
        ("key_conflict", 3, "raw", "open"),
    ]


def test_an_upsert_replaces_and_both_versions_can_be_read(warehouse: Warehouse, deliver: Any) -> None:
    deliver([("1", "tea"), ("2", "milk")])
    later = NOW + timedelta(days=1)
    batch = deliver([("1", "green tea"), ("2", "milk")], at=later)
    assert (batch.loaded, batch.duplicate) == (1, 1)
    assert names(warehouse) == {"1": "green tea", "2": "milk"}
    assert names(warehouse, known=NOW) == {"1": "tea", "2": "milk"}
    assert names(warehouse, known=NOW - timedelta(days=1)) == {}


def test_an_older_version_is_superseded(warehouse: Warehouse, deliver: Any) -> None:
    deliver([("1", "new"), ("1", "old")], versions=[5, 4])
    batch = deliver([("1", "older")], versions=[3], at=NOW + timedelta(days=1))
    assert (batch.loaded, batch.superseded) == (0, 1)
    assert names(warehouse) == {"1": "new"}


def test_a_snapshot_ends_what_is_absent_unless_rows_were_set_aside(warehouse: Warehouse, deliver: Any) -> None:
    deliver([("1", "tea"), ("2", "milk")], load=Load.SNAPSHOT)
    rejects = pa.Table.from_pylist([{"record": 2, "line": 3, "column": "name", "reason": "missing_value", "raw": "2;"}])
    doubtful = deliver([("1", "tea")], load=Load.SNAPSHOT, rejects=rejects.cast(REJECTS), at=NOW + timedelta(days=1))
    assert doubtful.quarantined == 1
    assert names(warehouse) == {"1": "tea", "2": "milk"}, "a row that was set aside must not delete its customer"
    deliver([("1", "tea")], load=Load.SNAPSHOT, at=NOW + timedelta(days=2))
    assert names(warehouse) == {"1": "tea"}
    assert names(warehouse, known=NOW + timedelta(days=1)) == {"1": "tea", "2": "milk"}


def test_a_batch_that_does_not_add_up_changes_nothing(warehouse: Warehouse, deliver: Any) -> None:
    before = warehouse.engine.snapshot()
    with pytest.raises(ConsistencyError, match="3 rows read but 2 accounted for"):
        deliver([("1", "tea"), ("2", "milk")], lost=1)
    assert names(warehouse) == {}
    assert warehouse.engine.snapshot() == before


def test_publishing_replaces_a_scope_and_keeps_its_history(warehouse: Warehouse) -> None:
    def segment(kind: str, group: str, at: datetime) -> None:
        row = {"customer_key": ["c1"], "segmentation": [kind], "segment": [group], "as_of": [NOW.date()]}
        rows = warehouse.engine.bring(pa.table(row))
        warehouse.commit([Publication("segment", rows, {"segmentation": kind})], run="r1", at=at)

    segment("rfm", "loyal", NOW)
    segment("tier", "A", NOW)
    segment("rfm", "lost", NOW + timedelta(days=1))
    open_rows = warehouse.engine.arrow(warehouse.table("segment")).to_pylist()
    assert {(row["segmentation"], row["segment"]) for row in open_rows} == {("rfm", "lost"), ("tier", "A")}
    then = warehouse.engine.arrow(warehouse.table("segment", known=NOW)).to_pylist()
    assert {(row["segmentation"], row["segment"]) for row in then} == {("rfm", "loyal"), ("tier", "A")}


def test_an_unknown_table_is_named_with_its_nearest(warehouse: Warehouse) -> None:
    with pytest.raises(UnknownNameError, match="'order_line'"):
        Cut(warehouse).table("orderline")


def test_a_migration_is_done_once(warehouse: Warehouse) -> None:
    assert warehouse.migrate(NOW) == []


def test_a_snapshot_is_whole_and_links_what_did_not_change(warehouse: Warehouse, deliver: Any, tmp_path: Path) -> None:
    folder = tmp_path / "published"
    deliver([("1", "tea")])
    first = publish_snapshot(warehouse, folder, names=["product", "segment", "batch"])
    assert sorted(path.name for path in first.iterdir()) == ["batch.parquet", "index.json", "product.parquet"]
    row = {"customer_key": ["c1"], "segmentation": ["rfm"], "segment": ["loyal"], "as_of": [NOW.date()]}
    rows = warehouse.engine.bring(pa.table(row))
    warehouse.commit([Publication("segment", rows, {"segmentation": "rfm"})], run="r1", at=NOW)
    second = publish_snapshot(warehouse, folder, names=["product", "segment"])
    assert (folder / "latest").resolve() == second
    assert (second / "product.parquet").samefile(first / "product.parquet")
    assert pq.read_table(second / "segment.parquet")["segment"].to_pylist() == ["loyal"]
    assert publish_snapshot(warehouse, folder, names=["product"]) == second
