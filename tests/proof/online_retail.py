"""Online Retail in five forms: the same shop, sent as five systems would send it, is the same warehouse.

Order lines carry no number, so a line's number is its ordinal in its order: identical lines of one receipt are sales of
their own, and all lines are kept; a delivery that comes again repeats the ordinals and is told apart as duplicates.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

import regulars

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "online_retail" / "onlineretail.parquet"
LINES, ANONYMOUS, COPIES = 541_909, 135_080, 5_268
NAMES = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
COLUMNS = """columns = { order_id = "InvoiceNo", ordered_at = "InvoiceDate", product_id = "StockCode", \
quantity = "Quantity", customer_id = "CustomerID", net_amount = { expr = "Quantity * UnitPrice" } }
attributes = ["Description", "Country"]"""
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Outcome:
    """One form's warehouse: the hash over its business columns, its counts, and how long the capture took."""

    content: str
    lines: int
    anonymous: int
    copies: int
    quarantined: int
    seconds: float


def retail(every: int = 1) -> list[Row]:
    """The lines in their order, customer ids as texts; with `every`, all lines of each so many-th order number."""
    table = pq.read_table(DATA, columns=list(NAMES))
    if every > 1:
        numbers = pc.replace_substring_regex(table["InvoiceNo"], "[^0-9]", "").cast(pa.int64())
        table = table.filter(pc.equal(pc.subtract(numbers, pc.multiply(pc.divide(numbers, every), every)), 0))
    columns = [table[name].to_pylist() for name in NAMES]
    columns[6] = [None if each is None else str(int(each)) for each in columns[6]]
    columns[3] = [int(each) for each in columns[3]]
    return list(zip(*columns, strict=True))


def _english(value: float) -> str:
    return f"{value:,.3f}".rstrip("0").rstrip(".") if value % 1 else f"{value:,.0f}"


def _german(value: float) -> str:
    return _english(value).translate(str.maketrans(",.", ".,"))


def _written(
    rows: Sequence[Row], path: Path, *, sep: str, when: str, encoding: str, price: Callable[[float], str]
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=sep, lineterminator="\r\n")
    writer.writerow(NAMES)
    for order, product, text, quantity, moment, amount, customer, country in rows:
        writer.writerow([order, product, text, quantity, moment.strftime(when), price(amount), customer, country])
    path.write_bytes(out.getvalue().encode(encoding))


def german(rows: Sequence[Row], folder: Path) -> str:
    """cp1252, semicolons, decimal commas, dd.mm.yyyy, all declared."""
    _written(rows, folder / "in.csv", sep=";", when="%d.%m.%Y %H:%M", encoding="cp1252", price=_german)
    declared = 'encoding = "cp1252"\ndelimiter = ";"\ndecimal = ","\nthousands = "."\ndates = "day-first"'
    return f'[sources.shop]\n{declared}\n[[sources.shop.tables]]\ncontract = "order_line"\nfrom = "in.csv"\n{COLUMNS}\n'


def month_first(rows: Sequence[Row], folder: Path) -> str:
    """Month before day, commas for thousands; nothing declared: the file proves it."""
    _written(rows, folder / "in.csv", sep=",", when="%m/%d/%Y %H:%M", encoding="utf-8", price=_english)
    return f'[sources.shop]\n[[sources.shop.tables]]\ncontract = "order_line"\nfrom = "in.csv"\n{COLUMNS}\n'


def workbook(rows: Sequence[Row], folder: Path) -> str:
    """An .xlsx file with real dates and numbers."""
    import xlsxwriter

    with xlsxwriter.Workbook(folder / "in.xlsx", {"constant_memory": True}) as book:
        sheet, clock = book.add_worksheet("Lines"), book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
        sheet.write_row(0, 0, NAMES)
        for at, (order, product, text, quantity, moment, amount, customer, country) in enumerate(rows, 1):
            for column, value in ((0, order), (1, product), (2, text), (6, customer), (7, country)):
                if value is not None:
                    sheet.write_string(at, column, value)
            sheet.write_number(at, 3, quantity)
            sheet.write_datetime(at, 4, moment, clock)
            sheet.write_number(at, 5, amount)
    return f'[sources.shop]\n[[sources.shop.tables]]\ncontract = "order_line"\nfrom = "in.xlsx"\n{COLUMNS}\n'


def json_lines(rows: Sequence[Row], folder: Path) -> str:
    """One object a line, what is missing left out."""
    with (folder / "in.jsonl").open("w", encoding="utf-8") as out:
        for row in rows:
            plain = {name: value for name, value in zip(NAMES, row, strict=True) if value is not None}
            out.write(json.dumps(plain | {"InvoiceDate": plain["InvoiceDate"].isoformat()}) + "\n")
    return f'[sources.shop]\n[[sources.shop.tables]]\ncontract = "order_line"\nfrom = "in.jsonl"\n{COLUMNS}\n'


