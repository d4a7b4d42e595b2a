"""A database that is open: which table a `from` means, what it holds, and the statement that reads it in a fixed order."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regulars.capture.sources.databases.address import Address
from regulars.capture.sources.databases.cursor import Clock, Overlap, check, start
from regulars.capture.sources.databases.grammar import Column, Family, Grammar, Line, Relation
from regulars.capture.sources.databases.spool import spool
from regulars.kernel.errors import ConfigError, DataError, nearest

__all__ = ["Database", "Since", "file_name", "is_ordered", "is_select"]

_SELECT = re.compile(r"\s*(\(\s*)*(select|with)\b", re.IGNORECASE)
_NAMED = re.compile(r"(?:[\"'`\[]|no such (?:table|column): |with name )([^\"'`\[\] ]+)")
_ASIDE = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`|--[^\n]*|/\*.*?\*/", re.DOTALL)
_ORDER = re.compile(r"[()]|\border\s+by\b", re.IGNORECASE)
_PIECE = 5_000


def is_select(pattern: str) -> bool:
    """Whether a `from` is a query and no table's name.

    >>> is_select("SELECT * FROM orders"), is_select("selections")
    (True, False)
    """
    return _SELECT.match(pattern) is not None


def is_ordered(select: str) -> bool:
    """Whether a select says itself how its rows are sorted.

    >>> is_ordered("SELECT a FROM t ORDER BY b"), is_ordered("SELECT row_number() OVER (ORDER BY b), 'order by' FROM t")
    (True, False)
    """
    depth = 0
    for found in _ORDER.findall(_ASIDE.sub("''", select)):
        if found not in "()" and depth == 0:
            return True
        depth += {"(": 1, ")": -1}.get(found, 0)
    return False


def file_name(pattern: str) -> str:
    """The name under which what a `from` gives is landed and told.

    >>> file_name("shop.orders"), file_name("select * from orders where paid")
    ('shop.orders.parquet', 'orders-779e1ea3.parquet')
    """
    if not is_select(pattern):
        return re.sub(r"[^\w.-]+", "_", pattern.strip()) + ".parquet"
    first = re.search(r"\bfrom\s+[\"`\[]?([\w.]+)", pattern, re.IGNORECASE)
    return f"{first[1] if first else 'select'}-{hashlib.sha256(pattern.encode()).hexdigest()[:8]}.parquet"


@dataclass(frozen=True, slots=True)
class Since:
    """An incremental read: the cursor's column, the mark that was reached before (None: never), the overlap, the clock."""

    column: str
    mark: str | None
    overlap: Overlap
    clock: Clock


@dataclass(frozen=True, slots=True)
class _Item:
    rows: str  # the FROM item
    order: tuple[str, ...] | None  # what its rows are sorted by; empty: by all columns; None: as the select says


