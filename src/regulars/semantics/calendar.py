"""How does a day become a member: weeks from the project's first weekday, months as 2017-03, quarters as 2017-Q1."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

__all__ = ["WEEKDAYS", "hour_of", "label_of_day", "later", "member_of_day"]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def later(day: ir.DateValue, **span: int) -> ir.DateValue:
    """A day moved by a span (days or years); 29 February moved by a year is 28 February.

    >>> import ibis
    >>> day = ibis.literal("2016-02-29").cast("date")
    >>> ibis.duckdb.connect().execute(later(day, years=1).cast("string"))
    '2017-02-28'
    """
    # as a moment and back: engines disagree on what a day plus a span is, and Ibis believes that it is a day already
    return (day.cast("timestamp") + ibis.interval(**span)).cast("date")


def _first(day: ir.DateValue, unit: str) -> ir.DateValue:
    return day.cast("timestamp").truncate(unit).cast("date")


def _week(day: ir.DateValue, week_start: str) -> ir.DateValue:
    # engines cut weeks at Monday: move the project's first weekday onto it and back
    late = WEEKDAYS.index(week_start)
    return _first(day, "W") if late == 0 else later(_first(later(day, days=-late), "W"), days=late)


def _weekday(day: ir.DateValue, week_start: str) -> ir.IntegerValue:
    return ((day.day_of_week.index() + 7 - WEEKDAYS.index(week_start)) % 7).cast("int64")


_MEMBERS: Mapping[str, Callable[[ir.DateValue, str], ir.Value]] = {
    "day": lambda day, start: day,
    "week": _week,
    "month": lambda day, start: _first(day, "M"),
    "quarter": lambda day, start: _first(day, "Q"),
    "year": lambda day, start: day.year().cast("int64"),
    "weekday": _weekday,
}


def member_of_day(day: ir.DateValue, grain: str, *, week_start: str = "monday") -> ir.Value:
    """The period of `grain` that holds `day`: its first day, the year's number, or the weekday's place in the week.

    >>> import ibis
    >>> day = ibis.literal("2017-03-02").cast("date")
    >>> ibis.duckdb.connect().execute(member_of_day(day, "week", week_start="sunday").cast("string"))
    '2017-02-26'
    """
    return _MEMBERS[grain](day, week_start)


def hour_of(at: ir.TimestampValue, zone: str) -> ir.IntegerValue:
    """The local hour of an instant, 0 to 23.

    Written out as the zone's offsets from 1990 to 2050, because engines bring time zones of their own, or none.

    >>> import ibis
    >>> at = ibis.literal("2024-07-01 22:30:00").cast("timestamp")
    >>> int(ibis.duckdb.connect().execute(hour_of(at, "Europe/Amsterdam")))
    0
    """
    spans = list(_offsets(zone))
    last = ibis.literal(spans[-1][1])
    ends = [(at < ibis.literal(until, type="timestamp"), ibis.literal(minutes)) for until, minutes in spans[:-1]]
    minutes = ibis.cases(*ends, else_=last) if ends else last
    return (((at.epoch_seconds() + minutes * 60) / 3600).floor() % 24).cast("int64")


@cache
def _offsets(zone: str) -> tuple[tuple[datetime, int], ...]:
    """Until when (UTC, excluded) the zone keeps which offset in minutes."""
    days = [datetime(1990, 1, 1) + timedelta(days=each) for each in range(60 * 365 + 15)]
    turns = [hour for one, two in pairwise(days) for hour in _turns(one, two, zone=zone)]
    until = [*turns, days[-1]]
    return tuple((each, _minutes(each - timedelta(hours=1), zone)) for each in until)


def _turns(one: datetime, two: datetime, *, zone: str) -> Iterator[datetime]:
    if _minutes(one, zone) != _minutes(two, zone):
        hours = [one + timedelta(minutes=30 * each) for each in range(49)]
        yield next(each for each in hours if _minutes(each, zone) == _minutes(two, zone))


def _minutes(at: datetime, zone: str) -> int:
    offset = at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset() or timedelta(0)
    return int(offset.total_seconds() // 60)


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
    if grain == "hour":
        return member.cast("string").lpad(2, "0")
    if grain == "weekday":
        first = WEEKDAYS.index(week_start)
        names = [(place, WEEKDAYS[(first + place) % 7].capitalize()) for place in range(7)]
        return ibis.cases(*((member == place, name) for place, name in names))
    return member.cast("string")
