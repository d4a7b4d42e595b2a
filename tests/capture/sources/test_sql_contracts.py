"""Every contract can be fed by a database, and by a table of the engine, and says the same as the same rows from a file."""

from __future__ import annotations

import csv
import io
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest

from regulars.capture.mapping import TableMapping
from regulars.capture.offer import Memory, Request
from regulars.capture.sources.table import SOURCE
from regulars.contracts.catalog import CONTRACTS
from regulars.contracts.model import Contract, Kind
from regulars.engines.duckdb import DuckDBEngine
from regulars.engines.protocol import Engine
from tests.capture.conftest import Bench, rows
from tests.capture.sources.databases import read

CAPTURED = sorted(name for name, each in CONTRACTS.items() if each.captured)
# For each kind the texts of two values, as files write them, and the type that a database has for them.
VALUES = {
    Kind.TEXT: ('Grüße, "1.234"', "0017"),
    Kind.TEXTS: ("a1 b2", "c3"),
    Kind.MONEY: ("1234.5", "-0.125"),
    Kind.QUANTITY: ("3", "0.125"),
    Kind.NUMBER: ("0.1", "12"),
    Kind.INTEGER: ("42", "-7"),
    Kind.FLAG: ("true", "false"),
    Kind.INSTANT: ("2024-03-31T00:30:00Z", "2024-10-27T01:30:00Z"),
    Kind.DAY: ("2024-02-29", "1999-12-31"),
}
POSTGRES = {
    Kind.TEXT: "text", Kind.TEXTS: "text", Kind.MONEY: "numeric", Kind.QUANTITY: "numeric(18, 3)",
    Kind.NUMBER: "double precision", Kind.INTEGER: "bigint", Kind.FLAG: "boolean", Kind.INSTANT: "timestamptz",
    Kind.DAY: "date",
}  # fmt: skip
ENGINE = POSTGRES | {Kind.MONEY: "decimal(18, 4)", Kind.NUMBER: "double"}
LITE = {Kind.MONEY: "NUMERIC", Kind.QUANTITY: "NUMERIC", Kind.NUMBER: "REAL", Kind.INTEGER: "INTEGER"}


def texts(contract: Contract) -> list[list[str]]:
    """Two full rows, and one with nothing but what is required and the key."""
    full = [[VALUES[each.kind][number] for each in contract.columns] for number in (0, 1)]
    needed = [each.required or each.name in contract.key for each in contract.columns]
    third = [value if need else "" for value, need in zip(full[0], needed, strict=True)]
    first = next(index for index, each in enumerate(contract.columns) if each.name in contract.key)
    third[first] = {Kind.DAY: "2024-03-01", Kind.INSTANT: "2024-03-01T10:00:00Z"}.get(
        contract.columns[first].kind, "k3"
    )
    return [*full, third]


def from_file(contract: Contract, bench: Bench) -> list[dict[str, Any]]:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(contract.names)
    writer.writerows(texts(contract))
    return rows(bench.parse(out.getvalue(), {"contract": contract.name}, dialect={"timezone": "Europe/Berlin"}))


def from_parquet(contract: Contract, path: Path, bench: Bench) -> list[dict[str, Any]]:
    # The source declares another locale, which must not touch values that have a type.
    german = {"timezone": "Europe/Berlin", "decimal": ",", "thousands": "."}
    data = path.read_bytes()
    return rows(bench.parse(data, {"contract": contract.name}, dialect=german, name="rows.parquet"))


def create(contract: Contract, types: dict[Kind, str]) -> str:
    return ", ".join(f'"{each.name}" {types.get(each.kind, "TEXT")}' for each in contract.columns)


@pytest.mark.parametrize("name", CAPTURED)
def test_sqlite_feeds_every_contract(name: str, bench: Bench, tmp_path: Path) -> None:
    contract = CONTRACTS[name]
    with sqlite3.connect(tmp_path / "a.db") as door:
        door.execute(f'CREATE TABLE "{name}" ({create(contract, LITE)})')
        marks = ", ".join("?" * len(contract.columns))
        door.executemany(
            f'INSERT INTO "{name}" VALUES ({marks})', [[each or None for each in row] for row in texts(contract)]
        )
    door.close()
    path = read("sqlite:///a.db", name, tmp_path, zone="Europe/Berlin")
    found = from_parquet(contract, path, bench)
    assert len(found) == 3
    assert found == from_file(contract, bench)


def without_record(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(({**row, "record": 0} for row in found), key=lambda row: str(row["content"]))


@pytest.mark.parametrize("name", CAPTURED)
def test_a_table_of_the_engine_feeds_every_contract(name: str, bench: Bench, tmp_path: Path) -> None:
    contract = CONTRACTS[name]
    lines = []
    for row in texts(contract):
        values = ("'" + each.replace("'", "''") + "'" if each else "NULL" for each in row)
        pairs = zip(values, contract.columns, strict=True)
        lines.append("SELECT " + ", ".join(f'CAST({value} AS {ENGINE[of.kind]}) AS "{of.name}"' for value, of in pairs))
    engine = DuckDBEngine(None, staging=tmp_path / "staging", memory="500MB")
    (offer,) = SOURCE.offers(request(engine, tmp_path), " UNION ALL ".join(lines))
    found = from_parquet(contract, offer.fetch(), bench)
    engine.close()
    assert len(found) == 3
    assert without_record(found) == without_record(from_file(contract, bench))


def request(engine: Engine, folder: Path) -> Request:
    return Request(
        root=folder, section={}, mapping=TableMapping("lake", "order_line", "x"), environ={}, folder=folder,
        memory=cast(Memory, None), engine=engine, now=lambda: datetime(2024, 6, 1), progress=lambda *of: None,
    )  # fmt: skip


@pytest.mark.postgres
@pytest.mark.parametrize("name", ["order_line", "customer", "subscription", "survey", "visit"])
def test_postgres_feeds_contracts(name: str, bench: Bench, tmp_path: Path, postgres_url: str) -> None:
    contract = CONTRACTS[name]
    with psycopg.connect(postgres_url) as door:
        door.execute(f'CREATE TABLE "{name}" ({create(contract, POSTGRES)})'.encode())
        marks = ", ".join(["%s"] * len(contract.columns))
        door.cursor().executemany(
            f'INSERT INTO "{name}" VALUES ({marks})'.encode(),
            [[each or None for each in row] for row in texts(contract)],
        )
    found = from_parquet(contract, read(postgres_url, name, tmp_path, zone="Europe/Berlin"), bench)
    assert len(found) == 3
    assert found == from_file(contract, bench)
