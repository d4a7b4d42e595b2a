"""Cases about whole files: bytes, shape, archives."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from tests.corpus.case import GOOD, GOODS, Case, Fix, Row, csv, lines, with_good

PLAIN = csv(*GOOD)
NAMED = 'columns = { order_id = "o", ordered_at = "t", net_amount = "n", customer_id = "k" }'
HEAD = "o,t,n,k"
ONE = lines(("A", "2024-01-05T00:00:00", "1.5"))


def named(value: str | None, order: str = "A") -> Row:
    """One line with a customer."""
    return {"order_id": order, "ordered_at": "2024-01-05T00:00:00", "net_amount": "1.5", "customer_id": value}


def person(name: str) -> bytes:
    """A file with one name in it, as text to be encoded."""
    return f"o,t,n,k\nA,2024-01-05,1.5,{name}\n".encode()


def bytes_cases() -> list[Case]:
    """Encodings and what breaks them."""
    muller = person("Müller")
    cp1252 = "o,t,n,k\nA,2024-01-05,1.5,Müller €\n".encode("cp1252")
    say: dict[str, Any] = {"group": "bytes", "table": NAMED}
    return [
        Case("utf8", data=muller, rows=[named("Müller")], **say),
        Case("utf8_bom", data=b"\xef\xbb\xbf" + muller, rows=[named("Müller")], **say),
        Case("utf16_le_bom", data=b"\xff\xfe" + muller.decode().encode("utf-16-le"), rows=[named("Müller")], **say),
        Case("utf16_be_bom", data=b"\xfe\xff" + muller.decode().encode("utf-16-be"), rows=[named("Müller")], **say),
        Case("utf16_le_bare", data=muller.decode().encode("utf-16-le"), rows=[named("Müller")], **say),
        Case("latin1_declared", data=muller.decode().encode("latin-1"), rows=[named("Müller")],
             source='encoding = "latin-1"', **say),
        Case("cp1252_undeclared", data=cp1252, reasons=["bad_encoding"], fix=Fix('encoding = "cp1252"'),
             truth=[named("Müller €")], **say),
        Case("cp1252_euro", data=cp1252, rows=[named("Müller €")], source='encoding = "cp1252"', **say),
        Case("cp850_declared", data=muller.decode().encode("cp850"), rows=[named("Müller")],
             source='encoding = "cp850"', **say),
        Case("encoded_twice", data="o,t,n,k,x\nA,2024-01-05,1.5,K1,MÃ¼ller\n".encode(), group="bytes",
             table=NAMED + '\nattributes = ["x"]', rows=[named("K1") | {"attr_x": "MÃ¼ller"}], says="encoded twice"),
        Case("nul_byte", data=with_good(("C\0", "2024-01-05", "1.5")), rows=GOODS, group="bytes", reasons=["nul_byte"],
             fix=Fix(data=with_good(("C", "2024-01-05", "1.5"))),
             truth=[*GOODS, *lines(("C", "2024-01-05T00:00:00", "1.5"))]),
        Case("control_z", data=PLAIN + b"\x1a", rows=GOODS, group="bytes", reasons=["missing_columns"]),
        Case("overlong_utf8", data=PLAIN + b"\xc0\xaf,2024-01-05,1.5\n", rows=GOODS, group="bytes",
             reasons=["bad_encoding"]),
        Case("lone_surrogate", data=PLAIN + b"\xed\xa0\x80,2024-01-05,1.5\n", rows=GOODS, group="bytes",
             reasons=["bad_encoding"]),
        Case("cut_off", data=PLAIN + b"C,2024-01", rows=GOODS, group="bytes", reasons=["missing_columns"],
             fix=Fix(data=PLAIN + b"C,2024-01-07,9\n"), truth=[*GOODS, *lines(("C", "2024-01-07T00:00:00", "9"))]),
        Case("no_final_newline", data=PLAIN.rstrip(), rows=GOODS, group="bytes"),
        Case("cr_only", data=PLAIN.replace(b"\n", b"\r"), rows=GOODS, group="bytes"),
        Case("mixed_ends", data=b"o,t,n\r\nA,2024-01-05T10:00:00,12.50\nB,2024-01-06,3.10\r", rows=GOODS, group="bytes"),
    ]  # fmt: skip


def shape_cases() -> list[Case]:
    """Delimiters, quotes, headers, rows of another length, other formats."""
    note = 'columns = { order_id = "o", ordered_at = "t", net_amount = "n" }\nattributes = ["x"]'
    quoted = b'o,t,n,x\nA,2024-01-05,1.5,"a;b,c|d ""e""\nf"\n'
    wide = ",".join(["o", "t", "n", *(f"c{each}" for each in range(9_997))])
    filled = ",".join(["A", "2024-01-05", "1.5", *("x" for _ in range(9_997))])
    third = [*GOODS, *lines(("C", "2024-01-07T00:00:00", "9"))]
    say: dict[str, Any] = {"group": "shape"}
    return [
        Case("delimiters_inside_quotes", data=quoted, table=note,
             rows=[{**ONE[0], "attr_x": 'a;b,c|d "e"\nf'}], **say),
        Case("semicolons", data=csv(*GOOD, sep=";"), rows=GOODS, **say),
        Case("tabs", data=csv(*GOOD, sep="\t"), rows=GOODS, **say),
        Case("pipes", data=csv(*GOOD, sep="|"), rows=GOODS, **say),
        Case("excel_sep_line", data=b"sep=;\n" + csv(*GOOD, sep=";"), rows=GOODS, **say),
        Case("backslash_quote", data=csv(("A", "2024-01-05", "1.5", '"a\\"b"'), head="o,t,n,x"), table=note,
             reasons=["bad_quote"], fix=Fix(data=csv(("A", "2024-01-05", "1.5", '"a""b"'), head="o,t,n,x")),
             truth=[{**ONE[0], "attr_x": 'a"b'}], **say),
        Case("unclosed_quote", data=csv(('"C', "2024-01-07", "9"), *GOOD), rows=GOODS, reasons=["unclosed_quote"],
             fix=Fix(data=csv(('"C"', "2024-01-07", "9"), *GOOD)), truth=third, **say),
        Case("header_missing", data=csv(*GOOD).split(b"\n", 1)[1], refused="no column", **say),
        Case("header_twice", data=csv(*(((*each, each[2])) for each in GOOD), head="o,t,n,n"), refused="2 columns", **say),
        Case("header_blank", data=csv(*((*each, "") for each in GOOD), head="o,t,n,"), rows=GOODS, **say),
        Case("header_spaces", data=csv(*GOOD, head=" o , t , n "), rows=GOODS, **say),
        Case("header_other_case", data=csv(*GOOD, head="O,T,N"), refused="no column", **say),
        Case("renamed_column", data=csv(*GOOD, head="o,t,betrag"), refused="no column", **say),
        Case("reordered_columns", data=csv(*((n, o, t) for o, t, n in GOOD), head="n,o,t"), rows=GOODS, **say),
        Case("row_too_long", data=with_good(("C", "2024-01-07", "9", "9")), rows=GOODS, reasons=["too_many_columns"],
             fix=Fix(data=with_good(("C", "2024-01-07", "9"))), truth=third, **say),
        Case("row_too_short", data=with_good(("C", "2024-01-07")), rows=GOODS, reasons=["missing_columns"], **say),
        Case("comment_line", data=csv(("# exported by hand",), *GOOD), rows=GOODS, reasons=["missing_columns"], **say),
        Case("totals_row", data=with_good(("Total", "", "15.60")), rows=GOODS, reasons=["missing_value"],
             fix=Fix(table="where = \"o <> 'Total'\""), truth=GOODS, **say),
        Case("empty", data=b"", refused="empty", **say),
        Case("header_only", data=b"o,t,n\n", rows=[], **say),
        Case("ten_thousand_columns", data=f"{wide}\n{filled}\n".encode(), rows=ONE, **say),
        Case("endless_line", data=b"o,t,n\n" + b"x" * 17_000_000, refused="16 MB", **say),
        *json_cases(),
        *parquet_cases(),
        *workbook_cases(),
    ]  # fmt: skip


def json_cases() -> list[Case]:
    """JSON: what it allows and a table does not."""
    first = {"o": "A", "t": "2024-01-05T10:00:00", "n": 12.5}
    second = {"o": "B", "t": "2024-01-06", "n": "3.10"}
    both = f"{json.dumps(first)}\n{json.dumps(second)}\n".encode()
    say: dict[str, Any] = {"group": "shape", "file": "a.jsonl"}
    big = {"o": 12345678901234567890, "t": "2024-01-05", "n": 1.5}
    return [
        Case("json_lines", data=both, rows=GOODS, **say),
        Case("json_array", data=json.dumps([first, second], indent=1).encode(), rows=GOODS, group="shape", file="a.json"),
        Case("json_key_twice", data=both + b'{"o":"C","o":"D","t":"2024-01-05","n":1}\n', rows=GOODS,
             reasons=["duplicate_json_key"], **say),
        Case("json_nan", data=both + b'{"o":"C","t":"2024-01-05","n":NaN}\n', rows=GOODS, reasons=["not_finite"], **say),
        Case("json_infinity", data=both + b'{"o":"C","t":"2024-01-05","n":-Infinity}\n', rows=GOODS,
             reasons=["not_finite"], **say),
        Case("json_deep", data=both + b"[" * 100_000 + b"\n", rows=GOODS, reasons=["bad_json"], **say),
        Case("json_whole_number_beyond_2_53", data=json.dumps(big).encode(), **say,
             rows=lines(("12345678901234567890", "2024-01-05T00:00:00", "1.5"))),
    ]  # fmt: skip


def parquet_bytes(table: pa.Table, **how: Any) -> bytes:
    """A Parquet file."""
    sink = io.BytesIO()
    pq.write_table(table, sink, **how)
    return sink.getvalue()


def parquet_cases() -> list[Case]:
    """Parquet: types of their own, and broken files."""
    when = pa.array([datetime(2024, 1, 5, 10), datetime(2024, 1, 6)], pa.timestamp("us"))
    table = pa.table({"o": ["A", "B"], "t": when, "n": [12.5, 3.1]})
    scaled = table.set_column(2, "n", pa.array([Decimal("12.500"), Decimal("3.100")], pa.decimal128(9, 3)))
    whole = parquet_bytes(table)
    say: dict[str, Any] = {"group": "shape", "file": "a.parquet"}
    return [
        Case("parquet_int96", data=parquet_bytes(table, use_deprecated_int96_timestamps=True), rows=GOODS, **say),
        Case("parquet_decimal_scale", data=parquet_bytes(scaled), rows=GOODS, **say),
        Case("parquet_wrong_footer", data=whole[:-9] + b"\xff" * 5 + b"PAR1", refused="not a readable Parquet", **say),
        Case("parquet_cut_off", data=whole[:200], refused="not a readable Parquet", **say),
    ]


def sheet(fill: Any, **options: Any) -> bytes:
    """A workbook with one sheet."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **options}) as made:
        fill(made.add_worksheet("Data"), made.add_format({"num_format": "dd.mm.yyyy hh:mm"}))
    return out.getvalue()


