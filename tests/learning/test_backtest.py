"""Laws of the rolling origins."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.kernel.errors import DataError
from regulars.learning.backtest import origins

FIRST = date(2020, 2, 29)


@given(span=st.integers(30, 2000), horizon=st.integers(1, 400), folds=st.integers(1, 8), share=st.floats(0.1, 0.7))
def test_folds_are_equal_apart_and_after_the_calibration(span: int, horizon: int, folds: int, share: float) -> None:
    last = FIRST + timedelta(days=span - 1)
    try:
        cuts = origins(FIRST, last, horizon=horizon, folds=folds, share=share)
    except DataError:
        assert span * (1 - share) < min(14, horizon) + 1
        return
    assert 1 <= len(cuts) <= folds
    assert {cut.days for cut in cuts} == {cuts[0].days}
    assert min(14, horizon) <= cuts[0].days <= horizon
    assert [cut.until for cut in cuts[:-1]] == [cut.origin for cut in cuts[1:]]
    assert cuts[-1].until == last
    assert (cuts[0].origin - FIRST).days + 1 >= share * span


def test_too_short_a_history_is_refused_with_the_days_needed() -> None:
    with pytest.raises(DataError, match=r"10 days, too few.*Wait until there are 25 days"):
        origins(FIRST, FIRST + timedelta(days=9), horizon=90)
    assert origins(FIRST, FIRST + timedelta(days=24), horizon=90)
