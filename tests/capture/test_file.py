"""A small corpus of bad and odd input, each with the outcome that is wanted of it."""

from __future__ import annotations

import gzip
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regulars.capture.worker import answer
from regulars.kernel.errors import DataError

HEAD = "o,t,n\n"
GOOD = "A,2024-01-05 10:00:00,12.50\nB,2024-01-06,3.10\n"
DE = {"decimal": ",", "thousands": ".", "dates": "day-first", "delimiter": ";", "timezone": "Europe/Berlin"}


def amounts(bench: Any, typed: Any, data: bytes | str, **more: Any) -> list[Decimal]:
    return [row["net_amount"] for row in typed(bench.parse(data, **more))]


def one(value: str, when: str = "2024-01-05") -> str:
    return f"{HEAD}{GOOD}C,{when},{value}\n"


# what is read: (bytes, dialect, the amounts wanted)
READ: dict[str, tuple[bytes, dict[str, Any], list[str]]] = {
    "plain": ((HEAD + GOOD).encode(), {}, ["12.50", "3.10"]),
    "utf-8 bom": (b"\xef\xbb\xbf" + (HEAD + GOOD).encode(), {}, ["12.50", "3.10"]),
    "utf-16 bom": ((HEAD + GOOD).encode("utf-16"), {}, ["12.50", "3.10"]),
    "utf-16-le without bom": ((HEAD + GOOD).encode("utf-16-le"), {}, ["12.50", "3.10"]),
    "utf-16-be declared": ((HEAD + GOOD).encode("utf-16-be"), {"encoding": "utf-16-be"}, ["12.50", "3.10"]),
    "crlf": ((HEAD + GOOD).replace("\n", "\r\n").encode(), {}, ["12.50", "3.10"]),
    "cr only": ((HEAD + GOOD).replace("\n", "\r").encode(), {}, ["12.50", "3.10"]),
    "mixed ends": (b"o,t,n\r\nA,2024-01-05,1.50\nB,2024-01-06,2.50\rC,2024-01-07,3.50", {}, ["1.50", "2.50", "3.50"]),
    "no final newline": ((HEAD + GOOD).strip().encode(), {}, ["12.50", "3.10"]),
    "blank lines": (b"o,t,n\n\nA,2024-01-05,1.50\n\n\nB,2024-01-06,2.50\n\n", {}, ["1.50", "2.50"]),
    "semicolons": ((HEAD + GOOD).replace(",", ";").encode(), {}, ["12.50", "3.10"]),
    "tabs": ((HEAD + GOOD).replace(",", "\t").encode(), {}, ["12.50", "3.10"]),
    "pipes": ((HEAD + GOOD).replace(",", "|").encode(), {}, ["12.50", "3.10"]),
    "sep line": (("sep=;\n" + (HEAD + GOOD).replace(",", ";")).encode(), {}, ["12.50", "3.10"]),
    "reordered columns": (b"n,o,t\n1.50,A,2024-01-05\n", {}, ["1.50"]),
    "spaces in header and values": (b" o , t , n \n A , 2024-01-05 , 1.50 \n", {}, ["1.50"]),
    "trailing delimiter": (b"o,t,n\nA,2024-01-05,1.50,\n", {}, ["1.50"]),
    "quoted newline": (b'o,t,n\n"A\nx",2024-01-05,1.50\n"B ""q""",2024-01-06,2.50\n', {}, ["1.50", "2.50"]),
    "german": ("o;t;n\nA;05.01.2024;1.234,50\nB;25.01.2024;-3,1\n".encode("cp1252"), DE, ["1234.5", "-3.1"]),
    "currency sign": ("o;t;n\nA;05.01.2024;€ 1,50\nB;05.01.2024;2,50 €\n".encode(), DE, ["1.5", "2.5"]),
    "blank thousands": ("o;t;n\nA;2024-01-05;1\u202f234,5\n".encode(), {"decimal": ",", "thousands": " "}, ["1234.5"]),
    "half even": (HEAD.encode() + b"A,2024-01-05,1.00005\nB,2024-01-05,1.00015\nC,2024-01-05,-1.00005\n", {},
                  ["1.0000", "1.0002", "-1.0000"]),
    "scientific": (one("1.5e2").encode(), {}, ["12.50", "3.10", "150"]),
    "grouped proved by another": (b"o,t,n\nA,2024-01-05,1.234\nB,2024-01-05,0.5\n", {}, ["1.234", "0.5"]),
    "grouped proved by an odd one": (b"o,t,n\nA,2024-01-05,1.234\nB,2024-01-05,1.5e-7\n", {}, ["1.234", "0"]),
    "three decimals declared": (b"o,t,n\nA,2024-01-05,1.234\n", {"decimal": "."}, ["1.234"]),
    "decimal comma proved": (b"o;t;n\nA;2024-01-05;12,50\nB;2024-01-05;1,5\n", {}, ["12.5", "1.5"]),
    "us thousands proved": (b"o;t;n\nA;2024-01-05;1,234.50\nB;2024-01-05;2.5\n", {}, ["1234.5", "2.5"]),
    "german proved": (b"o;t;n\nA;2024-01-05;1.234,50\n", {}, ["1234.5"]),
    "groups alone proved": (b"o;t;n\nA;2024-01-05;1 234\nB;2024-01-05;5\n", {}, ["1234", "5"]),
    "thousands proved beside a declared comma": (b"o;t;n\nA;2024-01-05;1.234\n", {"decimal": ","}, ["1234"]),
    "header only": (HEAD.encode(), {}, []),
}  # fmt: skip


