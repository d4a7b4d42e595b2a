"""SQL Server, through the driver pymssql. Its statements are tested as text only: no server of its kind ran in our tests.

Several tables are read as they were at one moment where the database allows snapshot isolation; else each is read by itself.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from regulars.capture.sources.databases.address import Address
from regulars.capture.sources.databases.grammar import ROWS, Column, Family, Line, Relation, Way, doubled
from regulars.capture.sources.databases.line import DriverLine, driver, unreachable

__all__ = ["SQLServer", "connect"]

_PLAIN = "CONVERT(varchar(60), {})"
_TIMES = "CONVERT(varchar(40), {}, 126)"
_KINDS: dict[str, tuple[Family, str]] = {
    **dict.fromkeys(("tinyint", "smallint", "int", "bigint", "decimal", "numeric"), (Family.NUMBER, _PLAIN)),
    **dict.fromkeys(("money", "smallmoney"), (Family.NUMBER, "CONVERT(varchar(60), {}, 2)")),
    **dict.fromkeys(("float", "real"), (Family.NUMBER, "CONVERT(varchar(60), {}, 3)")),
    "bit": (Family.FLAG, _PLAIN),
    "date": (Family.DAY, "CONVERT(varchar(10), {}, 23)"),
    **dict.fromkeys(("datetime", "datetime2", "smalldatetime"), (Family.LOCAL, _TIMES)),
    "datetimeoffset": (Family.INSTANT, _TIMES),
    **dict.fromkeys(
        ("binary", "varbinary", "image", "timestamp", "rowversion"),
        (Family.BYTES, "LOWER(CONVERT(varchar(max), CONVERT(varbinary(max), {}), 2))"),
    ),
    "uniqueidentifier": (Family.TEXT, "LOWER(CONVERT(varchar(36), {}))"),
}
_CUT = re.compile(r"^\s*select\s+(distinct\s+)?top\b|\boffset\s+[0-9]+\s+rows?\b[^()]*$", re.IGNORECASE)
_TYPES = {Family.DAY: "date", Family.LOCAL: "datetime2", Family.INSTANT: "datetimeoffset"}


class SQLServer:
    """The words of SQL Server."""

    product: ClassVar[str] = "SQL Server"
    alias: ClassVar[str] = f" AS {ROWS}"

    def quoted(self, name: str) -> str:
        """In brackets."""
        return "[" + name.replace("]", "]]") + "]"

    def relations(self) -> str:
        """Tables and views; rows have no order of their own."""
        return (
            "SELECT s.name, o.name, CASE WHEN s.name = SCHEMA_NAME() THEN 1 ELSE 0 END, NULL FROM sys.objects o "
            "JOIN sys.schemas s ON s.schema_id = o.schema_id WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0 ORDER BY 1, 2"
        )

    def key(self, relation: Relation) -> str:
        """From the information schema."""
        return (
            "SELECT k.COLUMN_NAME FROM INFORMATION_SCHEMA.TABLE_CONSTRAINTS c JOIN INFORMATION_SCHEMA.KEY_COLUMN_USAGE k "
            "ON k.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA AND k.CONSTRAINT_NAME = c.CONSTRAINT_NAME "
            f"WHERE c.CONSTRAINT_TYPE = 'PRIMARY KEY' AND k.TABLE_SCHEMA = {doubled(relation.schema)} "
            f"AND k.TABLE_NAME = {doubled(relation.name)} ORDER BY k.ORDINAL_POSITION"
        )

    def names(self) -> str:
        """Tables and columns."""
        return "SELECT name FROM sys.objects WHERE type IN ('U', 'V') UNION SELECT name FROM sys.columns"

    def columns(self, line: Line, rows: str) -> list[Column]:
        """By the type of each column, as the server itself describes the statement."""
        select = doubled(f"SELECT * FROM {rows}{self.alias}")
        sql = (
            f"SELECT name, system_type_name FROM sys.dm_exec_describe_first_result_set(N{select}, NULL, 0) "
            "WHERE is_hidden = 0 ORDER BY column_ordinal"
        )
        return [self._column(str(name), str(kind)) for name, kind in line.rows(sql)]

    def _column(self, name: str, kind: str) -> Column:
        ref = f"{ROWS}.{self.quoted(name)}"
        family, template = _KINDS.get(kind.partition("(")[0].lower(), (Family.TEXT, "CONVERT(nvarchar(max), {})"))
        text = template.replace("{}", ref)
        order = f"{text} COLLATE Latin1_General_BIN2" if family is Family.TEXT else ref
        return Column(name, family, ref, template, order)

    def sorted(self, select: str) -> str:
        """With an offset of nothing, without which a subselect may have no order."""
        return select if _CUT.search(select) else f"{select} OFFSET 0 ROWS"

    def cursor(self, line: Line, rows: str, *, column: Column) -> Column:
        """As it is."""
        del line, rows
        return column

    def literal(self, family: Family, value: str) -> str:
        """Casts of texts, which do not depend on the session's language."""
        if family not in _TYPES:
            return value
        zone = "+00:00" if family is Family.INSTANT else ""
        return f"CONVERT({_TYPES[family]}, '{value.replace(' ', 'T')}{zone}', 126)"


def connect(address: Address, way: Way) -> tuple[Line, SQLServer]:
    """Open a line.

    Raises:
        DataError: nobody answers, or we are not let in.
        MissingExtraError: the driver is not installed.
    """
    del way
    pymssql = driver("pymssql", install="pymssql", address=address)
    try:
        connection = pymssql.connect(
            server=address.host, port=str(address.port or 1433), user=address.user, password=address.password,
            database=address.database, login_timeout=10, charset="UTF-8", appname="regulars", autocommit=False,
        )  # fmt: skip
        line = DriverLine(connection, address, pymssql.Error, _stream)
        allowed = line.rows("SELECT snapshot_isolation_state FROM sys.databases WHERE name = DB_NAME()")
        if allowed and allowed[0][0] == 1:
            connection.rollback()  # the level cannot be changed inside a transaction
            connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL SNAPSHOT")
    except pymssql.Error as problem:
        raise unreachable(address, problem) from None
    return line, SQLServer()


def _stream(connection: Any) -> Any:
    return connection.cursor()
