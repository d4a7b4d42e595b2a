"""Does the whole file agree with the declared locale: counted on every value, and if not, said with lines and a remedy.

A file is held when a column's values contradict the declaration, or when nothing was declared and the values alone do not
say which reading is right (what they prove was adopted before). Single values that fit no reading at all are left to
quarantine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from regulars.capture.adopt import READINGS, bare, simplest
from regulars.capture.dialect import Dialect
from regulars.capture.layers import Feed
from regulars.capture.moment import ordered
from regulars.capture.reading import canonical, number_pattern, undeclared
from regulars.capture.sql import text
from regulars.capture.survey import Seen
from regulars.contracts.model import Kind
from regulars.engines.scratch import Scratch

__all__ = ["Doubt", "doubts_of"]

Lines = Callable[[Sequence[int]], dict[int, int]]  # records -> physical lines


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a column cannot be trusted, the records that show it, and what to declare."""

    column: str
    why: str
    shown: tuple[tuple[int, str], ...]
    declare: str
    guess: bool = False  # to load it all the same would be to guess

    def says(self, lines: Lines) -> str:
        """One sentence, with line numbers."""
        where = lines([record for record, _ in self.shown])
        shown = ", ".join(f"line {where.get(record, record)}: {raw!r}" for record, raw in self.shown)
        return f"{self.column}: {self.why} ({shown}). {self.declare}"


_LOOKS_GROUPED = "[+-]?[1-9][0-9]{0,2}[.][0-9]{3}"
_TEMPORAL = (Kind.DAY, Kind.INSTANT)
_AMOUNTS = (Kind.MONEY, Kind.QUANTITY)


def doubts_of(db: Scratch, ctes: str, *, seen: Sequence[Seen], pointed: bool = False) -> list[Doubt]:
    """What speaks against the declared reading of some columns.

    Args:
        db: where the file is staged.
        ctes: the layers, ending in `fed`.
        seen: the columns in question.
        pointed: whether some column of the file shows that the point is the decimal mark.
    """
    found: list[Doubt | None] = []
    for each in seen:
        feed = each.feed
        if feed.kind in _TEMPORAL:
            found.append(_date_doubt(db, ctes, feed=feed))
        elif feed.kind in (*_AMOUNTS, Kind.NUMBER, Kind.INTEGER):
            against = _speaks_against(db, ctes, seen=each, pointed=pointed)
            found.append(_number_doubt(db, ctes, feed=feed, pointed=pointed) if against else None)
            found.append(None if found[-1] else _mixed_symbols(db, ctes, feed=feed))
    return [doubt for doubt in found if doubt]


def _speaks_against(db: Scratch, ctes: str, *, seen: Seen, pointed: bool) -> bool:
    # Values of the common form fit what is declared, so the few others are asked first.
    feed = seen.feed
    other, plain = _beyond(feed), bare(feed)
    looks = f"regexp_full_match({plain}, {text(_LOOKS_GROUPED)})" if _may_be_grouped(feed) else "false"
    sql = f"count(*) FILTER (WHERE {_fits(plain)} AND NOT {_declared(feed)}), count(*) FILTER (WHERE {looks})"
    against, grouped = db.one(f"WITH {ctes} SELECT {sql} FROM fed WHERE keep AND {other}")
    return bool(against) or (not (pointed or seen.pointed) and (seen.grouped or bool(grouped)))


def _beyond(feed: Feed) -> str:
    return f"{feed.raw} IS NOT NULL AND NOT regexp_full_match({feed.raw}, {text(canonical(feed.kind, feed.dialect))})"


def _declared(feed: Feed) -> str:
    return f"regexp_full_match({bare(feed)}, {text(number_pattern(feed.dialect.decimal, feed.dialect.thousands))})"


def _fits(plain: str) -> str:
    return "(" + " OR ".join(f"regexp_full_match({plain}, {text(each.pattern)})" for each in READINGS) + ")"


def _facts(db: Scratch, ctes: str, *, feed: Feed, tests: Sequence[str]) -> list[tuple[int, int | None, str | None]]:
    picks = []
    for test in tests:
        holds = f"FILTER (WHERE {test})"
        picks += [f"count(*) {holds}", f"min(record) {holds}", f"arg_min({feed.raw}, record) {holds}"]
    row = db.one(f"WITH {ctes} SELECT {', '.join(picks)} FROM fed WHERE keep AND {feed.raw} IS NOT NULL")
    return [(row[each], row[each + 1], row[each + 2]) for each in range(0, len(row), 3)]


def _shown(*facts: tuple[int, int | None, str | None]) -> tuple[tuple[int, str], ...]:
    return tuple((record, str(raw)) for count, record, raw in facts if count and record is not None)


