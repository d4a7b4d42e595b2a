"""SQLite files of others, opened to be read only: what they hold, in one state of the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from regulars.kernel.errors import BusyError, DataError

__all__ = ["ForeignSQLite"]


class ForeignSQLite:
    """One foreign file inside one read transaction, so that all its tables are read as they were at one moment.

    Args:
        path: the file.

    Raises:
        DataError: it is not there, or no SQLite file.
        BusyError: another process writes it and does not let readers in.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise DataError(f"There is no file {path}.", fix="Correct `url`, or put the file there.")
        self._path = path
        self._connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
        self._connection.text_factory = _text
        try:
            self._connection.execute("BEGIN")
            self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.Error as problem:
            self._connection.close()
            raise self._refusal(problem) from None

    def names(self, sql: str) -> list[str]:
        """The names of the columns that a statement gives.

        Raises:
            DataError: the statement cannot be run.
        """
        try:
            return [each[0] for each in self._connection.execute(sql).description or ()]
        except sqlite3.Error as problem:
            raise self._refusal(problem) from None

    def pieces(self, sql: str, size: int) -> Iterator[Sequence[tuple[Any, ...]]]:
        """A large answer, piece by piece: integers, floats, texts, bytes and None.

        Raises:
            DataError: the statement cannot be run, or a text is not UTF-8.
        """
        try:
            cursor = self._connection.execute(sql)
            while piece := cursor.fetchmany(size):
                yield piece
        except (sqlite3.Error, UnicodeDecodeError) as problem:
            raise self._refusal(problem) from None

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _refusal(self, problem: Exception) -> DataError | BusyError:
        if "locked" in str(problem):
            return BusyError(f"{self._path} is being written by another process.", fix="Try again later.")
        if isinstance(problem, UnicodeDecodeError):
            said = "a text is not UTF-8: read that column with CAST(... AS BLOB), or mend it"
        else:
            said = str(problem)
        return DataError(f"sqlite:///{self._path} refuses the query: {said}.")


def _text(raw: bytes) -> str:
    return raw.decode()
