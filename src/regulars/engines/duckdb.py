"""The default engine: DuckDB inside the process, one file, one owner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from regulars.engines.protocol import Capability
from regulars.kernel.errors import BusyError, EngineError

__all__ = ["DuckDBEngine"]

_SNAPSHOT = "regulars_snapshot"


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
        self._con = _connect(path, self._settings(memory, threads))
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
        return self._con.table(name)

    def create(self, name: str, schema: Mapping[str, str]) -> None:
        """Make the table, or add the columns that it lacks."""
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

    def parquet(self, paths: Sequence[Path]) -> ir.Table:
        """Staged Parquet files as one table."""
        return self._con.read_parquet([str(path.resolve()) for path in paths], table_name=self._name("parquet"))

    def bring(self, rows: pa.Table) -> ir.Table:
        """Local rows, staged as Parquet and read from there."""
        path = self._staging / f"{self._name('bring')}.parquet"
        pq.write_table(_typed(rows), path)
        return self.keep(self.parquet([path]))

    def keep(self, rows: ir.Table) -> ir.Table:
        """Run into a temporary table."""
        name = self._name("keep")
        self._con.create_table(name, rows, temp=True)
        self._kept.append(name)
        return self._con.table(name)

    def tidy(self) -> None:
        """Drop what `keep` and `bring` left behind; called after each verb."""
        while self._kept:
            self._raw.execute(f"DROP TABLE IF EXISTS temp.{_quoted(self._kept.pop())}")
        for path in self._staging.glob(f"*_{id(self):x}_*.parquet"):
            path.unlink(missing_ok=True)

    def arrow(self, rows: ir.Table) -> pa.Table:
        """Run and fetch the whole answer."""
        return self._con.to_pyarrow(rows)

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
            yield _DuckDBTransaction(self._con)
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
    def __init__(self, con: Any) -> None:
        self._con, self._raw = con, con.con

    def append(self, table: str, rows: ir.Table) -> int:
        """INSERT by name."""
        sql = f"INSERT INTO {_quoted(table)} BY NAME {self._con.compile(rows)}"
        return _count(self._raw.execute(sql))

    def end(self, table: str, match: ir.Table, on: Sequence[str]) -> int:
        """Close open rows in place."""
        same = " AND ".join(f"old.{_quoted(each)} IS NOT DISTINCT FROM new.{_quoted(each)}" for each in on)
        sql = (
            f"UPDATE {_quoted(table)} AS old SET known_until = new.known_until FROM ({self._con.compile(match)}) AS new "
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


def _count(result: Any) -> int:
    row = result.fetchone()
    return int(row[0]) if row else 0


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _typed(rows: pa.Table) -> pa.Table:
    """A column of nothing but nulls has no type that Parquet readers agree on: call it text."""
    fields = [pa.field(f.name, pa.string() if pa.types.is_null(f.type) else f.type) for f in rows.schema]
    return rows.cast(pa.schema(fields))
