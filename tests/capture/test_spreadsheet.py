"""Workbooks: every kind of cell, the header found or declared, and what cannot be told is set aside."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import python_calamine
import xlsxwriter

from regulars.capture.cells import Cells
from regulars.capture.dialect import Dialect
from regulars.capture.job import Limits
from regulars.capture.line import locate, record_at
from regulars.capture.workbook import Workbook
from regulars.kernel.errors import ConfigError, DataError
from tests.capture.conftest import Bench

LINES = {
    "contract": "order_line",
    "columns": {"order_id": "Beleg", "ordered_at": "Datum", "net_amount": "Betrag", "customer_id": "Kunde"},
}
HEAD = ["Beleg", "Datum", "Betrag", "Kunde"]
Fill = Callable[[Any, Any], None]
FORMATS = {"date": "dd.mm.yyyy", "time": "dd.mm.yyyy hh:mm:ss", "padded": "00000", "clock": "hh:mm"}


def book(fill: Fill, **options: Any) -> bytes:
    """A workbook with one sheet "Blatt", filled by `fill(sheet, formats)`."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **options}) as made:
        formats = {name: made.add_format({"num_format": code}) for name, code in FORMATS.items()}
        formats["book"] = made
        fill(made.add_worksheet("Blatt"), formats)
    return out.getvalue()


def plain(sheet: Any, formats: Any) -> None:
    """Two lines with real numbers and dates."""
    sheet.write_row(0, 0, HEAD)
    for row, (order, day, amount, customer) in enumerate(
        [(536365, datetime(2011, 12, 9, 12, 50), 20 - 0.01, 17850), (536366, datetime(2011, 12, 10), 0.1 + 0.2, 42)], 1
    ):
        sheet.write_number(row, 0, order)
        sheet.write_datetime(row, 1, day, formats["time"])
        sheet.write_number(row, 2, amount)
        sheet.write_number(row, 3, customer, formats["padded"])


@pytest.mark.parametrize("from_1904", [False, True])
def test_typed_cells_are_exact(bench: Bench, typed: Any, from_1904: bool) -> None:
    parsed = bench.parse(book(plain, date_1904=from_1904), LINES, name="a.xlsx")
    first, second = typed(parsed)
    assert (first["order_id"], first["net_amount"], first["customer_id"]) == ("536365", Decimal("19.99"), "17850")
    assert (second["net_amount"], second["customer_id"], second["record"]) == (Decimal("0.3"), "00042", 3)
    assert first["ordered_at"] == datetime(2011, 12, 9, 12, 50) and first["business_date"] == date(2011, 12, 9)
    assert second["ordered_at"] == datetime(2011, 12, 10)


def test_a_declared_locale_is_for_texts_only(bench: Bench, typed: Any) -> None:
    def mixed(sheet: Any, formats: Any) -> None:
        plain(sheet, formats)
        sheet.write_row(3, 0, ["9", "31.12.2011", "1.234,50", "x"])

    german = {"decimal": ",", "thousands": ".", "dates": "day-first"}
    amounts = [row["net_amount"] for row in typed(bench.parse(book(mixed), LINES, dialect=german, name="a.xlsx"))]
    assert amounts == [Decimal("19.99"), Decimal("0.3"), Decimal("1234.5")]


def test_numbers_beside_texts_of_unknown_reading_hold_the_file(bench: Bench) -> None:
    def mixed(sheet: Any, formats: Any) -> None:
        plain(sheet, formats)
        sheet.write_row(3, 0, ["9", "2011-12-31", "1.234", "x"])

    parsed = bench.parse(book(mixed), LINES, name="a.xlsx")
    assert parsed.held and "'1.234' (row 4)" in parsed.held


def test_titles_blank_rows_and_a_second_sheet(bench: Bench, typed: Any) -> None:
    def shifted(sheet: Any, formats: Any) -> None:
        sheet.write(0, 0, "Umsätze 2011")
        second = formats["book"].add_worksheet("Zwei")
        second.write_row(4, 1, HEAD)
        second.write_row(6, 1, ["1", "2011-01-02", 5, "a"])
        second.write_row(9, 1, ["2", "2011-01-03", 6, "b"])

    for section in (LINES | {"sheet": "Zwei"}, LINES | {"sheet": ["Zwei"], "header": 5}):
        parsed = bench.parse(book(shifted), {**section, "from": "a.xlsx"}, name="a.xlsx#Zwei")
        assert parsed.read == 2
        assert [(row["order_id"], row["record"]) for row in typed(parsed)] == [("1", 7), ("2", 10)]
        assert "row 5" in " ".join(parsed.notes)
    with pytest.raises(DataError) as error:
        bench.parse(book(shifted), LINES, name="a.xlsx#Zwo")
    assert error.value.guess == "Zwei"
    with pytest.raises(DataError, match="no column 'Beleg'"):
        bench.parse(book(shifted), LINES, name="a.xlsx")


