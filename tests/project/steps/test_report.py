"""`report`: it tells what there is, is made once, and made again when something that it tells has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from regulars.kernel.errors import DataError
from regulars.project.project import Project
from regulars.project.steps.report import report
from regulars.report.page import mark_of


def test_a_captured_shop_is_told_and_the_rest_is_said_to_be_missing(shop: Project, tmp_path: Path) -> None:
    told = report(shop, str(tmp_path / "page.html"))
    text = told["path"].read_text(encoding="utf-8")
    assert told["made"] is True
    assert "240" in text  # lines of the shop: 120 orders of one, two and three lines
    assert "<code>regulars score value</code>" in text
    assert "order lines" in told["summary"]
    assert len(told["summary"].splitlines()) <= 45


def test_a_second_call_redoes_nothing_until_something_changes(shop: Project) -> None:
    first = report(shop)
    assert first["path"] == shop.root / "report.html"
    written = first["path"].stat().st_mtime_ns
    again = report(shop)
    assert (again["made"], again["summary"]) == (False, first["summary"])
    assert first["path"].stat().st_mtime_ns == written
    mark = mark_of(first["path"].read_text(encoding="utf-8"))
    truth = shop.root / "truth.json"
    truth.write_text('{"campaign": "none", "margin_total": 1}', encoding="utf-8")
    try:
        assert report(shop)["made"] is True
        assert mark_of(first["path"].read_text(encoding="utf-8")) != mark
    finally:
        truth.unlink()


def test_a_damaged_truth_is_said(shop: Project) -> None:
    truth = shop.root / "truth.json"
    truth.write_text("{", encoding="utf-8")
    try:
        with pytest.raises(DataError, match=r"truth\.json is not JSON"):
            report(shop)
    finally:
        truth.unlink()
