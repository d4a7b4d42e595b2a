"""Which reading does the whole file prove where none was declared: the order of day and month, the signs of numbers.

One system wrote the file, so all its columns give evidence together. A reading is adopted only when every value that has
the shape of a number or a date fits it, and no other reading that fits them all gives another value. What is declared is
never touched: a file that contradicts it is held.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from regulars.capture.dialect import Dialect
from regulars.capture.layers import Feed
from regulars.capture.moment import ordered
from regulars.capture.reading import number, number_pattern
from regulars.capture.sql import text
from regulars.contracts.model import Kind
from regulars.engines.scratch import Scratch

__all__ = ["READINGS", "Adopted", "NumberReading", "adopted", "bare", "contradicted", "simplest"]

_NUMBERS = (Kind.MONEY, Kind.QUANTITY, Kind.NUMBER, Kind.INTEGER)
_TEMPORAL = (Kind.DAY, Kind.INSTANT)
Where = Callable[[int], int]  # record -> physical line


@dataclass(frozen=True, slots=True)
class NumberReading:
    """One way to write numbers: the decimal sign, and the sign of thousands or None."""

    decimal: str
    thousands: str | None

    @property
    def pattern(self) -> str:
        """The regular expression of such numbers."""
        return number_pattern(self.decimal, self.thousands)

    @property
    def declaration(self) -> str:
        """What to write in regulars.toml."""
        grouped = f' and thousands = "{self.thousands}"' if self.thousands else ""
        return f'decimal = "{self.decimal}"{grouped}'


READINGS = tuple(
    NumberReading(decimal, thousands)
    for decimal, thousands in ((".", None), (",", None), (",", "."), (".", ","), (",", " "), (".", "'"), (".", " "))
)


@dataclass(frozen=True, slots=True)
class Adopted:
    """What a file proves beyond its declaration: values of the dialect by key, and the sentence that proves each."""

    values: Mapping[str, str] = field(default_factory=dict)
    why: Mapping[str, str] = field(default_factory=dict)

    def over(self, dialect: Dialect) -> Dialect:
        """The dialect with the proved values, which from then on count as declared."""
        return replace(dialect, declared=dialect.declared | set(self.values), **self.values)  # type: ignore[arg-type]

    def notes(self) -> tuple[str, ...]:
        """What to tell."""
        return tuple(self.why.values())


def bare(feed: Feed) -> str:
    """SQL of a number's text without a sign of currency."""
    return f"regexp_replace({feed.raw}, '^[+-]?[€$£¥ ]*|[€$£¥ ]*$', '', 'g')"


def adopted(db: Scratch, ctes: str, *, feeds: Sequence[Feed], dialect: Dialect, where: Where) -> Adopted:
    """The readings that the whole file proves and nobody declared.

    Args:
        db: where the file is staged.
        ctes: the layers, ending in `fed`.
        feeds: all columns that are read under the source's dialect.
        dialect: the declared one.
        where: tells the line of a record.
    """
    dates = _dates(db, ctes, feeds=[each for each in feeds if each.kind in _TEMPORAL], dialect=dialect, where=where)
    marks = _marks(db, ctes, feeds=[each for each in feeds if each.kind in _NUMBERS], dialect=dialect, where=where)
    return Adopted({**dates.values, **marks.values}, {**dates.why, **marks.why})


def _asked(db: Scratch, ctes: str, *, picks: Sequence[str]) -> list[int | None]:
    return list(db.one(f"WITH {ctes} SELECT {', '.join(picks)} FROM fed WHERE keep"))


def _dates(db: Scratch, ctes: str, *, feeds: Sequence[Feed], dialect: Dialect, where: Where) -> Adopted:
    if not feeds or "dates" in dialect.declared or dialect.dates != "iso":
        return Adopted()
    picks = []
    for feed in feeds:
        day, month = (f"({ordered(feed.raw, order)}) IS NOT NULL" for order in ("day-first", "month-first"))
        for test in (f"{day} AND NOT {month}", f"{month} AND NOT {day}", f"{day} OR {month}"):
            picks += [f"count(*) FILTER (WHERE {test})", f"min(record) FILTER (WHERE {test})"]
    found = _asked(db, ctes, picks=picks)
    counts = [sum(int(each or 0) for each in found[place::6]) for place in (0, 2, 4)]
    if bool(counts[0]) == bool(counts[1]):
        return Adopted()
    order, place = ("day-first", 0) if counts[0] else ("month-first", 2)
    feed, record = _first(feeds, found[place + 1 :: 6])
    shown = _shown(db, ctes, feed=feed, record=record, where=where)
    why = f"Dates were read {order}: {counts[place // 2]} of {counts[2]} can be read in no other way, as {shown}."
    return Adopted({"dates": order}, {"dates": why})


