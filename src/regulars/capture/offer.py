"""What a source has to offer: things that may be new, each with a name, a mark of its state, and a way to fetch its bytes.

A source kind is a module of `capture/sources` that ends with `SOURCE = ...()`. It never parses and never loads: what it
fetches is landed as it is, typed in the parsing child under the declared locale, and loaded exactly once by its content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Protocol

from regulars.capture.mapping import TableMapping
from regulars.engines.protocol import Engine

__all__ = ["ALWAYS", "Memory", "Offer", "Request", "Source", "nothing"]

ALWAYS = -1  # a mark that never counts as unchanged: the offer must be fetched to know


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


def nothing() -> None:
    """What most offers do once they are loaded."""


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
    """

    name: str
    size: int
    mark: int
    fetch: Callable[[], Path]
    done: Callable[[], None] = nothing


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
