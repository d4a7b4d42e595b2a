"""Upkeep of the control book: what retention and erasure ask of it, and of its bytes."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Self

__all__ = ["Upkeep"]


class Upkeep:
    """The control book's file, opened beside the book for as long as something is erased; a context manager."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA secure_delete = ON")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *of: object) -> None:
        self._db.close()

    def landed_at(self) -> dict[str, datetime]:
        """Batch -> when it was landed last, UTC without zone."""
        rows = self._db.execute("SELECT batch, landed_at FROM receipt").fetchall()
        return {batch: datetime.fromisoformat(at) for batch, at in rows}

    def see_again(self, source: str, mapping: str, *, file: str, size: int, mtime: int) -> None:
        """Remember the new size and time of a file that was rewritten and is still the same delivery."""
        self._db.execute(
            "UPDATE seen SET size = ?, mtime = ? WHERE source = ? AND mapping = ? AND file = ?",
            (size, mtime, source, mapping, file),
        )

    def scrub(self) -> None:
        """Leave no byte of what was deleted in the file or its log."""
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._db.execute("VACUUM")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
