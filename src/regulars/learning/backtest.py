"""On which days of the past do we stand to judge a room? Rolling origins chosen from the data's span.

Each origin sees what was known on that day and is judged on the days that follow it. Holdouts have equal length, do not
overlap and end on the last day of the data; the first calibration holds at least a stated share of the span.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

from regulars.kernel.errors import DataError

__all__ = ["Cut", "origins"]


@dataclass(frozen=True, slots=True)
class Cut:
    """Fitted on days up to `origin`, judged on origin < day <= until."""

    origin: date
    until: date

    @property
    def days(self) -> int:
        """Length of the holdout.

        >>> Cut(date(2017, 1, 1), date(2017, 1, 8)).days
        7
        """
        return (self.until - self.origin).days


def origins(
    first: date, last: date, *, horizon: int, folds: int = 4, share: float = 0.4, shortest: int = 14
) -> tuple[Cut, ...]:
    """Choose origins, the earliest first.

    As many folds as fit, up to `folds`, with holdouts of at least `shortest` days (or of `horizon`, if that is less);
    holdouts are as long as the span allows and never longer than `horizon`.

    Args:
        first, last: first and last day of the data.
        horizon: days that the room looks ahead.
        folds: at most this many.
        share: least share of the span in the first calibration.
        shortest: least length of a holdout in days.

    Raises:
        DataError: not even one fold fits.

    >>> [(str(cut.origin), cut.days) for cut in origins(date(2017, 1, 1), date(2017, 12, 31), horizon=365)]
    [('2017-05-29', 54), ('2017-07-22', 54), ('2017-09-14', 54), ('2017-11-07', 54)]
    """
    span = (last - first).days + 1
    left = span - math.ceil(share * span)
    least = min(shortest, horizon)
    count = min(folds, left // least) if left > 0 else 0
    if count < 1:
        raise DataError(
            f"The data span {max(span, 0)} days, too few to judge forecasts of the next {least} days or more.",
            fix=f"Wait until there are {math.ceil(least / (1.0 - share)) + 1} days of data.",
        )
    days = min(horizon, left // count)
    ends = [last - timedelta(days=days * back) for back in range(count - 1, -1, -1)]
    return tuple(Cut(end - timedelta(days=days), end) for end in ends)