@pytest.mark.parametrize("case", READ)
def test_read(case: str, bench: Any, typed: Any) -> None:
    data, dialect, wanted = READ[case]
    parsed = bench.parse(data, dialect=dialect)
    assert parsed.held is None
    assert parsed.quarantined == 0
    assert [row["net_amount"] for row in typed(parsed)] == [Decimal(each) for each in wanted]


# what is set aside: (bytes, the reason, the line)
ASIDE: dict[str, tuple[bytes, str, int]] = {
    "too many columns": ((HEAD + GOOD + "C,2024-01-05,1.5,9\n").encode(), "too_many_columns", 4),
    "missing columns": ((HEAD + GOOD + "Total\n").encode(), "missing_columns", 4),
    "unclosed quote": ((HEAD + '"A,2024-01-05,1.5\n' + GOOD).encode(), "unclosed_quote", 2),
    "bad quote": ((HEAD + '"A"x,2024-01-05,1.5\n' + GOOD).encode(), "bad_quote", 2),
    "nul": ((HEAD + GOOD + "C\0,2024-01-05,1.5\n").encode(), "nul_byte", 4),
    "latin-1 undeclared": ((HEAD + GOOD).encode() + b"M\xfcller,2024-01-05,1.5\n", "bad_encoding", 4),
    "overlong utf-8": ((HEAD + GOOD).encode() + b"\xc0\xaf,2024-01-05,1.5\n", "bad_encoding", 4),
    "not a number": (one("abc").encode(), "not_a_number", 4),
    "nan": (one("NaN").encode(), "not_finite", 4),
    "infinity": (one("-inf").encode(), "not_finite", 4),
    "trailing minus": (one("12.50-").encode(), "trailing_minus", 4),
    "parentheses": (one("(12.50)").encode(), "parentheses", 4),
    "percent": (one("12 %").encode(), "percent", 4),
    "iso currency": (one("EUR 12.50").encode(), "currency_symbol", 4),
    "overflow": (one("123456789012345").encode(), "out_of_range", 4),
    "underscores": (one("1_000").encode(), "not_a_number", 4),
    "missing value": (one("").encode(), "missing_value", 4),
    "no such day": (one("1.5", "2024-02-30").encode(), "no_such_day", 4),
    "no date": (one("1.5", "soon").encode(), "not_a_date", 4),
    "two-digit year": (one("1.5", "05.01.24").encode(), "two_digit_year", 4),
    "excel serial": (one("1.5", "45296").encode(), "number_for_date", 4),
    "hour 25": (one("1.5", "2024-01-05 25:00:00").encode(), "no_such_day", 4),
    "year 1": (one("1.5", "0001-01-01 00:00:00").encode(), "out_of_range", 4),
}


@pytest.mark.parametrize("case", ASIDE)
def test_set_aside(case: str, bench: Any, aside: Any) -> None:
    data, reason, line = ASIDE[case]
    parsed = bench.parse(data)
    assert parsed.held is None
    assert (parsed.read, parsed.loaded) == (3, 2)
    (found,) = aside(parsed)
    assert (found["reason"], found["line"]) == (reason, line)
    assert found["raw"]


