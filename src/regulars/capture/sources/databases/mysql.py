"""MariaDB and MySQL: everything of one capture is read in one read-only transaction over a consistent snapshot.

The driver's conversions are off: values come as the server writes them, a date of 0000-00-00 too.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from regulars.capture.sources.databases.address import Address
from regulars.capture.sources.databases.grammar import ROWS, Column, Described, Family, Line, Relation, Way, doubled
from regulars.capture.sources.databases.line import DriverLine, driver, unreachable

__all__ = ["MySQL", "connect"]

_SYSTEM = "('information_schema', 'mysql', 'performance_schema', 'sys')"
# The protocol's own numbers of column types.
_FAMILIES = {
    **dict.fromkeys((0, 1, 2, 3, 4, 5, 8, 9, 13, 246), Family.NUMBER),
    16: Family.NUMBER,
    10: Family.DAY,
    14: Family.DAY,
    12: Family.LOCAL,
    7: Family.INSTANT,
}
_LIMITED = re.compile(r"\blimit\s+[0-9]+[^()]*$", re.IGNORECASE)
_BIT, _GEOMETRY = 16, 255
_BLOBS = (249, 250, 251, 252, 253, 254, 15)
_LITERALS = {Family.DAY: "DATE", Family.LOCAL: "TIMESTAMP", Family.INSTANT: "TIMESTAMP"}


class MySQL:
    """The words of MariaDB and MySQL.

    Args:
        zone: the source's time zone, in which instants are written.
    """

    product: ClassVar[str] = "MariaDB or MySQL"
    alias: ClassVar[str] = f" AS {ROWS}"

    def __init__(self, zone: str = "UTC") -> None:
        self._zone = zone

    def quoted(self, name: str) -> str:
        """In backticks."""
        return "`" + name.replace("`", "``") + "`"

    def relations(self) -> str:
        """Tables and views of all databases that are not the system's; rows have no order of their own."""
        return (
            "SELECT table_schema, table_name, table_schema = database(), NULL FROM information_schema.tables "
            f"WHERE table_schema NOT IN {_SYSTEM} ORDER BY 1, 2"
        )

    def key(self, relation: Relation) -> str:
        """From the information schema."""
        return (
            "SELECT column_name FROM information_schema.key_column_usage WHERE constraint_name = 'PRIMARY' "
            f"AND table_schema = {doubled(relation.schema)} AND table_name = {doubled(relation.name)} "
            "ORDER BY ordinal_position"
        )

    def names(self) -> str:
        """Tables and columns."""
        return (
            f"SELECT table_name FROM information_schema.tables WHERE table_schema NOT IN {_SYSTEM} "
            f"UNION SELECT column_name FROM information_schema.columns WHERE table_schema NOT IN {_SYSTEM}"
        )

    def columns(self, line: Line, rows: str) -> list[Column]:
        """By the protocol's column types."""
        return [self._column(each) for each in line.describe(f"SELECT * FROM {rows}{self.alias} LIMIT 0")]

    def _column(self, described: Described) -> Column:
        ref = f"{ROWS}.{self.quoted(described.name)}"
        if described.code in _BLOBS and described.binary:
            return Column(described.name, Family.BYTES, ref, "lower(hex({}))", ref)
        family = _FAMILIES.get(described.code, Family.TEXT)
        template = {_BIT: "CAST({} + 0 AS CHAR)", _GEOMETRY: "ST_AsText({})"}.get(described.code, "{}")
        order = f"CAST({template.replace('{}', ref)} AS BINARY)" if family is Family.TEXT else ref
        shown = partial(_in_zone, self._zone) if family is Family.INSTANT else None
        return Column(described.name, family, ref, template, order, shown)

    def sorted(self, select: str) -> str:
        """With a limit beyond all rows, without which the order of a subselect is dropped."""
        return select if _LIMITED.search(select) else f"{select} LIMIT {2**64 - 1}"

    def cursor(self, line: Line, rows: str, *, column: Column) -> Column:
        """As it is."""
        del line, rows
        return column

    def literal(self, family: Family, value: str) -> str:
        """Typed literals; the session's zone is UTC."""
        return f"{_LITERALS[family]} '{value}'" if family in _LITERALS else value


@lru_cache(maxsize=20_000)
def _in_zone(zone: str, text: str) -> str:
    try:
        instant = datetime.fromisoformat(f"{text}+00:00")
    except ValueError:  # 0000-00-00: told as it is
        return text
    return instant.astimezone(ZoneInfo(zone)).isoformat(sep=" ")


def connect(address: Address, way: Way) -> tuple[Line, MySQL]:
    """Open a line; instants are shown in the zone of `way`, so that their day is the source's.

    Raises:
        DataError: nobody answers, or we are not let in.
    """
    pymysql = driver("pymysql", install="PyMySQL", address=address)
    try:
        connection = pymysql.connect(
            host=address.host, port=address.port or 3306, user=address.user, password=address.password,
            database=address.database or None, charset="utf8mb4", connect_timeout=10, autocommit=False,
            conv=pymysql.converters.encoders, ssl_ca=address.options.get("ssl_ca"),
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION time_zone = '+00:00'")
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    except (pymysql.Error, RuntimeError) as problem:
        raise unreachable(address, problem) from None
    return DriverLine(connection, address, pymysql.Error, _stream, _described), MySQL(way.zone)


def _stream(connection: Any) -> Any:
    return connection.cursor(driver("pymysql.cursors", install="PyMySQL", address=Address("mysql")).SSCursor)


def _described(cursor: Any) -> list[Described]:
    # The common description does not say whether a text is bytes; the driver's own does, by the character set 63.
    fields = cursor._result.fields if cursor._result else ()
    return [Described(each.name, each.type_code, each.length, each.scale, each.charsetnr == 63) for each in fields]
