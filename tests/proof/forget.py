"""People with canary words in every column of every contract, some of whom are forgotten: is a word of theirs left anywhere?

The search knows nothing of how Regulars erases: it reads every file of the project as bytes, and unpacked again: gzip, zstd,
zip and xlsx members, Parquet columns, SQLite dumps, and the tables of DuckDB.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
import shutil
import sqlite3
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from xlsxwriter import Workbook

from regulars.contracts.catalog import CONTRACTS
from regulars.contracts.model import Column, Contract, Kind
from regulars.doors.call import perform
from regulars.project.project import Outside

SRC = str(Path(__file__).resolve().parents[2] / "src")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
START = date(2025, 3, 3)
ORDERS = 6
SHARED = {
    "product_id": "P1", "store_id": "S1", "partner_id": "A1", "campaign_id": "C1", "offer_id": "O1", "currency": "EUR",
    "country": "DE", "purpose": "email", "expires_at": "2030-01-01 00:00:00",
    "considered_product_ids": "P1 P2", "offered_product_ids": "P1", "coupon_id": "SUMMER",
}  # fmt: skip
ABOUT = ("customer", "order_line", "payment", "subscription", "usage", "visit", "contact", "case", "survey", "message",
         "response", "opportunity", "prospect", "cost", "consent", "identity_link")  # fmt: skip
CONFIG = """
[project]
name = "canaries"
timezone = "Europe/Berlin"
[engine]
kind = "ENGINE"
master = "local[1]"
partitions = 2
[identity]
keys = ["email"]
country = "DE"
[campaigns.mail]
audience = "given_name is not null"
holdout = 0.2
channel = "email"
sink = "mailing"
[sinks.mailing]
path = "out/"
id_of = "shop"
columns = ["email", "given_name", "city"]
[sources.shop]
delimiter = ";"
"""
ENDINGS = {
    "customer": "csv.gz",
    "visit": "jsonl",
    "payment": "parquet",
    "contact": "xlsx",
    "survey": "zip",
    "usage": "json",
}


def canary(person: int) -> str:
    """A person's word, which stands in all that is theirs."""
    return f"can{person:03d}q"


@dataclass(frozen=True)
class Canaries:
    """A project of `people`, in `root`."""

    root: Path
    people: int

    def do(self, verb: str, **args: Any) -> dict[str, Any]:
        """Do one verb."""
        outside = Outside({**os.environ, "PYTHONPATH": SRC}, lambda: NOW)
        return perform(self.root, verb, args=args, outside=outside)

    def loop(self) -> None:
        """Capture, unify, segment, launch, publish, ask, and write tables out in every format."""
        self.do("capture")
        self.do("capture", release=True, reason="the test")
        self.do("run")
        self.do("launch", campaign="mail")
        self.do("run")
        self.do("ask", metrics=["revenue"], by=["city"])
        for name, ending in (("customer", "csv"), ("golden_customer", "xlsx"), ("order_line", "parquet"),
                             ("quarantine", "json"), ("segment", "csv"), ("treatment", "csv")):  # fmt: skip
            self.do("table", name=name, out=str(self.root / "made" / f"{name}.{ending}"))

    def totals(self) -> dict[str, Any]:
        """Figures that rest on rows that carry money."""
        found = self.do("ask", metrics=["revenue", "units", "orders", "order_lines"], by=["month"])
        return {"rows": [{key: row[key] for key in row if key != "lineage"} for row in found["rows"]]}


def made(root: Path, people: int, *, engine: str = "duckdb") -> Canaries:
    """A project with files of every contract that is about people, in every format."""
    (root / "in").mkdir(parents=True)
    config = CONFIG.replace("ENGINE", engine)
    for name in ABOUT:
        contract, ending = CONTRACTS[name], ENDINGS.get(name, "csv")
        columns = [each for each in contract.columns if not (name == "order_line" and each.name == "channel")]
        rows = [row for person in range(people) for row in _rows(contract, columns, person=person)]
        _write(root / "in" / f"{name}.{ending}", [each.name for each in columns], rows)
        more = 'attributes = ["note"]\n' if name in ("customer", "order_line") else ""
        config += f'[[sources.shop.tables]]\ncontract = "{name}"\nfrom = "in/{name}.{ending}"\n{more}'
        names = ", ".join(f'{each.name} = "{each.name}"' for each in columns)
        config += f"columns = {{ {names} }}\n"
    (root / "regulars.toml").write_text(config, encoding="utf-8")
    return Canaries(root, people)


