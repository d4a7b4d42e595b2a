"""Does every engine keep the protocol? What is brought comes back, what is committed is seen, what fails is not."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regulars.engines.protocol import Capability, Engine
from tests.engines.compare import differences

KINDS = pa.table(
    {
        "text": ["a", None, "ü;\n\"'"],
        "money": pa.array([Decimal("1.1000"), None, Decimal("-99999999999999.9999")], pa.decimal128(18, 4)),
        "number": [0.1, None, -1e300],
        "integer": pa.array([2**62, None, -1], pa.int64()),
        "flag": [True, None, False],
        "instant": pa.array([datetime(2024, 3, 31, 2, 30, 0, 123456), None, datetime(1970, 1, 1)], pa.timestamp("us")),
        "day": [date(2024, 2, 29), None, date(1999, 12, 31)],
    }
)
SCHEMA = {"key": "string", "amount": "decimal(18, 4)", "known_until": "timestamp"}


def row(key: str, amount: str) -> pa.Table:
    return pa.table({"key": [key], "amount": pa.array([Decimal(amount)], pa.decimal128(18, 4))})


def test_what_is_brought_comes_back(engine: Engine) -> None:
    assert differences(KINDS, engine.arrow(engine.bring(KINDS))) == []


def test_what_is_kept_and_written_is_the_same(engine: Engine, tmp_path: Path) -> None:
    kept = engine.keep(engine.bring(KINDS))
    engine.write(kept, tmp_path / "kinds.parquet")
    assert sum(batch.num_rows for batch in engine.batches(kept)) == KINDS.num_rows
    assert differences(KINDS, pq.read_table(tmp_path / "kinds.parquet")) == []


def test_no_rows_are_written_as_a_file_with_columns(engine: Engine, tmp_path: Path) -> None:
    engine.write(engine.bring(KINDS).limit(0), tmp_path / "none.parquet")
    assert differences(KINDS.slice(0, 0), pq.read_table(tmp_path / "none.parquet")) == []


def test_a_transaction_is_seen_whole_or_not_at_all(engine: Engine) -> None:
    engine.create("whole", SCHEMA)
    before = engine.snapshot()
    with engine.transaction() as change:
        assert change.append("whole", engine.bring(row("a", "1.1000"))) == 1
    after = engine.snapshot()
    with pytest.raises(ZeroDivisionError):
        fail_midway(engine)
    assert engine.arrow(engine.table("whole")).column("key").to_pylist() == ["a"]
    assert before != after == engine.snapshot()


def fail_midway(engine: Engine) -> None:
    with engine.transaction() as change:
        change.append("whole", engine.bring(row("b", "2.0000")))
        raise ZeroDivisionError


@pytest.mark.spark
def test_what_a_dead_process_left_is_in_nobody_s_way(spark_engine: Engine, tmp_path: Path) -> None:
    from regulars.engines.spark import SparkEngine  # PySpark may be absent where Spark is not tested

    def opened() -> Engine:
        found: Engine = SparkEngine(spark_engine._spark, tmp_path / "lake")  # type: ignore[attr-defined]
        return found

    first = opened()
    first.create("left", SCHEMA)
    first.settle()
    for engine in (opened(), opened()):  # the first of them dies without a word; both give the same names
        work = engine.transaction()
        change = work.__enter__()
        assert change.append("left", engine.keep(engine.bring(row("a", "1.0000")))) == 1
    work.__exit__(None, None, None)
    assert opened().arrow(opened().table("left"))["key"].to_pylist() == ["a"]


NOON = datetime(2024, 3, 31, 12)


def close(engine: Engine, *keys: str | None) -> int:
    until = pa.array([NOON] * len(keys), pa.timestamp("us"))
    match = engine.bring(pa.table({"key": pa.array(keys, pa.string()), "known_until": until}))
    with engine.transaction() as change:
        return change.end("ended", match, ["key"])


def test_end_closes_the_open_rows_that_match_and_no_others(engine: Engine) -> None:
    engine.create("ended", SCHEMA)
    for key in ("a", "b", None):
        with engine.transaction() as change:
            change.append("ended", engine.bring(pa.table({"key": pa.array([key], pa.string())})))
    assert [close(engine, "a", None, "nobody"), close(engine, "a"), close(engine, "nobody")] == [2, 0, 0]
    rows = engine.arrow(engine.table("ended")).to_pylist()
    assert {row["key"]: row["known_until"] for row in rows} == {"a": NOON, "b": None, None: NOON}
    assert len(rows) == 3


def test_the_same_question_is_answered_anew_after_a_commit(engine: Engine) -> None:
    engine.create("asked", SCHEMA)
    counts = []
    for key in ("a", "b"):
        with engine.transaction() as change:
            change.append("asked", engine.bring(row(key, "1.0000")))
        counts += [engine.arrow(engine.table("asked").select("key")).num_rows for _ in "xx"]
    assert counts == [1, 1, 2, 2]


def test_create_adds_the_columns_that_lack(engine: Engine) -> None:
    engine.create("grown", {"key": "string"})
    engine.create("grown", {"key": "string", "amount": "decimal(18, 4)"})
    assert "grown" in engine.tables()
    assert list(engine.table("grown").columns) == ["key", "amount"]


def test_capabilities_are_of_the_closed_list(engine: Engine) -> None:
    assert engine.capabilities <= set(Capability)
    assert Capability.TRANSACTIONS in engine.capabilities
