"""How much is each? Bars that lie (named things, with intervals) and columns that stand (time, distributions); from 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from regulars.report.drawing import Form, Scale, canvas, fit, line, rect, scale, text, width_of
from regulars.report.markup import Markup

__all__ = ["Bar", "bars", "columns"]

_ROW, _TALL, _THICK = 27.0, 42.0, 16.0
_HEIGHT, _FOOT = 210.0, 20.0
_NARROW = 400.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its name, value, interval, and class of colour (`main`, `invest`, `other`, `hatched`, ...)."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    class_: str = "main"
    below: str = ""  # a second line under the name of a column


@dataclass(frozen=True, slots=True)
class _Place:
    left: float
    row: float
    scale: Scale


def bars(rows: Sequence[Bar], *, width: float, form: Form, says: str) -> Markup:
    """Bars that lie, each with its figure; whiskers are the intervals.

    Args:
        width: in pixels; below 400 names stand above their bars.
        form: how figures are written.
        says: the chart in one sentence.
    """
    narrow = width < _NARROW
    left = 0.0 if narrow else min(width_of(each.name for each in rows) + 10, width * 0.4)
    right = width - width_of(form(each.value) for each in rows) - 12
    ends = [end for each in rows for end in (each.value, each.low, each.high) if end is not None]
    start = left + (
        width_of(form(each.value) for each in rows if each.value < 0) + 8 if min(ends, default=0) < 0 else 1
    )
    place = _Place(left, _TALL if narrow else _ROW, _tight(ends, start=start, right=right))
    shapes = [shape for number, each in enumerate(rows) for shape in _bar(each, number, place=place, form=form)]
    zero = place.scale.at(0)
    height = len(rows) * place.row + 4
    return canvas(width, height, line((zero, 0), (zero, height), class_="axis"), *shapes, says=says)


def _tight(ends: Sequence[float], *, start: float, right: float) -> Scale:
    low, high = min([0.0, *ends]), max([0.0, *ends])
    return Scale((low, high if high > low else low + 1.0), start, right)


def _bar(each: Bar, number: int, *, place: _Place, form: Form) -> list[Markup]:
    top = number * place.row + (18 if place.left == 0 else 5)
    zero, end = place.scale.at(0), place.scale.at(each.value)
    middle = top + _THICK / 2
    name = _name(each, top, place=place)
    figure = form(each.value)
    box = rect((min(zero, end), top), (abs(end - zero), _THICK), class_=each.class_, says=f"{each.name}: {figure}")
    return [name, box, *_whisker(each, place.scale, y=middle), _figure(each, figure, y=middle + 4, axis=place.scale)]


def _name(each: Bar, top: float, *, place: _Place) -> Markup:
    if place.left == 0:
        return text(0, top - 5, fit(each.name, place.scale.end), class_="over")
    return text(place.left - 8, top + _THICK / 2 + 4, fit(each.name, place.left - 8), at="end")


def _figure(each: Bar, figure: str, *, y: float, axis: Scale) -> Markup:
    if each.value < 0:
        return text(axis.at(min(each.value, each.low or 0.0)) - 6, y, figure, at="end", class_="figure")
    return text(axis.at(max(each.value, each.high or 0.0)) + 6, y, figure, class_="figure")


def _whisker(each: Bar, axis: Scale, *, y: float) -> list[Markup]:
    if each.low is None or each.high is None:
        return []
    low, high = axis.at(each.low), axis.at(each.high)
    return [
        line((low, y), (high, y), class_="whisker"),
        *(line((x, y - 4), (x, y + 4), class_="whisker") for x in (low, high)),
    ]


def columns(
    rows: Sequence[Bar], *, width: float, form: Form, says: str, ideal: float | None = None, gap: float = 0.25
) -> Markup:
    """Columns that stand, over a scale from 0.

    Args:
        width: in pixels; where names do not fit, some are left out.
        form: how the scale is written.
        says: the chart in one sentence.
        ideal: a dashed line at this height.
        gap: share of a column's room that stays empty.
    """
    axis = scale([*(each.value for each in rows), ideal or 0.0], start=_HEIGHT, end=10, most=4)
    left = width_of(form(tick) for tick in axis.ticks) + 8
    room = (width - left) / max(len(rows), 1)
    grid = [part for tick in axis.ticks for part in _tick(tick, left, width=width, axis=axis, form=form)]
    shapes = [
        _column(each, left + number * room, thick=room * (1 - gap), axis=axis, form=form)
        for number, each in enumerate(rows)
    ]
    names = _names(rows, left=left, room=room)
    dashed = [line((left, axis.at(ideal)), (width, axis.at(ideal)), class_="ideal")] if ideal is not None else []
    height = _HEIGHT + _FOOT * (2 if any(each.below for each in rows) else 1)
    return canvas(width, height, *grid, *shapes, *names, *dashed, says=says)


def _tick(tick: float, left: float, *, width: float, axis: Scale, form: Form) -> list[Markup]:
    y = axis.at(tick)
    return [line((left, y), (width, y), class_="axis" if tick == 0 else "grid"),
            text(left - 6, y + 4, form(tick), at="end", class_="tick")]  # fmt: skip


def _column(each: Bar, x: float, *, thick: float, axis: Scale, form: Form) -> Markup:
    top = axis.at(each.value)
    said = f"{' '.join(part for part in (each.name, each.below) if part)}: {form(each.value)}"
    return rect((x + thick * 0.15, min(top, axis.at(0))), (thick, abs(axis.at(0) - top)), class_=each.class_, says=said)


def _names(rows: Sequence[Bar], *, left: float, room: float) -> list[Markup]:
    every = max(1, -int(-(width_of(each.name for each in rows) + 6) // room))
    found = []
    for number, each in enumerate(rows):
        x = left + (number + 0.45) * room
        if number % every == 0:
            found.append(text(x, _HEIGHT + 15, each.name, at="middle", class_="tick"))
        if each.below:
            found.append(text(x, _HEIGHT + 30, each.below, at="middle", class_="tick"))
    return found