def _rows(contract: Contract, columns: list[Column], *, person: int) -> Iterator[dict[str, Any]]:
    count = ORDERS if contract.name == "order_line" else 2 if contract.name != "customer" else 1
    for number in range(count):
        row = {each.name: _value(contract, each, person=person, number=number) for each in columns}
        yield row | {"note": f"{canary(person)} note;\nof {contract.name} {number}"}
    if contract.name == "order_line":
        row = {each.name: _value(contract, each, person=person, number=count) for each in columns}
        yield row | {"ordered_at": f"{canary(person)} no day", "note": canary(person)}  # set aside
        yield {each.name: _value(contract, each, person=person, number=0) for each in columns} | {
            "note": f"{canary(person)} note;\nof {contract.name} 0"
        }  # known already


def _value(contract: Contract, column: Column, *, person: int, number: int) -> str:
    name, word = column.name, canary(person)
    known = {
        "email": f"{word}@kundenpost.de",
        "phone": f"030 77{person:03d}{number}1",
        "fax": f"030 77{person:03d}{number}2",
    }
    known |= SHARED | {"customer_id": f"{word}-id", "converted_customer_id": f"{word}-id"}
    if name in known:
        return known[name]
    if name.endswith("_id") and name not in contract.key:
        return f"{word}-{name}-0"
    if column.kind in (Kind.TEXT, Kind.TEXTS):
        return f"{word}-{name}" + (f"-{number}" if name in contract.key else "")
    return _typed(column, person=person, number=number)


def _typed(column: Column, *, person: int, number: int) -> str:
    day = START + timedelta(days=(person * 7 + number * 31) % 300)
    return {
        Kind.DAY: day.isoformat(), Kind.INSTANT: f"{day.isoformat()} 10:{number:02d}:00", Kind.FLAG: "true",
        Kind.INTEGER: str(number + 1), Kind.NUMBER: str(number + 1),
        Kind.MONEY: f"{10 + person}.{number}5", Kind.QUANTITY: str(number + 1),
    }[column.kind]  # fmt: skip


def _write(path: Path, columns: list[str], rows: list[dict[str, Any]]) -> None:
    names = [*columns, "note"]
    if path.suffix == ".parquet":
        pq.write_table(pa.table({name: [row[name] for row in rows] for name in names}), path)
    elif path.suffix == ".xlsx":
        with Workbook(str(path)) as book:
            sheet = book.add_worksheet("data")
            for at, row in enumerate([names, *([row[name] for name in names] for row in rows)]):
                sheet.write_row(at, 0, row)
    elif path.suffix in (".json", ".jsonl"):
        lines = [json.dumps(row) for row in rows]
        path.write_text("\n".join(lines) if path.suffix == ".jsonl" else "[" + ",\n".join(lines) + "]")
    else:
        _write_csv(path, names, rows)


def _write_csv(path: Path, names: list[str], rows: list[dict[str, Any]]) -> None:
    text = io.StringIO(newline="")
    out = csv.writer(text, delimiter=";", lineterminator="\r\n")
    out.writerows([names, *([row[name] for name in names] for row in rows)])
    body = text.getvalue().encode("utf-8")
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(body))
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("answers.csv", body)
    else:
        path.write_bytes(body)


