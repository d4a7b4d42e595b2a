"""DuckDB files of others; the project's own warehouse is read by a source of kind `table`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from regulars.capture.sources.databases.address import Address
from regulars.capture.sources.databases.grammar import ROWS, Column, Described, Family, Line, Relation, Way, doubled
from regulars.engines.foreign import ForeignDuckDB

__all__ = ["DuckDB", "connect"]

_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
            "UHUGEINT", "FLOAT", "DOUBLE")  # fmt: skip
_FAMILIES = {
    "BOOLEAN": Family.FLAG,
    "DATE": Family.DAY,
    "TIMESTAMP": Family.LOCAL,
    "TIMESTAMP_S": Family.LOCAL,
    "TIMESTAMP_MS": Family.LOCAL,
    "TIMESTAMP_NS": Family.LOCAL,
    "TIMESTAMP WITH TIME ZONE": Family.INSTANT,
    "BLOB": Family.BYTES,
    **dict.fromkeys(_NUMBERS, Family.NUMBER),
}
_LITERALS = {Family.DAY: "DATE", Family.LOCAL: "TIMESTAMP", Family.INSTANT: "TIMESTAMPTZ"}


class DuckDB:
    """The words of DuckDB."""

    product: ClassVar[str] = "DuckDB"
    alias: ClassVar[str] = f" AS {ROWS}"

    def quoted(self, name: str) -> str:
        """In double quotes."""
        return '"' + name.replace('"', '""') + '"'

    def relations(self) -> str:
        """Tables, whose rows have an order of their own, and views."""
        return (
            f"SELECT schema_name, table_name, schema_name = 'main', '{ROWS}.rowid' FROM duckdb_tables() WHERE NOT internal "
            "UNION ALL SELECT schema_name, view_name, schema_name = 'main', NULL FROM duckdb_views() WHERE NOT internal "
            "ORDER BY 1, 2"
        )

    def key(self, relation: Relation) -> str:
        """From the constraints."""
        return (
            "SELECT unnest(constraint_column_names) FROM duckdb_constraints() WHERE constraint_type = 'PRIMARY KEY' "
            f"AND schema_name = {doubled(relation.schema)} AND table_name = {doubled(relation.name)}"
        )

    def names(self) -> str:
        """Tables, views and columns."""
        return "SELECT DISTINCT unnest([table_name, column_name]) FROM duckdb_columns() WHERE NOT internal"

    def columns(self, line: Line, rows: str) -> list[Column]:
        """By the type of each column."""
        return [self._column(each.name, str(each.code)) for each in line.describe(f"{rows}{self.alias}")]

    def _column(self, name: str, kind: str) -> Column:
        ref = f"{ROWS}.{self.quoted(name)}"
        family = Family.NUMBER if kind.startswith("DECIMAL") else _FAMILIES.get(kind, Family.TEXT)
        template = "CAST({} AS VARCHAR)"
        if family is Family.BYTES:
            template = "lower(hex({}))"
        elif kind.endswith("]"):
            template = "array_to_string({}, ' ')"
        return Column(name, family, ref, template, template.replace("{}", ref) if family is Family.TEXT else ref)

    def sorted(self, select: str) -> str:
        """As it is: a subselect keeps its order."""
        return select

    def cursor(self, line: Line, rows: str, *, column: Column) -> Column:
        """As it is."""
        del line, rows
        return column

    def literal(self, family: Family, value: str) -> str:
        """Typed literals."""
        zone = "+00" if family is Family.INSTANT else ""
        return f"{_LITERALS[family]} '{value}{zone}'" if family in _LITERALS else value


class _Line:
    def __init__(self, file: ForeignDuckDB) -> None:
        self._file = file

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [row for piece in self._file.pieces(sql, 1000) for row in piece]

    def describe(self, sql: str) -> list[Described]:
        return [Described(name, kind) for name, kind in self._file.columns(sql)]

    def pieces(self, sql: str, size: int) -> Iterator[Sequence[tuple[Any, ...]]]:
        return self._file.pieces(sql, size)

    def close(self) -> None:
        self._file.close()


def connect(address: Address, way: Way) -> tuple[Line, DuckDB]:
    """Open the file to be read only."""
    return _Line(ForeignDuckDB(address.file, zone=way.zone, temp=way.folder)), DuckDB()
