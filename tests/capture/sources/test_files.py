"""Which files a pattern names, what becomes of new, grown, changed and vanished ones, and files that hold several tables."""

from __future__ import annotations

import gzip
import os
from datetime import UTC
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from regulars.capture.sources.files import discover
from regulars.kernel.errors import DataError
from regulars.project.steps.capture import capture
from regulars.project.steps.lineage import lineage
from tests.capture.sources.projects import NOW, Shop
from tests.capture.test_archive import packed

LINES = """
contract = "order_line"
from = "{0}"
columns = {{ order_id = "o", line_id = "l", ordered_at = "t", net_amount = "n" }}
"""
HEAD = "o,l,t,n\n"


def lines(first: int, last: int, amount: str = "1.50") -> str:
    """Records of orders."""
    return "".join(f"B{each},1,2024-05-0{1 + each % 9},{amount}\n" for each in range(first, last))


def shop(tmp_path: Path, pattern: str, more: str = "", **section: str) -> Shop:
    """A project over files; `more` is added to the table."""
    return Shop(tmp_path / "shop").says(LINES.format(pattern) + more, kind='"files"', url="", **section)


def put(made: Shop, name: str, body: str | bytes) -> Path:
    """A file of the project."""
    path = made.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body if isinstance(body, bytes) else body.encode())
    return path


def told(made: Shop) -> dict[str, Any]:
    """The whole answer of a capture."""
    with made.project() as project:
        return capture(project)


def test_a_glob_is_sorted_and_stays_inside(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    (root / "lines" / "deep.csv").mkdir(parents=True)
    (tmp_path / "secret.csv").write_text("x")
    for name in ("b.csv", "a.csv", "c.txt"):
        (root / "lines" / name).write_text("abc")
    (root / "lines" / "link.csv").symlink_to(tmp_path / "secret.csv")
    found = discover(root, "lines/*.csv")
    assert [(each.name, each.size) for each in found] == [("lines/a.csv", 3), ("lines/b.csv", 3)]
    assert discover(root, "nothing/*.csv") == []


def test_a_plain_name_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "heads.csv").write_text("x")
    with pytest.raises(DataError) as error:
        discover(tmp_path, "head.csv")
    assert error.value.guess == "heads.csv"


def test_new_grown_changed_and_vanished_files(tmp_path: Path) -> None:
    made = shop(tmp_path, "in/*.csv")
    put(made, "in/a.csv", HEAD + lines(0, 3))
    put(made, "in/b.csv", HEAD + lines(10, 12))
    assert [(each["loaded"], each["notes"]) for each in told(made)["batches"]] == [(3, []), (2, [])]
    put(made, "in/a.csv", HEAD + lines(0, 5))
    put(made, "in/b.csv", HEAD + lines(10, 11) + lines(11, 12, "9.99"))
    grown, changed = told(made)["batches"]
    assert (grown["loaded"], grown["duplicate"]) == (2, 3) and "grew by 42 bytes" in grown["notes"][0]
    assert (changed["loaded"], changed["duplicate"], changed["quarantined"]) == (0, 1, 1)
    assert "other content" in changed["notes"][0]
    (made.root / "in" / "a.csv").unlink()
    gone = told(made)
    assert gone["batches"] == [] and gone["vanished"] == [
        {"source": "db", "contract": "order_line", "file": "in/a.csv"}
    ]
    assert told(made)["vanished"] == []
    assert len(made.rows("order_line")) == 7
    put(made, "in/a.csv", HEAD + lines(0, 5))
    assert told(made)["batches"][0]["new"] is False
    (made.root / "in" / "a.csv").unlink()
    assert [each["file"] for each in told(made)["vanished"]] == ["in/a.csv"]


def test_a_plain_file_that_was_moved_away_is_no_mistake(tmp_path: Path) -> None:
    made = shop(tmp_path, "a.csv")
    with pytest.raises(DataError, match="no file"):
        told(made)
    path = put(made, "a.csv", HEAD + lines(0, 3))
    assert told(made)["totals"]["loaded"] == 3
    path.unlink()
    assert [each["file"] for each in told(made)["vanished"]] == ["a.csv"]


def test_a_young_file_is_left_for_the_next_capture(tmp_path: Path) -> None:
    made = shop(tmp_path, "in/*.csv", settle="60")
    path = put(made, "in/a.csv", HEAD + lines(0, 3))
    moment = NOW.astimezone(UTC).timestamp()
    os.utime(path, (moment - 10, moment - 10))
    first = told(made)
    assert first["batches"] == [] and first["left"][0]["why"] == "it changed 10 seconds ago"
    os.utime(path, (moment - 61, moment - 61))
    assert told(made)["totals"]["loaded"] == 3


def test_a_file_that_changes_while_it_is_read_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from regulars.store.landing import Landing

    made = shop(tmp_path, "in/*.csv")
    path = put(made, "in/a.csv", HEAD + lines(0, 3))
    land = Landing.land
    written = [lines(3, 4)]

    def slow(self: Landing, file: Path) -> Any:
        landed = land(self, file)
        if file == path and written:
            with path.open("a") as more:
                more.write(written.pop())
        return landed

    monkeypatch.setattr(Landing, "land", slow)
    first = told(made)
    assert first["batches"] == [] and first["left"][0]["why"] == "it changed while it was read"
    assert told(made)["totals"]["loaded"] == 4


