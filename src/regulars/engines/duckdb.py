"""The default engine: DuckDB inside the process, one file, one owner."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb.converter import DuckDBPyArrowData

from regulars.engines.protocol import Capability
from regulars.kernel.errors import BusyError, EngineError

__all__ = ["DuckDBEngine"]

_SNAPSHOT = "regulars_snapshot"
_PLANS = 500  # compiled questions that are remembered


class DuckDBEngine:
    """An `Engine` over one DuckDB file.

    Args:
        path: the warehouse file, or None for memory.
        staging: folder for staged Parquet; the only place from which the engine reads files.
        memory: DuckDB's memory limit, e.g. "3GB"; beyond it, work spills to `staging`.
        threads: worker threads.

    Raises:
        BusyError: another process holds the file.
        EngineError: the file cannot be opened.
    """

    API: ClassVar[int] = 1
    name = "duckdb"
    capabilities = frozenset({Capability.TRANSACTIONS, Capability.UPDATE_IN_PLACE, Capability.POINT_LOOKUPS})

    def __init__(self, path: Path | None, *, staging: Path, memory: str = "3GB", threads: int = 2) -> None:
        staging.mkdir(parents=True, exist_ok=True)
        self._staging, self._numbers = staging.resolve(), count(1)
        self._kept: list[str] = []
        self._path, self._options = path, self._settings(memory, threads)
        self._open()

    def _open(self) -> None:
        self._stored: dict[str, ir.Table] = {}
        self._types: dict[str, Any] = {}
        self._viewed: list[str] = []
        self._plans: dict[ops.Node, str] = {}
        self._con = _connect(self._path, self._options)
        self._raw = self._con.con
        self._raw.execute("SET TimeZone = 'UTC'")
        self._raw.execute(f"SET allowed_directories = ['{str(self._staging).replace(chr(39), chr(39) * 2)}']")
        self._raw.execute("SET enable_external_access = false")
        self._raw.execute(f"CREATE TABLE IF NOT EXISTS {_SNAPSHOT} AS SELECT 0::BIGINT AS id")

    def _settings(self, memory: str, threads: int) -> dict[str, Any]:
        return {
            "memory_limit": memory,
            "threads": threads,
            "temp_directory": str(self._staging / "spill"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }

    def tables(self) -> list[str]:
        """Names of the stored tables."""
        found = self._raw.execute(
            "SELECT table_name FROM duckdb_tables() WHERE NOT temporary AND NOT internal ORDER BY 1"
        ).fetchall()
        return [name for (name,) in found if name != _SNAPSHOT]

    def table(self, name: str) -> ir.Table:
        """A stored table with all its rows."""
        if name not in self._stored:
            self._stored[name] = self._described(name)
        return self._stored[name]

    @property
    def native(self) -> Any:
        """DuckDB's own connection."""
        return self._raw

    def _described(self, name: str) -> ir.Table:
        # What ibis does too, but it reads each column's type anew, which costs more than most questions.
        found = self._raw.execute(f"DESCRIBE {_quoted(name)}").fetchall()
        schema = ibis.schema({row[0]: self._type(row[1]) for row in found})
        return ops.DatabaseTable(name, schema=schema, source=self._con, namespace=ops.Namespace()).to_expr()

    def _type(self, text: str) -> Any:
        if text not in self._types:
            self._types[text] = self._con.compiler.type_mapper.from_string(text)
        return self._types[text]

    def create(self, name: str, schema: Mapping[str, str]) -> None:
        """Make the table, or add the columns that it lacks."""
        self._stored.pop(name, None)
        if name not in self.tables():
            columns = ", ".join(f"{_quoted(each)} {self._sql_type(dtype)}" for each, dtype in schema.items())
            self._raw.execute(f"CREATE TABLE {_quoted(name)} ({columns})")
        else:
            self._add_columns(name, schema)

    def settle(self) -> None:
        """CHECKPOINT: a log with changed tables in it is the one that does not always come back."""
        self._raw.execute("CHECKPOINT")

    def _sql_type(self, dtype: str) -> str:
        return str(self._con.compiler.type_mapper.from_ibis(ibis.dtype(dtype)).sql("duckdb"))

    def _add_columns(self, name: str, schema: Mapping[str, str]) -> None:
        there = set(self.table(name).columns)
        for column, dtype in schema.items():
            if column not in there:
                self._raw.execute(f"ALTER TABLE {_quoted(name)} ADD COLUMN {_quoted(column)} {self._sql_type(dtype)}")
        self._stored.pop(name, None)

    def query(self, select: str) -> ir.Table:
        """What a select gives; it reaches no file but the warehouse."""
        try:
            return self._con.sql(select)
        except duckdb.Error as problem:
            raise EngineError(str(problem).splitlines()[0]) from problem

    def parquet(self, paths: Sequence[Path]) -> ir.Table:
        """Staged Parquet files as one table."""
        name = self._name("parquet")
        files = ", ".join(_text(path.resolve()) for path in paths)
        self._raw.execute(f"CREATE TEMP VIEW {_quoted(name)} AS FROM read_parquet([{files}])")
        self._viewed.append(name)
        return self._described(name)

    def bring(self, rows: pa.Table) -> ir.Table:
        """Local rows, staged as Parquet and read from there."""
        path = self._staging / f"{self._name('bring')}.parquet"
        pq.write_table(_typed(rows), path)
        return self._kept_as(self._name("keep"), f"FROM read_parquet({_text(path)})")

    def keep(self, rows: ir.Table) -> ir.Table:
        """Run into a temporary table."""
        name = self._name("keep")
        if not rows.op().find(ops.InMemoryTable):
            return self._kept_as(name, self.sql(rows))
        self._con.create_table(name, rows, temp=True)
        self._kept.append(name)
        return self._described(name)

    def _kept_as(self, name: str, select: str) -> ir.Table:
        self._raw.execute(f"CREATE TEMP TABLE {_quoted(name)} AS {select}")
        self._kept.append(name)
        return self._described(name)

    def tidy(self) -> None:
        """Drop what `keep` and `bring` left behind; called after each verb."""
        while self._kept:
            self._raw.execute(f"DROP TABLE IF EXISTS temp.{_quoted(self._kept.pop())}")
        while self._viewed:
            self._raw.execute(f"DROP VIEW IF EXISTS temp.{_quoted(self._viewed.pop())}")
        for path in self._staging.glob(f"*_{id(self):x}_*.parquet"):
            path.unlink(missing_ok=True)

    def arrow(self, rows: ir.Table) -> pa.Table:
        """Run and fetch the whole answer."""
        if rows.op().find(ops.InMemoryTable):
            return self._con.to_pyarrow(rows)
        found = self._raw.sql(self.sql(rows)).to_arrow_table()
        return rows.__pyarrow_result__(found, data_mapper=DuckDBPyArrowData)

    def sql(self, rows: ir.Table) -> str:
        """The SQL of an expression; one that differs from an earlier one in nothing but kept tables costs little."""
        node = rows.op()
        mark = f"_{id(self):x}_"  # in the names of what is kept for a while only
        if isinstance(node, ops.DatabaseTable) and mark in node.name:
            return f"SELECT * FROM {_quoted(node.name)}"
        found = [each for each in node.find(ops.DatabaseTable) if mark in each.name]
        stands = {each: f"regulars_stand_{place}_" for place, each in enumerate(found)}
        plain = node.replace({each: each.copy(name=stand) for each, stand in stands.items()}) if stands else node
        if plain not in self._plans:
            if len(self._plans) >= _PLANS:
                self._plans.clear()
            self._plans[plain] = self._con.compile(plain.to_expr())
        sql = self._plans[plain]
        for each, stand in stands.items():
            sql = sql.replace(stand, each.name)
        return sql

    def batches(self, rows: ir.Table) -> Iterator[pa.RecordBatch]:
        """Run and fetch piece by piece."""
        yield from self._con.to_pyarrow_batches(rows)

    def write(self, rows: ir.Table, path: Path) -> None:
        """Run into one Parquet file, streamed."""
        with pq.ParquetWriter(path, self._con.to_pyarrow_batches(rows.limit(0)).schema) as writer:
            for batch in self.batches(rows):
                writer.write_batch(batch)

    @contextmanager
    def transaction(self) -> Iterator[_DuckDBTransaction]:
        """BEGIN; COMMIT at the end, ROLLBACK when anything is raised."""
        self._raw.execute("BEGIN TRANSACTION")
        try:
            yield _DuckDBTransaction(self)
            self._raw.execute(f"UPDATE {_SNAPSHOT} SET id = id + 1")
            self._raw.execute("COMMIT")
        except duckdb.Error as problem:
            self._roll_back()
            raise EngineError(
                f"The warehouse refused to write: {problem}", fix="Nothing was changed; see `regulars doctor`."
            ) from problem
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        try:
            self._raw.execute("ROLLBACK")
        except duckdb.Error:  # the failing COMMIT already ended the transaction
            return

    def rewrite(self, tables: Mapping[str, ir.Table]) -> None:
        """Copy into a new file and rename it: DELETE and CHECKPOINT leave the old rows' bytes behind."""
        staged = {name: self._staging / f"{self._name('rewrite')}.parquet" for name in tables}
        for name, rows in tables.items():
            self.write(rows, staged[name])
        if self._path is None:
            self._replace(staged)
        else:
            self._kept.clear()
            self._con.disconnect()
            try:
                self._copy(self._path, staged)
            finally:
                self._open()
        for path in staged.values():
            path.unlink(missing_ok=True)

    def _replace(self, staged: Mapping[str, Path]) -> None:
        with self.transaction():
            for name, path in staged.items():
                self._raw.execute(f"DELETE FROM {_quoted(name)}")
                self._raw.execute(f"INSERT INTO {_quoted(name)} BY NAME FROM read_parquet({_text(path)})")

    def _copy(self, path: Path, staged: Mapping[str, Path]) -> None:
        part = path.with_name(f".{path.name}.part")
        _remove(part)
        with duckdb.connect(":memory:", config=self._options) as raw:
            raw.execute(f"ATTACH {_text(path)} AS old (READ_ONLY)")
            raw.execute(f"ATTACH {_text(part)} AS new")
            raw.execute("COPY FROM DATABASE old TO new (SCHEMA)")
            names = raw.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'old'").fetchall()
            for (name,) in names:
                source = f"read_parquet({_text(staged[name])})" if name in staged else f"old.main.{_quoted(name)}"
                raw.execute(f"INSERT INTO new.main.{_quoted(name)} BY NAME FROM {source}")
            raw.execute(f"UPDATE new.main.{_SNAPSHOT} SET id = id + 1")
            raw.execute("DETACH old")
            raw.execute("DETACH new")
        _sync(part)
        part.replace(path)
        _sync(path.parent)
        path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
        shutil.rmtree(self._staging / "spill", ignore_errors=True)

    def snapshot(self) -> str:
        """A number that grows with every commit."""
        row = self._raw.execute(f"SELECT id FROM {_SNAPSHOT}").fetchone()
        return str(row[0] if row else 0)

    def close(self) -> None:
        """Checkpoint and let go of the file."""
        self.tidy()
        self._con.disconnect()

    def _name(self, what: str) -> str:
        return f"{what}_{id(self):x}_{next(self._numbers)}"