def _date_doubt(db: Scratch, ctes: str, *, feed: Feed) -> Doubt | None:
    dialect = feed.dialect
    if "%" in dialect.dates:
        return None
    day, month = f"{ordered(feed.raw, 'day-first')} IS NOT NULL", f"{ordered(feed.raw, 'month-first')} IS NOT NULL"
    facts = _facts(
        db, ctes, feed=feed, tests=[f"{day} AND NOT {month}", f"{month} AND NOT {day}", f"{day} AND {month}"]
    )  # fmt: skip
    only_day, only_month, both = facts
    if dialect.dates == "iso":
        return _undeclared_dates(feed, only_day, only_month=only_month, both=both)
    against = only_month if dialect.dates == "day-first" else only_day
    if not against[0]:
        return None
    other = "month-first" if dialect.dates == "day-first" else "day-first"
    proof = only_day if dialect.dates == "day-first" else only_month
    why = f"dates are declared {dialect.dates}, but {against[0]} of them can only be {other}"
    if proof[0]:
        fix = f"{proof[0]} others can only be {dialect.dates}: the file mixes both; correct it at the source."
    else:
        fix = f'Declare dates = "{other}" for this source, or correct the values.'
    return Doubt(feed.name, why, _shown(against, proof), fix)


def _undeclared_dates(
    feed: Feed, only_day: tuple[int, int | None, str | None], *, only_month: tuple[int, int | None, str | None],
    both: tuple[int, int | None, str | None],
) -> Doubt | None:  # fmt: skip
    if not only_day[0] + only_month[0] + both[0]:
        return None
    shown = _shown(only_day, only_month) or _shown(both)
    if only_day[0] and only_month[0]:
        why = f"{only_day[0]} dates can only be day-first and {only_month[0]} only month-first"
        return Doubt(feed.name, why, shown, "The file mixes both: correct it at the source.")
    if only_day[0] or only_month[0]:
        order = "day-first" if only_day[0] else "month-first"
        count = only_day[0] or only_month[0]
        said = "are declared iso" if "dates" in feed.dialect.declared else "of another column say otherwise"
        why = f"dates {said}, but {count} of them can only be {order}"
        return Doubt(feed.name, why, shown, f'Declare dates = "{order}" for this source.')
    why = f"the dates are not ISO, and all {both[0]} of them can be read day-first and month-first"
    return Doubt(feed.name, why, shown, 'Declare dates = "day-first" or dates = "month-first" for this source.')


def _number_doubt(db: Scratch, ctes: str, *, feed: Feed, pointed: bool) -> Doubt | None:
    plain, declared = bare(feed), _declared(feed)
    fits = [f"regexp_full_match({plain}, {text(each.pattern)})" for each in READINGS]
    some = _fits(plain)
    tests = [some, f"{some} AND NOT {declared}", *fits]
    if _may_be_grouped(feed):
        looks = f"regexp_full_match({plain}, {text(_LOOKS_GROUPED)})"
        tests += [looks, f"contains({plain}, '.') AND {declared} AND NOT {looks}"]
    facts = _facts(db, ctes, feed=feed, tests=tests)
    shaped, against = facts[0], facts[1]
    if against[0]:
        return _contradicted(feed, shaped[0], against=against, fits=facts[2 : 2 + len(READINGS)])
    if _may_be_grouped(feed) and facts[-2][0] and not facts[-1][0] and not pointed:
        return _undecidable(feed, facts[-2])
    return None


def _may_be_grouped(feed: Feed) -> bool:
    return undeclared(feed.kind, feed.dialect)


def _contradicted(
    feed: Feed, shaped: int, *, against: tuple[int, int | None, str | None],
    fits: Sequence[tuple[int, int | None, str | None]],
) -> Doubt:  # fmt: skip
    all_fit = [each for each, fact in zip(READINGS, fits, strict=True) if fact[0] == shaped]
    plainest = simplest(all_fit)
    mine = f'decimal = "{feed.dialect.decimal}"' + (
        f' and thousands = "{feed.dialect.thousands}"' if feed.dialect.thousands else ""
    )
    why = f"{against[0]} numbers do not fit {mine}{_by_default(feed.dialect)}"
    if len(plainest) == 1:
        fix = f"The whole column fits {plainest[0].declaration}: declare that for this source."
    elif plainest:
        fix = "It is undecidable from the values alone: declare " + ", or ".join(e.declaration for e in plainest) + "."
    else:
        fix = "No reading fits the whole column: correct it at the source."
    return Doubt(feed.name, why, _shown(against), fix, guess=not {"decimal", "thousands"} & feed.dialect.declared)


def _by_default(dialect: Dialect) -> str:
    return "" if {"decimal", "thousands"} & dialect.declared else " (the default)"


def _undecidable(feed: Feed, looks: tuple[int, int | None, str | None]) -> Doubt:
    raw = str(looks[2])
    why = f"{looks[0]} values such as {raw} can be {raw} or {raw.replace('.', '')}, and no value decides it"
    fix = 'Declare decimal = "." for this source, or decimal = "," and thousands = ".".'
    return Doubt(feed.name, why, _shown(looks), fix, guess=True)


def _mixed_symbols(db: Scratch, ctes: str, *, feed: Feed) -> Doubt | None:
    symbol = f"regexp_extract({feed.raw}, '[€$£¥]')"
    rows = db.rows(
        f"WITH {ctes} SELECT {symbol}, min(record), arg_min({feed.raw}, record) FROM fed "
        f"WHERE keep AND {_beyond(feed)} AND {symbol} <> '' GROUP BY 1 ORDER BY 2 LIMIT 5"
    )
    if len(rows) < 2:
        return None
    why = "the amounts are of several currencies"
    return Doubt(feed.name, why, tuple((row[1], row[2]) for row in rows), "Export the currency as a column of its own.")
