"""What people read: figures with their unit, text that wraps, intervals beside the figure, nothing that only machines want."""

from __future__ import annotations

from typing import Any

import pytest

from regulars.doors.cli.page import Page, figure
from regulars.doors.cli.tell import tell


def told(name: str, result: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> str:
    """The text of one result."""
    tell(name, result)
    return capsys.readouterr().out


ANSWER: dict[str, Any] = {
    "columns": ["month", "revenue", "return_rate", "return_rate_low", "return_rate_high", "return_rate_n"],
    "units": {"revenue": "money", "return_rate": "share", "return_rate_low": "share", "return_rate_high": "share"},
    "rows": [
        {"month": "2026-01", "revenue": 1234.5, "return_rate": 0.05, "return_rate_low": 0.04, "return_rate_high": 0.06,
         "return_rate_n": 9, "lineage": "a1.0"},
    ],
    "totals": {"revenue": 1234.5, "return_rate": 0.05, "lineage": "a1.total"},
    "definitions": {"revenue": "What was sold."},
    "notes": ["a remark"],
    "period": "..2026-01-31", "compared": None, "as_of": "2026-01-31", "currency": "EUR", "sources": ["tills"],
    "simulated": True,
}  # fmt: skip


def test_an_answer_has_units_intervals_a_total_and_its_origin(capsys: pytest.CaptureFixture[str]) -> None:
    text = told("ask", ANSWER, capsys)
    lines = text.splitlines()
    assert lines[1].split() == ["2026-01", "1,234.50", "5.0", "%", "4.0", "%", "to", "6.0", "%"]
    assert lines[3].startswith("total") and "1,234.50" in lines[3]
    assert "simulated" in text and "a remark" in text and "regulars show lineage a1.0" in text
    assert "return_rate_low" not in text


def test_an_answer_without_rows_says_so_with_its_total(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told("ask", {**ANSWER, "rows": [], "columns": ["month", "revenue"]}, capsys).splitlines()
    assert lines[2].split() == ["total", "1,234.50"]


def test_capture_hides_hashes_and_tells_what_is_held(capsys: pytest.CaptureFixture[str]) -> None:
    counts = {"read": 3, "loaded": 2, "duplicate": 0, "superseded": 0, "skipped": 0, "quarantined": 1}
    batch = {"batch": "bffff", "sha256": "f" * 64, "file": "data/a.csv", "contract": "order_line", **counts}
    batches = [{**batch, "held": False, "new": True, "notes": []},
               {**batch, "held": True, "reason": "two ways", "new": True, "notes": []}]  # fmt: skip
    text = told("capture", {"batches": batches, "totals": {"files": 2, **counts, "held": 1}}, capsys)
    assert "ffff" not in text and "two ways" in text and "regulars quarantine" in text
    assert "superseded" not in text and "duplicate" not in text


def test_a_verb_without_a_view_is_told_plainly(capsys: pytest.CaptureFixture[str]) -> None:
    text = told("doctor", {"ok": True, "checks": [{"check": "disk", "says": "69 GB [free]"}]}, capsys)
    assert "ok  yes" in text and "69 GB [free]" in text


def test_text_wraps_into_the_width_and_figures_stay_whole() -> None:
    page = Page(60)
    page.table([{"n": 1234567, "why": "a long reason " * 12}], {"n": "n", "why": "why"})
    assert max(len(line) for line in page.lines) <= 60
    assert page.lines[1].startswith("1,234,567")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(None, "", "-"), (0.123, "share", "12.3 %"), (-5, "money", "-5.00"), (2.0, "count", "2"), ([1, 2], "", "1, 2")],
)
def test_figures(value: Any, unit: str, text: str) -> None:
    assert figure(value, unit) == text
