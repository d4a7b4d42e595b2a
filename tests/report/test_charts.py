"""Do the charts show what they are given?"""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.report.bars import Bar, bars, columns
from regulars.report.curves import Mark, Row, concentration, marks
from regulars.report.drawing import fit, scale
from regulars.report.number import count
from regulars.report.spread import bins, curve, height

_NUMBERS = st.floats(-1e9, 1e9, allow_nan=False).map(lambda number: round(number, 3))


def _widths(svg: str) -> list[float]:
    return [float(each) for each in re.findall(r'<rect[^>]* width="([\d.]+)"', svg)]


@pytest.mark.parametrize("width", [300.0, 480.0, 980.0])
def test_bars_are_as_long_as_their_values_from_zero(width: float) -> None:
    svg = bars([Bar("a", 100), Bar("b", 50), Bar("c", 0)], width=width, form=count, says="s")
    first, second, third = _widths(svg)
    assert first == pytest.approx(2 * second, abs=0.2)
    assert third == 0
    assert first < width


def test_a_loss_goes_to_the_other_side() -> None:
    svg = bars([Bar("gain", 100), Bar("loss", -50)], width=480, form=count, says="s")
    (gain, loss) = (float(each) for each in re.findall(r'<rect x="([\d.]+)"', svg))
    assert loss < gain
    assert ">-50<" in svg


def test_columns_stand_on_zero() -> None:
    svg = columns([Bar("a", 40), Bar("b", 10)], width=480, form=count, says="s")
    high, low = (float(each) for each in re.findall(r'<rect[^>]* height="([\d.]+)"', svg))
    assert high == pytest.approx(4 * low, abs=0.2)
    assert ">0<" in svg


def test_an_interval_is_drawn_to_its_ends() -> None:
    svg = marks([Row("a", (Mark(1, 5, 0, 10),))], width=480, form=count, says="s", zero=True)
    start, end = re.findall(r'd="M([\d.]+) [\d.]+L([\d.]+) [\d.]+" class="range', svg)[0]
    middle = re.findall(r'd="M([\d.]+) [\d.]+l6 6', svg)[0]
    assert float(middle) == pytest.approx((float(start) + float(end)) / 2, abs=0.2)


def test_empty_charts_are_drawn_too() -> None:
    for svg in (
        bars([], width=480, form=count, says="s"),
        columns([], width=480, form=count, says="s"),
        marks([], width=480, form=count, says="s"),
        concentration([(0, 0), (1, 1)], width=480, says="s"),
    ):
        assert svg.startswith("<svg")


@given(st.lists(_NUMBERS, max_size=20), st.booleans())
def test_a_scale_holds_all_values_with_few_ticks(values: list[float], zero: bool) -> None:
    found = scale(values, start=0, end=100, zero=zero)
    slack = 1e-6 + 1e-8 * (max(values, default=0) - min(values, default=0))  # less than anybody can see
    assert all(found.ticks[0] - slack <= each <= found.ticks[-1] + slack for each in values)
    assert 2 <= len(found.ticks) <= 9


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200))
def test_bins_hold_every_customer_and_the_curve_rises(values: list[float]) -> None:
    numbers = np.array(values)
    assert sum(each.customers for each in bins(numbers)) == len(values)
    points = curve(numbers)
    ups = [y for _, y in points]
    assert ups == sorted(ups)
    assert all(y >= x - 1e-4 for x, y in points)
    assert points[0] == (0.0, 0.0)
    assert points[-1][1] == pytest.approx(1.0)


def test_the_best_fifth_is_counted() -> None:
    assert height(curve(np.array([6.0, 1, 1, 1, 1])), 0.2) == pytest.approx(0.6)


def test_long_names_are_cut_in_charts() -> None:
    assert len(fit("x" * 500, 100)) <= 15
