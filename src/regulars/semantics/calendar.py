"""How does a day become a member: weeks from the project's first weekday, months as 2017-03, quarters as 2017-Q1."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ibis
import ibis.expr.types as ir

__all__ = ["GRAINS", "WEEKDAYS", "label_of_day", "member_of_day"]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _week(day: ir.DateValue, week_start: str) -> ir.DateValue:
    # engines cut weeks at Monday: move the project's first weekday onto it and back
    late = WEEKDAYS.index(week_start)
    if late == 0:
        return day.truncate("W").cast("date")
    moved = (day - ibis.interval(days=late)).cast("date")
    return (moved.truncate("W").cast("date") + ibis.interval(days=late)).cast("date")


def _weekday(day: ir.DateValue, week_start: str) -> ir.IntegerValue:
    return ((day.day_of_week.index() + 7 - WEEKDAYS.index(week_start)) % 7).cast("int64")


_MEMBERS: Mapping[str, Callable[[ir.DateValue, str], ir.Value]] = {
    "day": lambda day, start: day,
    "week": _week,
    "month": lambda day, start: day.truncate("M").cast("date"),
    "quarter": lambda day, start: day.truncate("Q").cast("date"),
    "year": lambda day, start: day.year().cast("int64"),
    "weekday": _weekday,
}

GRAINS = tuple(_MEMBERS)


def member_of_day(day: ir.DateValue, grain: str, *, week_start: str = "monday") -> ir.Value:
    """The period of `grain` that holds `day`: its first day, the year's number, or the weekday's place in the week.

    >>> import ibis
    >>> day = ibis.literal("2017-03-02").cast("date")
    >>> ibis.duckdb.connect().execute(member_of_day(day, "week", week_start="sunday").cast("string"))
    '2017-02-26'
    """
    return _MEMBERS[grain](day, week_start)


def label_of_day(member: ir.Value, grain: str, *, week_start: str = "monday") -> ir.StringValue:
    """What a member is called.

    >>> import ibis
    >>> day = ibis.literal("2017-03-01").cast("date")
    >>> ibis.duckdb.connect().execute(label_of_day(day, "quarter"))
    '2017-Q1'
    """
    if grain == "month":
        return member.cast("string").substr(0, 7)
    if grain == "quarter":
        return member.year().cast("string") + "-Q" + member.quarter().cast("string")
    if grain == "weekday":
        first = WEEKDAYS.index(week_start)
        names = [(place, WEEKDAYS[(first + place) % 7].capitalize()) for place in range(7)]
        return ibis.cases(*((member == place, name) for place, name in names))
    # some engines give a moment where a day is meant: the first ten characters are the day on all of them
    return member.cast("string").substr(0, 10)
