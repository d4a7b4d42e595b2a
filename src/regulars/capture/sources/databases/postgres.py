"""PostgreSQL: everything of one capture is read in one read-only transaction that sees one state of the database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from regulars.capture.sources.databases.address import Address
from regulars.capture.sources.databases.grammar import ROWS, Column, Family, Line, Relation, Way, doubled
from regulars.capture.sources.databases.line import DriverLine, driver, unreachable

__all__ = ["Postgres", "connect"]

_FAMILIES = {
    "bool": Family.FLAG,
    "date": Family.DAY,
    "timestamp": Family.LOCAL,
    "timestamptz": Family.INSTANT,
    "bytea": Family.BYTES,
    **dict.fromkeys(("int2", "int4", "int8", "numeric", "float4", "float8", "money", "oid"), Family.NUMBER),
}
_TEMPLATES = {"bytea": "encode({}, 'hex')", "money": "({}::numeric)::text"}
_SYSTEM = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'"
_RELATIONS = f"""
SELECT n.nspname, c.relname, pg_table_is_visible(c.oid),
    CASE c.relkind WHEN 'r' THEN '{ROWS}.ctid' WHEN 'm' THEN '{ROWS}.ctid'
        WHEN 'p' THEN '{ROWS}.tableoid, {ROWS}.ctid' END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {_SYSTEM} ORDER BY 1, 2"""
_KEY = """
SELECT a.attname FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
WHERE i.indisprimary AND n.nspname = {schema} AND c.relname = {name}
ORDER BY array_position(i.indkey::int2[], a.attnum)"""
_NAMES = f"""
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {_SYSTEM}
UNION SELECT a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace WHERE a.attnum > 0 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {_SYSTEM}"""
_LITERALS = {Family.DAY: "DATE", Family.LOCAL: "TIMESTAMP", Family.INSTANT: "TIMESTAMPTZ"}


class Postgres:
    """The words of PostgreSQL."""

    product: ClassVar[str] = "PostgreSQL"
    alias: ClassVar[str] = f" AS {ROWS}"

    def quoted(self, name: str) -> str:
        """In double quotes."""
        return '"' + name.replace('"', '""') + '"'

    def relations(self) -> str:
        """Tables, partitioned ones, views and foreign tables of all schemas that are not the system's."""
        return _RELATIONS

    def key(self, relation: Relation) -> str:
        """From the catalog of indexes."""
        return _KEY.format(schema=doubled(relation.schema), name=doubled(relation.name))

    def names(self) -> str:
        """Tables and columns."""
        return _NAMES

    def columns(self, line: Line, rows: str) -> list[Column]:
        """By the type of each column; what has no type of ours is read as text."""
        described = line.describe(f"SELECT * FROM {rows}{self.alias} LIMIT 0")
        kinds = self._kinds(line, {each.code for each in described})
        return [self._column(each.name, kinds.get(each.code, ("text", "S"))) for each in described]

    def _kinds(self, line: Line, codes: Iterable[Any]) -> dict[Any, tuple[str, str]]:
        wanted = ", ".join(str(int(code)) for code in codes) or "0"
        found = line.rows(
            f"SELECT oid::int8::text, typname::text, typcategory::text FROM pg_type WHERE oid IN ({wanted})"
        )
        return {int(code): (name, category) for code, name, category in found}

    def _column(self, name: str, kind: tuple[str, str]) -> Column:
        ref = f"{ROWS}.{self.quoted(name)}"
        if kind[1] == "A":
            template, family = "array_to_string({}, ' ')", Family.TEXT
        else:
            template, family = _TEMPLATES.get(kind[0], "{}::text"), _FAMILIES.get(kind[0], Family.TEXT)
        text = template.replace("{}", ref)
        return Column(name, family, ref, template, f'({text}) COLLATE "C"' if family is Family.TEXT else ref)

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


def connect(address: Address, way: Way) -> tuple[Line, Postgres]:
    """Open a line; instants are written in the zone of `way`, so that their day is the source's.

    Raises:
        DataError: nobody answers, or we are not let in.
    """
    psycopg = driver("psycopg", install="'psycopg[binary]'", address=address)
    try:
        connection = psycopg.connect(
            host=address.host or None, port=address.port, user=address.user or None, password=address.password or None,
            dbname=address.database or None, client_encoding="utf8", application_name="regulars",
            **{"connect_timeout": "10", **address.options},
        )  # fmt: skip
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        # cursor_tuple_fraction: the whole answer is wanted, not its first rows soon.
        for setting, value in {"datestyle": "ISO, YMD", "timezone": way.zone, "extra_float_digits": "1",
                               "cursor_tuple_fraction": "1", "idle_in_transaction_session_timeout": "0"}.items():  # fmt: skip
            connection.execute("SELECT set_config(%s, %s, false)", (setting, value))
    except psycopg.Error as problem:
        raise unreachable(address, problem) from None
    return DriverLine(connection, address, psycopg.Error, _stream), Postgres()


def _stream(connection: Any) -> Any:
    return connection.cursor(name="regulars")
