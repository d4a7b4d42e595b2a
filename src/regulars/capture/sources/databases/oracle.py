"""Oracle, through the driver oracledb. Its statements are tested as text only: no server of its kind ran in our tests.

Everything of one capture is read in one read-only transaction, as it was when it began.
"""

from __future__ import annotations

from typing import Any, ClassVar

from regulars.capture.sources.databases.address import Address
from regulars.capture.sources.databases.grammar import ROWS, Column, Family, Line, Relation, Way, doubled
from regulars.capture.sources.databases.line import DriverLine, driver, unreachable

__all__ = ["Oracle", "connect"]

_NUMBER = "TO_CHAR({}, 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''')"
_SECOND = "YYYY-MM-DD HH24:MI:SS"
_ZONED = f"TO_CHAR({{}}, '{_SECOND}.FF6TZH:TZM')"
_KINDS: dict[str, tuple[Family, str]] = {
    **dict.fromkeys(("NUMBER", "BINARY_FLOAT", "BINARY_DOUBLE", "BINARY_INTEGER"), (Family.NUMBER, _NUMBER)),
    "BOOLEAN": (Family.FLAG, "CASE WHEN {} THEN 'true' WHEN NOT {} THEN 'false' END"),
    "DATE": (Family.LOCAL, f"TO_CHAR({{}}, '{_SECOND}')"),
    "TIMESTAMP": (Family.LOCAL, f"TO_CHAR({{}}, '{_SECOND}.FF6')"),
    "TIMESTAMP_TZ": (Family.INSTANT, _ZONED),
    "TIMESTAMP_LTZ": (Family.INSTANT, _ZONED),
    "RAW": (Family.BYTES, "LOWER(RAWTOHEX({}))"),
    "LONG_RAW": (Family.BYTES, "{}"),
    "BLOB": (Family.BYTES, "LOWER(RAWTOHEX({}))"),
    "CHAR": (Family.TEXT, "RTRIM({})"),
    "NCHAR": (Family.TEXT, "RTRIM({})"),
    "JSON": (Family.TEXT, "JSON_SERIALIZE({})"),
}
_LARGE = ("CLOB", "NCLOB", "JSON")
_OURS = "NOT IN (SELECT username FROM all_users WHERE oracle_maintained = 'Y')"
_VISIBLE = "CASE WHEN owner = SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA') THEN 1 ELSE 0 END"


class Oracle:
    """The words of Oracle."""

    product: ClassVar[str] = "Oracle"
    alias: ClassVar[str] = f" {ROWS}"

    def quoted(self, name: str) -> str:
        """In double quotes."""
        return '"' + name.replace('"', "") + '"'

    def relations(self) -> str:
        """Tables and views of all users that are not Oracle's own."""
        return (
            f"SELECT owner, table_name, {_VISIBLE}, NULL FROM all_tables WHERE owner {_OURS} UNION ALL "
            f"SELECT owner, view_name, {_VISIBLE}, NULL FROM all_views WHERE owner {_OURS} ORDER BY 1, 2"
        )

    def key(self, relation: Relation) -> str:
        """From the constraints."""
        return (
            "SELECT k.column_name FROM all_constraints c JOIN all_cons_columns k "
            "ON k.owner = c.owner AND k.constraint_name = c.constraint_name WHERE c.constraint_type = 'P' "
            f"AND c.owner = {doubled(relation.schema)} AND c.table_name = {doubled(relation.name)} ORDER BY k.position"
        )

    def names(self) -> str:
        """Tables and columns."""
        columns = f"all_tab_columns WHERE owner {_OURS}"
        return f"SELECT table_name FROM {columns} UNION SELECT column_name FROM {columns}"

    def columns(self, line: Line, rows: str) -> list[Column]:
        """By the driver's name of each column's type."""
        described = line.describe(f"SELECT * FROM {rows}{self.alias} WHERE 1 = 0")
        return [self._column(each.name, getattr(each.code, "name", str(each.code))) for each in described]

    def _column(self, name: str, kind: str) -> Column:
        ref, plain = f"{ROWS}.{self.quoted(name)}", kind.removeprefix("DB_TYPE_")
        family, template = _KINDS.get(plain, (Family.TEXT, "{}"))
        order = ref
        if plain in _LARGE:
            order = f"DBMS_LOB.SUBSTR({template.replace('{}', ref)}, 2000, 1)"
        elif family is Family.TEXT:
            order = f"NLSSORT({ref}, 'NLS_SORT=BINARY')"
        return Column(name, family, ref, template, order)

    def sorted(self, select: str) -> str:
        """As it is: a subselect keeps its order."""
        return select

    def cursor(self, line: Line, rows: str, *, column: Column) -> Column:
        """As it is."""
        del line, rows
        return column

    def literal(self, family: Family, value: str) -> str:
        """Typed literals."""
        if family is Family.INSTANT:
            return f"TIMESTAMP '{value} +00:00'"
        return f"TIMESTAMP '{value}'" if family is Family.LOCAL else value


def connect(address: Address, way: Way) -> tuple[Line, Oracle]:
    """Open a line; instants with local time zone are written in the zone of `way`.

    Raises:
        DataError: nobody answers, or we are not let in.
        MissingExtraError: the driver is not installed.
    """
    oracledb = driver("oracledb", install="'regulars[sources]'", address=address)
    oracledb.defaults.fetch_lobs = False
    try:
        connection = oracledb.connect(
            user=address.user, password=address.password, host=address.host, port=address.port or 1521,
            service_name=address.database, tcp_connect_timeout=10,
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER SESSION SET TIME_ZONE = {doubled(way.zone)}")
            cursor.execute("SET TRANSACTION READ ONLY")
    except oracledb.Error as problem:
        raise unreachable(address, problem) from None
    return DriverLine(connection, address, oracledb.Error, _stream), Oracle()


def _stream(connection: Any) -> Any:
    cursor = connection.cursor()
    cursor.arraysize = 5000
    return cursor