def _goods(page: Any, clock: Any) -> None:
    page.write_row(0, 0, ["o", "t", "n"])
    for row, (order, when, amount) in enumerate(GOOD, 1):
        page.write_string(row, 0, order)
        page.write_datetime(row, 1, datetime.fromisoformat(when), clock)
        page.write_number(row, 2, float(amount))


def _formula(page: Any, clock: Any) -> None:
    _goods(page, clock)
    page.write_formula(1, 2, "=25/2", None, 12.5)


def _titled(page: Any, clock: Any) -> None:
    page.merge_range(0, 0, 0, 2, "Sales of January")
    page.write_row(2, 0, ["o", "t", "n"])
    for row, (order, when, amount) in enumerate(GOOD, 3):
        page.write_string(row, 0, order)
        page.write_datetime(row, 1, datetime.fromisoformat(when), clock)
        page.write_number(row, 2, float(amount))


def workbook_cases() -> list[Case]:
    """Workbooks."""
    say: dict[str, Any] = {"group": "shape", "file": "a.xlsx"}
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b" " * 120_000_000)
    return [
        Case("xlsx", data=sheet(_goods), rows=GOODS, **say),
        Case("xlsx_1904", data=sheet(_goods, date_1904=True), rows=GOODS, **say),
        Case("xlsx_formula", data=sheet(_formula), rows=GOODS, **say),
        Case("xlsx_merged_title", data=sheet(_titled), rows=GOODS, **say),
        Case("xlsx_bomb", data=bomb.getvalue(), refused="would unpack to", **say),
        Case("xlsx_not_one", data=b"PK\x03\x04 no", refused="not a readable .xlsx", **say),
    ]


