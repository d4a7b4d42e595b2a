"""Percentiles: no order of rows and no tie can move them."""

from __future__ import annotations

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.learning.percentile import with_percentile

CON = ibis.duckdb.connect()


def percentiles(values: list[float | None]) -> list[float | None]:
    """Of each value, in the order given."""
    rows = CON.create_table(
        ibis.util.gen_name("scores"), pa.table({"row": range(len(values)), "value": pa.array(values, pa.float64())}),
        temp=True,
    )  # fmt: skip
    return CON.to_pyarrow(with_percentile(rows).order_by("row"))["percentile"].to_pylist()


def test_ties_share_the_middle_of_their_places() -> None:
    assert percentiles([5.0, 1.0, 5.0, 9.0]) == [50.0, 12.5, 50.0, 87.5]
    assert percentiles([3.0, 3.0, 3.0]) == [50.0, 50.0, 50.0]


def test_the_last_bit_makes_no_difference_and_null_counts_nobody() -> None:
    assert percentiles([0.1 + 0.2, 0.3, None]) == [50.0, 50.0, None]


@settings(max_examples=12)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=12), st.randoms())
def test_equal_scores_are_equal_in_any_order(values: list[int], order: object) -> None:
    shuffled = list(values)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    first = dict(zip(values, percentiles([float(v) for v in values]), strict=True))
    again = dict(zip(shuffled, percentiles([float(v) for v in shuffled]), strict=True))
    assert first == again
    assert sum(first[v] or 0.0 for v in values) / len(values) == pytest.approx(50.0)
    assert sorted(first) == sorted(first, key=lambda v: first[v] or 0.0)
