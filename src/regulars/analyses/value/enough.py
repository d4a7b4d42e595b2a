"""Is there enough past to judge a forecast on? Folds that show too little are left out; with none left, nothing is judged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from regulars.analyses.value.judging import Holdout
from regulars.kernel.errors import DataError

__all__ = ["LEAST_CUSTOMERS", "LEAST_REPEATERS", "enough", "paying"]

LEAST_CUSTOMERS = 30
LEAST_REPEATERS = 10


def paying(held: Holdout) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which customers have bought again, with a known margin above zero: the spend is fitted on them."""
    return np.asarray((held.counts.x[held.index] > 0) & (held.mean > 0))


def enough(spans: Sequence[Holdout], *, warm_up: int) -> tuple[list[Holdout], int]:
    """The spans that can be fitted and judged.

    A span needs 30 customers and 10 repeat buyers with a known margin at its origin, and a purchase with a margin after
    it: with fewer the fits have nothing to hold on to, and a bias has nothing to be measured against.

    Args:
        spans: in the order of time.
        warm_up: how many at the start are no folds.

    Returns:
        Those with enough, and how many of them are no folds.

    Raises:
        DataError: no fold is left; it says what is missing.
    """
    kept = [(place, each) for place, each in enumerate(spans) if _suffices(each)]
    if not any(place >= warm_up for place, _ in kept):
        raise _too_little(spans[-1])
    return [each for _, each in kept], sum(place < warm_up for place, _ in kept)


def _suffices(held: Holdout) -> bool:
    many = len(held.index) >= LEAST_CUSTOMERS and int(paying(held).sum()) >= LEAST_REPEATERS
    return many and int(held.bought.sum()) > 0 and float(held.margin.sum()) > 0.0


def _too_little(held: Holdout) -> DataError:
    customers, repeaters = len(held.index), int((held.counts.x[held.index] > 0).sum())
    if customers < LEAST_CUSTOMERS:
        return _said(held, f"{customers} customers had bought by then", needed=f"{LEAST_CUSTOMERS} are needed")
    if repeaters < LEAST_REPEATERS:
        return _said(held, f"{repeaters} of {customers} customers had bought again by then",
                     needed=f"{LEAST_REPEATERS} are needed")  # fmt: skip
    if int(paying(held).sum()) < LEAST_REPEATERS:
        return DataError(
            f"No margin is known: of {repeaters} repeat buyers {int(paying(held).sum())} have one above zero, at least "
            f"{LEAST_REPEATERS} are needed.",
            fix="Map cost_amount of order_line, or set [profit] default_margin.",
        )
    return _said(held, f"they brought no margin up to {held.until}", needed="a purchase with one is needed")


def _said(held: Holdout, found: str, *, needed: str) -> DataError:
    return DataError(
        f"Too little to judge a forecast on: the last one starts on {held.origin}; {found}, {needed}.",
        fix="Capture a longer past, or wait; segments and figures work without scores.",
    )