def test_members_of_an_archive_are_batches_of_their_own(tmp_path: Path) -> None:
    made = shop(tmp_path, "in/*.zip")
    bad = HEAD + lines(10, 12) + "B13,1,2024-05-01,much\n"
    body = {
        "a.csv": HEAD.encode() + lines(0, 3).encode(),
        "x/b.csv.gz": gzip.compress(bad.encode()),
        "liesmich.pdf": b"",
    }
    put(made, "in/m.zip", packed(body))
    first, second = told(made)["batches"]
    assert (first["file"], first["loaded"]) == ("in/m.zip/a.csv", 3)
    assert "liesmich.pdf" in first["notes"][0]
    assert (second["file"], second["loaded"], second["quarantined"]) == ("in/m.zip/x/b.csv.gz", 2, 1)
    assert told(made)["batches"] == []
    (aside,) = made.rows("quarantine", all_columns=True)
    assert (aside["file"], aside["line"]) == ("in/m.zip/x/b.csv.gz", 4)
    with made.project() as project:
        (item,) = lineage(project, "db:in/m.zip/a.csv:3", page=1)["items"]
        assert item["row"]["order_id"] == "B1"
    put(made, "in/m.zip", packed(body | {"c.csv": HEAD.encode() + lines(20, 21).encode()}))
    again = told(made)["batches"]
    assert [(each["file"][-5:], each["new"], each["loaded"]) for each in again] == [
        ("a.csv", False, 3), ("c.csv", True, 1), ("csv.gz"[-5:], False, 2),
    ]  # fmt: skip


def test_a_pattern_may_go_on_inside_an_archive(tmp_path: Path) -> None:
    made = shop(tmp_path, "in/*.zip/lines*")
    put(made, "in/m.zip", packed({"lines1.csv": (HEAD + lines(0, 3)).encode(), "customers.csv": b"id\n1\n"}))
    assert [each["file"] for each in told(made)["batches"]] == ["in/m.zip/lines1.csv"]


def test_a_refused_archive_does_not_stop_what_stands_before_it(tmp_path: Path) -> None:
    made = shop(tmp_path, "in/*")
    put(made, "in/a.csv", HEAD + lines(0, 3))
    put(made, "in/b.zip", b"PK\x03\x04 cut off")
    with pytest.raises(DataError, match="broken"):
        told(made)
    assert len(made.rows("order_line")) == 3


def workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> None:
    """A workbook with sheets of rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)


@pytest.mark.parametrize(("more", "files"), [
    ("", ["in/b.xlsx"]),
    ('sheet = "Feb"', ["in/b.xlsx#Feb"]),
    ('sheet = ["Jan", "Feb"]', ["in/b.xlsx#Jan", "in/b.xlsx#Feb"]),
    ('sheet = "*"', ["in/b.xlsx#Jan", "in/b.xlsx#Feb"]),
])  # fmt: skip
def test_sheets_of_a_workbook(tmp_path: Path, more: str, files: list[str]) -> None:
    made = shop(tmp_path, "in/*.xlsx", more)
    head = ["o", "l", "t", "n"]
    sheets = {"Jan": [head, ["B1", 1, "2024-01-05", 1.1]], "Feb": [head, [], ["B2", 1, "2024-02-05", 2.2]]}
    workbook(made.root / "in" / "b.xlsx", sheets)
    batches = told(made)["batches"]
    assert [each["file"] for each in batches] == files
    assert {row["net_amount"] for row in made.rows("order_line")} == {
        {"in/b.xlsx": Decimal("1.1"), "in/b.xlsx#Jan": Decimal("1.1"), "in/b.xlsx#Feb": Decimal("2.2")}[each]
        for each in files
    }
    assert told(made)["batches"] == []
    place = f"db:{files[-1]}:{3 if files[-1].endswith('Feb') else 2}"
    with made.project() as project:
        (item,) = lineage(project, place, page=1)["items"]
    assert item["row"]["order_id"] == ("B2" if files[-1].endswith("Feb") else "B1")


def test_a_join_names_its_own_sheet(tmp_path: Path) -> None:
    made = Shop(tmp_path / "shop").says(
        """
contract = "order_line"
from = "b.xlsx"
sheet = "Lines"
join = [{ from = "b.xlsx#Heads", on = "o" }]
columns = { order_id = "o", line_id = "l", ordered_at = "t", net_amount = "n" }
""",
        kind='"files"', url="",
    )  # fmt: skip
    sheets = {"Heads": [["o", "t"], ["B1", "2024-01-05"]], "Lines": [["o", "l", "n"], ["B1", 1, 3.25]]}
    workbook(made.root / "b.xlsx", sheets)
    assert told(made)["totals"]["loaded"] == 1
    assert str(made.rows("order_line")[0]["business_date"]) == "2024-01-05"