# what is held: (text, dialect, words that the sentence must have)
HELD: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "ambiguous thousands": (
        "A,2024-01-05,1.234\nB,2024-01-05,5\n",
        {},
        ["1.234", "1234", "no value decides", "line 2"],
    ),
    "comma undecidable": ("A;2024-01-05;1,234\n", {}, ["undecidable", 'decimal = ","', 'thousands = ","']),
    "ambiguous dates": ("A,02/04/2024,1.5\n", {}, ["day-first and month-first"]),
    "us dates as day-first": (
        "A,02/04/2024,1.5\nB,01/25/2024,1.5\n",
        {"dates": "day-first"},
        ["line 3", "month-first"],
    ),
    "us dates as iso": ("A,02/04/2024,1.5\nB,01/25/2024,1.5\n", {"dates": "iso"}, ["declared iso", "month-first"]),
    "both orders undeclared": ("A,25/01/2024,1.5\nB,01/25/2024,1.5\n", {}, ["mixes both", "line 2", "line 3"]),
    "comma as a declared point": ("A;2024-01-05;12,50\n", {"decimal": "."}, ["12,50", 'decimal = ","']),
    "both orders": ("A,25/01/2024,1.5\nB,01/25/2024,1.5\n", {"dates": "day-first"}, ["mixes both"]),
    "ambiguous thousands beside a sign": ("A,2024-01-05,€1.234\nB,2024-01-05,5\n", {}, ["1.234", "no value decides"]),
    "mixed currencies": ("A,2024-01-05,€1.5\nB,2024-01-05,$2.5\n", {}, ["several currencies", "$2.5"]),
}


@pytest.mark.parametrize("case", HELD)
def test_held(case: str, bench: Any) -> None:
    body, dialect, words = HELD[case]
    head = HEAD.replace(",", ";") if ";" in body else HEAD
    parsed = bench.parse(head + body, dialect=dialect)
    assert parsed.held
    assert parsed.rows is None
    assert parsed.read == 0
    for word in words:
        assert word in parsed.held


def test_what_the_file_proves_is_told_with_its_line(bench: Any, typed: Any) -> None:
    parsed = bench.parse("o;t;n\nA;05.01.2024;1.234,50\nB;25.01.2024;3,1\n")
    assert [row["ordered_at"] for row in typed(parsed)] == [datetime(2024, 1, 5), datetime(2024, 1, 25)]
    assert [row["net_amount"] for row in typed(parsed)] == [Decimal("1234.5"), Decimal("3.1")]
    dates, numbers = parsed.notes
    assert "day-first: 1 of 2" in dates
    assert "'25.01.2024' of ordered_at in line 3" in dates
    assert 'decimal = "," and thousands = "."' in numbers
    assert "'1.234,50' of net_amount in line 2" in numbers
    assert {key: each["value"] for key, each in parsed.adopted.items()} == {
        "dates": "day-first", "decimal": ",", "thousands": ".",
    }  # fmt: skip


def test_one_system_wrote_the_file_so_columns_give_evidence_together(bench: Any, typed: Any) -> None:
    section = {"contract": "order_line", "columns": {
        "order_id": "o", "ordered_at": "t", "net_amount": "n", "delivered_at": "d", "quantity": "q"}}  # fmt: skip
    parsed = bench.parse("o;t;n;d;q\nA;05.01.2024;1.234;25.01.2024;1,5\n", section)
    (row,) = typed(parsed)
    assert (row["ordered_at"], row["net_amount"]) == (datetime(2024, 1, 5), Decimal(1234))
    mixed = bench.parse("o;t;n;d;q\nA;13.01.2024;1,5;01/25/2024;1,5\n", section)
    assert "mixes both" in mixed.held or "month-first" in mixed.held


def test_numbers_of_expressions_are_proved_too(bench: Any, typed: Any) -> None:
    section = {"contract": "order_line", "columns": {
        "order_id": "o", "ordered_at": "t", "net_amount": {"expr": "q * p"}}}  # fmt: skip
    held = bench.parse("o;t;q;p\nA;2024-01-05;2;1.234\n", section)
    assert "1.234 or 1234" in held.held
    parsed = bench.parse("o;t;q;p\nA;2024-01-05;2;1.234\nB;2024-01-05;1;0,5\n", section)
    assert [row["net_amount"] for row in typed(parsed)] == [Decimal(2468), Decimal("0.5")]


def test_release_never_guesses_a_number(bench: Any) -> None:
    assert "no value decides" in bench.parse(HEAD + "A,2024-01-05,1.234\n", release=True).held