def zipped(*members: tuple[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kind) as made:
        for name, data in members:
            info = zipfile.ZipInfo(name, (2024, 1, 5, 0, 0, 0))
            info.compress_type = kind
            made.writestr(info, data)
    return out.getvalue()


def _link() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        info = zipfile.ZipInfo("a.csv", (2024, 1, 5, 0, 0, 0))
        info.external_attr = 0o120777 << 16
        made.writestr(info, "/etc/passwd")
    return out.getvalue()


def _encrypted() -> bytes:
    data = bytearray(zipped(("a.csv", PLAIN), kind=zipfile.ZIP_STORED))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    return bytes(data)


def archive_cases() -> list[Case]:
    """Packed files, honest and hostile."""
    say: dict[str, Any] = {"group": "archives", "file": "a.zip"}
    return [
        Case("gz", data=gzip.compress(PLAIN, mtime=0), rows=GOODS, group="archives", file="a.csv.gz"),
        Case("gz_bomb", data=gzip.compress(b"o,t,n\n" + b"\n" * 120_000_000, 1, mtime=0), refused="100 times",
             group="archives", file="a.csv.gz"),
        Case("gz_cut_off", data=gzip.compress(PLAIN, mtime=0)[:-9], refused="cut off", group="archives", file="a.csv.gz"),
        Case("zip", data=zipped(("a.csv", PLAIN)), rows=GOODS, **say),
        Case("zip_in_zip", data=zipped(("b.zip", zipped(("a.csv", PLAIN)))), rows=GOODS, **say),
        Case("zip_traversal", data=zipped(("../../a.csv", PLAIN)), refused="leads out of the archive", **say),
        Case("zip_bomb", data=zipped(("a.csv", b"o,t,n\n" + b"\n" * 120_000_000)), refused="would unpack to", **say),
        Case("zip_link", data=_link(), refused="holds a link", **say),
        Case("zip_encrypted", data=_encrypted(), refused="protected by a password", **say),
    ]  # fmt: skip
