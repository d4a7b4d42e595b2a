"""The control book: receipts of what has landed. SQLite, durable.

The warehouse's own `batch` rows are the truth of what is loaded; the book says what has landed and still waits, and is
reconciled with the warehouse at every start.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

__all__ = ["Book", "Files", "Receipt"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS receipt (
    batch TEXT PRIMARY KEY, sha256 TEXT NOT NULL, source TEXT NOT NULL, contract TEXT NOT NULL, mapping TEXT NOT NULL,
    file TEXT NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL, settings TEXT NOT NULL, state TEXT NOT NULL,
    landed_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS seen (
    source TEXT, mapping TEXT, file TEXT, size INTEGER, mtime INTEGER, batch TEXT, PRIMARY KEY (source, mapping, file));
CREATE TABLE IF NOT EXISTS feed (source TEXT, mapping TEXT, PRIMARY KEY (source, mapping));
CREATE TABLE IF NOT EXISTS gone (source TEXT, mapping TEXT, file TEXT, PRIMARY KEY (source, mapping, file));
CREATE TABLE IF NOT EXISTS memory (
    source TEXT, mapping TEXT, name TEXT, value TEXT NOT NULL, PRIMARY KEY (source, mapping, name));
"""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One landed file for one mapping; state is landed, loaded or held."""

    batch: str
    sha256: str
    source: str
    contract: str
    mapping: str
    file: str
    size: int
    mtime: int
    settings: str
    state: str


def _receipt(db: sqlite3.Connection, batch: str) -> Receipt | None:
    row = db.execute(f"SELECT {', '.join(Receipt.__slots__)} FROM receipt WHERE batch = ?", (batch,)).fetchone()
    return Receipt(*row) if row else None


class Files:
    """What each mapping ever brought, by the names of its files; part of the book."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def unchanged(self, *, source: str, mapping: str, file: str, size: int, mtime: int) -> str | None:
        """The batch that this very file (same name, size and time) made before, or None when it must be read."""
        row = self._db.execute(
            "SELECT batch FROM seen WHERE source = ? AND mapping = ? AND file = ? AND size = ? AND mtime = ?",
            (source, mapping, file, size, mtime),
        ).fetchone()
        return row[0] if row else None

    def seen(self, source: str, mapping: str) -> dict[str, str]:
        """File names that this mapping ever brought, each with the batch it made last."""
        rows = self._db.execute("SELECT file, batch FROM seen WHERE source = ? AND mapping = ?", (source, mapping))
        return dict(rows.fetchall())

    def last(self, source: str, mapping: str, *, file: str) -> Receipt | None:
        """The receipt of what a file of that name brought last."""
        row = self._db.execute(
            "SELECT batch FROM seen WHERE source = ? AND mapping = ? AND file = ?", (source, mapping, file)
        ).fetchone()
        return _receipt(self._db, row[0]) if row else None

    def vanished(self, source: str, mapping: str, *, there: Iterable[str]) -> list[str]:
        """File names that this mapping brought before, that are not there now, and that were not told yet."""
        place, now = (source, mapping), set(there)
        rows = self._db.execute("SELECT file FROM gone WHERE source = ? AND mapping = ?", place).fetchall()
        told = {row[0] for row in rows}
        missing = set(self.seen(source, mapping)) - now
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            for file in told - missing:
                self._db.execute("DELETE FROM gone WHERE source = ? AND mapping = ? AND file = ?", (*place, file))
            self._db.executemany("INSERT INTO gone VALUES (?, ?, ?)", [(*place, each) for each in missing - told])
        return sorted(missing - told)


class Book:
    """The control book of one project; `files` is its part about names of files."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_SCHEMA)
        self.files = Files(self._db)

    def take(self, receipt: Receipt, at: datetime) -> None:
        """Write a receipt (again: replace it) and remember the file that brought it, in one transaction."""
        row = (
            *(getattr(receipt, name) for name in Receipt.__slots__),
            at.isoformat(),
        )
        seen = (receipt.source, receipt.mapping, receipt.file, receipt.size, receipt.mtime, receipt.batch)
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute(f"INSERT OR REPLACE INTO receipt VALUES ({', '.join('?' * len(row))})", row)
            self._db.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?, ?)", seen)

    def mark(self, batch: str, state: str, *, settings: str | None = None) -> None:
        """Move a receipt to another state; `settings`: under which its rows are read now."""
        sql = "UPDATE receipt SET state = ?, settings = coalesce(?, settings) WHERE batch = ?"
        self._db.execute(sql, (state, settings, batch))

    def receipts(self, *, state: str | None = None, source: str | None = None) -> list[Receipt]:
        """Receipts in the order of landing."""
        found = self._db.execute(
            f"SELECT {', '.join(Receipt.__slots__)} FROM receipt "
            "WHERE (? IS NULL OR state = ?) AND (? IS NULL OR source = ?) ORDER BY landed_at, file, batch",
            (state, state, source, source),
        )
        return [Receipt(*row) for row in found]

    def receipt(self, batch: str) -> Receipt | None:
        """One receipt, or None."""
        return _receipt(self._db, batch)

    def captured_before(self, source: str, mapping: str) -> bool:
        """Whether a capture of this mapping was ever finished."""
        row = self._db.execute("SELECT 1 FROM feed WHERE source = ? AND mapping = ?", (source, mapping)).fetchone()
        return row is not None

    def finish_capture(self, source: str, mapping: str) -> None:
        """Remember that everything this mapping had at first is loaded."""
        self._db.execute("INSERT OR IGNORE INTO feed VALUES (?, ?)", (source, mapping))

    def recall(self, source: str, mapping: str, *, name: str) -> str | None:
        """What a source remembered of a mapping (a cursor, say), or None."""
        row = self._db.execute(
            "SELECT value FROM memory WHERE source = ? AND mapping = ? AND name = ?", (source, mapping, name)
        ).fetchone()
        return row[0] if row else None

    def remember(self, source: str, mapping: str, *, name: str, value: str) -> None:
        """Remember it, durably."""
        self._db.execute("INSERT OR REPLACE INTO memory VALUES (?, ?, ?, ?)", (source, mapping, name, value))

    def reconcile(self, loaded: Iterable[str], held: Iterable[str]) -> list[str]:
        """Make the receipts agree with the warehouse; returns the batches whose rows must be loaded (again)."""
        states = {**dict.fromkeys(loaded, "loaded"), **dict.fromkeys(held, "held")}
        for receipt in self.receipts():
            truth = states.get(receipt.batch, "landed")
            if receipt.state != truth:
                self.mark(receipt.batch, truth)
        return [receipt.batch for receipt in self.receipts(state="landed")]

    def close(self) -> None:
        """Close the file."""
        self._db.close()
