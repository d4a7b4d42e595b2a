"""What all databases have in common: addresses, secrets, marks; SQLite and DuckDB files."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regulars.capture.blank import blanked
from regulars.capture.dialect import Dialect
from regulars.capture.job import Landed
from regulars.capture.sought import Reading
from regulars.capture.sources.databases.address import address_of
from regulars.capture.sources.databases.cursor import Clock, overlap_of, start
from regulars.capture.sources.databases.grammar import Column, Family
from regulars.kernel.errors import BusyError, ConfigError, DataError, RegularsError
from tests.capture.conftest import Bench, rows
from tests.capture.sources.databases import PLACE, columns, opened, read, since, typed

NOW = datetime(2024, 6, 1, 12)
LINES = {"contract": "order_line", "columns": {"order_id": "o", "ordered_at": "t", "net_amount": "n"}}


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with sqlite3.connect(tmp_path / "a.db") as door:
        yield door
    door.close()


# ------------------------------------------------------------------------------------------------------------ addresses
def test_an_address_is_told_without_its_secrets() -> None:
    address = address_of("mysql+pymysql://me:p%2Fw@db:3307/shop?ssl_ca=/etc/secret.pem", root=Path(), place=PLACE)
    assert (address.scheme, address.password, address.port, address.database) == ("mysql", "p/w", 3307, "shop")
    assert str(address) == "mysql://me@db:3307/shop"
    assert "p/w" not in repr(address) and "secret" not in repr(address)
    assert address.hushed("no p/w for /etc/secret.pem") == "no *** for ***"


def test_files_lie_in_the_project(tmp_path: Path) -> None:
    assert address_of("sqlite:///data/a.db", root=tmp_path, place=PLACE).path == tmp_path / "data" / "a.db"
    assert address_of("duckdb:////srv/a.duckdb", root=tmp_path, place=PLACE).path == Path("/srv/a.duckdb")


@pytest.mark.parametrize(
    "url", ["shop.db", "postgre://me:hush@db/x", "mysql://", "sqlite://a.db", "mysql://me:hush@db:port/x", "sqlite:///"]
)
def test_a_wrong_url_is_told_without_itself(url: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        address_of(url, root=Path(), place=PLACE)
    assert "hush" not in str(wrong.value) and PLACE in str(wrong.value)


# ---------------------------------------------------------------------------------------------------------------- marks
@pytest.mark.parametrize(
    ("family", "mark", "overlap", "first"),
    [
        (Family.NUMBER, "5000", None, "4000"),
        (Family.NUMBER, "12.5", 2, "10.5"),
        (Family.DAY, "2024-03-31", None, "2024-03-30"),
        (Family.LOCAL, "2024-03-31T10:00:00.5", "30m", "2024-03-31 09:30:00.500000"),
        (Family.INSTANT, "2024-03-31 10:00:00+02", "1d", "2024-03-30 08:00:00"),
    ],
)
def test_where_a_read_goes_on(family: Family, mark: str, overlap: str | int | None, first: str) -> None:
    column = Column("c", family, "c")
    assert start(mark, column, overlap=overlap_of(overlap, place=PLACE), place=PLACE) == first


@pytest.mark.parametrize(
    ("family", "overlap"), [(Family.TEXT, None), (Family.FLAG, None), (Family.NUMBER, "1h"), (Family.LOCAL, 5)]
)
def test_a_mark_that_cannot_be(family: Family, overlap: str | int | None) -> None:
    with pytest.raises(ConfigError, match="cursor 'c'"):
        start("1", Column("c", family, "c"), overlap=overlap_of(overlap, place=PLACE), place=PLACE)


@pytest.mark.parametrize("overlap", ["1 hour", "h", -1, True, "1.5h"])
def test_an_overlap_that_cannot_be(overlap: str | int) -> None:
    with pytest.raises(ConfigError, match="overlap"):
        overlap_of(overlap, place=PLACE)


def test_a_mark_never_lies_in_the_future() -> None:
    clock = Clock(NOW, "Europe/Berlin")
    assert clock.limit(Family.INSTANT) == "2024-06-01 12:00:00"
    assert clock.limit(Family.LOCAL) == "2024-06-01 14:00:00"
    assert clock.limit(Family.DAY) == "2024-06-01"
    assert clock.limit(Family.NUMBER) is None


# --------------------------------------------------------------------------------------------------------------- SQLite
def test_values_of_sqlite_are_read_by_what_they_are(lite: sqlite3.Connection, tmp_path: Path, bench: Bench) -> None:
    lite.executescript(
        "CREATE TABLE lines (o TEXT, t TEXT, n DECIMAL(10, 2), note TEXT, odd, photo BLOB);"
        "INSERT INTO lines VALUES ('1.234', '2024-03-31 10:00', 1.234, '1.234', 'n/a', x'00FF'),"
        " ('B2', '2024-03-31', 12, '', 2.5, NULL), ('B3', '2024-03-30T23:30:00Z', NULL, NULL, 7, NULL);"
    )
    lite.commit()
    path = read("sqlite:///a.db", "lines", tmp_path)
    assert columns(path)["n"] == ["1.234", "12", None]
    assert columns(path)["odd"] == ["n/a", "2.5", "7"]
    assert columns(path)["photo"] == ["00ff", None, None]
    assert typed(path) == {"n"}
    german = {"decimal": ",", "thousands": ".", "timezone": "Europe/Berlin"}
    parsed = bench.parse(path.read_bytes(), LINES, dialect=german, name="lines.parquet")
    first, second = rows(parsed)
    assert str(first["net_amount"]) == "1.2340"  # a number, whatever the thousands sign of texts
    assert (first["order_id"], second["net_amount"]) == ("1.234", 12)
    assert parsed.quarantined == 1  # no amount


def test_numbers_beside_texts_that_look_like_numbers_are_not_guessed(lite: sqlite3.Connection, tmp_path: Path) -> None:
    lite.executescript("CREATE TABLE t (x); INSERT INTO t VALUES ('1.234'), (1.5);")
    lite.commit()
    with pytest.raises(DataError, match="'x' holds numbers, and texts"):
        read("sqlite:///a.db", "t", tmp_path)


def test_equal_rows_give_equal_bytes(lite: sqlite3.Connection, tmp_path: Path) -> None:
    lite.executescript(
        "CREATE TABLE t (k TEXT PRIMARY KEY, v INT); CREATE TABLE u (k TEXT, v INT); CREATE VIEW w AS SELECT * FROM u;"
        "INSERT INTO t VALUES ('b', 1), ('a', 2); INSERT INTO u VALUES ('b', 1), ('a', 2);"
    )
    lite.commit()
    before = {each: read("sqlite:///a.db", each, tmp_path).read_bytes() for each in ("t", "w")}
    assert columns(read("sqlite:///a.db", "u", tmp_path))["k"] == ["b", "a"]  # without a key: as the rows lie
    lite.executescript("DELETE FROM t; INSERT INTO t VALUES ('a', 2), ('b', 1);")
    lite.executescript("DELETE FROM u; INSERT INTO u VALUES ('a', 2), ('b', 1);")
    lite.commit()
    assert {each: read("sqlite:///a.db", each, tmp_path).read_bytes() for each in ("t", "w")} == before
    lite.execute("UPDATE t SET v = 3 WHERE k = 'a'")
    lite.commit()
    assert read("sqlite:///a.db", "t", tmp_path).read_bytes() != before["t"]


@pytest.mark.parametrize("scheme", ["sqlite", "duckdb"])
def test_a_select_keeps_its_own_order(tmp_path: Path, scheme: str) -> None:
    pairs = [(each, f"k{each * 7919 % 10007}") for each in range(10000)]
    if scheme == "sqlite":
        with sqlite3.connect(tmp_path / "c.file") as door:
            door.execute("CREATE TABLE t (line INT, k TEXT)")
            door.executemany("INSERT INTO t VALUES (?, ?)", pairs)
        door.close()
    else:
        with duckdb.connect(str(tmp_path / "c.file")) as duck:
            duck.execute("CREATE TABLE t AS SELECT range AS line, 'k' || range * 7919 % 10007 AS k FROM range(10000)")
    path = read(f"{scheme}:///c.file", "SELECT k FROM t ORDER BY line DESC", tmp_path)
    assert columns(path)["k"] == [k for _, k in reversed(pairs)]


def test_a_cursor_of_texts_is_read_as_times(lite: sqlite3.Connection, tmp_path: Path) -> None:
    lite.executescript(
        "CREATE TABLE t (k TEXT, at TEXT);"
        "INSERT INTO t VALUES ('old', '2024-05-01 10:00:00'), ('late', '2024-06-01T09:30:00Z'),"
        " ('new', '2024-06-01 10:00:00'), ('odd', 'soon'), ('none', NULL), ('ahead', '2099-01-01');"
    )
    lite.commit()
    database = opened("sqlite:///a.db", tmp_path)
    path = tmp_path / "read.parquet"
    mark = database.read("t", path, wanted=(), since=since("at", None, now=NOW))
    assert len(columns(path)["k"]) == 6
    again = database.read("t", path, wanted=(), since=since("at", mark, now=NOW))
    # An hour before the newest that is not ahead of the clock; what cannot be compared comes every time.
    assert columns(path)["k"] == ["late", "new", "odd", "none", "ahead"]
    assert again == mark
    with pytest.raises(ConfigError, match="'att'") as wrong:
        database.read("t", path, wanted=(), since=since("att", None, now=NOW))
    assert wrong.value.guess == "at"
    database.close()


def test_a_cursor_must_hold_one_kind_of_value(lite: sqlite3.Connection, tmp_path: Path) -> None:
    lite.executescript("CREATE TABLE t (at); INSERT INTO t VALUES ('2024-05-01'), (5);")
    lite.commit()
    database = opened("sqlite:///a.db", tmp_path)
    with pytest.raises(DataError, match="integer, text"):
        database.read("t", tmp_path / "x.parquet", wanted=(), since=since("at", None, now=NOW))
    database.close()


def test_nothing_is_written_to_a_source(lite: sqlite3.Connection, tmp_path: Path) -> None:
    lite.executescript("CREATE TABLE t (k)")
    for select in ("t; DELETE FROM t", "SELECT 1 AS k) AS source; DELETE FROM t; --"):
        with pytest.raises(DataError):
            read("sqlite:///a.db", select, tmp_path)


@pytest.mark.parametrize(
    ("pattern", "problem", "guess"),
    [
        ("order", "no table 'order'", "orders"),
        ("SELECT * FROM order_s", "no such table: order_s", "orders"),
        ("SELECT amout FROM orders", "no such column: amout", "amount"),
        ("SELECT * FRM orders", "syntax error", None),
    ],
)
def test_what_is_not_there(
    lite: sqlite3.Connection, tmp_path: Path, pattern: str, problem: str, guess: str | None
) -> None:
    lite.executescript("CREATE TABLE orders (amount)")
    with pytest.raises(RegularsError, match=problem) as wrong:
        read("sqlite:///a.db", pattern, tmp_path)
    assert wrong.value.guess == guess and wrong.value.fix


def test_a_file_that_is_not_there_or_not_one(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("hello\n" * 1000)
    for name in ("nothing.db", "text.db"):
        for scheme in ("sqlite", "duckdb"):
            with pytest.raises(DataError, match=name):
                read(f"{scheme}:///{name}", "t", tmp_path)
    assert not (tmp_path / "nothing.db").exists()


# --------------------------------------------------------------------------------------------------------------- DuckDB
def test_types_of_a_foreign_duckdb_file(tmp_path: Path, bench: Bench) -> None:
    with duckdb.connect(str(tmp_path / "b.duckdb")) as door:
        door.execute("CREATE TABLE lines (o BIGINT, t TIMESTAMPTZ, n DECIMAL(12, 3), tags VARCHAR[], photo BLOB)")
        door.execute("INSERT INTO lines VALUES (7, '2024-03-30 23:30:00+00', 1.234, ['a', 'b'], '\\xAA'::BLOB)")
        door.execute("INSERT INTO lines VALUES (8, 'infinity', 2, NULL, NULL)")
    path = read("duckdb:///b.duckdb", "lines", tmp_path, zone="Europe/Berlin")
    assert columns(path) == {
        "o": ["7", "8"], "t": ["2024-03-31 00:30:00+01", "infinity"], "n": ["1.234", "2.000"], "tags": ["a b", None],
    }  # fmt: skip
    assert typed(path) == {"o", "t", "n"}
    parsed = bench.parse(path.read_bytes(), LINES, dialect={"decimal": ",", "thousands": "."}, name="lines.parquet")
    assert [(row["order_id"], row["ordered_at"]) for row in rows(parsed)] == [("7", datetime(2024, 3, 30, 23, 30))]
    assert parsed.quarantined == 1
    assert columns(read("duckdb:///b.duckdb", "lines", tmp_path, wanted=["photo"]))["photo"] == ["aa", None]


def test_a_foreign_duckdb_file_reaches_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with duckdb.connect(str(tmp_path / "b.duckdb")) as door:
        door.execute(f"CREATE VIEW peek AS SELECT * FROM read_csv('{tmp_path / 'secret.csv'}')")
    with pytest.raises(DataError, match="disabled"):
        read("duckdb:///b.duckdb", "peek", tmp_path)


def test_a_file_that_another_one_holds(tmp_path: Path) -> None:
    code = "import duckdb, sys; door = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "b.duckdb")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout and other.stdout.readline() == b"open\n"
        with pytest.raises(BusyError, match=r"b\.duckdb"):
            read("duckdb:///b.duckdb", "t", tmp_path)


def test_a_parquet_file_without_the_mark_is_read_by_its_own_types(tmp_path: Path, bench: Bench) -> None:
    pq.write_table(pa.table({"o": ["1"], "t": ["2024-03-31"], "n": ["1.234"]}), tmp_path / "x.parquet")
    german = {"decimal": ",", "thousands": "."}
    parsed = bench.parse((tmp_path / "x.parquet").read_bytes(), LINES, dialect=german, name="x.parquet")
    assert [row["net_amount"] for row in rows(parsed)] == [1234]


def test_a_landed_file_that_was_blanked_keeps_its_mark(lite: sqlite3.Connection, tmp_path: Path, bench: Bench) -> None:
    lite.executescript(
        "CREATE TABLE lines (o TEXT, t TEXT, n NUMERIC);"
        "INSERT INTO lines VALUES ('B1', '2024-03-31', 1.234), ('B2', '2024-03-31', 1.234);"
    )
    lite.commit()
    path, fresh = read("sqlite:///a.db", "lines", tmp_path), tmp_path / "fresh.parquet"
    landed = Landed(str(path), "lines.parquet")
    blanked(landed, fresh, reading=Reading(Dialect(), ("o", "t", "n"), tmp_path), records=[1])
    assert columns(fresh)["n"] == [None, "1.234"] and typed(fresh) == {"n"}
    german = {"decimal": ",", "thousands": "."}
    parsed = bench.parse(fresh.read_bytes(), LINES, dialect=german, name="lines.parquet", erased=((1, 1),))
    assert [str(row["net_amount"]) for row in rows(parsed)] == ["1.2340"]
