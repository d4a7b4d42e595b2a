"""Local times to UTC and back, as SQL built from the zone's own transitions, so that every engine version agrees.

A local time that the clocks skip has no UTC time (NULL), except midnight, which stands for the day and moves on to the
first moment there is; one that occurs twice is taken as the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from regulars.capture.sql import case

__all__ = ["Shift", "shifts", "to_local", "to_utc"]

_STEP = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Shift:
    """One change of a zone's offset: the UTC moment, and the offsets in seconds before and after."""

    at: datetime
    before: int
    after: int


@lru_cache(maxsize=64)
def shifts(zone: str, first: int, *, last: int) -> tuple[int, tuple[Shift, ...]]:
    """The offset that holds at the start of year `first`, and the changes up to the end of year `last`.

    >>> start, changes = shifts("Europe/Amsterdam", 2024, last=2024)
    >>> start, [(each.at.isoformat(), each.after) for each in changes]
    (3600, [('2024-03-31T01:00:00', 7200), ('2024-10-27T01:00:00', 3600)])
    """
    info = ZoneInfo(zone)
    now, end = datetime(first, 1, 1), datetime(last + 1, 1, 8)
    start = _offset(info, now)
    found: list[Shift] = []
    while now < end:
        then = now + _STEP
        before, after = _offset(info, now), _offset(info, then)
        if before != after:
            found.append(Shift(_moment(info, now, high=then, before=before), before, after))
        now = then
    return start, tuple(found)


def _offset(info: ZoneInfo, utc: datetime) -> int:
    offset = utc.replace(tzinfo=UTC).astimezone(info).utcoffset()
    return int((offset or timedelta()).total_seconds())


def _moment(info: ZoneInfo, low: datetime, *, high: datetime, before: int) -> datetime:
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        if middle in (low, high):
            break
        low, high = (middle, high) if _offset(info, middle) == before else (low, middle)
    return high


def to_utc(local: str, zone: str, *, years: tuple[int, int]) -> str:
    """SQL of the UTC time of a local time in `zone`; exact for local times in `years`."""
    start, changes = shifts(zone, years[0] - 1, last=years[1])
    arms: list[tuple[str, str]] = []
    offset = start
    for each in changes:
        until = each.at + timedelta(seconds=each.before)
        arms.append((f"{local} < {_stamp(until)}", _moved(local, -each.before)))
        if each.after > each.before:
            over = each.at + timedelta(seconds=each.after)
            midnight = f"{local} = date_trunc('day', {local})"
            arms.append((f"{local} < {_stamp(over)}", case([(midnight, _moved(local, -each.before))])))
        offset = each.after
    return case(arms, _moved(local, -offset))


def to_local(utc: str, zone: str, *, years: tuple[int, int]) -> str:
    """SQL of the local time in `zone` of a UTC time."""
    start, changes = shifts(zone, years[0] - 1, last=years[1])
    arms = [(f"{utc} < {_stamp(each.at)}", _moved(utc, each.before)) for each in changes]
    return case(arms, _moved(utc, changes[-1].after if changes else start))


def _stamp(moment: datetime) -> str:
    return f"TIMESTAMP '{moment.isoformat(sep=' ')}'"


def _moved(value: str, seconds: int) -> str:
    if not seconds:
        return value
    return f"({value} {'+' if seconds > 0 else '-'} INTERVAL {abs(seconds)} SECOND)"
