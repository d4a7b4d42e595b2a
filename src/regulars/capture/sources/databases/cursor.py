"""How far an incremental read has come: a mark in a column that grows, and how much before it is read again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from regulars.capture.sources.databases.grammar import Column, Family
from regulars.kernel.errors import ConfigError, DataError

__all__ = ["Clock", "Overlap", "check", "overlap_of", "start"]

_TIMES = (Family.DAY, Family.LOCAL, Family.INSTANT)
_SPAN = re.compile(r"^([0-9]+)([smhdw])$")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_UNIX_EPOCH = Decimal("2440587.5")  # 1970-01-01 as a Julian day


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much before the mark is read again: a span of time, or a number."""

    span: timedelta
    number: int
    given: str


def overlap_of(value: str | int | None, *, place: str) -> Overlap:
    """The overlap that a mapping declares; an hour, or a thousand numbers, when it declares none.

    Raises:
        ConfigError: it is neither a span nor a number.

    >>> overlap_of("90m", place="x").span.total_seconds()
    5400.0
    """
    if value is None:
        return Overlap(timedelta(hours=1), 1000, "")
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return Overlap(timedelta(0), value, "number")
    found = _SPAN.match(str(value))
    if not found:
        fix = 'Write a span ("90m", "1h", "2d") for a time, or a whole number for a number that grows.'
        raise ConfigError(f"{place}: overlap = {value!r} cannot be.", fix=fix)
    return Overlap(timedelta(seconds=int(found[1]) * _SECONDS[found[2]]), 0, "span")


@dataclass(frozen=True, slots=True)
class Clock:
    """The time now, and the source's zone: a mark never lies in the future, or what comes until then would be missed."""

    now: datetime  # UTC, without zone
    zone: str

    def limit(self, family: Family) -> str | None:
        """The last value that a mark of that family may have, None where it may have any."""
        if family is Family.INSTANT:
            return self.now.isoformat(sep=" ")
        local = self.now.replace(tzinfo=UTC).astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)
        if family is Family.LOCAL:
            return local.isoformat(sep=" ")
        if family is Family.DAY:
            return local.date().isoformat()
        if family is Family.JULIAN:
            seconds = Decimal((local - datetime(1970, 1, 1)).total_seconds())
            return str(round(_UNIX_EPOCH + seconds / 86400, 6))
        return None


def start(mark: str, column: Column, *, overlap: Overlap, place: str) -> str:
    """From where to read: the mark less the overlap, as a number or in ISO form (an instant in UTC).

    Raises:
        ConfigError: the overlap does not suit the column, or no mark can lie in such a column.
        DataError: the mark cannot be read.
    """
    check(column, overlap, place=place)
    try:
        return _start(mark, column.family, overlap=overlap)
    except (ValueError, InvalidOperation, OverflowError) as problem:
        raise DataError(f"{place}: the cursor {column.name!r} holds {mark!r}, which cannot be read.") from problem


def check(column: Column, overlap: Overlap, *, place: str) -> None:
    """Whether a mark can lie in the column, and the overlap be taken from it.

    Raises:
        ConfigError: not.
    """
    if column.family not in (*_TIMES, Family.NUMBER, Family.JULIAN):
        problem = f"{place}: the cursor {column.name!r} holds {column.family}."
        raise ConfigError(problem, fix="Choose a column of numbers, days or times that grows with each change.")
    wanted = "number" if column.family is Family.NUMBER else "span"
    if overlap.given and overlap.given != wanted:
        problem = f"{place}: overlap is a {overlap.given}, but the cursor {column.name!r} holds {column.family}."
        raise ConfigError(problem, fix='Write overlap = 1000 for numbers, overlap = "1h" for times.')


def _start(mark: str, family: Family, *, overlap: Overlap) -> str:
    if family is Family.NUMBER:
        return format(Decimal(mark) - overlap.number, "f")
    if family is Family.JULIAN:
        return format(Decimal(mark) - Decimal(overlap.span.total_seconds()) / 86400 - Decimal("0.00001"), "f")
    at = datetime.fromisoformat(mark)
    if at.tzinfo is not None:
        at = at.astimezone(UTC).replace(tzinfo=None)
    at -= overlap.span
    return at.date().isoformat() if family is Family.DAY else at.isoformat(sep=" ")
