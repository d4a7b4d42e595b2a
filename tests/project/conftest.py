"""A small German shop: the files that it would export, and a project over them that has been captured and unified."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from regulars.identity.golden import golden_customer
from regulars.identity.match import seen_customers
from regulars.project.project import Outside, Project
from regulars.project.steps.capture import capture
from regulars.project.steps.new import new
from regulars.store.warehouse import Publication

SRC = str(Path(__file__).resolve().parents[2] / "src")  # the parsing child finds the code under test there
NOW = datetime(2025, 2, 1, 12, tzinfo=UTC)
ORDER_HEADER = "Belegnr;Pos;Datum;Kundennr;Artikelnr;Menge;Umsatz netto;Rabatt;Filialleiter"
CUSTOMER_HEADER = "Kundennr;Vorname;Nachname;E-Mail;Telefon;Straße;PLZ;Ort;Kunde seit"
START = date(2024, 6, 3)


def outside() -> Outside:
    """A door with a clock that stands still."""
    return Outside({**os.environ, "PYTHONPATH": SRC}, lambda: NOW)


def german(amount: float) -> str:
    """An amount as Germans write it.

    >>> german(1234.5)
    '1.234,50'
    """
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


def order_rows() -> list[str]:
    """Lines of 120 orders of 30 customers, one line of them anonymous."""
    rows = []
    for order in range(120):
        day = (START + timedelta(days=2 * order)).strftime("%d.%m.%Y")
        who = "" if order == 7 else f"K{order % 30:03d}"
        for line in range(1 + order % 3):
            amount = german(1200.5 if line == 2 else 10.25 + order % 5)
            rows.append(f"B{order:04d};{line + 1};{day};{who};A{order % 9};{1 + line};{amount};0,50;Jürgen Müller")
    return rows


def customer_rows() -> list[str]:
    """Thirty customers and one who never bought."""
    return [
        f"K{each:03d};Eva{each};Schröder{each};eva{each}@shop-mail.de;030 555{each:04d};Hauptstraße {each};"
        f"{10000 + each};Köln;{1 + each % 28:02d}.{1 + each % 12:02d}.2023"
        for each in range(31)
    ]


def write_lines(path: Path, lines: list[str], encoding: str = "cp1252") -> Path:
    """A text file with Windows' line ends."""
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))
    return path


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with orders.csv and customers.csv as the shop exports them."""
    folder = tmp_path_factory.mktemp("exports")
    write_lines(folder / "orders.csv", [ORDER_HEADER, *order_rows()])
    write_lines(folder / "customers.csv", [CUSTOMER_HEADER, *customer_rows()])
    return folder


@pytest.fixture(scope="session")
def shop(exports: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The proposed project, captured as proposed; each customer is a customer of its own. Tests may add to it."""
    yield from _made(exports, tmp_path_factory.mktemp("projects"))


@pytest.fixture
def unscored(exports: Path, tmp_path: Path) -> Iterator[Project]:
    """The same, for one test alone: nobody has scored anything in it."""
    yield from _made(exports, tmp_path)


def _made(exports: Path, folder: Path) -> Iterator[Project]:
    files = [str(exports / "orders.csv"), str(exports / "customers.csv")]
    new(folder, outside(), dir="shop", from_=files)
    project = Project(folder / "shop", outside(), verb="test")
    capture(project)
    _link(project)
    yield project
    project.close()


def _link(project: Project) -> None:
    warehouse, engine = project.warehouse, project.engine
    customer = warehouse.table("customer")
    seen = engine.keep(seen_customers([warehouse.table("order_line")]))
    ids = engine.arrow(customer.select("source", "customer_id").order_by("customer_id"))
    none = pa.nulls(ids.num_rows, pa.timestamp("us"))
    keys = pa.array([f"key-{each}" for each in ids["customer_id"].to_pylist()])
    sure = pa.array([1.0] * ids.num_rows)
    method = pa.array(["single"] * ids.num_rows)
    links = pa.table({"source": ids["source"], "customer_id": ids["customer_id"], "customer_key": keys,
                      "probability": sure, "method": method, "since": none, "until": none})  # fmt: skip
    brought = engine.bring(links)
    golden = engine.keep(golden_customer(customer, brought, seen=seen, trust={}))
    warehouse.ensure("golden_customer", {name: "string" for name in golden.columns if name.startswith("attr_")})
    tables = [Publication("source_customer", brought), Publication("golden_customer", golden)]
    warehouse.commit(tables, run="r1", at=project.now)
