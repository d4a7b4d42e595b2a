"""How is value spread over customers? Bins with round edges, the curve of concentration, and the middle."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from regulars.report.drawing import scale
from regulars.report.story import Bin

__all__ = ["bins", "curve", "height", "median"]

_POINTS = 50
_MOST = 20
_OPEN = 0.95


def bins(values: NDArray[np.float64]) -> tuple[Bin, ...]:
    """Customers by value: equal bins with round edges, the last one open from about the 95th percentile.

    >>> [each.customers for each in bins(np.arange(100.0))][:3]
    [5, 5, 5]
    """
    if not len(values):
        return ()
    top = float(np.quantile(values, _OPEN))
    edges = scale([min(0.0, float(values.min())), top], start=0.0, end=1.0, most=_MOST).ticks
    edges = edges[:-1] if len(edges) > 2 and edges[-1] > top else edges
    counts = np.histogram(values, [*edges, np.inf])[0]
    ends: list[float | None] = [*edges[1:], None]
    return tuple(Bin(low, high, int(n)) for low, high, n in zip(edges, ends, counts, strict=True))


def curve(values: NDArray[np.float64]) -> tuple[tuple[float, float], ...]:
    """(share of customers, the best first; share of the whole that they hold), from (0, 0) to (1, 1) in 50 steps.

    >>> curve(np.array([1.0, 1.0]))[25]
    (0.5, 0.5)
    """
    held = np.concatenate([[0.0], np.cumsum(np.sort(values)[::-1])])
    if held[-1] <= 0:
        return ((0.0, 0.0), (1.0, 1.0))
    at = np.linspace(0.0, 1.0, _POINTS + 1)
    shares = np.interp(at * len(values), np.arange(len(held)), held / held[-1])
    return tuple((round(float(x), 4), round(float(y), 6)) for x, y in zip(at, shares, strict=True))


def height(points: tuple[tuple[float, float], ...], share: float) -> float:
    """The share of the whole held by the best `share` of customers.

    >>> height(((0.0, 0.0), (1.0, 1.0)), 0.2)
    0.2
    """
    across, up = zip(*points, strict=True)
    return float(np.interp(share, across, up))


def median(values: NDArray[np.float64]) -> float:
    """The value that half of the customers stay below; 0 of none.

    >>> median(np.array([1.0, 2.0, 30.0]))
    2.0
    """
    return float(np.median(values)) if len(values) else 0.0