def test_what_cannot_be_told_is_set_aside(bench: Bench, typed: Any, aside: Any) -> None:
    def odd(sheet: Any, formats: Any) -> None:
        sheet.write_row(0, 0, HEAD)
        for row in range(1, 9):
            sheet.write_row(row, 0, [str(row), "2011-01-02", row, "a"])
        sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")
        sheet.write_formula(2, 2, "=1+1", None, 2)
        sheet.merge_range(3, 3, 4, 3, "M")
        sheet.merge_range(5, 8, 7, 8, "nobody needs this column")
        sheet.merge_range(8, 0, 8, 1, "Summe")

    parsed = bench.parse(book(odd), LINES, name="a.xlsx")
    assert [(row["line"], row["column"], row["reason"]) for row in aside(parsed)] == [
        (2, "Betrag", "error_cell"),
        (4, "Kunde", "merged_cells"),
        (5, "Kunde", "merged_cells"),
        (9, "Beleg", "merged_cells"),
    ]
    assert [row["order_id"] for row in typed(parsed)] == ["2", "5", "6", "7"]
    assert parsed.read == 8
    assert "#DIV/0!" in aside(parsed)[0]["raw"]
    named = bench.parse(book(odd), LINES, dialect={"nulls": ["#DIV/0!"]}, name="a.xlsx")
    assert aside(named)[0]["reason"] == "missing_value"


def test_a_formula_that_was_never_calculated(bench: Bench, aside: Any) -> None:
    def lazy(sheet: Any, formats: Any) -> None:
        plain(sheet, formats)
        sheet.write_formula(1, 2, "=1+1", None, "")

    raw = patched(book(lazy), "xl/worksheets/sheet1.xml", "<v></v>", "")
    parsed = bench.parse(raw, LINES, name="a.xlsx")
    assert [(row["line"], row["reason"]) for row in aside(parsed)] == [(2, "formula_without_result")]


def patched(raw: bytes, member: str, old: str, new: str) -> bytes:
    """A workbook with one part changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for each in source.namelist():
            body = source.read(each)
            target.writestr(each, body.replace(old.encode(), new.encode()) if each == member else body)
    return out.getvalue()


def test_refused_workbooks_say_why(bench: Bench) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book(plain))) as source, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as target:
        for each in source.namelist():
            target.writestr(each, source.read(each))
        target.writestr("xl/worksheets/sheet9.xml", b" " * 3_000_000)
    xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    entity = patched(book(plain), "xl/worksheets/sheet1.xml", xml, xml + "<!DOCTYPE x [<!ENTITY a 'b'>]>")
    refused = [
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "a.xlsx", "password"),
        (b"not a zip", "a.xlsx", "not a readable"),
        (bomb.getvalue(), "a.xlsx", "would unpack to"),
        (entity, "a.xlsx", "document type"),
        (patched(book(plain), "xl/worksheets/sheet1.xml", "</row>", "<row>"), "a.xlsx", "not a readable"),
        (b"\xd0\xcf\x11\xe0", "a.xls", "another kind"),
    ]
    for data, name, why in refused:
        with pytest.raises(DataError, match=why):
            bench.parse(data, LINES, name=name, limits=Limits(ratio_from=2_000_000))


def test_a_row_is_found_and_found_again(tmp_path: Path) -> None:
    raw = tmp_path / "a.xlsx"
    raw.write_bytes(book(plain))
    name = "in/a.xlsx#Blatt"
    expected = '["536366", "2011-12-10", "0.3", "00042"]'
    assert locate(raw, name, dialect=Dialect(), record=3) == (3, expected)
    assert record_at(raw, name, dialect=Dialect(), line=3) == 3


def test_a_sheet_belongs_to_a_workbook(bench: Bench) -> None:
    for extra in ({"sheet": "Zwei"}, {"header": 3}):
        with pytest.raises(ConfigError, match="xlsx"):
            bench.parse("x", LINES | extra)
    with pytest.raises(ConfigError, match="number of a row"):
        bench.parse("x", LINES | {"header": 0, "from": "a.xlsx"}, name="a.xlsx")


def test_another_reader_sees_the_same_cells(tmp_path: Path) -> None:
    def many(sheet: Any, formats: Any) -> None:
        for row in range(200):
            sheet.write_number(row, 0, row * 1.1)
            sheet.write_datetime(
                row, 2, datetime(1990 + row % 60, row % 12 + 1, 1 + row % 28, row % 24), formats["time"]
            )
            sheet.write_string(row, 3, f"_x{row} Ärger & <b> \n {row}")
            sheet.write_boolean(row, 4, row % 2 == 0)
            sheet.write_rich_string(row, 5, "a", formats["date"], f"b{row}")

    path = tmp_path / "a.xlsx"
    path.write_bytes(book(many))
    theirs = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    with Workbook(path, "a.xlsx", limits=Limits()) as made:
        ours = list(Cells(made, made.sheet(None), "a.xlsx").rows())
    assert len(ours) == len(theirs) == 200
    for mine, row in zip(ours, theirs, strict=True):
        told = {at: cell.text for at, cell in mine.cells.items()}
        assert float(told[0]) == pytest.approx(row[0], rel=1e-14)
        assert (
            told[2] == (str(row[2]) if (row[2].hour) else str(row[2])[:10])
            if isinstance(row[2], datetime)
            else str(row[2])
        )
        assert (told[3], told[4], told[5]) == (row[3], "true" if row[4] else "false", row[5])
