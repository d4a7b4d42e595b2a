"""Where do things lie, and how are they held? Markers with intervals on one line each, and the curve of concentration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from regulars.report.drawing import SIGNS, Form, Scale, canvas, fit, line, scale, sign, text, width_of
from regulars.report.markup import Markup, join, tag
from regulars.report.number import percent

__all__ = ["Mark", "Row", "concentration", "legend", "marks"]

_ROW, _TALL, _FOOT = 30.0, 46.0, 24.0
_NARROW = 400.0
_SERIES = ("series0", "series1", "series2")


@dataclass(frozen=True, slots=True)
class Mark:
    """One marker of a row: which series (0, 1 or 2), its value and interval."""

    series: int
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of markers."""

    name: str
    marks: tuple[Mark, ...]


def marks(rows: Sequence[Row], *, width: float, form: Form, says: str, zero: bool = False) -> Markup:
    """Rows of markers over one scale; it need not begin at 0.

    Args:
        width: in pixels; below 400 names stand above their rows.
        form: how the scale is written.
        says: the chart in one sentence.
        zero: whether 0 is on the scale, with a line of its own.
    """
    narrow = width < _NARROW
    left = 12.0 if narrow else min(width_of(each.name for each in rows) + 22, width * 0.45)
    ends = [end for row in rows for each in row.marks for end in (each.value, each.low, each.high) if end is not None]
    axis = scale(ends, start=left, end=width - 26, zero=zero, most=4)
    row_height = _TALL if narrow else _ROW
    height = len(rows) * row_height
    grid = [
        part for tick in axis.ticks for part in _tick(tick, axis, height=height, form=form, strong=zero and tick == 0)
    ]
    shapes = [
        part for number, row in enumerate(rows) for part in _row(row, axis, top=number * row_height, narrow=narrow)
    ]
    return canvas(width, height + _FOOT, *grid, *shapes, says=says)


def _tick(tick: float, axis: Scale, *, height: float, form: Form, strong: bool) -> list[Markup]:
    x = axis.at(tick)
    return [line((x, 0), (x, height), class_="axis" if strong else "grid"),
            text(x, height + 16, form(tick), at="middle", class_="tick")]  # fmt: skip


def _row(row: Row, axis: Scale, *, top: float, narrow: bool) -> list[Markup]:
    y = top + (30 if narrow else _ROW / 2)
    name = _name(row, axis, top=top, narrow=narrow)
    whiskers = [
        line((axis.at(each.low), y), (axis.at(each.high), y), class_=f"range {_SERIES[each.series]}")
        for each in row.marks
        if each.low is not None and each.high is not None
    ]
    signs = [sign(SIGNS[each.series], (axis.at(each.value), y), class_=_SERIES[each.series]) for each in row.marks]
    return [name, *whiskers, *signs]


def _name(row: Row, axis: Scale, *, top: float, narrow: bool) -> Markup:
    if narrow:
        return text(0, top + 15, fit(row.name, axis.end), class_="over")
    return text(axis.start - 14, top + _ROW / 2 + 4, fit(row.name, axis.start - 14), at="end")


def legend(*names: str) -> Markup:
    """Which marker is which series, in the order of the series; an empty name leaves one out."""
    return tag("p", *(tag("span", _glyph(number), name) for number, name in enumerate(names) if name), class_="legend")


def _glyph(number: int) -> Markup:
    shape = sign(SIGNS[number], (8, 8), class_=_SERIES[number])
    return tag("svg", shape, viewBox="0 0 16 16", class_="glyph", aria_hidden="true")


def concentration(points: Sequence[tuple[float, float]], *, width: float, says: str, mark: float = 0.2) -> Markup:
    """Share of the whole that is held by the best share of customers.

    Args:
        points: from (0, 0) to (1, 1), rising.
        width: in pixels.
        says: the chart in one sentence.
        mark: the share of customers whose height is shown.
    """
    height, left = min(width * 0.66, 300.0), 46.0
    across, up = Scale((0, 1), left, width - 14), Scale((0, 1), height - 40, 12)
    curve = " ".join(f"{across.at(x)},{up.at(y)}" for x, y in points)
    tall = next((y for x, y in points if x >= mark - 1e-9), 0.0)
    hit = (across.at(mark), up.at(tall))
    shapes = [
        *_quarters(across, up),
        line((across.at(0), up.at(0)), (across.at(1), up.at(1)), class_="ideal"),
        tag("polyline", points=curve, class_="curve"),
        line((hit[0], up.at(0)), hit, class_="whisker"),
        sign("dot", hit, class_="series0"),
        text(hit[0] + 10, hit[1] + 16, f"{percent(tall, 0)} of value", class_="strong"),
        text((left + width) / 2, height - 4, "best share of customers", at="middle", class_="tick"),
    ]
    return canvas(width, height, join(shapes), says=says)


def _quarters(across: Scale, up: Scale) -> list[Markup]:
    found = []
    for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        x, y = across.at(share), up.at(share)
        kind = "axis" if share == 0 else "grid"
        found += [
            line((x, up.at(0)), (x, up.at(1)), class_=kind),
            line((across.at(0), y), (across.at(1), y), class_=kind),
            text(x, up.at(0) + 16, percent(share, 0), at="middle", class_="tick"),
            text(across.at(0) - 6, y + 4, percent(share, 0), at="end", class_="tick"),
        ]
    return found
