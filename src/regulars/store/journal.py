"""The journal: answers that were given, so that their figures can be opened later, and launches that were sent."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

__all__ = ["Journal"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS answer (id TEXT PRIMARY KEY, body TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS launch (
    campaign TEXT PRIMARY KEY, launch TEXT NOT NULL, state TEXT NOT NULL, body TEXT NOT NULL, at TEXT NOT NULL);
"""


class Journal:
    """The journal of one project; lies in the same SQLite file as the control book."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_SCHEMA)

    def keep_answer(self, key: str, body: Any, *, at: datetime) -> None:
        """Remember a given answer, so that its figures can be opened later."""
        self._db.execute("INSERT OR REPLACE INTO answer VALUES (?, ?, ?)", (key, json.dumps(body), at.isoformat()))

    def answer(self, key: str) -> Any | None:
        """An answer by its id, or None."""
        row = self._db.execute("SELECT body FROM answer WHERE id = ?", (key,)).fetchone()
        return json.loads(row[0]) if row else None

    def forget(self, words: Iterable[str]) -> int:
        """Delete the answers in which any of the texts stands; returns how many."""
        wanted = [json.dumps(each)[1:-1] for each in words]
        rows = self._db.execute("SELECT id, body FROM answer").fetchall()
        hit = [(key,) for key, body in rows if any(each in body for each in wanted)]
        self._db.execute("PRAGMA secure_delete = ON")
        self._db.executemany("DELETE FROM answer WHERE id = ?", hit)
        return len(hit)

    def older(self, at: datetime) -> int:
        """How many answers were given before an instant."""
        row = self._db.execute("SELECT count(*) FROM answer WHERE at < ?", (at.isoformat(),)).fetchone()
        return int(row[0])

    def drop_older(self, at: datetime) -> None:
        """Delete them."""
        self._db.execute("PRAGMA secure_delete = ON")
        self._db.execute("DELETE FROM answer WHERE at < ?", (at.isoformat(),))

    def keep_launch(self, campaign: str, launch: str, *, state: str, body: Any, at: datetime) -> None:
        """Remember where the launch of a campaign stands."""
        row = (campaign, launch, state, json.dumps(body), at.isoformat())
        self._db.execute("INSERT OR REPLACE INTO launch VALUES (?, ?, ?, ?, ?)", row)

    def launch(self, campaign: str) -> dict[str, Any] | None:
        """The launch of a campaign: {launch, state, body, at}, or None."""
        row = self._db.execute("SELECT launch, state, body, at FROM launch WHERE campaign = ?", (campaign,)).fetchone()
        return {"launch": row[0], "state": row[1], "body": json.loads(row[2]), "at": row[3]} if row else None

    def close(self) -> None:
        """Close the file."""
        self._db.close()
