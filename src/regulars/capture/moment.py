r"""How the text of one value becomes a day or an instant, as DuckDB SQL, under the declared order of day and month.

`iso` reads YYYY-MM-DD with an optional time and offset; `day-first` and `month-first` read D.M.YYYY and its kin with an
optional time (AM and PM too), and ISO dates beside them, which nobody can misread; a strptime format reads just that.
"""

from __future__ import annotations

from dataclasses import dataclass

from regulars.capture.dialect import Dialect
from regulars.capture.reading import Reading
from regulars.capture.reason import Reason
from regulars.capture.sql import case, text
from regulars.capture.zone import to_utc
from regulars.contracts.model import Kind

__all__ = ["Moment", "moment", "ordered", "shaped"]

_TIME = "([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.,][0-9]+)?)?"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ZONE = "Z|z|[+-][0-9]{2}(:?[0-9]{2})?"
_ISO = f"{_DAY}([T ]{_TIME}( ?({_ZONE}))?)?"
_ISO_LOCAL = f"{_DAY}([T ]{_TIME})?"
_PARTS = (
    "^([0-9]{1,2})[./-]([0-9]{1,2})[./-]([0-9]{4})(?:(?:T|,? +)"
    "([0-9]{1,2}:[0-5][0-9](?::[0-5][0-9](?:[.][0-9]+)?)?)(?: ?([AaPp][Mm]))?)?$"
)
_CLOCKS = "['%Y-%m-%d %I:%M %p', '%Y-%m-%d %I:%M:%S %p']"
_ORDERS = {"day-first": r"\3-\2-\1 \4 \5", "month-first": r"\3-\1-\2 \4 \5"}
_YEARS = (1900, 2261)


@dataclass(frozen=True, slots=True)
class Moment:
    """SQL of a day or instant before its zone is settled.

    `local` is the time as written; `fast_local` the same for the common form only; `sure_local` without looking;
    `offset` the written offset in seconds, NULL where there is none.
    """

    raw: str
    fast_local: str
    sure_local: str
    local: str
    offset: str | None
    reason: str
    dates: str

    def reading(self, kind: Kind, zone: str, *, years: tuple[int, int]) -> Reading:
        """The typed reading; `years` are the first and last year that the column's values lie in."""
        if kind is Kind.DAY:
            day = case([(_in_range(self.local), f"CAST({self.local} AS DATE)")])
            fast = f"CAST({self.fast_local} AS DATE)"
            return Reading(self.raw, fast, f"CAST({self.sure_local} AS DATE)", day, self.reason)
        span = (max(years[0], _YEARS[0]), min(years[1], _YEARS[1]))
        return Reading(
            self.raw,
            to_utc(self.fast_local, zone, years=span),
            to_utc(self.sure_local, zone, years=span),
            case([(_in_range(self.local), self._utc(zone, span))]),
            self.reason,
        )

    def _utc(self, zone: str, span: tuple[int, int]) -> str:
        local = to_utc(self.local, zone, years=span)
        if self.offset is None:
            return local
        return case([(f"{self.offset} IS NULL", local)], f"({self.local} - to_seconds({self.offset}))")


def _in_range(local: str) -> str:
    return f"{local} >= TIMESTAMP '1900-01-01' AND {local} < TIMESTAMP '2262-01-01'"


def ordered(raw: str, order: str) -> str:
    """SQL of the local time of a text like 5.1.2024 14:30 under `order`, NULL where it does not fit."""
    parts = f"regexp_replace({raw}, {text(_PARTS)}, {text(_ORDERS[order])})"
    clock = f"regexp_matches({raw}, '[AaPp][Mm]$')"
    plain = f"try_cast(trim({parts}) AS TIMESTAMP)"
    value = case([(clock, f"try_strptime(upper({parts}), {_CLOCKS})")], plain)
    return case([(shaped(raw), value)])


def shaped(raw: str) -> str:
    """SQL: whether the text looks like a day, a month and a four-digit year in some order."""
    return f"regexp_matches({raw}, {text(_PARTS)})"


def moment(raw: str, dialect: Dialect) -> Moment:
    """The reading of a day or an instant under the dialect's `dates`."""
    reason = _reason(raw, dialect)
    if "%" in dialect.dates:
        value = f"CAST(try_strptime({raw}, {text(dialect.dates)}) AS TIMESTAMP)"
        return Moment(raw, value, value, value, None, reason, dialect.dates)
    offset = _offset(raw)
    if dialect.dates == "iso":
        fast = case([(f"regexp_full_match({raw}, {text(_ISO_LOCAL)})", _iso_local(raw))])
        return Moment(raw, fast, _iso_local(raw), _iso(raw), offset, reason, "iso")
    value = ordered(raw, dialect.dates)
    local = case([(f"regexp_full_match({raw}, {text(_ISO)})", _iso(raw))], value)
    return Moment(raw, value, value, local, offset, reason, dialect.dates)


def _iso_local(raw: str) -> str:
    return f"try_cast({raw} AS TIMESTAMP)"


def _iso(raw: str) -> str:
    local = f"regexp_extract(replace({raw}, ',', '.'), '^([0-9-]+([T ][0-9:.]+)?)', 1)"
    return case([(f"regexp_full_match({raw}, {text(_ISO)})", f"try_cast({local} AS TIMESTAMP)")])


def _offset(raw: str) -> str:
    written = f"regexp_extract({raw}, '[T ][0-9:.,]+ ?({_ZONE})$', 1)"
    sign = case([(f"starts_with({written}, '-')", "-1")], "1")
    hours = f"try_cast(substr({written}, 2, 2) AS INTEGER)"
    minutes = f"coalesce(try_cast(substr(replace({written}, ':', ''), 4, 2) AS INTEGER), 0)"
    seconds = f"{sign} * ({hours} * 3600 + {minutes} * 60)"
    return case([(f"{written} = ''", "NULL"), (f"upper({written}) = 'Z'", "0")], seconds)


def _reason(raw: str, dialect: Dialect) -> str:
    arms: list[tuple[str, Reason]] = []
    if dialect.dates in _ORDERS:
        local = f"coalesce({ordered(raw, dialect.dates)}, {_iso(raw)})"
        other = "month-first" if dialect.dates == "day-first" else "day-first"
        arms.append((f"{local} IS NULL AND {ordered(raw, other)} IS NOT NULL", Reason.OTHER_DATE_ORDER))
    elif dialect.dates == "iso":
        local = _iso(raw)
        arms.append((shaped(raw), Reason.OTHER_DATE_ORDER))
    else:
        local = f"CAST(try_strptime({raw}, {text(dialect.dates)}) AS TIMESTAMP)"
    arms += [
        (f"{local} IS NOT NULL AND {_in_range(local)}", Reason.NOT_IN_ZONE),
        (f"{local} IS NOT NULL", Reason.OUT_OF_RANGE),
        (f"regexp_matches({raw}, '^[0-9]{{1,2}}[./-][0-9]{{1,2}}[./-][0-9]{{2}}($|[ T,])')", Reason.TWO_DIGIT_YEAR),
        (f"regexp_full_match({raw}, '[0-9]+([.,][0-9]+)?')", Reason.NUMBER_FOR_DATE),
        (f"regexp_full_match({raw}, '{_DAY}.*') OR {shaped(raw)}", Reason.NO_SUCH_DAY),
    ]
    return case([(condition, text(reason)) for condition, reason in arms], text(Reason.NOT_A_DATE))
