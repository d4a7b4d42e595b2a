"""A record is made blank: all others keep their bytes, number and line, whatever the format, packing and encoding."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from xlsxwriter import Workbook

from regulars.capture.belongs import Belongs, Role
from regulars.capture.dialect import Dialect
from regulars.capture.job import Landed
from regulars.capture.line import locate
from regulars.capture.mapping import TableMapping
from regulars.capture.redact import erase, erase_file, reading_of
from regulars.capture.sought import Reading
from regulars.govern.trace import Traces
from regulars.store.landing import Landing

TRACES = Traces(ids={"customer_id": frozenset({("s", "K001")}), "order_id": frozenset({("s", "O9")})})
USE = Belongs((Role("Kunde", "customer_id", "s"), Role("Beleg", "order_id", "s")), TRACES)
CSV = 'Beleg;Kunde;T\r\n1;K001;"a\nb"\r\n\r\n2;K002;"x;y"\r\nO9;;z\r\nO9;K003;kept\r\n"open;K001;5\r\n3;K003;ö'


def blank(folder: Path, name: str, body: bytes, *, dialect: Dialect = Dialect()) -> tuple[int, Path]:  # noqa: B008
    (folder / name).write_bytes(body)
    count = erase_file(folder / name, name, reading=Reading(dialect, ["Kunde", "Beleg"], folder / "work"), uses=[USE])
    return count, folder / name


def test_csv_keeps_bytes_lines_and_numbers(tmp_path: Path) -> None:
    count, path = blank(tmp_path, "a.csv", CSV.encode("cp1252"), dialect=Dialect(encoding="cp1252"))
    assert count == 3
    want = 'Beleg;Kunde;T\r\n"\n";;\r\n\r\n2;K002;"x;y"\r\n;;\r\nO9;K003;kept\r\n;;\r\n3;K003;ö'
    assert path.read_bytes() == want.encode("cp1252")
    assert locate(path, "a.csv", dialect=Dialect(encoding="cp1252"), record=6) == (9, "3;K003;ö")


def test_packed_and_wide_text(tmp_path: Path) -> None:
    count, path = blank(tmp_path, "a.csv.gz", gzip.compress(("\ufeff" + CSV).encode("utf-16-le")))
    assert count == 3
    text = gzip.decompress(path.read_bytes()).decode("utf-16")
    assert "K001" not in text and text.endswith("3;K003;ö") and text.count("\n") == CSV.count("\n")


@pytest.mark.parametrize(("name", "body", "left"), [
    ("a.jsonl", '{"Kunde":"K001"}\n\n{"Kunde":"K002","x":1.10}\n{"Beleg":"O9"}\n',
     '{}\n\n{"Kunde":"K002","x":1.10}\n{}\n'),
    ("a.json", '[\n{"Kunde":"K001",\n"z":1},{"Kunde":"K002","x":1.10}\n,{"Beleg":"O9"}]',
     '[\n{},\n{"Kunde":"K002","x":1.10},\n{}\n]\n'),
])  # fmt: skip
def test_json_keeps_numbers_as_they_were_written(tmp_path: Path, name: str, body: str, left: str) -> None:
    count, path = blank(tmp_path, name, body.encode())
    assert (count, path.read_text()) == (2, left)
    if name == "a.json":
        assert json.loads(left)[1]["x"] == 1.1


def test_parquet(tmp_path: Path) -> None:
    out = io.BytesIO()
    pq.write_table(pa.table({"Kunde": ["K001", "K002"], "n": [1, 2]}), out)
    count, path = blank(tmp_path, "a.parquet", out.getvalue())
    assert (count, pq.read_table(path).to_pylist()) == (1, [{"Kunde": None, "n": None}, {"Kunde": "K002", "n": 2}])


def test_a_workbook_loses_the_shared_text_too(tmp_path: Path) -> None:
    out = io.BytesIO()
    with Workbook(out) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate([["Title"], ["Beleg", "Kunde", "T"], ["1", "K001", "SECRET"], ["2", "K002", "x"]]):
            sheet.write_row(at, 0, row)
    count, path = blank(tmp_path, "a.xlsx", out.getvalue())
    with zipfile.ZipFile(path) as parts:
        everything = b"".join(parts.read(each) for each in parts.namelist())
    assert count == 1 and b"SECRET" not in everything and b"K001" not in everything
    assert locate(path, "a.xlsx", dialect=Dialect(), record=4)[1] == '["2", "K002", "x"]'


def test_the_landing_keeps_the_name_and_notes_what_is_blank(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("customer_id,order_id\nK001,1\nK002,2\nK001,3\n")
    landing = Landing(tmp_path / "landing")
    landed = landing.land(tmp_path / "in.csv")
    reading = reading_of(TableMapping("s", "order_line", "in.csv"), Dialect(), folder=tmp_path / "work")
    uses = [Belongs((Role("customer_id", "customer_id", "s"),), TRACES)]
    assert erase(landing, landed.sha256, name="in.csv", reading=reading, uses=uses) == [1, 3]
    assert landing.erased(landed.sha256) == ((1, 1), (3, 3))
    assert erase(landing, landed.sha256, name="in.csv", reading=reading, uses=uses) == []
    again = landing.land(tmp_path / "in.csv")
    path = landing.find(again.sha256)
    assert pa.CompressedInputStream(str(path), "zstd").read() == b"customer_id,order_id\n,\nK002,2\n,\n"
    assert [each.sha256 for each in landing.objects()] == [landed.sha256]
    assert locate(path, "in.csv", dialect=Dialect(), record=2) == (3, "K002,2")
    assert Landed(str(path), "in.csv").erased == ()
