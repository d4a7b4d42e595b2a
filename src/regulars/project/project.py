"""An open project: its configuration, its warehouse, its landing and its book, and nothing that computes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from regulars.engines.protocol import Engine
from regulars.project.config import Config, read_config
from regulars.project.engine import open_engine
from regulars.store.control import Book
from regulars.store.journal import Journal
from regulars.store.landing import Landing
from regulars.store.lock import Lock
from regulars.store.upkeep import Upkeep
from regulars.store.warehouse import Cut, Warehouse, end_of

__all__ = ["Outside", "Progress", "Project", "home"]

Progress = Callable[[str, int, int], None]


def silent(text: str, done: int, total: int) -> None:
    """Progress that nobody wants to hear."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What a door hands in: the clock, the environment, and where to say progress."""

    environ: Mapping[str, str]
    now: Callable[[], datetime]
    progress: Progress = silent


def home(root: Path) -> Path:
    """The folder for what Regulars keeps beside the warehouse: book, landing, models, lock."""
    return root / ".regulars"


class Project:
    """One project, open and locked until `close`.

    Args:
        root: the folder with `regulars.toml`.
        outside: clock, environment, progress.
        verb: who holds the lock, for others to read.

    Raises:
        BusyError: another process holds it.
        ConfigError: `regulars.toml` is wrong.
        NotFoundError: there is no project.
    """

    def __init__(self, root: Path, outside: Outside, *, verb: str) -> None:
        self.root, self.outside = root.resolve(), outside
        self.config: Config = read_config(self.root, outside.environ)
        home(self.root).mkdir(exist_ok=True)
        self._lock = Lock(home(self.root) / "lock", _who(outside, verb))
        self._opened: list[Any] = []

    @property
    def now(self) -> datetime:
        """This instant, UTC without zone, as the warehouse stores it."""
        return self.outside.now().astimezone(UTC).replace(tzinfo=None)

    @cached_property
    def engine(self) -> Engine:
        """The engine of the configuration, opened when first needed."""
        engine = open_engine(self.config)
        self._opened.append(engine)
        return engine

    @cached_property
    def warehouse(self) -> Warehouse:
        """The warehouse, brought to this release's shape."""
        warehouse = Warehouse(self.engine)
        warehouse.migrate(self.now)
        return warehouse

    @cached_property
    def book(self) -> Book:
        """Receipts of what has landed."""
        book = Book(home(self.root) / "book.sqlite")
        self._opened.append(book)
        return book

    def upkeep(self) -> Upkeep:
        """What erasure asks of the book, in a `with`."""
        return Upkeep(home(self.root) / "book.sqlite")

    @cached_property
    def journal(self) -> Journal:
        """Answers and launches."""
        journal = Journal(home(self.root) / "book.sqlite")
        self._opened.append(journal)
        return journal

    @cached_property
    def landing(self) -> Landing:
        """The landing folder."""
        return Landing(self.root / "landing")

    def cut(self, as_of: date | None = None, known: date | None = None, *, junk: bool = False) -> Cut:
        """The warehouse as of a business day and as known by the end of a day; `junk` keeps what is marked as junk."""
        instant = end_of(known, self.config.section("project")["timezone"]) if known else None
        return Cut(self.warehouse, as_of, instant, frozenset() if junk else self.junky())

    def junky(self) -> frozenset[str]:
        """The contracts with rows that are marked as junk, or were."""
        return self.warehouse.once("junk", self._junky)

    def _junky(self) -> frozenset[str]:
        found = self.engine.arrow(self.warehouse.history("junk").select("contract").distinct())
        return frozenset(found["contract"].to_pylist())

    def reread(self) -> None:
        """Read `regulars.toml` again: a server outlives many edits of it."""
        self.config = read_config(self.root, self.outside.environ)

    def close(self) -> None:
        """Close what was opened and let go of the lock."""
        for each in reversed(self._opened):
            each.close()
        self._lock.release()


def _who(outside: Outside, verb: str) -> dict[str, Any]:
    since = outside.now().astimezone(UTC).isoformat(timespec="seconds")
    return {"pid": outside.environ.get("REGULARS_PID", "?"), "verb": f"regulars {verb}", "since": since}
