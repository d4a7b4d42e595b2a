"""PostgreSQL as a source, against a real server."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest

from regulars.kernel.errors import ConfigError, DataError, RegularsError
from tests.capture.conftest import Bench, rejects, rows
from tests.capture.sources.databases import columns, opened, read, since, typed
from tests.capture.sources.projects import Shop
from tests.servers.postgres import PASSWORD

pytestmark = pytest.mark.postgres

LINES = """
contract = "order_line"
from = "lines"
columns = { order_id = "o", line_id = "l", ordered_at = "t", net_amount = "n", quantity = "q", customer_id = "c" }
"""
TABLE = "CREATE TABLE lines (o text, l int, t timestamp, n numeric(12,4), q numeric, c int, PRIMARY KEY (o, l))"
NOW = datetime(2024, 6, 1, 12)


def run(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as door:
        for each in statements:
            door.execute(each.encode())


# ---------------------------------------------------------------------------------------------------------------- types
TYPES = """
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN mail AS text CHECK (VALUE LIKE '%@%');
CREATE TABLE t (id bigint PRIMARY KEY, flag bool, d date, local timestamp, instant timestamptz, fixed numeric(10,2),
    free numeric, f4 real, f8 double precision, cash money, doc jsonb, old json, u uuid, photo bytea, tags text[], m mood,
    ch char(5), mail mail, "odd ""name" text);
INSERT INTO t VALUES
    (1, true, '2024-03-31', '2024-03-31 02:30', '2024-03-30 23:30+00', 12.50, 0.000000001, 12.1, 0.1, '$1,234.50',
     '{"a": 1}', '[1]', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '\\xdeadbeef', '{a,b}', 'good', 'ab', 'a@b.c', '1.234'),
    (2, false, 'infinity', '-infinity', 'infinity', 'NaN', 'Infinity', 'NaN', 1e300, NULL, NULL, NULL, NULL, NULL, NULL,
     NULL, NULL, NULL, NULL);
