"""How a database is talked to through a driver of Python's common database interface."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import Any

from regulars.capture.sources.databases.address import Address
from regulars.capture.sources.databases.grammar import Described
from regulars.kernel.errors import DataError, MissingExtraError

__all__ = ["DriverLine", "driver", "plain_columns", "unreachable"]


def plain_columns(cursor: Any) -> list[Described]:
    """The columns of an answer, as all drivers tell them."""
    return [Described(each[0], each[1], each[3], each[5]) for each in cursor.description or ()]


@dataclass(frozen=True, slots=True)
class DriverLine:
    """A `Line` over a driver's connection.

    Attributes:
        connection: the open connection, inside the one transaction in which everything is read.
        address: whom we talk to.
        errors: the driver's error class.
        stream: makes a cursor that does not fetch the whole answer.
        described: tells the columns of a cursor.
    """

    connection: Any
    address: Address
    errors: type[Exception]
    stream: Callable[[Any], Any]
    described: Callable[[Any], list[Described]] = field(default=plain_columns)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """A small answer."""
        return [row for piece in self.pieces(sql, 1000) for row in piece]

    def describe(self, sql: str) -> list[Described]:
        """The columns that a statement gives."""
        cursor = self.connection.cursor()
        try:
            cursor.execute(sql)
            return self.described(cursor)
        except self.errors as problem:
            raise self._refusal(problem) from None
        finally:
            _close(cursor)

    def pieces(self, sql: str, size: int) -> Iterator[Sequence[tuple[Any, ...]]]:
        """A large answer, piece by piece."""
        cursor = self.stream(self.connection)
        try:
            cursor.execute(sql)
            while piece := cursor.fetchmany(size):
                yield piece
        except self.errors as problem:
            raise self._refusal(problem) from None
        finally:
            _close(cursor)

    def close(self) -> None:
        """Roll back, which changes nothing, and hang up."""
        with suppress(self.errors):
            self.connection.rollback()
            self.connection.close()

    def _refusal(self, problem: Exception) -> DataError:
        # What went wrong inside a transaction must not stand in the way of the questions that find the right names.
        with suppress(self.errors):
            self.connection.rollback()
        return DataError(f"{self.address} refuses the query: {_first(problem, self.address).rstrip('.')}.")


def _close(cursor: Any) -> None:
    with suppress(Exception):  # a broken connection has said so already
        cursor.close()


def _first(problem: Exception, address: Address) -> str:
    words = [str(each) for each in problem.args if not isinstance(each, int)] or [str(problem)]
    lines = [line.strip() for line in " ".join(words).splitlines() if line.strip() and not set(line) <= set("^ ")]
    return address.hushed("; ".join(each for each in lines if not each.startswith("LINE ")) or type(problem).__name__)


def driver(name: str, *, install: str, address: Address) -> ModuleType:
    """A driver, imported now.

    Raises:
        MissingExtraError: it is not installed; names the one command that installs it.
    """
    try:
        return import_module(name)
    except ImportError as missing:
        problem = f"Reading {address.scheme}:// needs the driver {name}, which is not installed."
        raise MissingExtraError(problem, fix=f"Install it: pip install {install}") from missing


def unreachable(address: Address, problem: Exception) -> DataError:
    """What to tell when no connection came about: nobody there, not let in, or no such database."""
    said = _first(problem, address)
    low = said.lower()
    if any(word in low for word in ("password", "access denied", "authentication", "login failed", "ora-01017")):
        return DataError(
            f"{address} does not let us in: wrong user or password.",
            fix="Correct the secret in the environment that `url` names, or ask for the right to read.",
        )
    if "does not exist" in low or "unknown database" in low:
        return DataError(f"{address}: there is no such database: {said}", fix="Correct the end of `url`.")
    return DataError(
        f"Nobody answers at {address.door}: {said}",
        fix="Start the server, or correct host and port of `url`; see whether a firewall stands between.",
    )