def test_what_earlier_files_proved_holds_a_file_that_proves_the_other(bench: Any, typed: Any) -> None:
    before = {"dates": {"value": "day-first", "file": "january.csv"}}
    data = HEAD + "A,01/25/2024,1.5\nB,02/03/2024,1.5\n"
    held = bench.parse(data, proved=before)
    assert "january.csv" in held.held
    assert "month-first" in held.held
    released = bench.parse(data, proved=before, release=True)
    assert [row["ordered_at"].month for row in typed(released)] == [1, 2]
    alone = bench.parse(HEAD + "A,02/03/2024,1.5\n", proved=before)
    assert 'proved dates = "day-first" (january.csv)' in alone.held


# values that look right and are not: (value, date, line of the reason)
OUT_OF_TIME = {
    "future": ("2024-06-03", "in_future"),
    "tomorrow is still today somewhere": ("2024-06-02", None),
    "1900": ("1900-01-01", "placeholder_date"),
    "epoch zero": ("1970-01-01", "placeholder_date"),
    "before the company": ("2009-12-31", "before_founded"),
    "on its first day": ("2010-01-01", None),
    "9999": ("9999-12-31", "out_of_range"),
    "24:00": ("2024-01-05 24:00", "no_such_day"),
    "a leap second": ("2016-12-31 23:59:60", "no_such_day"),
    "an iso week": ("2024-W05-1", "not_a_date"),
    "seconds since 1970": ("1704448800", "number_for_date"),
}


@pytest.mark.parametrize("case", OUT_OF_TIME)
def test_events_out_of_time(case: str, bench: Any, aside: Any) -> None:
    when, reason = OUT_OF_TIME[case]
    parsed = bench.parse(one("1.5", when), now="2024-06-01T12:00:00", founded="2010-01-01")
    assert [row["reason"] for row in aside(parsed)] == ([reason] if reason else [])


def test_shortened_ids_are_not_ids(bench: Any, typed: Any, aside: Any) -> None:
    section = {"contract": "order_line", "columns": {
        "order_id": "o", "ordered_at": "t", "net_amount": "n", "product_id": "p"}}  # fmt: skip
    parsed = bench.parse(
        'o,t,n,p\nA,2024-01-05,1.5,"4,00638E+12"\nB,2024-01-05,1.5,E+5\nC,2024-01-05,1.5,4E\n', section
    )
    assert [(row["line"], row["column"], row["reason"]) for row in aside(parsed)] == [(2, "product_id", "digits_lost")]
    assert [row["product_id"] for row in typed(parsed)] == ["E+5", "4E"]


def test_trip_wire_holds_and_release_loads(bench: Any, aside: Any) -> None:
    data = HEAD + GOOD * 50 + "C,2024-01-05,abc\n" * 21
    held = bench.parse(data)
    assert held.held
    assert "21 of 121" in held.held
    assert "not_a_number" in held.held
    released = bench.parse(data, release=True)
    assert (released.read, released.loaded, released.quarantined) == (121, 100, 21)
    assert aside(released)[0]["line"] == 102


def test_release_sets_contradicting_dates_aside(bench: Any, aside: Any) -> None:
    data = HEAD + "A,25/01/2024,1.5\nB,01/25/2024,1.5\n"
    parsed = bench.parse(data, dialect={"dates": "day-first"}, release=True)
    assert [row["reason"] for row in aside(parsed)] == ["other_date_order"]


def test_missing_column_names_the_nearest(bench: Any) -> None:
    with pytest.raises(DataError) as error:
        bench.parse("o,t,netto\nA,2024-01-05,1\n", {"contract": "order_line", "columns": {
            "order_id": "o", "ordered_at": "t", "net_amount": "neto"}})  # fmt: skip
    assert error.value.guess == "netto"
    assert error.value.allowed == ("o", "t", "netto")


def test_duplicate_header_matters_only_when_used(bench: Any, typed: Any) -> None:
    assert amounts(bench, typed, "o,t,n,x,x,\nA,2024-01-05,1.5,1,2,3\n") == [Decimal("1.5")]
    with pytest.raises(DataError, match="2 columns named 'n'"):
        bench.parse("o,t,n,n\nA,2024-01-05,1.5,2\n")


def test_empty_file_is_refused(bench: Any) -> None:
    with pytest.raises(DataError, match="empty"):
        bench.parse("")


