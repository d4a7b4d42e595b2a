"""Which files a pattern names."""

from __future__ import annotations

from pathlib import Path

import pytest

from regulars.capture.sources.files import discover
from regulars.kernel.errors import DataError


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
