from __future__ import annotations

from datetime import date

import pytest

from regulars.kernel.errors import UsageError
from regulars.semantics.question import Question, Window, compared, day_of, window

LAST_DAY = date(2017, 12, 31)


@pytest.mark.parametrize(
    ("last", "start"),
    [("1d", date(2017, 12, 31)), ("2w", date(2017, 12, 18)), ("6m", date(2017, 7, 1)), ("1y", date(2017, 1, 1))],
)
def test_last(last: str, start: date) -> None:
    assert window(Question(("revenue",), last=last), LAST_DAY) == Window(start, LAST_DAY)


def test_last_year_of_a_leap_day() -> None:
    question = Question(("revenue",), start=date(2016, 2, 1), end=date(2016, 2, 29), compare="last-year")
    assert str(compared(question, LAST_DAY)) == "2015-02-01..2015-02-28"


def test_previous_ends_the_day_before() -> None:
    question = Question(("revenue",), last="90d", compare="previous")
    assert str(compared(question, LAST_DAY)) == "2017-07-05..2017-10-02"


@pytest.mark.parametrize(
    "question",
    [
        Question(("revenue",), last="0d"),
        Question(("revenue",), last="9999y"),
        Question(("revenue",), last="90d", start=date(2017, 1, 1)),
        Question(("revenue",), start=date(2017, 2, 1), end=date(2017, 1, 1)),
    ],
)
def test_wrong_periods(question: Question) -> None:
    with pytest.raises(UsageError):
        window(question, LAST_DAY)


def test_a_day_is_an_iso_day() -> None:
    with pytest.raises(UsageError, match="2017-03-02"):
        day_of("2.3.2017")