def _first(feeds: Sequence[Feed], records: Sequence[int | None]) -> tuple[Feed, int]:
    found = [(record, place) for place, record in enumerate(records) if record is not None]
    record, place = min(found)
    return feeds[place], record


def _shown(db: Scratch, ctes: str, *, feed: Feed, record: int, where: Where) -> str:
    (raw,) = db.one(f"WITH {ctes} SELECT {feed.raw} FROM fed WHERE record = {record}")
    return f"{raw!r} of {feed.name} in line {where(record)}"


def _marks(db: Scratch, ctes: str, *, feeds: Sequence[Feed], dialect: Dialect, where: Where) -> Adopted:
    if not feeds or {"decimal", "thousands"} <= dialect.declared:
        return Adopted()
    fits = [[f"regexp_full_match({bare(feed)}, {text(each.pattern)})" for each in READINGS] for feed in feeds]
    picks = [" + ".join(f"count(*) FILTER (WHERE {' OR '.join(tests)})" for tests in fits)]
    picks += [" + ".join(f"count(*) FILTER (WHERE {tests[place]})" for tests in fits) for place in range(len(READINGS))]
    shaped, *counts = _asked(db, ctes, picks=picks)
    left = simplest([each for each, count in zip(READINGS, counts, strict=True)
                     if count == shaped and _allowed(each, dialect)])  # fmt: skip
    mine = NumberReading(dialect.decimal, dialect.thousands or None)
    if not shaped or not left or mine in left or _differ(db, ctes, feeds=feeds, left=left):
        return Adopted()
    return _taken(db, ctes, feeds=feeds, dialect=dialect, chosen=left[0], where=where)


def simplest(readings: Sequence[NumberReading]) -> list[NumberReading]:
    """Without those that say no more than a plainer one: grouping where the same sign without grouping fits too."""
    plain = {each.decimal for each in readings if each.thousands is None}
    return [each for each in readings if each.thousands is None or each.decimal not in plain]


def _allowed(reading: NumberReading, dialect: Dialect) -> bool:
    if "decimal" in dialect.declared and reading.decimal != dialect.decimal:
        return False
    return "thousands" not in dialect.declared or reading.thousands in (None, dialect.thousands)


def _differ(db: Scratch, ctes: str, *, feeds: Sequence[Feed], left: Sequence[NumberReading]) -> bool:
    first, *others = left
    tests = [f"{_value(feed, first)} IS DISTINCT FROM {_value(feed, other)}" for feed in feeds for other in others]
    return bool(tests) and bool(_asked(db, ctes, picks=[f"count(*) FILTER (WHERE {' OR '.join(tests)})"])[0])


def _value(feed: Feed, reading: NumberReading) -> str:
    dialect = Dialect(decimal=reading.decimal, thousands=reading.thousands, declared=frozenset({"decimal"}))
    return number(feed.raw, feed.kind, dialect=dialect).value


def _taken(
    db: Scratch, ctes: str, *, feeds: Sequence[Feed], dialect: Dialect, chosen: NumberReading, where: Where
) -> Adopted:  # fmt: skip
    default = number_pattern(dialect.decimal, dialect.thousands)
    tests = [f"regexp_full_match({bare(each)}, {text(chosen.pattern)}) "
             f"AND NOT regexp_full_match({bare(each)}, {text(default)})" for each in feeds]  # fmt: skip
    feed, record = _first(feeds, _asked(db, ctes, picks=[f"min(record) FILTER (WHERE {test})" for test in tests]))
    shown = _shown(db, ctes, feed=feed, record=record, where=where)
    why = f"Numbers were read with {chosen.declaration}: no other reading fits them all, as {shown}."
    values = {"decimal": chosen.decimal} | ({"thousands": chosen.thousands} if chosen.thousands else {})
    return Adopted(values, {"decimal": why})


def contradicted(found: Adopted, before: Mapping[str, Mapping[str, str]]) -> str | None:
    """Why a file must not be read as it proves itself: earlier files of the same source proved something else.

    Args:
        found: what this file proves.
        before: what earlier files proved: key -> {value, file}.
    """
    for key, value in found.values.items():
        earlier = before.get(key)
        if earlier and earlier["value"] != value:
            why = found.why.get(key, found.why.get("decimal", ""))
            return (f'{why} But {earlier["file"]} of the same source proved {key} = "{earlier["value"]}". Declare the '
                    "right one, give such files a source of their own, or release the file.")  # fmt: skip
    return None