class Database:
    """An open line with the words for it."""

    def __init__(self, address: Address, line: Line, *, grammar: Grammar, place: str) -> None:
        self._address, self._line, self._grammar, self._place = address, line, grammar, place

    def relations(self) -> list[Relation]:
        """All tables and views that are not the system's."""
        rows = self._line.rows(self._grammar.relations())
        return [Relation(row[0] or "", row[1], bool(int(row[2])), row[3]) for row in _flags(rows)]

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    def read(self, pattern: str, path: Path, *, wanted: Collection[str], since: Since | None) -> str | None:
        """Read what `pattern` names into a Parquet file; returns the mark that was reached.

        Args:
            pattern: a table's name or a select.
            path: the file to be written.
            wanted: column names that the mapping uses; others may be left out when they hold bytes.
            since: where to go on, None for everything.

        Raises:
            DataError: there is no such table or column, or the database refuses.
        """
        try:
            item = self._item(pattern)
            columns = self._columns(item, wanted)
            cursor = self._cursor(item, since, columns=columns) if since else None
            mark = self._newest(item, since, cursor=cursor) if since and cursor else None
            sql = self._statement(item, columns, where=self._where(since, cursor))
            spool(path, columns, pieces=self._line.pieces(sql, _PIECE))
        except DataError as refused:
            raise self._explained(refused) from None
        return mark

    def _item(self, pattern: str) -> _Item:
        if is_select(pattern):
            select = pattern.strip().rstrip(";").rstrip()
            own = is_ordered(select)
            return _Item(f"({self._grammar.sorted(select) if own else select})", None if own else ())
        relation = self._relation(pattern.strip())
        quoted = self._grammar.quoted
        rows = f"{quoted(relation.schema)}.{quoted(relation.name)}" if relation.schema else quoted(relation.name)
        key = [f"source.{quoted(row[0])}" for row in self._line.rows(self._grammar.key(relation))]
        return _Item(rows, tuple(key) or ((relation.place,) if relation.place else ()))

    def _relation(self, pattern: str) -> Relation:
        there = self.relations()
        for same in (_exact, _folded):
            found = [each for each in there if same(each, pattern)]
            if len(found) == 1:
                return found[0]
        names = [str(each) for each in there]
        fix = "Correct `from`, or ask for the right to read it." if names else "It has no table that we may read."
        raise DataError(
            f"{self._address} has no table {pattern!r}.", allowed=names, guess=nearest(pattern, names), fix=fix
        )

    def _columns(self, item: _Item, wanted: Collection[str]) -> list[Column]:
        columns = self._grammar.columns(self._line, item.rows)
        names = [each.name for each in columns]
        double = sorted({each for each in names if names.count(each) > 1})
        if double:
            problem = f"{self._place}: `from` gives two columns named {', '.join(double)}."
            raise ConfigError(problem, fix="Name the columns of the select, each once, with AS.")
        return [each for each in columns if each.family is not Family.BYTES or each.name in wanted]

    def _cursor(self, item: _Item, since: Since, *, columns: Sequence[Column]) -> Column:
        names = [each.name for each in columns]
        if since.column not in names:
            problem = f"{self._place}: there is no column {since.column!r} to be the cursor."
            raise ConfigError(problem, allowed=names, guess=nearest(since.column, names))
        found = self._grammar.cursor(self._line, item.rows, column=columns[names.index(since.column)])
        check(found, since.overlap, place=self._place)
        return found

    def _newest(self, item: _Item, since: Since, *, cursor: Column) -> str | None:
        limit = since.clock.limit(cursor.family)
        where = f" WHERE {cursor.ref} <= {self._grammar.literal(cursor.family, limit)}" if limit else ""
        sql = f"SELECT {cursor.text(f'max({cursor.ref})')} FROM {item.rows}{self._grammar.alias}{where}"
        value = self._line.rows(sql)[0][0]
        if value is None:
            return since.mark
        return cursor.shown(str(value)) if cursor.shown else str(value)

    def _where(self, since: Since | None, cursor: Column | None) -> str:
        if since is None or cursor is None or since.mark is None:
            return ""
        first = start(since.mark, cursor, overlap=since.overlap, place=self._place)
        # What has no mark cannot be told to be old, so it is always read.
        return f" WHERE ({cursor.ref} >= {self._grammar.literal(cursor.family, first)} OR {cursor.ref} IS NULL)"

    def _statement(self, item: _Item, columns: Sequence[Column], *, where: str) -> str:
        quoted = self._grammar.quoted
        picks = ", ".join(f"{each.text()} AS {quoted(each.name)}" for each in columns)
        sql = f"SELECT {picks} FROM {item.rows}{self._grammar.alias}{where}"
        if item.order is None:
            return sql
        return f"{sql} ORDER BY {', '.join(item.order or [each.order for each in columns])}"

    def _explained(self, refused: DataError) -> DataError:
        if refused.guess or refused.fix:
            return refused
        named = [each.strip(".,") for each in _NAMED.findall(refused.problem)]
        there = [str(row[0]) for row in self._line.rows(self._grammar.names())]
        unknown = [each for each in named if each.rpartition(".")[2] not in there]
        guess = nearest(unknown[0].rpartition(".")[2], there) if unknown else None
        return DataError(f"{self._place}: {refused.problem}", guess=guess, fix="Correct `from`.")


def _flags(rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        yield (*row[:2], str(row[2]).lower() in ("1", "true", "t"), *row[3:])


def _exact(relation: Relation, pattern: str) -> bool:
    return pattern in (f"{relation.schema}.{relation.name}", relation.name if relation.visible else None)


def _folded(relation: Relation, pattern: str) -> bool:
    names = (f"{relation.schema}.{relation.name}", relation.name if relation.visible else "")
    return pattern.replace('"', "").lower() in [each.lower() for each in names]
