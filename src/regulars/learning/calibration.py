"""Do forecasts mean what they say? Randomised PIT, coverage of intervals by group, calibration by class.

Counts are discrete and mostly zero: even a perfect model's 80 % interval covers more than 80 % of single customers. So
single customers are judged by the randomised probability integral transform (Czado, Gneiting and Held 2009), which is
uniform for a perfect model, and intervals by groups of customers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["by_class", "coverage", "crps", "decile_shares", "frequency_class", "randomised_pit"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_EDGES = (0, 1, 2, 3, 6, 11, 21, 51)
_NAMES = ("0", "1", "2", "3-5", "6-10", "11-20", "21-50", "51+")


def randomised_pit(below: Floats, mass: Floats, *, seed: int) -> Floats:
    """P(N < y) + u P(N = y), with u uniform from a fixed seed.

    Args:
        below: P(N < y) at each observed y.
        mass: P(N = y).

    >>> bool((randomised_pit(np.array([0.5]), np.array([0.0]), seed=1) == 0.5).all())
    True
    """
    return below + np.random.default_rng(seed).random(len(below)) * mass


def decile_shares(pit: Floats) -> list[float]:
    """Share of the values in each tenth of 0..1; a perfect model has 0.1 in each.

    >>> decile_shares(np.linspace(0.05, 0.95, 10))
    [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]
    """
    bins = np.minimum((pit * 10.0).astype(np.int64), 9)
    return [round(float(share), 6) for share in np.bincount(bins, minlength=10) / len(pit)]


def crps(tails: Floats, observed: Ints) -> Floats:
    """Continuous ranked probability score of counts: sum over k >= 1 of (P(N >= k) - [y >= k])^2; lower is better.

    Args:
        tails: (rows, size), P(N >= k), k = 1..size; beyond it the chance counts as 0.
        observed: y, at most size.

    >>> crps(np.array([[0.5, 0.0]]), np.array([1])).tolist()
    [0.25]
    """
    k = np.arange(1, tails.shape[1] + 1)
    return np.asarray(((tails - (observed[:, None] >= k)) ** 2).sum(axis=1))


def coverage(actual: Floats, *, low: Floats, high: Floats) -> float:
    """Share of groups whose actual value lies within low..high, ends included.

    >>> coverage(np.array([1.0, 5.0]), low=np.array([0.0, 0.0]), high=np.array([2.0, 2.0]))
    0.5
    """
    return float(np.mean((actual >= low) & (actual <= high)))


def frequency_class(frequency: Ints) -> list[str]:
    """The class of a number of repeat purchases.

    >>> frequency_class(np.array([0, 4, 120]))
    ['0', '3-5', '51+']
    """
    return [_NAMES[place] for place in np.searchsorted(_EDGES, frequency, side="right") - 1]


def by_class(classes: Sequence[str], *, actual: Floats, expected: Floats) -> list[dict[str, float | str | int]]:
    """Mean actual and expected value of each class, in the order of `frequency_class`, others after them by name.

    >>> by_class(["0", "0", "1"], actual=np.array([0.0, 1.0, 2.0]), expected=np.array([0.4, 0.4, 2.2]))[0]
    {'class': '0', 'customers': 2, 'actual': 0.5, 'expected': 0.4}
    """
    names, place = np.unique(np.asarray(classes), return_inverse=True)
    rows: list[dict[str, float | str | int]] = []
    for name in sorted(names, key=lambda each: (_NAMES.index(each) if each in _NAMES else len(_NAMES), each)):
        mine = names[place] == name
        rows.append(
            {
                "class": str(name),
                "customers": int(mine.sum()),
                "actual": round(float(actual[mine].mean()), 6),
                "expected": round(float(expected[mine].mean()), 6),
            }
        )
    return rows
