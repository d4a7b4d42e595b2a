"""What a source has to offer: things that may be new, each with a name, a mark of its state, and a way to fetch its bytes.

A source kind is a module of `capture/sources` that ends with `SOURCE = ...()`. It never parses and never loads: what it
fetches is landed as it is, typed in the parsing child under the declared locale, and loaded exactly once by its content.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar, runtime_checkable

from regulars.capture.mapping import TableMapping
from regulars.engines.protocol import Engine

__all__ = ["ALWAYS", "Memory", "Offer", "Opened", "OwnTables", "Reachable", "Request", "Source", "nothing"]

ALWAYS = -1  # a mark that never counts as unchanged: the offer must be fetched to know


T = TypeVar("T")


class Opened:
    """What sources keep open for as long as one capture runs: a connection with its one snapshot, say."""

    def __init__(self) -> None:
        self._there: dict[Hashable, Any] = {}
        self._stack = ExitStack()

    def once(self, name: Hashable, make: Callable[[], AbstractContextManager[T]]) -> T:
        """What is open under that name, made and entered the first time."""
        if name not in self._there:
            self._there[name] = self._stack.enter_context(make())
        found: T = self._there[name]
        return found

    def close(self) -> None:
        """Leave everything, the last one first."""
        self._there.clear()
        self._stack.close()


class Memory(Protocol):
    """What a source remembers of one mapping between captures (a cursor, the etags of objects): texts by name."""

    def recall(self, name: str) -> str | None:
        """The remembered text, or None."""

    def remember(self, name: str, value: str) -> None:
        """Write it, durably."""


@dataclass(frozen=True, slots=True)
class Request:
    """One mapping of one source that wants to be read.

    Attributes:
        root: the project folder.
        section: the source's section of regulars.toml, secrets filled in.
        mapping: what is wanted; `mapping.pattern` is its `from`.
        environ: for settings that drivers expect there.
        folder: an existing folder for what is fetched; emptied after the capture.
        memory: what earlier captures of this mapping remembered.
        engine: the warehouse's engine, for data that already lies on it.
        now: the clock, UTC without zone.
        progress: text, done, total.
        timezone: the zone of instants without an offset.
        opened: what stays open until the capture ends.
    """

    root: Path
    section: Mapping[str, Any]
    mapping: TableMapping
    environ: Mapping[str, str]
    folder: Path
    memory: Memory
    engine: Engine
    now: Callable[[], datetime]
    progress: Callable[[str, int, int], None]
    timezone: str = "UTC"
    opened: Opened = field(default_factory=Opened)


def nothing() -> None:
    """What most offers do once they are loaded."""


def always() -> bool:
    """Most offers do not change while they are fetched."""
    return True


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that may be new.

    Attributes:
        name: stays the same between captures; its ending says the format ("lines/a.csv.gz", "orders.parquet").
        size, mark: the same as at the last capture = not fetched again; mark is the time of change in microseconds, or
            ALWAYS.
        fetch: gives a local path with its bytes.
        done: called after its rows (or the fact that it is held) are committed: moves a cursor on. A crash before it
            means that the same rows come again, which keys make harmless.
        still: asked after fetching: whether it is still what was offered; if not, it is left for the next capture.
        waits: why it is left for the next capture without being fetched; empty for most.
        notes: what else to tell about it.
    """

    name: str
    size: int
    mark: int
    fetch: Callable[[], Path]
    done: Callable[[], None] = nothing
    still: Callable[[], bool] = always
    waits: str = ""
    notes: tuple[str, ...] = ()


class Source(Protocol):
    """A kind of source. `keys` are its own keys of `[sources.NAME]` beside those that all kinds know."""

    API: ClassVar[int]
    kind: ClassVar[str]

    def offers(self, request: Request, pattern: str) -> Iterable[Offer]:
        """What `pattern` (a `from`, of the mapping or of one of its joins) names now, in a fixed order.

        Raises:
            DataError: nothing is there, or it cannot be reached; says what to do.
            ConfigError: the section lacks what the kind needs, or an extra is not installed.
        """


@runtime_checkable
class Reachable(Protocol):
    """A kind of source that lies elsewhere, and can tell whether anybody answers there."""

    def reach(self, request: Request) -> str:
        """What answers, for `doctor`.

        Raises:
            RegularsError: nobody answers, or what is declared cannot be; says what to do.
        """


@runtime_checkable
class OwnTables(Protocol):
    """A kind of source that knows what its data feeds, where regulars.toml declares no tables.

    With `row_by_row` a row that does not fit is set aside alone and never holds back the others that came with it.
    """

    row_by_row: ClassVar[bool]

    def tables(self, section: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Tables as regulars.toml would declare them."""
