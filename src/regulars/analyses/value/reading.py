"""What did we know on a day, and what came after it? The lab's tables as arrays for fits and backtests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from regulars.analyses.value.counts import Counts, Floats, Ints, grouped
from regulars.analyses.value.features import history, holdout, repeat_spend, sampled
from regulars.analyses.value.judging import Holdout
from regulars.features.purchase import purchase_summary
from regulars.kernel.errors import ConfigError, DataError
from regulars.learning.backtest import Cut, origins
from regulars.learning.protocol import Lab

__all__ = [
    "Settings",
    "Spends",
    "cuts",
    "holdouts",
    "kept_summary",
    "known_history",
    "known_spend",
    "settings_of",
    "summary_of",
]

_UNITS = {"d": 1, "w": 7}
_LEAST_REPEATERS = 10


@dataclass(frozen=True, slots=True)
class Settings:
    """The section [value]: horizon in days, discount rate a year, customers in a backtest or a spend fit at most."""

    horizon: int
    discount_rate: float
    sample: int
    folds: int

    @property
    def weeks(self) -> float:
        """The horizon in weeks."""
        return self.horizon / 7.0


@dataclass(frozen=True, slots=True)
class Spends:
    """Repeat buyers: repeat purchases and mean margin per repeat purchase."""

    x: Ints
    mean: Floats

    @property
    def correlation(self) -> float:
        """Of frequency and spend; Gamma-Gamma assumes it away. 0 where either does not vary."""
        if len(self.x) < 2 or np.ptp(self.x) == 0 or np.ptp(self.mean) == 0:
            return 0.0
        return float(np.corrcoef(self.x, self.mean)[0, 1])


def settings_of(lab: Lab) -> Settings:
    """Read the room's section.

    Raises:
        ConfigError: a value cannot be used.
    """
    told = lab.settings
    discount = float(told["discount_rate"])
    if not 0.0 <= discount < 1.0:
        raise ConfigError(f"[value] discount_rate = {discount} is not a share of a year.", fix="Write 0.10 for 10 %.")
    return Settings(_days(str(told["horizon"])), discount, int(told["sample"]), int(told["folds"]))


def _days(text: str) -> int:
    number, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not number.isdigit() or int(number) < 1:
        raise ConfigError(f"[value] horizon = {text!r} is not a span of days.", fix='Write "365d" or "52w".')
    return int(number) * _UNITS[unit]


def summary_of(lab: Lab) -> ir.Table:
    """`purchase_summary` at the lab's cut."""
    return purchase_summary(
        lab.table("order_line"),
        lab.table("source_customer"),
        as_of=lab.as_of,
        default_margin=lab.default_margin,
    )


def kept_summary(lab: Lab) -> ir.Table:
    """The columns of `summary_of` that scoring reads, run once, since many expressions read them."""
    columns = ("customer_key", "frequency", "recency", "age", "margin", "repeat_margin_mean")
    return lab.keep(summary_of(lab).select(*columns))


def known_history(lab: Lab, summary: ir.Table) -> Counts:
    """All customers, folded.

    Raises:
        DataError: there is none.
    """
    rows = lab.arrow(history(summary))
    if rows.num_rows == 0:
        raise DataError(
            f"No customer bought anything up to {lab.as_of}.", fix="Capture order lines that carry a customer_id."
        )
    x, last, age, n = (_ints(rows, name) for name in ("frequency", "recency", "age", "customers"))
    return Counts(x, last, age, n)


def known_spend(lab: Lab, summary: ir.Table, *, most: int) -> Spends:
    """Repeat buyers with a known margin, at most about `most` of them.

    Raises:
        DataError: fewer than ten.
    """
    people = repeat_spend(summary)
    count = int(lab.arrow(people.agg(n=ibis._.count()))["n"][0].as_py())
    if count > most:
        people = repeat_spend(sampled(summary, share=most / count))
    rows = lab.arrow(people)
    return _enough(Spends(_ints(rows, "frequency"), _floats(rows, "spend")), lab.as_of)


def _enough(spends: Spends, as_of: date) -> Spends:
    if len(spends.x) < _LEAST_REPEATERS:
        raise DataError(
            f"Too little to fit: {len(spends.x)} repeat buyers have a known margin up to {as_of}, at least "
            f"{_LEAST_REPEATERS} are needed.",
            fix="Map cost_amount of order_line, or set [profit] default_margin; else wait for more repeat buyers.",
        )
    return spends


def cuts(lab: Lab, settings: Settings) -> tuple[Cut | None, tuple[Cut, ...]]:
    """The folds, and one cut before the first where there is room: on it drift is learnt for the first fold.

    Raises:
        DataError: the data are too short for one fold.
    """
    days = lab.table("order_line")["business_date"]
    found = lab.arrow(days.min().name("first").as_table())["first"][0].as_py()
    if found is None:
        raise DataError(f"There is no order line up to {lab.as_of}.", fix="Capture order lines first.")
    folds = origins(found, lab.as_of, horizon=settings.horizon, folds=settings.folds)
    length = timedelta(days=folds[0].days)
    early = folds[0].origin - length
    return (Cut(early, folds[0].origin) if early - found >= length else None), folds


def holdouts(lab: Lab, spans: tuple[Cut, ...], *, most: int) -> list[Holdout]:
    """Each span's customers, as known at its origin, with what they did in it; at most about `most` customers."""
    count = int(lab.arrow(summary_of(lab).agg(n=ibis._.count()))["n"][0].as_py())
    tables = []
    for done, span in enumerate(spans):
        lab.progress(f"reading what was known on {span.origin}", done, len(spans))
        tables.append(_read(lab.at(span.origin), span, share=most / max(count, 1)))
    _, numbers = np.unique(np.concatenate([_texts(rows) for rows in tables]), return_inverse=True)
    ends = np.cumsum([rows.num_rows for rows in tables])[:-1]
    return [
        _holdout(span, rows, customer=customer.astype(np.int64))
        for span, rows, customer in zip(spans, tables, np.split(numbers, ends), strict=True)
    ]


def _read(then: Lab, span: Cut, *, share: float) -> pa.Table:
    after = then.outcome("order_line", span.until)
    known = sampled(summary_of(then), share=share)
    return then.arrow(
        holdout(known, after, source_customer=then.table("source_customer"), default_margin=then.default_margin)
    )


def _holdout(span: Cut, rows: pa.Table, *, customer: Ints) -> Holdout:
    counts, index = grouped(_ints(rows, "frequency"), last=_ints(rows, "recency"), age=_ints(rows, "age"))
    empty = Holdout(span.origin, span.until, counts, index, customer, np.empty(0), np.empty(0, np.int64), np.empty(0))
    return replace(empty, mean=_floats(rows, "spend"), bought=_ints(rows, "bought"), margin=_floats(rows, "margin"))


def _ints(rows: pa.Table, name: str) -> Ints:
    return np.asarray(rows[name].to_numpy(), dtype=np.int64)


def _floats(rows: pa.Table, name: str) -> Floats:
    return np.asarray(rows[name].to_numpy(), dtype=np.float64)


def _texts(rows: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    return np.asarray(rows["customer_key"].to_numpy(zero_copy_only=False), dtype=object)
