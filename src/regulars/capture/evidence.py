"""How do files write numbers and dates? Proved by values that can be read in one way only, or left as a question.

Files of one source are read under one locale, so they give evidence together: a column of "1.234" is decided by another
one's "12,50", in the same file or in a neighbour.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from regulars.capture.look import FORMATS, READINGS, Column, Hit, Look
from regulars.engines.scratch import Scratch

__all__ = ["Locale", "Part", "agree", "locale_of"]

_ALL = frozenset(range(len(READINGS)))
_SHAPES = ("day", "month", "either")


@dataclass(frozen=True, slots=True)
class Part:
    """One file, and those of its columns that hold numbers and dates."""

    look: Look
    numbers: tuple[Column, ...]
    dates: tuple[Column, ...]

    @property
    def readings(self) -> frozenset[int]:
        """Places in READINGS that fit every number of the file."""
        found = _ALL
        for each in _written(self.numbers):
            count = each.hits["number"].count
            found &= {place for place in _ALL if each.hits[f"reading{place}"].count == count}
        return found

    def dated(self, shape: str) -> int:
        """How many dates have a shape."""
        return sum(each.hits[shape].count for each in _written(self.dates))


@dataclass(slots=True)
class Locale:
    """What a source must declare, why, and what could not be decided."""

    values: dict[str, object] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)


def agree(parts: Sequence[Part], other: Part) -> bool:
    """Whether a file can be read under one locale with others."""
    encodings = {each.look.encoding for each in (*parts, other)} - {None}
    readings = other.readings.intersection(*(each.readings for each in parts))
    alone = not other.readings  # its numbers contradict each other: no locale helps
    day, month = (sum(each.dated(shape) for each in (*parts, other)) for shape in ("day", "month"))
    return len(encodings) <= 1 and bool(readings or alone) and not (day and month and not _mixed(other))


def _mixed(part: Part) -> bool:
    return bool(part.dated("day") and part.dated("month"))


def locale_of(db: Scratch, parts: Sequence[Part]) -> Locale:
    """The locale of files that are read together."""
    found = Locale()
    _encoding(found, parts)
    _delimiter(found, parts)
    _numbers(db, found, parts=parts)
    _dates(db, found, parts=parts)
    _nothing(db, found, parts=parts)
    return found


def _encoding(found: Locale, parts: Sequence[Part]) -> None:
    for part in parts:
        if part.look.encoding and part.look.encoding != "utf-8":
            found.values["encoding"] = part.look.encoding
            found.reasons["encoding"] = f"{part.look.path.name}: {part.look.spelling}"


def _delimiter(found: Locale, parts: Sequence[Part]) -> None:
    signs = {part.look.delimiter for part in parts if part.look.delimiter}
    if len(signs) == 1 and all(part.look.delimiter or part.look.format != "csv" for part in parts):
        found.values["delimiter"] = signs.pop()
        records = sum(part.look.records for part in parts if part.look.delimiter)
        found.reasons["delimiter"] = f"it cuts all {records:,} records into as many columns as the header has"


def _numbers(db: Scratch, found: Locale, *, parts: Sequence[Part]) -> None:
    fits = _ALL.intersection(*(part.readings for part in parts))
    if not fits:
        found.questions.append(
            f"decimal: no reading of numbers fits {_disagreeing(db, parts)}: correct it at the source."
        )
        return
    decimals = {READINGS[place][0] for place in fits}
    if fits == _ALL:
        return
    if len(decimals) > 1:
        found.questions.append(_ask_decimal(db, parts))
        return
    decimal = decimals.pop()
    found.values["decimal"] = decimal
    found.reasons["decimal"] = (
        _shown(db, parts, shape=f"odd{3 if decimal == ',' else 2}") or "the only one that fits all numbers"
    )
    plain = READINGS.index((decimal, None))
    if plain in fits:
        return
    signs = {READINGS[place][1] for place in fits}
    if len(signs) == 1:
        found.values["thousands"] = signs.pop()
        found.reasons["thousands"] = _shown(db, parts, shape=f"odd{plain}")
    else:
        found.questions.append(
            f"thousands: several signs fit ({_shown(db, parts, shape=f'odd{plain}')}): which one is it?"
        )


def _ask_decimal(db: Scratch, parts: Sequence[Part]) -> str:
    where, raw = _first(db, _hits(parts, [f"odd{place}" for place in _ALL], of="numbers"))
    other = raw.replace(".", "").replace(",", "")
    return (
        f"decimal: {raw!r} in {where} can be {raw.replace(',', '.')} or {other}, and no value decides it. "
        'Write decimal = "." or decimal = ","; where the sign groups thousands, write thousands = "." or "," too.'
    )


def _disagreeing(db: Scratch, parts: Sequence[Part]) -> str:
    places = [_first(db, [(part, column.hits[f"odd{place}"])])
              for part in parts for column in part.numbers for place in (0, 1) if column.hits[f"odd{place}"].count]  # fmt: skip
    return " and ".join(f"{raw!r} in {where}" for where, raw in places[:2])


def _dates(db: Scratch, found: Locale, *, parts: Sequence[Part]) -> None:
    day, month, either = (sum(part.dated(shape) for part in parts) for shape in _SHAPES)
    if not day + month + either:
        _formats(db, found, parts=parts)
    elif day and month:
        one, two = _shown(db, parts, shape="day", of="dates"), _shown(db, parts, shape="month", of="dates")
        found.questions.append(f"dates: the files mix both orders ({one} and {two}): correct them at the source.")
    elif day or month:
        order, shape = ("day-first", "day") if day else ("month-first", "month")
        found.values["dates"] = order
        found.reasons["dates"] = _shown(db, parts, shape=shape, of="dates") + f" proves {order}"
    else:
        shown = _shown(db, parts, shape="either", of="dates")
        found.questions.append(f'dates: {shown} can be read both ways, as all {either} dates: write dates = "day-first" '
                               'or dates = "month-first".')  # fmt: skip


def _formats(db: Scratch, found: Locale, *, parts: Sequence[Part]) -> None:
    columns = [each for part in parts for each in _written(part.dates) if each.filled]
    if not columns or all(each.share("iso") == 1.0 for each in columns):
        return
    fits = [each for each in FORMATS if all(column.share(each) == 1.0 for column in columns)]
    if len(fits) == 1:
        found.values["dates"] = fits[0]
        found.reasons["dates"] = _shown(db, parts, shape=fits[0], of="dates")
    elif fits:
        shown = _shown(db, parts, shape=fits[0], of="dates")
        found.questions.append(
            f"dates: {shown} fits several forms: write dates = {' or dates = '.join(map(repr, fits))}."
        )
    else:
        found.questions.append(
            "dates: the dates have different forms: correct them at the source, or give them a source each."
        )


def _nothing(db: Scratch, found: Locale, *, parts: Sequence[Part]) -> None:
    hits = [(part, each.hits["nothing"]) for part in parts for each in (*part.numbers, *part.dates)
            if each.hits["nothing"].count]  # fmt: skip
    if hits:
        found.values["nulls"] = ["", *dict.fromkeys(hit.raw for _, hit in hits)]
        where, raw = _first(db, hits)
        found.reasons["nulls"] = f"{raw!r} stands for nothing in {where}"


def _written(columns: Iterable[Column]) -> list[Column]:
    return [each for each in columns if not each.typed]


def _hits(parts: Sequence[Part], shapes: Sequence[str], *, of: str) -> list[tuple[Part, Hit]]:
    return [(part, column.hits[shape]) for shape in shapes for part in parts
            for column in _written(getattr(part, of)) if column.hits[shape].count]  # fmt: skip


def _first(db: Scratch, hits: Sequence[tuple[Part, Hit]]) -> tuple[str, str]:
    part, hit = hits[0]
    return f"line {part.look.line(db, hit.record)} of {part.look.path.name}", hit.raw


def _shown(db: Scratch, parts: Sequence[Part], *, shape: str, of: str = "numbers") -> str:
    hits = _hits(parts, [shape], of=of)
    if not hits:
        return ""
    where, raw = _first(db, hits)
    return f"{raw!r} in {where}"
