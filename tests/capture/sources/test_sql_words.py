"""SQL Server and Oracle: no server of theirs runs here, so what would be said to them is read as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from regulars.capture.sources.databases.address import Address
from regulars.capture.sources.databases.database import Database
from regulars.capture.sources.databases.grammar import Described, Grammar
from regulars.capture.sources.databases.oracle import Oracle
from regulars.capture.sources.databases.sqlserver import SQLServer
from regulars.kernel.errors import MissingExtraError
from tests.capture.sources.databases import PLACE, opened, since

NOW = datetime(2024, 6, 1, 12)


class Recorder:
    """A line that answers questions about the catalog, and keeps the statement that reads."""

    def __init__(self, answers: dict[str, list[tuple[Any, ...]]], described: Sequence[Described] = ()) -> None:
        self._answers, self._described = answers, list(described)
        self.said: list[str] = []

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        self.said.append(sql)
        return next((rows for words, rows in self._answers.items() if words in sql), [])

    def describe(self, sql: str) -> list[Described]:
        self.said.append(sql)
        return self._described

    def pieces(self, sql: str, size: int) -> Iterator[Sequence[tuple[Any, ...]]]:
        del size
        self.said.append(sql)
        return iter(())

    def close(self) -> None:
        self.said.append("close")


def said(line: Recorder, grammar: Grammar, tmp_path: Path, *, pattern: str, mark: str | None = None) -> str:
    """The statement that would read."""
    database = Database(Address("mssql", "db"), line, grammar=grammar, place=PLACE)
    database.read(pattern, tmp_path / "x.parquet", wanted=(), since=since("At", mark, now=NOW) if mark else None)
    return line.said[-1]


KINDS = [("Id", "int"), ("At", "datetimeoffset(7)"), ("Net", "money"), ("Rate", "float"), ("Name", "nvarchar(50)"),
         ("Photo", "varbinary(max)"), ("Day", "date"), ("Local", "datetime2(3)"), ("Ok", "bit")]  # fmt: skip


def test_what_is_said_to_sql_server(tmp_path: Path) -> None:
    answers = {
        "sys.objects": [("dbo", "Orders", 1, None)],
        "KEY_COLUMN_USAGE": [("Id",)],
        "dm_exec_describe_first_result_set": KINDS,
        "max(": [("2024-05-31T10:00:00+02:00",)],
    }
    line = Recorder(answers)
    assert said(line, SQLServer(), tmp_path, pattern="orders", mark="2024-05-31T10:00:00+02:00") == (
        "SELECT CONVERT(varchar(60), source.[Id]) AS [Id], CONVERT(varchar(40), source.[At], 126) AS [At], "
        "CONVERT(varchar(60), source.[Net], 2) AS [Net], CONVERT(varchar(60), source.[Rate], 3) AS [Rate], "
        "CONVERT(nvarchar(max), source.[Name]) AS [Name], CONVERT(varchar(10), source.[Day], 23) AS [Day], "
        "CONVERT(varchar(40), source.[Local], 126) AS [Local], CONVERT(varchar(60), source.[Ok]) AS [Ok] "
        "FROM [dbo].[Orders] AS source "
        "WHERE (source.[At] >= CONVERT(datetimeoffset, '2024-05-31T07:00:00+00:00', 126) OR source.[At] IS NULL) "
        "ORDER BY source.[Id]"
    )
    assert "N'SELECT * FROM [dbo].[Orders] AS source'" in line.said[2]
    assert line.said[3] == (
        "SELECT CONVERT(varchar(40), max(source.[At]), 126) FROM [dbo].[Orders] AS source "
        "WHERE source.[At] <= CONVERT(datetimeoffset, '2024-06-01T12:00:00+00:00', 126)"
    )


def test_a_select_is_quoted_for_sql_server(tmp_path: Path) -> None:
    line = Recorder({"dm_exec": [("Name", "varchar(9)")]})
    sql = said(line, SQLServer(), tmp_path, pattern="SELECT Name FROM Orders WHERE Kind = 'x'")
    assert sql.endswith(
        "FROM (SELECT Name FROM Orders WHERE Kind = 'x') AS source "
        "ORDER BY CONVERT(nvarchar(max), source.[Name]) COLLATE Latin1_General_BIN2"
    )
    assert "Kind = ''x''" in line.said[0]


def test_a_select_with_an_order_keeps_it_on_sql_server(tmp_path: Path) -> None:
    line = Recorder({"dm_exec": [("Name", "varchar(9)")]})
    sql = said(line, SQLServer(), tmp_path, pattern="SELECT Name FROM Orders ORDER BY Id")
    assert sql.endswith("FROM (SELECT Name FROM Orders ORDER BY Id OFFSET 0 ROWS) AS source")
    sql = said(line, SQLServer(), tmp_path, pattern="SELECT TOP 5 Name FROM Orders ORDER BY Id")
    assert sql.endswith("FROM (SELECT TOP 5 Name FROM Orders ORDER BY Id) AS source")


def test_what_is_said_to_oracle(tmp_path: Path) -> None:
    kinds = {"ID": "NUMBER", "At": "TIMESTAMP_TZ", "DAY": "DATE", "NAME": "VARCHAR", "NOTE": "CLOB", "PHOTO": "BLOB"}
    described = [Described(name, SimpleNamespace(name=f"DB_TYPE_{kind}")) for name, kind in kinds.items()]
    line = Recorder(
        {"all_tables": [("SHOP", "ORDERS", 1, None)], "max(": [("2024-05-31 10:00:00.000000+02:00",)]}, described
    )
    assert said(line, Oracle(), tmp_path, pattern="shop.orders", mark="2024-05-31 10:00:00.000000+02:00") == (
        "SELECT TO_CHAR(source.\"ID\", 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''') AS \"ID\", "
        'TO_CHAR(source."At", \'YYYY-MM-DD HH24:MI:SS.FF6TZH:TZM\') AS "At", '
        'TO_CHAR(source."DAY", \'YYYY-MM-DD HH24:MI:SS\') AS "DAY", source."NAME" AS "NAME", '
        'source."NOTE" AS "NOTE" FROM "SHOP"."ORDERS" source '
        'WHERE (source."At" >= TIMESTAMP \'2024-05-31 07:00:00 +00:00\' OR source."At" IS NULL) '
        'ORDER BY source."ID", source."At", source."DAY", NLSSORT(source."NAME", \'NLS_SORT=BINARY\'), '
        'DBMS_LOB.SUBSTR(source."NOTE", 2000, 1)'
    )
    assert 'SELECT * FROM "SHOP"."ORDERS" source WHERE 1 = 0' in line.said


def test_names_are_quoted() -> None:
    assert SQLServer().quoted("a]b") == "[a]]b]"
    assert Oracle().quoted('a"b') == '"ab"'


def test_a_driver_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingExtraError, match="pymssql") as missing:
        opened("mssql://me:hush-hush@db/shop", tmp_path)
    assert missing.value.fix == "Install it: pip install pymssql"
    assert "hush" not in str(missing.value)


def test_nobody_answers_as_oracle(tmp_path: Path) -> None:
    pytest.importorskip("oracledb")
    with pytest.raises(Exception, match=r"Nobody answers at 127\.0\.0\.1:1") as wrong:
        opened("oracle://me:hush-hush@127.0.0.1:1/shop", tmp_path)
    assert "hush" not in str(wrong.value)
