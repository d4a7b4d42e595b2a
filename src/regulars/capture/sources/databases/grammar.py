"""What is said to a database: the words in which one product differs from the next, and nothing of how it is reached.

Values travel as the texts that the database itself writes, so that nothing is rounded and an odd value (infinity,
0000-00-00, NaN) is set aside with its own text instead of ending the whole read. Columns that had a type of their own are
marked, so that no locale applies to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Protocol

__all__ = ["ROWS", "Column", "Described", "Family", "Grammar", "Line", "Relation", "Way", "doubled"]

ROWS = "source"  # our name for what is read, in every statement


class Family(StrEnum):
    """What a column holds, as far as reading it goes."""

    NUMBER = "number"
    FLAG = "flag"
    DAY = "day"
    LOCAL = "time without a zone"
    INSTANT = "time with a zone"
    JULIAN = "time written as text"
    TEXT = "text"
    BYTES = "bytes"
    ANY = "any"  # each value has a type of its own


_TYPED = {Family.NUMBER, Family.FLAG, Family.DAY, Family.LOCAL, Family.INSTANT}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of what is read.

    Attributes:
        name: as the database calls it.
        family: what it holds.
        ref: SQL that names it.
        template: SQL that makes `{}` a text.
        order: SQL to sort by, so that equal content comes in equal order.
        shown: how the text is rewritten here, or None.
    """

    name: str
    family: Family
    ref: str
    template: str = "{}"
    order: str = ""
    shown: Callable[[str], str] | None = None

    @property
    def typed(self) -> bool | None:
        """Whether its values had a type; None: it depends on the values."""
        return None if self.family is Family.ANY else self.family in _TYPED

    def text(self, of: str | None = None) -> str:
        """SQL of the text of this column, or of something made of it."""
        return self.template.replace("{}", of or self.ref)


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view: its schema, its name, whether it is found without its schema, and what tells its rows' order."""

    schema: str
    name: str
    visible: bool = True
    place: str | None = None

    def __str__(self) -> str:
        return self.name if self.visible else f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True)
class Described:
    """What a driver says of a column of an answer; `size`, `scale` and `binary` where it knows."""

    name: str
    code: Any
    size: int | None = None
    scale: int | None = None
    binary: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """How to read: the source's time zone, in which instants are written, and a folder for what spills."""

    zone: str
    folder: Path


class Line(Protocol):
    """An open connection: takes SQL, gives rows. Whatever goes wrong is told as a DataError."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """A small answer."""

    def describe(self, sql: str) -> list[Described]:
        """The columns that a statement gives, without running it to its end."""

    def pieces(self, sql: str, size: int) -> Iterator[Sequence[tuple[Any, ...]]]:
        """A large answer, piece by piece; no more than a piece is held here."""

    def close(self) -> None:
        """Let go of it."""


class Grammar(Protocol):
    """The words of one product."""

    product: ClassVar[str]
    alias: ClassVar[str]

    def quoted(self, name: str) -> str:
        """A quoted identifier."""

    def relations(self) -> str:
        """SQL: schema, name, whether it is found without its schema, the order of its rows or NULL."""

    def key(self, relation: Relation) -> str:
        """SQL: the columns of the primary key, in order."""

    def names(self) -> str:
        """SQL: the names of all tables and columns, for guesses."""

    def columns(self, line: Line, rows: str) -> list[Column]:
        """The columns of a FROM item."""

    def sorted(self, select: str) -> str:
        """A select with an ORDER BY of its own, so that it keeps it as a FROM item."""

    def cursor(self, line: Line, rows: str, *, column: Column) -> Column:
        """The column as something that can be compared and grows."""

    def literal(self, family: Family, value: str) -> str:
        """SQL of a number, or of a time in ISO form (an instant in UTC)."""


def doubled(text: str) -> str:
    """A quoted SQL literal of a name that the database itself gave.

    >>> doubled("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"