def places(root: Path, words: list[str], *, skip: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """Word -> the places in the folder where it stands, in whatever is packed too."""
    found: dict[str, list[str]] = {word: [] for word in words}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_file() and not name.startswith(skip):
            for place, body in _bodies(path, name):
                low = body.lower()
                for word in words:
                    if word.encode() in low or word.encode("utf-16-le") in low:
                        found[word].append(place)
    return {word: sorted(set(there)) for word, there in found.items()}


def _bodies(path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    raw = path.read_bytes()
    yield name, raw
    if name.endswith((".duckdb", ".db")):
        yield from _tables(path, name)
    elif raw[:16] == b"SQLite format 3\0":
        with sqlite3.connect(path) as book:
            yield f"{name} (dump)", "\n".join(book.iterdump()).encode()
    else:
        yield from _unpacked(name, raw)


def _tables(path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    with duckdb.connect(str(path), read_only=True) as base:
        for (table,) in base.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            rows = base.execute(f'SELECT CAST(COLUMNS(*) AS VARCHAR) FROM "{table}"').fetchall()
            yield f"{name}: {table}", repr(rows).encode()


def _unpacked(name: str, raw: bytes) -> Iterator[tuple[str, bytes]]:
    if raw[:2] == b"\x1f\x8b":
        yield from _inner(f"{name} (gzip)", gzip.decompress(raw))
    elif raw[:4] == b"\x28\xb5\x2f\xfd":
        yield from _inner(f"{name} (zstd)", pa.CompressedInputStream(pa.BufferReader(raw), "zstd").read())
    elif raw[:4] == b"PAR1":
        yield f"{name} (parquet)", repr(pq.read_table(io.BytesIO(raw)).to_pylist()).encode()
    elif raw[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            for member in archive.namelist():
                yield from _inner(f"{name}!{member}", archive.read(member))


def _inner(name: str, body: bytes) -> Iterator[tuple[str, bytes]]:
    yield name, body
    yield from _unpacked(name, body)


def strings(root: Path, word: str) -> dict[str, list[str]]:
    """Table -> its texts in which the word stands, as DuckDB has them."""
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as base:
        found = {}
        for (table,) in base.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            rows = base.execute(f'SELECT CAST(COLUMNS(*) AS VARCHAR) FROM "{table}"').fetchall()
            texts = sorted(text for row in rows for text in row if text and word in text)
            found[table] = texts
    return {table: texts for table, texts in found.items() if texts}


def missing(inputs: Path, archive: Path, *, person: int) -> list[str]:
    """Texts of a person that stand in the delivered files and not in the export."""
    with zipfile.ZipFile(archive) as packed:
        told = "".join(packed.read(each).decode() for each in packed.namelist() if each.endswith(".json"))
    wanted = set()
    for path in inputs.iterdir():
        for _, body in _bodies(path, path.name):
            text = body.decode("utf-8", "replace")
            wanted |= {
                f"{canary(person)}{rest}" for rest in re.findall(rf"{canary(person)}([-@ ][a-z_.@]+[-0-9]*)", text)
            }
    assert len(wanted) > 50
    return sorted(each for each in wanted if each not in told)


def delivered_again(crm: Canaries, inputs: Path) -> list[dict[str, Any]]:
    """The original files once more, under other names and each a little longer, so that they are read; then taken away."""
    config = crm.root / "regulars.toml"
    text = config.read_text()
    for name in ABOUT:
        ending = ENDINGS.get(name, "csv")
        if ending in ("csv", "jsonl"):
            body = (inputs / f"{name}.{ending}").read_bytes()
            (crm.root / "in" / f"{name}-again.{ending}").write_bytes(body + b"\r\n")
        else:
            shutil.copy(inputs / f"{name}.{ending}", crm.root / "in" / f"{name}-again.{ending}")
        text = text.replace(f'"in/{name}.{ending}"', f'"in/{name}[.-]*{ending}"')
    config.write_text(text)
    found = crm.do("capture")["batches"]
    for path in (crm.root / "in").glob("*-again.*"):
        path.unlink()
    return list(found)


@dataclass(frozen=True)
class Figures:
    """What a proof counted; `resurrected`, `lost` and `left` are to be 0 or empty, `unfound` too."""

    people: int
    gone: int
    words_before: int
    left: list[str]
    resurrected: list[str]
    lost: int
    unfound: list[str]
    sums_stand: bool
    rows: int
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether the promise holds."""
        return self.sums_stand and not (self.left or self.resurrected or self.lost or self.unfound)


def prove(folder: Path, *, people: int = 100, gone: int = 10, engine: str = "duckdb") -> Figures:
    """The whole of it in `folder`: loop, export, backup, forget, restore, deliver again, replay; counts what is left."""
    crm = made(folder / "shop", people, engine=engine)
    crm.loop()
    leave = list(range(3, people, max(1, people // gone)))[:gone]
    words, stay = [canary(each) for each in leave], [each for each in range(people) if each not in leave]
    before = places(crm.root, words)
    told = crm.do("export", who=f"shop:{words[0]}-id", out=str(folder / "export.zip"))
    unfound = missing(crm.root / "in", told["path"], person=leave[0])
    shutil.copytree(crm.root / "in", folder / "delivered")
    crm.do("backup", file=str(folder / "backup.tar.zst"))
    sums, others = crm.totals(), {each: strings(crm.root, canary(each)) for each in stay}
    began = time.perf_counter()
    certificates = [crm.do("forget", who=f"shop:{word}-id") for word in words]
    seconds = (time.perf_counter() - began) / len(words)
    left = places(crm.root, words)
    lost = sum(strings(crm.root, canary(each)) != found for each, found in others.items())
    stand = [crm.totals() == sums]
    crm.do("restore", file=str(folder / "backup.tar.zst"), force=True)
    delivered_again(crm, folder / "delivered")
    crm.do("replay")
    stand.append(crm.totals() == sums)
    again = places(crm.root, words)
    return Figures(
        people=people, gone=len(words), words_before=sum(len(found) for found in before.values()),
        left=sorted({place for found in left.values() for place in found}),
        resurrected=sorted({place for found in again.values() for place in found}),
        lost=lost, unfound=unfound, sums_stand=all(stand),
        rows=sum(sum(each["counts"]["tables"].values()) for each in certificates), seconds=round(seconds, 1),
    )  # fmt: skip