def test_unmapped_required_column_is_named(bench: Any) -> None:
    with pytest.raises(DataError, match="net_amount"):
        bench.parse("order_id,ordered_at\nA,2024-01-05\n", {"contract": "order_line"})


def test_gz_and_landed_zstd(bench: Any, typed: Any) -> None:
    packed = gzip.compress((HEAD + GOOD).encode())
    assert len(typed(bench.parse(packed, name="a.csv.gz"))) == 2
    job = bench.job(HEAD + GOOD)
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write((HEAD + GOOD).encode())
    target = Path(job.raw + ".zst")
    target.write_bytes(sink.getvalue().to_pybytes())
    assert answer(replace(job, raw=str(target))).loaded == 2


def test_gz_bomb_and_broken_gz_are_refused(bench: Any) -> None:
    with pytest.raises(DataError, match="100 times"):
        bench.parse(gzip.compress(b"o,t,n\n" + b"\n" * 120_000_000, 1), name="a.csv.gz")
    with pytest.raises(DataError, match="cut off"):
        bench.parse(gzip.compress((HEAD + GOOD).encode())[:-9], name="a.csv.gz")


def test_endless_line_is_refused(bench: Any) -> None:
    with pytest.raises(DataError, match="16 MB"):
        bench.parse(HEAD + "x" * 17_000_000)


def test_instants_offsets_and_zones(bench: Any, typed: Any, aside: Any) -> None:
    data = (
        HEAD + "A,2024-03-31T01:30:00,1.5\nB,2024-03-31 02:30,1.5\nC,2024-10-27 02:30:00,1.5\n"
        "D,2024-07-01T10:00:00+05:30,1.5\nE,2024-07-01T23:30:00Z,1.5\n"
    )
    parsed = bench.parse(data, dialect={"timezone": "Europe/Amsterdam"}, business_timezone="Europe/Amsterdam")
    found = {row["order_id"]: (row["ordered_at"], row["business_date"]) for row in typed(parsed)}
    assert found == {
        "A": (datetime(2024, 3, 31, 0, 30), date(2024, 3, 31)),
        "C": (datetime(2024, 10, 27, 0, 30), date(2024, 10, 27)),  # the first of the two
        "D": (datetime(2024, 7, 1, 4, 30), date(2024, 7, 1)),
        "E": (datetime(2024, 7, 1, 23, 30), date(2024, 7, 2)),
    }
    assert [(row["record"], row["reason"]) for row in aside(parsed)] == [(2, "not_in_zone")]


def test_am_pm_and_own_format(bench: Any, typed: Any) -> None:
    us = typed(bench.parse(HEAD + "A,1/25/2024 3:05 PM,1.5\n", dialect={"dates": "month-first"}))
    assert us[0]["ordered_at"] == datetime(2024, 1, 25, 15, 5)
    own = typed(bench.parse(HEAD + "A,20240125,1.5\n", dialect={"dates": "%Y%m%d"}))
    assert own[0]["ordered_at"] == datetime(2024, 1, 25)


def test_descriptive_values_become_null_and_are_told(bench: Any, typed: Any) -> None:
    section = {"contract": "customer", "columns": {"customer_id": "id", "birth_date": "b", "name": "n"}}
    parsed = bench.parse("id,b,n\n007,1980-02-30,X\n008,1980-02-03,-\n", section, dialect={"nulls": ["-"]})
    first, second = typed(parsed)
    assert (first["customer_id"], first["birth_date"]) == ("007", None)
    assert (second["birth_date"], second["name"]) == (date(1980, 2, 3), None)
    (change,) = pq.read_table(parsed.changes).to_pylist()
    assert change == {"record": 1, "column": "birth_date", "raw": "1980-02-30", "reason": "no_such_day", "key": "007"}
    assert parsed.quarantined == 0


