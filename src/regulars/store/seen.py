"""What was seen of a source's events before: deliveries, links between visitors and people, and each person's traits.

A client that gets no answer sends its events again, with other times and perhaps from another address. The first
delivery's stamps are kept here by the event's own number, so that a second one becomes the very same row; SQLite, durable.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Self

from regulars.store.spool import folder_of

__all__ = ["MEMORY", "Seen", "Sight", "Trait", "forget_people"]

MEMORY = "seen.sqlite"  # its name beside a source's segments

_SCHEMA = """
CREATE TABLE IF NOT EXISTS event (
    id BLOB PRIMARY KEY, content BLOB NOT NULL, stamps TEXT NOT NULL, at TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS event_at ON event (at);
CREATE TABLE IF NOT EXISTS link (pair BLOB PRIMARY KEY, event BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS trait (
    person TEXT, name TEXT, value TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (person, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS number (last INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Sight:
    """One delivery of one event: its number, its content, and the door's stamps (when, from where) as a text."""

    number: str
    content: str
    stamps: str
    at: str


@dataclass(frozen=True, slots=True)
class Trait:
    """One trait that was told of a person: its value as JSON, and when."""

    name: str
    value: str
    at: str


class Seen:
    """The memory of one source's events; a context manager that commits when all went well."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA secure_delete = ON")
        self._db.executescript(_SCHEMA)

    def __enter__(self) -> Self:
        self._db.execute("BEGIN IMMEDIATE")
        return self

    def __exit__(self, kind: type[BaseException] | None, *of: object) -> None:
        self._db.execute("ROLLBACK" if kind else "COMMIT")
        self._db.close()

    def first(self, sight: Sight) -> str:
        """The stamps of the first delivery with this number and content; of this one where the content is another."""
        number, content = _short(sight.number), _short(sight.content)
        row = (number, content, sight.stamps, sight.at)
        if self._db.execute("INSERT OR IGNORE INTO event VALUES (?, ?, ?, ?)", row).rowcount:
            return sight.stamps
        known = self._db.execute("SELECT content, stamps FROM event WHERE id = ?", (number,)).fetchone()
        return str(known[1]) if known[0] == content else sight.stamps

    def linked(self, visitor: str, person: str, *, event: str) -> bool:
        """Whether the event of this number is the first that links the two; delivered again, it still is."""
        pair, number = _short(f"{visitor}\0{person}"), _short(event)
        self._db.execute("INSERT OR IGNORE INTO link VALUES (?, ?)", (pair, number))
        found = self._db.execute("SELECT event FROM link WHERE pair = ?", (pair,)).fetchone()
        return bool(found[0] == number)

    def told(self, person: str, traits: Iterable[Trait]) -> dict[str, str]:
        """Remember traits of a person, the later one of each name winning; returns all that are known, as JSON."""
        self._db.executemany(
            "INSERT INTO trait VALUES (?, ?, ?, ?) ON CONFLICT (person, name) DO UPDATE "
            "SET value = excluded.value, at = excluded.at WHERE excluded.at >= trait.at",
            [(person, each.name, each.value, each.at) for each in traits],
        )
        rows = self._db.execute("SELECT name, value FROM trait WHERE person = ? ORDER BY name", (person,))
        return dict(rows.fetchall())

    def next_number(self) -> int:
        """A number that grows from call to call."""
        row = self._db.execute("SELECT last FROM number").fetchone()
        last = row[0] + 1 if row else 1
        self._db.execute("UPDATE number SET last = ?" if row else "INSERT INTO number VALUES (?)", (last,))
        return int(last)

    def forget_events(self, before: str) -> None:
        """Drop the stamps of events that were first seen before an instant: nobody sends them again."""
        self._db.execute("DELETE FROM event WHERE at < ?", (before,))

    def forget_person(self, person: str) -> int:
        """Drop every trait of a person; returns how many there were."""
        return self._db.execute("DELETE FROM trait WHERE person = ?", (person,)).rowcount


def forget_people(home: Path, people: Iterable[tuple[str, str]]) -> int:
    """Drop what the memories of event sources know of people, bytes included; returns how many traits there were.

    Args:
        home: the folder with the spools.
        people: (source, the person's id there).
    """
    dropped = 0
    for source, person in sorted(people):
        path = folder_of(home, source) / MEMORY
        if path.exists():
            with Seen(path) as seen:
                dropped += seen.forget_person(person)
    return dropped


def _short(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
