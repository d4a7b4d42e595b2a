"""DuckDB files of others, opened to be read only, locked away from every other file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb

from regulars.kernel.errors import BusyError, DataError

__all__ = ["ForeignDuckDB"]


class ForeignDuckDB:
    """One foreign file inside one transaction, so that all its tables are read as they were at one moment.

    Args:
        path: the file.
        zone: the time zone in which instants are written.
        temp: an existing folder for what does not fit into memory.
        memory: DuckDB's memory limit.

    Raises:
        DataError: it is not there, or no DuckDB file that this version reads.
        BusyError: another process holds it.
    """

    def __init__(self, path: Path, *, zone: str, temp: Path, memory: str = "1GB") -> None:
        if not path.is_file():
            raise DataError(f"There is no file {path}.", fix="Correct `url`, or put the file there.")
        self._path = path
        try:
            self._connection = duckdb.connect(str(path), read_only=True, config=_settings(temp, memory))
        except duckdb.Error as problem:
            raise self._closed(problem) from None
        self._connection.execute(f"SET TimeZone = '{zone.replace(chr(39), '')}'")
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET lock_configuration = true")
        self._connection.execute("BEGIN TRANSACTION")

    def columns(self, rows: str) -> list[tuple[str, str]]:
        """Name and type of the columns of a FROM item.

        Raises:
            DataError: it cannot be read.
        """
        return [(row[0], row[1]) for row in self._run(f"DESCRIBE SELECT * FROM {rows}").fetchall()]

    def pieces(self, sql: str, size: int) -> Iterator[Sequence[tuple[Any, ...]]]:
        """A large answer, piece by piece.

        Raises:
            DataError: the statement cannot be run.
        """
        try:
            reader = self._run(sql).to_arrow_reader(size)
            for batch in reader:
                yield list(zip(*(column.to_pylist() for column in batch.columns), strict=True))
        except duckdb.Error as problem:
            raise self._refusal(problem) from None

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _run(self, sql: str) -> Any:
        try:
            return self._connection.execute(sql)
        except duckdb.Error as problem:
            raise self._refusal(problem) from None

    def _refusal(self, problem: Exception) -> DataError:
        return DataError(f"duckdb:///{self._path} refuses the query: {_line(problem)}.")

    def _closed(self, problem: Exception) -> DataError | BusyError:
        said = _line(problem)
        if "lock" in said.lower():
            return BusyError(f"Another process holds {self._path}.", fix="Let it end, or read a copy of the file.")
        if "different configuration" in said:
            fix = 'Use a source of kind = "table" for what lies in the project\'s own warehouse.'
            return DataError(f"{self._path} is the file of this project's own warehouse.", fix=fix)
        return DataError(f"{self._path} cannot be opened as a DuckDB file: {said}", fix="Correct `url`.")


def _line(problem: Exception) -> str:
    return str(problem).splitlines()[0].rstrip(".!")


def _settings(temp: Path, memory: str) -> dict[str, Any]:
    return {
        "memory_limit": memory,
        "temp_directory": str(temp),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
    }