"""


def test_every_type_is_written_as_the_database_writes_it(postgres_url: str, tmp_path: Path) -> None:
    run(postgres_url, *TYPES.strip().removesuffix(";").split(";\n"))
    path = read(postgres_url, "t", tmp_path, zone="Europe/Berlin")
    first = {name: values[0] for name, values in columns(path).items()}
    assert first == {
        "id": "1", "flag": "true", "d": "2024-03-31", "local": "2024-03-31 02:30:00", "instant": "2024-03-31 00:30:00+01",
        "fixed": "12.50", "free": "0.000000001", "f4": "12.1", "f8": "0.1", "cash": "1234.50", "doc": '{"a": 1}',
        "old": "[1]", "u": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "tags": "a b", "m": "good", "ch": "ab",
        "mail": "a@b.c", 'odd "name': "1.234",
    }  # fmt: skip
    assert typed(path) == {"id", "flag", "d", "local", "instant", "fixed", "free", "f4", "f8", "cash"}
    second = {name: values[1] for name, values in columns(path).items()}
    assert (second["d"], second["local"], second["fixed"], second["f8"]) == ("infinity", "-infinity", "NaN", "1e+300")
    assert columns(read(postgres_url, "t", tmp_path, wanted=["photo"]))["photo"] == ["deadbeef", None]


def test_odd_values_are_set_aside_with_their_own_text(postgres_url: str, tmp_path: Path, bench: Bench) -> None:
    run(
        postgres_url,
        "CREATE TABLE lines (o int, t timestamp, n numeric, at timestamptz)",
        "INSERT INTO lines VALUES (1, '2024-03-31 02:30', 5, now()), (2, 'infinity', 5, now()), "
        "(3, '2024-01-01', 'NaN', now()), (4, '2024-01-01', 1234.56785, now())",
    )
    path = read(postgres_url, "lines", tmp_path, zone="Europe/Berlin")
    section = {"contract": "order_line", "columns": {"order_id": "o", "ordered_at": "t", "net_amount": "n"}}
    dialect = {"timezone": "Europe/Berlin", "thousands": ".", "decimal": ","}
    parsed = bench.parse(path.read_bytes(), section, dialect=dialect, name="lines.parquet")
    (row,) = rows(parsed)
    assert (row["order_id"], row["net_amount"], row["ordered_at"]) == (
        "4",
        Decimal("1234.5678"),
        datetime(2023, 12, 31, 23),
    )
    assert [(each["column"], each["reason"]) for each in rejects(parsed)] == [
        ("ordered_at", "not_in_zone"), ("ordered_at", "not_a_date"), ("net_amount", "not_finite"),
    ]  # fmt: skip


# ---------------------------------------------------------------------------------------------------------------- order
def test_a_table_without_a_key_is_read_as_its_rows_lie(postgres_url: str, tmp_path: Path) -> None:
    run(
        postgres_url, "CREATE TABLE t (k text)", "INSERT INTO t VALUES ('b'), ('a')", "CREATE VIEW v AS SELECT * FROM t"
    )
    assert columns(read(postgres_url, "t", tmp_path)) == {"k": ["b", "a"]}
    assert columns(read(postgres_url, "v", tmp_path)) == {"k": ["a", "b"]}
    assert columns(read(postgres_url, "SELECT k AS \"K\", 1 AS x FROM t WHERE k LIKE '%';", tmp_path))["K"] == [
        "a",
        "b",
    ]


def test_a_select_keeps_its_own_order(postgres_url: str, tmp_path: Path) -> None:
    run(
        postgres_url,
        "CREATE TABLE t AS SELECT g AS line, 'k' || (g * 7919) % 100003 AS k FROM generate_series(1, 100000) g",
    )
    wanted = [f"k{each * 7919 % 100003}" for each in range(100000, 0, -1)]
    assert columns(read(postgres_url, "SELECT k FROM t ORDER BY line DESC", tmp_path))["k"] == wanted


def test_schemas_partitions_and_letter_case(postgres_url: str, tmp_path: Path) -> None:
    run(
        postgres_url,
        'CREATE SCHEMA "Erp"',
        'CREATE TABLE "Erp"."Orders" (k int, d date) PARTITION BY RANGE (d)',
        'CREATE TABLE "Erp".o24 PARTITION OF "Erp"."Orders" FOR VALUES FROM (\'2024-01-01\') TO (\'2025-01-01\')',
        'INSERT INTO "Erp"."Orders" VALUES (1, \'2024-05-01\')',
    )
    assert columns(read(postgres_url, "erp.orders", tmp_path))["k"] == ["1"]
    with pytest.raises(DataError, match=r"no table 'Orders'") as wrong:
        read(postgres_url, "Orders", tmp_path)
    assert wrong.value.guess == "Erp.Orders"


def test_one_capture_sees_one_state(postgres_url: str, tmp_path: Path) -> None:
    run(postgres_url, "CREATE TABLE heads (k int)", "CREATE TABLE lines (k int)", "INSERT INTO heads VALUES (1)")
    database, path = opened(postgres_url, tmp_path), tmp_path / "x.parquet"
    database.read("heads", path, wanted=(), since=None)
    run(postgres_url, "INSERT INTO heads VALUES (2)", "INSERT INTO lines VALUES (2)")
    database.read("lines", path, wanted=(), since=None)
    assert columns(path) == {"k": []}
    database.close()
    assert columns(read(postgres_url, "lines", tmp_path)) == {"k": ["2"]}


def test_memory_does_not_grow_with_the_table(postgres_url: str, tmp_path: Path) -> None:
    run(
        postgres_url,
        "CREATE TABLE big AS SELECT g AS id, md5(g::text) AS h, now() AS t FROM generate_series(1, 300000) g",
        "CREATE TABLE small AS SELECT * FROM big LIMIT 60000",
    )
    peaks = []
    for table in ("small", "big"):
        before = pa.total_allocated_bytes()
        tracemalloc.start()
        read(postgres_url, table, tmp_path)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert pa.total_allocated_bytes() - before < 5_000_000
    assert peaks[1] < peaks[0] * 1.2 < 60_000_000


# --------------------------------------------------------------------------------------------------------- incremental
def test_late_commits_inside_the_overlap_come_once(postgres_url: str, tmp_path: Path) -> None:
    run(
        postgres_url,
        TABLE.replace("PRIMARY", "changed timestamptz, PRIMARY"),
        "INSERT INTO lines SELECT 'A' || g, 1, '2024-05-01', 10, 1, g, "
        "'2024-05-01 10:00+00'::timestamptz + g * interval '1 min' FROM generate_series(1, 300) g",
    )
    shop = Shop(tmp_path / "shop", url=postgres_url).says(LINES + 'cursor = "changed"\noverlap = "30m"')
    assert [each["loaded"] for each in shop.capture()] == [300]
    with psycopg.connect(postgres_url) as late:
        late.execute("INSERT INTO lines VALUES ('L1', 1, '2024-05-01', 1, 1, 1, '2024-05-01 14:50+00')")
        run(postgres_url, "INSERT INTO lines VALUES ('N1', 1, '2024-05-01', 2, 1, 1, '2024-05-01 15:10+00')")
        shop.now = datetime(2024, 6, 2, tzinfo=UTC)
        (batch,) = shop.capture()  # from 14:30 on; the late one is not committed yet
        assert (batch["loaded"], batch["duplicate"]) == (1, 31)
    (batch,) = shop.capture()  # from 14:40 on; now it is
    assert batch["loaded"] == 1
    assert shop.capture() == []
    found = [row["order_id"] for row in shop.rows("order_line")]
    assert len(found) == len(set(found)) == 302 and {"L1", "N1"} <= set(found)


def test_a_cursor_of_numbers_days_and_times(postgres_url: str, tmp_path: Path) -> None:
    run(
        postgres_url,
        "CREATE TABLE t AS SELECT g AS id, '2024-05-01'::date + g AS d, '2024-05-01'::timestamp + g * interval '1 h' AS local "
        "FROM generate_series(1, 30) g",
        "INSERT INTO t VALUES (NULL, '2099-12-31', 'infinity')",
    )
    database, path = opened(postgres_url, tmp_path, zone="Europe/Berlin"), tmp_path / "x.parquet"
    for column, overlap, mark, count in (
        ("id", 5, "30", 7),
        ("d", "2d", "2024-05-31", 4),
        ("local", "90m", "2024-05-02 06:00:00", 3),
    ):
        reached = database.read("t", path, wanted=(), since=since(column, None, overlap=overlap, now=NOW))
        assert (column, reached, len(columns(path)["id"])) == (column, mark, 31)
        database.read("t", path, wanted=(), since=since(column, reached, overlap=overlap, now=NOW))
        assert (column, len(columns(path)["id"])) == (column, count)
    with pytest.raises(ConfigError, match="holds text"):
        database.read("SELECT 'x' AS k", path, wanted=(), since=since("k", None, now=NOW))
    database.close()


# ------------------------------------------------------------------------------------------------------------ snapshots
def test_what_a_snapshot_no_longer_has_is_ended(postgres_url: str, tmp_path: Path) -> None:
    customers = (
        'contract = "customer"\nfrom = "clients"\ncolumns = { customer_id = "id", name = "name" }\nload = "snapshot"'
    )
    run(
        postgres_url,
        "CREATE TABLE clients (id int PRIMARY KEY, name text)",
        "INSERT INTO clients VALUES (1, 'Ada'), (2, 'Bo'), (3, 'Cy')",
    )
    shop = Shop(tmp_path / "shop", url=postgres_url).says(customers)
    shop.capture()
    run(postgres_url, "DELETE FROM clients WHERE id = 2", "UPDATE clients SET name = 'Cyd' WHERE id = 3")
    shop.now = datetime(2024, 6, 2, tzinfo=UTC)
    assert len(shop.capture()) == 1
    assert [(row["customer_id"], row["name"]) for row in shop.rows("customer", order="customer_id")] == [
        ("1", "Ada"),
        ("3", "Cyd"),
    ]
    assert shop.capture() == []
    with pytest.raises(ConfigError, match="snapshot and has a cursor"):
        shop.says(customers + '\ncursor = "id"').capture()


def test_a_join_is_read_whole_from_the_same_state(postgres_url: str, tmp_path: Path) -> None:
    run(
        postgres_url,
        "CREATE TABLE heads (o text PRIMARY KEY, t timestamp, c int)",
        "CREATE TABLE lines (id serial PRIMARY KEY, o text, n numeric)",
        "INSERT INTO heads VALUES ('B1', '2024-03-01', 7)",
        "INSERT INTO lines (o, n) VALUES ('B1', 5)",
    )
    table = """
    contract = "order_line"
    from = "lines"
    join = [{ from = "heads", on = "o" }]
    columns = { order_id = "o", line_id = "id", ordered_at = "t", net_amount = "n", customer_id = "c" }
    cursor = "id"
    overlap = 0
    """
    shop = Shop(tmp_path / "shop", url=postgres_url).says(table)
    shop.capture()
    run(postgres_url, "INSERT INTO lines (o, n) VALUES ('B1', 6)")
    assert [(each["loaded"], each["duplicate"]) for each in shop.capture()] == [(1, 1)]
    assert [(row["net_amount"], row["customer_id"]) for row in shop.rows("order_line", order="line_id")] == [
        (5, "7"),
        (6, "7"),
    ]


# --------------------------------------------------------------------------------------------------------------- errors
@pytest.mark.parametrize(
    ("change", "says", "fix"),
    [
        ((PASSWORD, "hush-hush"), "does not let us in", "secret"),
        (("/shop_", "/shup_"), "no such database", "end of `url`"),
        (("127.0.0.1", "no.such.host.invalid"), "Nobody answers at no.such.host.invalid", "host and port"),
    ],
)
def test_who_cannot_be_reached(postgres_url: str, tmp_path: Path, change: tuple[str, str], says: str, fix: str) -> None:
    with pytest.raises(DataError, match=says) as wrong:
        opened(postgres_url.replace(*change), tmp_path)
    assert fix in str(wrong.value.fix)
    assert PASSWORD not in str(wrong.value) and "hush" not in str(wrong.value)


@pytest.mark.parametrize(
    ("pattern", "says", "guess"),
    [
        ("ordrs", "no table 'ordrs'", "orders"),
        ("SELECT amout FROM orders", 'column "amout" does not exist', "amount"),
        ("SELECT * FROM public.order_s", 'relation "public.order_s" does not exist', "orders"),
        ("SELECT * FRM orders", "syntax error", None),
        ("SELECT 1 AS a, 2 AS a", "two columns named a", None),
        ("SELECT 1 AS a; DROP TABLE orders", "syntax error", None),
        ("SELECT 1 / (amount - amount) AS a FROM orders", "division by zero", None),
    ],
)
def test_what_is_not_there(postgres_url: str, tmp_path: Path, pattern: str, says: str, guess: str | None) -> None:
    run(postgres_url, "CREATE TABLE orders (amount int)", "INSERT INTO orders VALUES (1)")
    with pytest.raises(RegularsError, match=says) as wrong:
        read(postgres_url, pattern, tmp_path)
    assert wrong.value.guess == guess and wrong.value.fix and wrong.value.status == 1


def test_a_right_that_is_missing(postgres_url: str, tmp_path: Path) -> None:
    run(
        postgres_url,
        "CREATE TABLE orders (amount int)",
        "DROP ROLE IF EXISTS guest",
        "CREATE ROLE guest LOGIN PASSWORD 'guest-word'",
    )
    with pytest.raises(DataError, match="permission denied for table orders"):
        read(postgres_url.replace(f"regulars:{PASSWORD}", "guest:guest-word"), "orders", tmp_path)


def test_nothing_is_written_to_a_source(postgres_url: str, tmp_path: Path) -> None:
    run(
        postgres_url,
        "CREATE TABLE t (k int)",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'INSERT INTO t VALUES (1) RETURNING k'",
    )
    with pytest.raises(DataError, match="read-only"):
        read(postgres_url, "SELECT f() AS k", tmp_path)