def test_expr_where_values_constants_attributes_and_refs(bench: Any, typed: Any) -> None:
    section = {
        "contract": "order_line",
        "columns": {
            "order_id": "o",
            "ordered_at": {"expr": "concat(d, ' ', z)"},
            "net_amount": {"expr": "menge * preis"},
            "quantity": "menge",
            "customer_id": "k",
            "status": {"from": "st", "values": {"S": "cancelled"}},
        },
        "constants": {"channel": "store"},
        "attributes": ["Filialleiter"],
        "where": "art <> 'Gutschein'",
        "refs": {"customer_id": "crm"},
    }
    data = (
        "o;d;z;menge;preis;k;st;art;Filialleiter\n"
        "A;05.01.2024;10:30;1,5;0,0333;K1;S;x;Meier\n"
        "A;06.01.2024;10:30;2;2,50;;offen;x;\n"
        "B;06.01.2024;10:30;2;2,50;K2;S;Gutschein;\n"
        "B;06.01.2024;10:30;zwei;2,50;K2;S;x;\n"
    )
    parsed = bench.parse(data, section, dialect=DE | {"timezone": "UTC"})
    assert (parsed.read, parsed.loaded, parsed.skipped, parsed.quarantined) == (4, 2, 1, 1)
    first, second = typed(parsed)
    assert first["net_amount"] == Decimal("0.0500")  # 0.04995 half even
    assert second["net_amount"] == Decimal("5.0000")
    assert first["ordered_at"] == datetime(2024, 1, 5, 10, 30)
    assert (first["status"], second["status"]) == ("cancelled", "offen")
    assert (first["channel"], first["attr_Filialleiter"], second["attr_Filialleiter"]) == ("store", "Meier", None)
    assert (first["customer_source"], second["customer_source"]) == ("crm", None)
    assert [row["line_id"] for row in (first, second)] == ["1", "2"]


def test_join_brings_the_head_to_its_lines(bench: Any, typed: Any, aside: Any) -> None:
    section = {
        "contract": "order_line",
        "join": [{"from": "heads.csv", "on": "Beleg"}],
        "columns": {"order_id": "Beleg", "ordered_at": "Datum", "net_amount": "Netto", "customer_id": "Kunde"},
    }
    lines = "Beleg,Netto\n1,1.50\n2,2.50\n1,3.50\n3,4.50\n4,5.5\n"
    heads = "Beleg,Datum,Kunde\n1,2024-01-05,K1\n2,2024-01-06,\n4,2024-01-06,K4\n4,2024-01-07,K4\n"
    parsed = bench.parse(lines, section, joins={"heads.csv": heads})
    assert [(row["order_id"], row["customer_id"]) for row in typed(parsed)] == [("1", "K1"), ("2", None), ("1", "K1")]
    assert [(row["line"], row["reason"]) for row in aside(parsed)] == [(5, "join_not_found"), (6, "join_ambiguous")]


def test_key_from_several_columns(bench: Any, typed: Any) -> None:
    section = {
        "contract": "order_line",
        "columns": {"order_id": {"key": ["customer_id", "ordered_at"]}, "customer_id": "k", "ordered_at": "t",
                    "net_amount": "n"},
    }  # fmt: skip
    found = typed(bench.parse("k,t,n\nK1,2024-01-05,1.5\nK1,2024-01-05,2.5\nK2,2024-01-05,1.5\n", section))
    assert [(row["order_id"], row["line_id"]) for row in found] == [
        ("K1|2024-01-05 00:00:00", "1"), ("K1|2024-01-05 00:00:00", "2"), ("K2|2024-01-05 00:00:00", "1"),
    ]  # fmt: skip


def test_tax_included_version_and_known_at(bench: Any, typed: Any) -> None:
    section = {
        "contract": "order_line", "tax": "included", "version": "v", "known_at": "k",
        "columns": {"order_id": "o", "ordered_at": "t", "net_amount": "n", "tax_amount": "x"},
    }  # fmt: skip
    (row,) = typed(bench.parse("o,t,n,x,v,k\nA,2024-01-05,119,19,2024-02-01 10:00,2024-02-02\n", section))
    assert (row["net_amount"], row["version"], row["known_at"]) == (
        Decimal("100.0000"), datetime(2024, 2, 1, 10), datetime(2024, 2, 2),
    )  # fmt: skip


def test_content_tells_values_from_spelling(bench: Any, typed: Any) -> None:
    found = typed(bench.parse(HEAD + "A,2024-01-05,1.5\nA,2024-01-05 00:00:00,1.50\nA,2024-01-05,1.6\n"))
    assert [row["line_id"] for row in found] == ["1", "2", "3"]
    section = {"contract": "store", "columns": {"store_id": "i", "name": "n", "district": "d"}}
    same = typed(bench.parse("i,n,d\n1,x,\n1,x,\n1,,x\n", section))
    assert same[0]["content"] == same[1]["content"] != same[2]["content"]
    unmapped = typed(bench.parse("i,n\n1,x\n", {"contract": "store", "columns": {"store_id": "i", "name": "n"}}))
    assert unmapped[0]["content"] == same[0]["content"]


