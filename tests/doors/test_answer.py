"""An answer in Python: the verb's keys, and its rows in the data frame of one's choice."""

from __future__ import annotations

from decimal import Decimal

from regulars.doors.answer import Answer

ROWS = [{"month": "2024-01", "revenue": Decimal("1.5")}, {"month": "2024-02", "revenue": Decimal("2.5")}]


def test_rows_come_as_arrow_pandas_and_polars() -> None:
    answer = Answer("ask", {"columns": ["month", "revenue"], "rows": ROWS, "totals": {"revenue": Decimal(4)}})
    assert answer.to_arrow().to_pylist() == ROWS
    assert answer.to_pandas()["revenue"].sum() == 4
    assert answer.to_polars()["month"].to_list() == ["2024-01", "2024-02"]
    assert answer["totals"] == {"revenue": 4}


def test_a_notebook_sees_a_table_and_nothing_hostile() -> None:
    html = Answer("ask", {"rows": [{"city": "<script>"}]})._repr_html_()
    assert "<table>" in html
    assert "<script>" not in html


def test_an_answer_without_rows_still_shows_itself() -> None:
    assert Answer("unify", {"records": 3, "customers": 2}).to_arrow().to_pylist() == [{"records": 3, "customers": 2}]
    assert "no rows" in Answer("ask", {"rows": []})._repr_html_()
