"""Trip wires: a delivery unlike those before it is held with the reason, released with one, and a new project is left alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import regulars
from regulars.capture.wires import Profile, Wires, unlike, wires_from_config
from regulars.kernel.errors import ConfigError, UsageError

USUAL = Profile(500, 1000.0, "2024-01-10", {"customer_id": 0.98}, {"customer_id": 1.0}, 0.0)


def history(count: int = 8) -> list[Profile]:
    """Steady deliveries, one a day."""
    return [
        Profile(500 + each, 1000.0 + each, f"2024-01-{each + 1:02d}", USUAL.filled, USUAL.digits)
        for each in range(count)
    ]


STRANGE: dict[str, tuple[dict[str, Any], str]] = {
    "half the rows": ({"rows": 240}, "240 rows where the last 8 had"),
    "twice the rows": ({"rows": 1100}, "1,100 rows"),
    "another sum": ({"total": 1700.0}, "1,700.00"),
    "a negative sum": ({"total": -1000.0}, "-1,000.00"),
    "repeated keys": ({"repeated": 0.4}, "40% of its rows repeat a key"),
    "an old day": ({"newest": "2023-12-20"}, "newest day is 2023-12-20"),
    "an empty column": ({"filled": {"customer_id": 0.0}}, "customer_id is empty"),
    "a column that is gone": ({"filled": {}}, "customer_id is empty"),
    "other ids": ({"digits": {"customer_id": 0.0}}, "ids of customer_id are no numbers"),
}


@pytest.mark.parametrize("case", STRANGE)
def test_what_is_strange(case: str) -> None:
    changes, words = STRANGE[case]
    plain = {**USUAL.to_json(), **changes}
    (found,) = unlike(Profile(**plain), history(), wires=Wires())
    assert words in found


def test_what_is_usual_passes() -> None:
    assert unlike(USUAL, history(), wires=Wires()) == []
    assert unlike(Profile(400, 1200.0, "2024-01-04", USUAL.filled, USUAL.digits), history(), wires=Wires()) == []


def test_little_history_and_small_files_are_left_alone() -> None:
    assert unlike(Profile(1), history(7), wires=Wires()) == []
    few = [Profile(each, float(each)) for each in (3, 1, 4, 1, 5, 9, 2, 6)]
    assert unlike(Profile(15, 15.0), few, wires=Wires()) == []


def test_what_was_accepted_once_is_not_strange_again() -> None:
    closed = Profile(50, 100.0, "2024-01-09", USUAL.filled, USUAL.digits)
    assert len(unlike(closed, history(), wires=Wires())) == 2
    assert unlike(closed, [closed, *history()], wires=Wires()) == []


def test_thresholds_are_keys_of_the_config() -> None:
    assert unlike(Profile(300), [Profile(500)] * 8, wires=wires_from_config({"rows_low": 0.9})) != []
    with pytest.raises(ConfigError, match="rows_lwo") as error:
        wires_from_config({"rows_lwo": 1})
    assert error.value.guess == "rows_low"
    with pytest.raises(ConfigError, match="history"):
        wires_from_config({"history": "8"})


CONFIG = """
[project]
name = "shop"
{more}
[sources.shop]
[[sources.shop.tables]]
contract = "order_line"
from = "in/*.csv"
"""


def deliver(folder: Path, number: int, rows: int) -> None:
    """One day's file."""
    (folder / "in").mkdir(exist_ok=True)
    lines = [f"o{number}-{row},1,2024-01-{number + 1:02d}T10:00:00,{row % 7},10.00" for row in range(rows)]
    text = "\n".join(["order_id,line_id,ordered_at,customer_id,net_amount", *lines])
    (folder / "in" / f"{number:02d}.csv").write_text(text + "\n")


def test_a_strange_delivery_is_held_until_a_person_says_why(tmp_path: Path) -> None:
    (tmp_path / "regulars.toml").write_text(CONFIG.format(more=""))
    crm = regulars.open(tmp_path)
    for number in range(8):  # whatever sizes the first capture has, it is never held
        deliver(tmp_path, number, 60 + number)
    assert crm.capture()["totals"]["held"] == 0
    deliver(tmp_path, 8, 20)
    (batch,) = [each for each in crm.capture()["batches"] if each["new"]]
    assert batch["held"] and batch["read"] == 0
    assert "it has 20 rows where the last 8 had 64" in batch["reason"]
    assert "--release --reason" in batch["reason"]
    with pytest.raises(UsageError, match="without a reason"):
        crm.capture(release=True)
    deliver(tmp_path, 9, 10)  # comes in beside the release: judged for itself
    told = {each["file"]: each for each in crm.capture(release=True, reason="closed for stock-taking")["batches"]}
    released = told["in/08.csv"]
    assert (released["loaded"], released["held"]) == (20, False)
    assert released["reason"].startswith("released: closed for stock-taking (was held: The file is unlike")
    assert told["in/09.csv"]["held"]
    kept = [each for each in crm.table("batch").to_arrow().to_pylist() if each["file"] == "in/08.csv"]
    assert kept[0]["reason"] == released["reason"]


def test_a_broken_file_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "regulars.toml").write_text(CONFIG.format(more=""))
    crm = regulars.open(tmp_path)
    deliver(tmp_path, 0, 5)
    crm.capture()
    (tmp_path / "in" / "01.csv").write_bytes(b"")
    deliver(tmp_path, 2, 5)
    told = {each["file"]: each for each in crm.capture()["batches"] if each["new"]}
    assert "empty" in told["in/01.csv"]["reason"] and told["in/01.csv"]["held"]
    assert told["in/02.csv"]["loaded"] == 5


def test_a_source_remembers_what_its_files_proved(tmp_path: Path) -> None:
    (tmp_path / "regulars.toml").write_text(CONFIG.format(more=""))
    (tmp_path / "in").mkdir()
    head = "order_id,line_id,ordered_at,net_amount\n"
    (tmp_path / "in" / "1.csv").write_text(head + "A,1,25/01/2024,1.5\n")
    (tmp_path / "in" / "2.csv").write_text(head + "B,1,01/26/2024,1.5\n")
    (tmp_path / "in" / "3.csv").write_text(head + "C,1,02/03/2024,1.5\n")
    crm = regulars.open(tmp_path)
    told = {each["file"]: each for each in crm.capture()["batches"]}
    assert (told["in/1.csv"]["loaded"], told["in/2.csv"]["held"], told["in/3.csv"]["held"]) == (1, True, True)
    assert "in/1.csv of the same source proved" in told["in/2.csv"]["reason"]
    assert 'Earlier files of this source proved dates = "day-first"' in told["in/3.csv"]["reason"]
    (source,) = crm.do("show", what="sources")["items"]
    assert source["proved"]["dates"]["value"] == "day-first"
    text = (tmp_path / "regulars.toml").read_text().replace("[sources.shop]", '[sources.shop]\ndates = "day-first"')
    (tmp_path / "regulars.toml").write_text(text)
    told = {each["file"]: each for each in crm.capture()["batches"]}
    assert told["in/3.csv"]["loaded"] == 1
    assert told["in/2.csv"]["held"], "a declaration is never adopted against"
