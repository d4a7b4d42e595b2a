"""SQLite files: each value has a type of its own, so a column counts as typed when none of its values is a text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from regulars.capture.sources.databases.address import Address
from regulars.capture.sources.databases.grammar import ROWS, Column, Described, Family, Line, Relation, Way, doubled
from regulars.kernel.errors import DataError
from regulars.store.foreign import ForeignSQLite

__all__ = ["SQLite", "connect"]


class SQLite:
    """The words of SQLite."""

    product: ClassVar[str] = "SQLite"
    alias: ClassVar[str] = f" AS {ROWS}"

    def quoted(self, name: str) -> str:
        """In double quotes."""
        return '"' + name.replace('"', '""') + '"'

    def relations(self) -> str:
        """Tables and views; a table's rows have an order of their own unless it says WITHOUT ROWID."""
        return (
            "SELECT 'main', m.name, 1, (SELECT CASE WHEN t.type = 'table' AND NOT t.wr THEN 'source.rowid' END "
            "FROM pragma_table_list(m.name) t LIMIT 1) FROM sqlite_master m "
            "WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 2"
        )

    def key(self, relation: Relation) -> str:
        """From the table's own description."""
        return f"SELECT name FROM pragma_table_info({doubled(relation.name)}) WHERE pk > 0 ORDER BY pk"

    def names(self) -> str:
        """Tables and columns."""
        return "SELECT name FROM sqlite_master UNION SELECT c.name FROM sqlite_master m, pragma_table_info(m.name) c"

    def columns(self, line: Line, rows: str) -> list[Column]:
        """Names only: what a column holds is seen in its values."""
        described = line.describe(f"SELECT * FROM {rows}{self.alias} LIMIT 0")
        refs = [(each.name, f"{ROWS}.{self.quoted(each.name)}") for each in described]
        return [Column(name, Family.ANY, ref, order=ref) for name, ref in refs]

    def sorted(self, select: str) -> str:
        """As it is: a subselect keeps its order."""
        return select

    def cursor(self, line: Line, rows: str, *, column: Column) -> Column:
        """Numbers as they are; texts as the days that SQLite reads in them.

        Raises:
            DataError: it holds both, or something else.
        """
        sql = f"SELECT DISTINCT typeof({column.ref}) FROM {rows}{self.alias} WHERE {column.ref} IS NOT NULL"
        kinds = {row[0] for row in line.rows(sql)}
        if kinds <= {"integer", "real"}:
            return Column(column.name, Family.NUMBER, column.ref)
        if kinds == {"text"}:
            return Column(column.name, Family.JULIAN, f"julianday({column.ref})")
        problem = (
            f"The cursor {column.name!r} holds {', '.join(sorted(kinds))}: it must hold numbers only, or times only."
        )
        raise DataError(problem, fix="Choose another column, or convert it in `from`.")

    def literal(self, family: Family, value: str) -> str:
        """Numbers only."""
        del family
        return value


class _Line:
    def __init__(self, file: ForeignSQLite) -> None:
        self._file = file

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [row for piece in self._file.pieces(sql, 1000) for row in piece]

    def describe(self, sql: str) -> list[Described]:
        return [Described(name, None) for name in self._file.names(sql)]

    def pieces(self, sql: str, size: int) -> Iterator[Sequence[tuple[Any, ...]]]:
        return self._file.pieces(sql, size)

    def close(self) -> None:
        self._file.close()


def connect(address: Address, way: Way) -> tuple[Line, SQLite]:
    """Open the file to be read only."""
    del way
    return _Line(ForeignSQLite(address.file)), SQLite()
