"""MariaDB as a source, against a real server."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from regulars.kernel.errors import DataError
from tests.capture.conftest import Bench, rejects, rows
from tests.capture.sources.databases import columns, opened, read, since, typed
from tests.capture.sources.projects import Shop
from tests.servers.mariadb import ESCAPED, PASSWORD, connect

pytestmark = pytest.mark.postgres

TYPES = """
CREATE TABLE t (id bigint unsigned PRIMARY KEY, flag bool, b bit(10), d date, local datetime(3), instant timestamp NULL,
    n decimal(12, 4), f float, f8 double, doc json, bin binary(4), photo blob, tx text, e enum('x', 'y'), s set('p', 'q'),
    y year, g point, u uuid, `odd ``name` char(5));
INSERT INTO t VALUES (18446744073709551615, 1, 5, '2024-03-31', '2024-03-31 02:30:00.125', '2024-03-30 23:30:00', 12.5,
    12.1, 0.1, '{"a":1}', X'deadbeef', X'00', 'Grüße 😀', 'x', 'p,q', 2024, POINT(1, 2),
    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'ab')"""
LINES = """
contract = "order_line"
from = "items"
columns = { order_id = "o", line_id = "l", ordered_at = "t", net_amount = "n" }
"""


def run(url: str, *statements: str) -> None:
    with closing(connect(url)) as door:
        cursor = door.cursor()
        cursor.execute("SET time_zone = '+00:00'")
        cursor.execute("SET sql_mode = ''")
        for each in statements:
            cursor.execute(each)


def test_every_type_is_written_as_the_database_writes_it(mariadb_url: str, tmp_path: Path) -> None:
    run(mariadb_url, *TYPES.split(";\n"))
    path = read(mariadb_url, "t", tmp_path, zone="Europe/Berlin")
    assert {name: values[0] for name, values in columns(path).items()} == {
        "id": "18446744073709551615", "flag": "1", "b": "5", "d": "2024-03-31", "local": "2024-03-31 02:30:00.125",
        "instant": "2024-03-31 00:30:00+01:00", "n": "12.5000", "f": "12.1", "f8": "0.1", "doc": '{"a":1}',
        "tx": "Grüße 😀", "e": "x", "s": "p,q", "y": "2024", "g": "POINT(1 2)",
        "u": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "odd `name": "ab",
    }  # fmt: skip
    assert typed(path) == {"id", "flag", "b", "d", "local", "instant", "n", "f", "f8", "y"}
    assert columns(read(mariadb_url, "t", tmp_path, wanted=["bin"]))["bin"] == ["deadbeef"]


def test_a_date_of_zeros_is_set_aside_with_its_own_text(mariadb_url: str, tmp_path: Path, bench: Bench) -> None:
    run(
        mariadb_url,
        "CREATE TABLE items (o int, t datetime, n decimal(12, 3))",
        "INSERT INTO items VALUES (1, '0000-00-00', 5), (2, '2024-01-01', 1.234)",
    )
    path = read(mariadb_url, "items", tmp_path)
    section = {"contract": "order_line", "columns": {"order_id": "o", "ordered_at": "t", "net_amount": "n"}}
    german = {"decimal": ",", "thousands": ".", "timezone": "Europe/Berlin"}
    parsed = bench.parse(path.read_bytes(), section, dialect=german, name="lines.parquet")
    (row,) = rows(parsed)
    assert (row["net_amount"], row["ordered_at"]) == (Decimal("1.2340"), datetime(2023, 12, 31, 23))
    (aside,) = rejects(parsed)
    assert aside["column"] == "ordered_at" and "0000-00-00" in aside["raw"]


def test_a_select_keeps_its_own_order(mariadb_url: str, tmp_path: Path) -> None:
    run(mariadb_url, "CREATE TABLE t AS SELECT seq AS line, concat('k', (seq * 7919) % 1000) AS k FROM seq_1_to_1000")
    wanted = [f"k{each * 7919 % 1000}" for each in range(1000, 0, -1)]
    assert columns(read(mariadb_url, "SELECT k FROM t ORDER BY line DESC", tmp_path))["k"] == wanted
    assert columns(read(mariadb_url, "SELECT k FROM t ORDER BY line DESC LIMIT 3;", tmp_path))["k"] == wanted[:3]


def test_one_capture_sees_one_state(mariadb_url: str, tmp_path: Path) -> None:
    run(mariadb_url, "CREATE TABLE heads (k int)", "CREATE TABLE bits (k int)", "INSERT INTO heads VALUES (1)")
    database, path = opened(mariadb_url, tmp_path), tmp_path / "x.parquet"
    database.read("heads", path, wanted=(), since=None)
    run(mariadb_url, "INSERT INTO bits VALUES (2)")
    database.read("bits", path, wanted=(), since=None)
    assert columns(path) == {"k": []}
    database.close()
    assert columns(read(mariadb_url, "bits", tmp_path)) == {"k": ["2"]}


def test_a_capture_that_goes_on_from_a_cursor(mariadb_url: str, tmp_path: Path) -> None:
    run(
        mariadb_url,
        "CREATE TABLE items (o varchar(9), l int, t datetime, n decimal(12, 4), at timestamp NULL, PRIMARY KEY (o, l))",
        "INSERT INTO items SELECT concat('A', seq), 1, '2024-05-01', 10, '2024-05-01 10:00' + INTERVAL seq MINUTE "
        "FROM seq_1_to_300",
    )
    shop = Shop(tmp_path / "shop", url=mariadb_url).says(LINES + 'cursor = "at"\noverlap = "30m"')
    assert [each["loaded"] for each in shop.capture()] == [300]
    run(
        mariadb_url,
        "INSERT INTO items VALUES ('N1', 1, '2024-05-01', 2, '2024-05-01 15:10')",
        "INSERT INTO items VALUES ('L1', 1, '2024-05-01', 2, '2024-05-01 14:50')",
    )
    shop.now = datetime(2024, 6, 2, tzinfo=UTC)
    assert [(each["loaded"], each["duplicate"]) for each in shop.capture()] == [(2, 31)]
    with shop.project() as project:
        assert project.book.recall("db", "order_line from items", name="cursor at") == "2024-05-01 17:10:00+02:00"


def test_marks_of_days_and_numbers(mariadb_url: str, tmp_path: Path) -> None:
    run(mariadb_url, "CREATE TABLE t AS SELECT seq AS id, '2024-05-01' + INTERVAL seq DAY AS d FROM seq_1_to_30")
    run(mariadb_url, "ALTER TABLE t MODIFY d date", "INSERT INTO t VALUES (99, '2099-12-31')")
    database, path = opened(mariadb_url, tmp_path), tmp_path / "x.parquet"
    now = datetime(2024, 6, 1, 12)
    assert database.read("t", path, wanted=(), since=since("d", "2024-05-30", overlap="2d", now=now)) == "2024-05-31"
    assert columns(path)["id"] == ["27", "28", "29", "30", "99"]
    assert database.read("t", path, wanted=(), since=since("id", "30", overlap=1, now=now)) == "99"
    assert columns(path)["id"] == ["29", "30", "99"]
    database.close()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ((ESCAPED, "hush-hush"), "does not let us in"),
        (("/shop_", "/shup_"), "no such database"),
        (("@127.0.0.1:", "@127.0.0.1:1"), "Nobody answers"),
    ],
)
def test_who_cannot_be_reached(mariadb_url: str, tmp_path: Path, change: tuple[str, str], says: str) -> None:
    url = mariadb_url.replace(*change) if says != "Nobody answers" else f"mysql://regulars:{ESCAPED}@127.0.0.1:1/shop"
    with pytest.raises(DataError, match=says) as wrong:
        opened(url, tmp_path)
    told = str(wrong.value)
    assert wrong.value.fix and not any(secret in told for secret in (PASSWORD, ESCAPED, "hush-hush"))


@pytest.mark.parametrize(
    ("pattern", "says", "guess"),
    [
        ("ordrs", "no table 'ordrs'", "orders"),
        ("SELECT amout FROM orders", "Unknown column 'amout'", "amount"),
        ("SELECT * FROM order_s", "order_s' doesn't exist", "orders"),
        ("SELECT * FRM orders", "error in your SQL syntax", None),
        ("SELECT 1 AS a; DROP TABLE orders", "error in your SQL syntax", None),
    ],
)
def test_what_is_not_there(mariadb_url: str, tmp_path: Path, pattern: str, says: str, guess: str | None) -> None:
    run(mariadb_url, "CREATE TABLE orders (amount int)")
    with pytest.raises(DataError, match=says) as wrong:
        read(mariadb_url, pattern, tmp_path)
    assert wrong.value.guess == guess and wrong.value.fix