def test_json_lines_and_arrays(bench: Any, typed: Any, aside: Any) -> None:
    section = {"contract": "order_line", "columns": {
        "order_id": "o", "ordered_at": "t", "net_amount": "n", "customer_id": "buyer.id"}}  # fmt: skip
    good = {"o": 12345678901234567890, "t": "2024-01-05T10:00:00Z", "n": 1.234, "buyer": {"id": "K1"}}
    bad = ['{"o": 1', '{"o":1,"o":2}', "[1]", '{"o":"a\\u0000","t":"2024-01-05","n":1}']
    parsed = bench.parse("\n".join([json.dumps(good), "", *bad]), section, name="a.jsonl")
    (row,) = typed(parsed)
    assert (row["order_id"], row["net_amount"], row["customer_id"]) == ("12345678901234567890", Decimal("1.234"), "K1")
    assert [(each["line"], each["reason"]) for each in aside(parsed)] == [
        (3, "bad_json"), (4, "duplicate_json_key"), (5, "not_an_object"), (6, "nul_byte"),
    ]  # fmt: skip
    again = bench.parse(json.dumps([good, good | {"n": None}], indent=1), section, name="a.json")
    assert typed(again)[0]["content"] == row["content"]
    assert [(each["line"], each["reason"]) for each in aside(again)] == [(10, "missing_value")]
    with pytest.raises(DataError, match=r"breaks off|cannot be read on"):
        bench.parse('[{"o": 1}, {"o"', section, name="a.json")


def test_deep_json_is_set_aside(bench: Any, aside: Any) -> None:
    good = '{"o": "A", "t": "2024-01-05", "n": 1.5}\n'
    parsed = bench.parse(good + "[" * 100_000 + "\n", name="a.ndjson")
    assert [each["reason"] for each in aside(parsed)] == ["bad_json"]


def test_parquet_types_are_taken_as_they_are(bench: Any, typed: Any, aside: Any) -> None:
    table = pa.table({
        "o": [1, 2, 3],
        "t": pa.array([datetime(2024, 1, 5, 10), datetime(2024, 1, 6), None], pa.timestamp("us")),
        "n": [1.234, 2.00005, 3.0],
        "u": pa.array([datetime(2024, 1, 5, 10, tzinfo=UTC)] * 3, pa.timestamp("us", "Europe/Berlin")),
        "b": pa.array([b"x"] * 3),
    })  # fmt: skip
    sink = io.BytesIO()
    pq.write_table(table, sink)
    section = {"contract": "order_line", "columns": {"order_id": "o", "ordered_at": "t", "net_amount": "n",
                                                     "delivered_at": "u"}}  # fmt: skip
    parsed = bench.parse(sink.getvalue(), section, name="a.parquet", dialect=DE)
    found = typed(parsed)
    assert [(row["order_id"], row["net_amount"]) for row in found] == [
        ("1", Decimal("1.234")),
        ("2", Decimal("2.0000")),
    ]
    assert found[0]["ordered_at"] == datetime(2024, 1, 5, 9)  # naive: local in Berlin
    assert found[0]["delivered_at"] == datetime(2024, 1, 5, 10)
    assert [(each["record"], each["reason"]) for each in aside(parsed)] == [(3, "missing_value")]
    with pytest.raises(DataError, match="BLOB"):
        bench.parse(sink.getvalue(), {**section, "attributes": ["b"]}, name="a.parquet")
    with pytest.raises(DataError, match="not a readable Parquet"):
        bench.parse(b"PAR1 no", section, name="a.parquet")


def test_quoted_line_ends_in_a_large_file_are_read_in_their_place(bench: Any, typed: Any) -> None:
    note = '"one\n""two"",three\n' + "x,y\n" * 40 + '"'
    data = HEAD.strip() + ",m\n" + "".join(f"A{each},2024-01-05,1.5,{note}\n" for each in range(40_000))
    parsed = bench.parse(
        data,
        {
            "contract": "order_line",
            "columns": {"order_id": "o", "ordered_at": "t", "net_amount": "n"},
            "attributes": ["m"],
        },
    )
    found = typed(parsed)
    assert [row["order_id"] for row in found] == [f"A{each}" for each in range(40_000)]
    assert {row["attr_m"] for row in found} == {note[1:-1].replace('""', '"').strip()}
