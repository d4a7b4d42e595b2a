"""What is rewritten is gone to the last byte, and everything else stays."""

from __future__ import annotations

import itertools
from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from regulars.engines.duckdb import DuckDBEngine
from regulars.engines.protocol import Engine

NUMBERS = itertools.count()


def filled(engine: Engine, count: int = 3) -> tuple[str, str]:
    """Two tables of one text column each."""
    names = (f"left_{next(NUMBERS)}", f"right_{next(NUMBERS)}")
    for name in names:
        engine.create(name, {"word": "string", "n": "decimal(18, 4)", "known_until": "timestamp"})
    engine.settle()
    with engine.transaction() as work:
        for name in names:
            work.append(name, engine.bring(pa.table({"word": [f"secret{each:04d}" for each in range(count)]})))
    return names


def words(engine: Engine, name: str) -> list[str]:
    found: list[str] = engine.arrow(engine.table(name).select("word"))["word"].to_pylist()
    return sorted(found)


def test_rows_go_and_others_stay(engine: Engine) -> None:
    one, two = filled(engine)
    before = engine.snapshot()
    engine.rewrite({one: engine.table(one).filter(ibis._.word != "secret0001")})
    assert words(engine, one) == ["secret0000", "secret0002"]
    assert len(words(engine, two)) == 3
    assert engine.snapshot() != before
    with engine.transaction() as work:
        work.append(one, engine.bring(pa.table({"word": ["new"]})))
    assert words(engine, one) == ["new", "secret0000", "secret0002"]


def test_no_byte_is_left_in_the_file(tmp_path: Path) -> None:
    engine = DuckDBEngine(tmp_path / "w.duckdb", staging=tmp_path / "staging", memory="500MB")
    engine._raw.execute("PRAGMA force_compression = 'uncompressed'")
    one, _ = filled(engine, 5000)
    engine._raw.execute("CHECKPOINT")
    assert b"secret0777" in (tmp_path / "w.duckdb").read_bytes()
    engine.rewrite({name: engine.table(name).filter(ibis._.word != "secret0777") for name in engine.tables()})
    assert len(words(engine, one)) == 4999
    engine.close()
    left = [path for path in tmp_path.rglob("*") if path.is_file() and b"secret0777" in path.read_bytes()]
    assert left == []


def test_a_failing_rewrite_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = DuckDBEngine(tmp_path / "w.duckdb", staging=tmp_path / "staging", memory="500MB")
    one, two = filled(engine)
    monkeypatch.setattr("regulars.engines.duckdb._sync", _full)
    with pytest.raises(OSError, match="full"):
        engine.rewrite({one: engine.table(one).limit(0)})
    assert len(words(engine, one)) == len(words(engine, two)) == 3
    engine.close()


def _full(path: Path) -> None:
    raise OSError("the disk is full")