class _DuckDBTransaction:
    def __init__(self, engine: DuckDBEngine) -> None:
        self._engine, self._raw = engine, engine.native

    def append(self, table: str, rows: ir.Table) -> int:
        """INSERT by name."""
        sql = f"INSERT INTO {_quoted(table)} BY NAME {self._engine.sql(rows)}"
        return _count(self._raw.execute(sql))

    def end(self, table: str, match: ir.Table, on: Sequence[str]) -> int:
        """Close open rows in place."""
        same = " AND ".join(f"old.{_quoted(each)} IS NOT DISTINCT FROM new.{_quoted(each)}" for each in on)
        sql = (
            f"UPDATE {_quoted(table)} AS old SET known_until = new.known_until FROM ({self._engine.sql(match)}) AS new "
            f"WHERE old.known_until IS NULL AND {same}"
        )
        return _count(self._raw.execute(sql))


def _connect(path: Path | None, settings: Mapping[str, Any]) -> Any:
    try:
        return ibis.duckdb.connect(":memory:" if path is None else str(path), **settings)
    except duckdb.IOException as problem:
        if "lock" in str(problem).lower():
            raise BusyError(
                f"Another process holds the warehouse {path}.", fix="Wait for it, or ask `regulars doctor` who it is."
            ) from problem
        raise EngineError(f"The warehouse {path} cannot be opened: {problem}") from problem


def _remove(path: Path) -> None:
    for each in (path, path.with_name(f"{path.name}.wal")):
        each.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _count(result: Any) -> int:
    row = result.fetchone()
    return int(row[0]) if row else 0


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _typed(rows: pa.Table) -> pa.Table:
    """A column of nothing but nulls has no type that Parquet readers agree on: call it text."""
    fields = [pa.field(f.name, pa.string() if pa.types.is_null(f.type) else f.type) for f in rows.schema]
    return rows.cast(pa.schema(fields))
