"""A DuckDB that lives in memory for as long as one parsing child does, and reaches nothing but local files.

Capture types raw files with it on every engine, so that a wrong date reads the same everywhere. It is not an `Engine`:
it keeps nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from regulars.kernel.errors import EngineError

__all__ = ["Scratch", "scratch"]


class Scratch:
    """One locked-down connection; SQL comes in with every name and text quoted by the caller."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def run(self, sql: str) -> None:
        """Run a statement for its effect; EngineError carries DuckDB's own words."""
        try:
            self._connection.execute(sql)
        except duckdb.Error as error:
            raise EngineError(f"DuckDB could not run a step of parsing: {error}") from error

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Run a question and fetch the whole answer, which must be small."""
        try:
            return self._connection.execute(sql).fetchall()
        except duckdb.Error as error:
            raise EngineError(f"DuckDB could not run a step of parsing: {error}") from error

    def one(self, sql: str) -> tuple[Any, ...]:
        """The first row of a small answer."""
        return self.rows(sql)[0]

    def batches(self, sql: str, size: int = 10_000) -> Iterator[pa.RecordBatch]:
        """Run a question and fetch it piece by piece."""
        try:
            yield from self._connection.execute(sql).to_arrow_reader(size)
        except duckdb.Error as error:
            raise EngineError(f"DuckDB could not run a step of parsing: {error}") from error

    def take(self, name: str, rows: pa.Table) -> None:
        """Local rows as a table of its own."""
        self._connection.register("taken", rows)
        self.run(f'CREATE OR REPLACE TABLE "{name}" AS SELECT * FROM taken')
        self._connection.unregister("taken")

    def table(self, sql: str) -> pa.Table:
        """Run a question and fetch the whole answer."""
        try:
            return self._connection.execute(sql).to_arrow_table()
        except duckdb.Error as error:
            raise EngineError(f"DuckDB could not run a step of linking: {error}") from error

    @property
    def native(self) -> duckdb.DuckDBPyConnection:
        """The driver's own connection, for a library that speaks nothing else (Splink)."""
        return self._connection

    def close(self) -> None:
        """Let the memory go."""
        self._connection.close()


def scratch(memory: str, threads: int, *, temp: Path) -> Scratch:
    """An in-memory DuckDB for parsing: no extensions are fetched or loaded, spills go to `temp`.

    Args:
        memory: DuckDB's memory limit, e.g. "1GB".
        threads: worker threads.
        temp: an existing folder for spilled data.

    >>> import tempfile
    >>> scratch("200MB", 1, temp=Path(tempfile.mkdtemp())).one("select 1 + 1")
    (2,)
    """
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": memory,
            "threads": threads,
            "temp_directory": str(temp),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "preserve_insertion_order": True,
            "enable_external_file_cache": False,  # a path may be written anew
        },
    )
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET lock_configuration = true")
    return Scratch(connection)
