"""Both ways of reading a CSV give the same rows under the same numbers; the slow one recovers after a fault."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.capture.aside import REJECTS, Pile
from regulars.capture.dialect import Dialect
from regulars.capture.job import Landed, Limits
from regulars.capture.reason import Reason
from regulars.capture.record import Lines, records
from regulars.capture.sheet import Sheet, Stage, csv_sheet
from regulars.engines.scratch import Scratch, scratch

VALUES = st.text(st.sampled_from('ab1"é ,;\n\r\t.'), max_size=6)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Scratch:
    return scratch("300MB", 1, temp=tmp_path_factory.mktemp("spill"))


def staged(db: Scratch, folder: Path, data: bytes, *, slow: bool) -> tuple[Sheet, list[tuple[object, ...]], int]:
    folder.mkdir(exist_ok=True)
    raw = folder / "a.csv"
    raw.write_bytes(data)
    aside = Pile(folder / "rejects.parquet", REJECTS)
    stage = Stage(db, folder, Dialect(delimiter=",", declared=frozenset({"delimiter"})), Limits(), aside, slow)
    sheet = csv_sheet(stage, Landed(str(raw), "a.csv"), wanted=("h0",), choose=lambda header: range(len(header)))
    found = db.rows(f"SELECT * FROM {sheet.relation} ORDER BY record")
    aside.close()
    return sheet, found, aside.count


def written(table: list[list[str]], end: str, quoting: random.Random) -> bytes:
    def cell(value: str) -> str:
        needs = any(sign in value for sign in ',"\n\r') or value.startswith(" ")
        return '"' + value.replace('"', '""') + '"' if needs or quoting.random() < 0.2 else value

    return end.join(",".join(cell(value) for value in row) for row in table).encode()


@given(
    st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(VALUES, min_size=width, max_size=width), max_size=8)),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.integers(0, 99),
    st.booleans(),
)
def test_quick_and_slow_agree(
    db: Scratch, tmp_path_factory: pytest.TempPathFactory, table: list[list[str]], end: str, seed: int, ended: bool
) -> None:
    width = len(table[0]) if table else 2
    names = [f"h{each}" for each in range(width)]
    data = written([names, *table], end, random.Random(seed)) + (end.encode() if ended else b"")
    folder = tmp_path_factory.mktemp("case")
    _, quick, broken = staged(db, folder / "quick", data, slow=False)
    slow_sheet, slow, also_broken = staged(db, folder / "slow", data, slow=True)
    assert quick == slow
    assert broken == also_broken
    kept = {record for record, *_ in slow}
    assert [record for record, *_ in slow_sheet.origins() if record in kept] == sorted(kept)  # type: ignore[misc]


def found(tmp_path: Path, text: str, width: int) -> list[tuple[int, list[str], Reason | None]]:
    path = tmp_path / "a.txt"
    path.write_text(text, newline="")
    with Lines(path) as lines:
        return [(each.line, each.fields, each.fault) for each in records(lines, ",", width=width)]


def test_reading_goes_on_after_an_unclosed_quote(tmp_path: Path) -> None:
    assert found(tmp_path, '1,"a\n2,b\n3,"c"\n4,d\n', 2) == [
        (1, [], Reason.BAD_QUOTE),
        (2, ["2", "b"], None),
        (3, ["3", "c"], None),
        (4, ["4", "d"], None),
    ]
    assert found(tmp_path, '1,a\n2,"b\n3,c\n', 2) == [
        (1, ["1", "a"], None),
        (2, [], Reason.UNCLOSED_QUOTE),
        (3, ["3", "c"], None),
    ]


def test_a_record_over_several_lines_keeps_its_first_line_number(tmp_path: Path) -> None:
    assert found(tmp_path, '1,"a\nb"\n\n2,c\n', 2) == [(1, ["1", "a\nb"], None), (4, ["2", "c"], None)]


def test_quotes_inside_a_bare_value_are_themselves(tmp_path: Path) -> None:
    assert found(tmp_path, '1,5" pipe\n', 2) == [(1, ["1", '5" pipe'], None)]


def test_a_regular_file_goes_the_quick_way(db: Scratch, tmp_path: Path) -> None:
    sheet, rows, _ = staged(db, tmp_path / "a", b"h0,h1\n1,2\n", slow=False)
    assert "file_row_number" in sheet.relation
    assert rows == [(1, "1", "2")]
    assert pq.read_schema(tmp_path / "a" / "staged.parquet").names == ["c0", "c1"]