def table_of(url: str) -> Callable[[Sequence[Row], Path], str]:
    """A PostgreSQL table, read by a SELECT in the order of its lines."""

    def made(rows: Sequence[Row], folder: Path) -> str:
        import psycopg

        del folder
        kinds = ("text", "text", "text", "integer", "timestamp", "numeric(12, 3)", "text", "text")
        columns = ", ".join(f'"{name}" {kind}' for name, kind in zip(NAMES, kinds, strict=True))
        with psycopg.connect(url, autocommit=True) as door:
            door.execute(f"CREATE TABLE retail (line integer PRIMARY KEY, {columns})")
            with door.cursor().copy("COPY retail FROM STDIN") as copy:
                for at, row in enumerate(rows):
                    copy.write_row((at, *row))
        os.environ["RETAIL_URL"] = url
        return (f'[sources.shop]\nkind = "sql"\nurl = "${{RETAIL_URL}}"\n[[sources.shop.tables]]\n'
                f"contract = \"order_line\"\nfrom = '{_SELECT}'\n{COLUMNS}\n")  # fmt: skip

    return made


_SELECT = "SELECT " + ", ".join(f'"{name}"' for name in NAMES) + " FROM retail ORDER BY line"


def outcome(rows: Sequence[Row], folder: Path, form: Callable[[Sequence[Row], Path], str]) -> Outcome:
    """Write the lines in a form, capture them with the product, and measure the warehouse."""
    folder.mkdir(parents=True)
    config = form(rows, folder)
    (folder / "regulars.toml").write_text(f'[project]\nname = "retail"\ncurrency = "GBP"\n{config}')
    crm = regulars.open(folder)
    began = time.perf_counter()
    totals = crm.capture()["totals"]
    seconds = time.perf_counter() - began
    assert totals["held"] == 0, crm.do("quarantine")["held"]
    lines = crm.table("order_line").to_arrow()
    own = [
        each for each in lines.column_names if each not in ("batch", "record", "known_from", "known_until", "content")
    ]
    lines = lines.select(sorted(own)).sort_by([("order_id", "ascending"), ("line_id", "ascending")])
    without = lines.select([each for each in own if each != "line_id"])
    different = without.group_by(without.column_names).aggregate([]).num_rows
    return Outcome(_hash(lines), lines.num_rows, lines["customer_id"].null_count, lines.num_rows - different,
                   totals["quarantined"], seconds)  # fmt: skip


def _hash(lines: pa.Table) -> str:
    sink = io.BytesIO()
    pa.csv.write_csv(lines, sink)
    return hashlib.sha256(sink.getvalue()).hexdigest()


def again(folder: Path, name: str = "in.csv") -> dict[str, int]:
    """The same delivery with other line ends: other bytes, no new line."""
    path = folder / name
    path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n"))
    told: dict[str, int] = regulars.open(folder).capture()["totals"]
    return told


def forms(url: str) -> dict[str, Callable[[Sequence[Row], Path], str]]:
    """The five forms by name."""
    return {"german": german, "month-first": month_first, "xlsx": workbook, "json lines": json_lines,
            "postgresql": table_of(url)}  # fmt: skip


def full(folder: Path) -> Iterator[str]:
    """All lines in all forms; gives the sentences of the proof, and fails when one of them does not hold."""
    from tests.servers.postgres import postgres

    rows = retail()
    with postgres() as url:
        found = {name: outcome(rows, folder / name.replace(" ", ""), form) for name, form in forms(url).items()}
    for name, each in found.items():
        assert (each.lines, each.anonymous, each.copies, each.quarantined) == (LINES, ANONYMOUS, COPIES, 0), (
            name,
            each,
        )
        yield f"{name}: {each.lines:,} lines, {each.anonymous:,} of anonymous buyers, captured in {each.seconds:.0f} s"
    assert len({each.content for each in found.values()}) == 1, {name: each.content for name, each in found.items()}
    told = again(folder / "german")
    assert (told["loaded"], told["duplicate"]) == (0, LINES)
    yield f"all five have the same content hash {next(iter(found.values())).content[:16]}"
    yield f"{COPIES:,} lines that repeat another one exactly are kept; sent again, all {LINES:,} are known as duplicates"


if __name__ == "__main__":
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as place:
        for sentence in full(Path(place)):
            print(sentence, flush=True)
