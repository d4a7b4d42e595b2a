"""What is asked: metrics, dimensions, a filter, a period and what to compare it with; checked before anything runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, TypeVar

from regulars.kernel.errors import UnknownNameError, UsageError, nearest
from regulars.semantics.dimension import Dimension, reachable
from regulars.semantics.fact import FACTS
from regulars.semantics.metric import Metric
from regulars.semantics.metrics import METRICS

__all__ = ["COMPARISONS", "Question", "Window", "checked", "compared", "day_of", "window"]

COMPARISONS = ("previous", "last-year")
_LAST = re.compile(r"(\d+)\s*([dwmy])")
_DAYS = {"d": 1, "w": 7}
_Named = TypeVar("_Named")


@dataclass(frozen=True, slots=True)
class Question:
    """A question to the cube.

    Attributes:
        metrics: names, at least one.
        by: names of dimensions.
        where: a condition over dimensions, customer attributes, segments, scores and columns of the fact.
        start: the first day, included.
        end: the last day, included.
        last: a length that ends at the cut date, such as "90d", "12w", "6m" or "1y"; instead of start and end.
        compare: "previous" (the window of equal length before) or "last-year" (the same days a year earlier).
        top: only that many members, by the first metric; the others as one row.
    """

    metrics: tuple[str, ...]
    by: tuple[str, ...] = ()
    where: str | None = None
    start: date | None = None
    end: date | None = None
    last: str | None = None
    compare: Literal["previous", "last-year"] | None = None
    top: int | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Days from `start` to `end`, both included; None where open."""

    start: date | None
    end: date | None

    def __str__(self) -> str:
        """The literal range.

        >>> str(Window(date(2017, 1, 1), date(2017, 1, 31))), str(Window(None, date(2017, 1, 31)))
        ('2017-01-01..2017-01-31', '..2017-01-31')
        """
        return f"{self.start or ''}..{self.end or ''}"


def day_of(text: str) -> date:
    """A day as it is typed: 2017-03-02.

    Raises:
        UsageError: it is no such day.

    >>> day_of("2017-03-02")
    datetime.date(2017, 3, 2)
    """
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        raise UsageError(f"{text!r} is not a day.", fix="Write it as 2017-03-02.") from wrong


def window(question: Question, as_of: date) -> Window:
    """The days that the question is about.

    Raises:
        UsageError: `last` cannot be read, stands beside start or end, or the period ends before it starts.

    >>> str(window(Question(("revenue",), last="90d"), date(2017, 12, 31)))
    '2017-10-03..2017-12-31'
    """
    if question.last is None:
        if question.start and question.end and question.start > question.end:
            raise UsageError(f"The period starts on {question.start} and ends before it, on {question.end}.")
        return Window(question.start, question.end)
    if question.start or question.end:
        raise UsageError("--last stands beside --from or --to.", fix="Give one of them.")
    return Window(_back(as_of, question.last) + timedelta(days=1), as_of)


def _back(day: date, length: str) -> date:
    found = _LAST.fullmatch(length.strip())
    if found is None or int(found[1]) == 0:
        raise UsageError(f"--last {length!r} is not a length.", fix="Write it as 90d, 12w, 6m or 1y.")
    count, unit = int(found[1]), found[2]
    try:
        if unit in _DAYS:
            return day - timedelta(days=count * _DAYS[unit])
        return _months_back(day, count * (12 if unit == "y" else 1))
    except (OverflowError, ValueError) as wrong:
        raise UsageError(f"--last {length!r} reaches back before year 1.") from wrong


def _months_back(day: date, months: int) -> date:
    place = day.year * 12 + day.month - 1 - months
    first = date(place // 12, place % 12 + 1, 1)
    following = date((place + 1) // 12, (place + 1) % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))


def compared(question: Question, as_of: date) -> Window | None:
    """The days to compare with, None when nothing is compared.

    Raises:
        UsageError: an unknown comparison, or a period without a start.

    >>> february = Question(("revenue",), start=date(2017, 2, 1), end=date(2017, 2, 28), compare="previous")
    >>> str(compared(february, date(2017, 12, 31)))
    '2017-01-04..2017-01-31'
    """
    if question.compare is None:
        return None
    if question.compare not in COMPARISONS:
        raise UnknownNameError("comparison", question.compare, COMPARISONS)
    asked = window(question, as_of)
    if asked.start is None:
        raise UsageError("--compare needs a period that starts somewhere.", fix="Give --from or --last.")
    end = asked.end or as_of
    if end < asked.start:
        raise UsageError(f"The period starts on {asked.start}, after the last day {end}.")
    if question.compare == "last-year":
        return Window(_months_back(asked.start, 12), _months_back(end, 12))
    return Window(asked.start - (end - asked.start) - timedelta(days=1), asked.start - timedelta(days=1))


def checked(question: Question, known: Mapping[str, Dimension]) -> tuple[tuple[Metric, ...], tuple[Dimension, ...]]:
    """The metrics and dimensions that the question names.

    Args:
        question: what was asked.
        known: every dimension by name.

    Raises:
        UnknownNameError: a metric or dimension that is not there.
        UsageError: no metric, a name twice, a top below 1, or a dimension that a metric's fact cannot reach.
    """
    if not question.metrics:
        raise UsageError("A question needs a metric.", allowed=sorted(METRICS))
    _refuse_doubles((*question.metrics, *question.by))
    if question.top is not None and (question.top < 1 or not question.by):
        raise UsageError("--top needs a number from 1 on, and a dimension.", fix="Add --by.")
    metrics = tuple(_find("metric", name, known=METRICS) for name in question.metrics)
    by = tuple(_find("dimension", name, known=known) for name in question.by)
    for metric in metrics:
        for dimension in by:
            _refuse_unreachable(metric, dimension, known=known)
    return metrics, by


def _find(kind: str, name: str, *, known: Mapping[str, _Named]) -> _Named:
    if name not in known:
        raise UnknownNameError(kind, name, known)
    return known[name]


def _refuse_doubles(names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise UsageError(f"{name!r} is asked for twice.")
        seen.add(name)


def _refuse_unreachable(metric: Metric, dimension: Dimension, *, known: Mapping[str, Dimension]) -> None:
    fact = FACTS[metric.fact]
    if reachable(dimension, fact):
        return
    allowed = sorted(name for name, each in known.items() if reachable(each, fact))
    raise UsageError(
        f"{metric.name!r} has no {dimension.name!r}: one row is {fact.grain}, and it has no single {dimension.name}.",
        allowed=allowed,
        guess=nearest(f"customer.{dimension.name}", allowed) if f"customer.{dimension.name}" in allowed else None,
    )
