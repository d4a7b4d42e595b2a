"""How sure is a figure? Bootstrap over customers, paired differences, quantile intervals; seeds are passed in.

Customers are the clusters: what one customer does in several folds is drawn together. More than 2,000 customers are
pooled into 2,000 buckets by their position, which leaves the variance as it is and the bootstrap cheap.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from regulars.learning.protocol import Estimate

__all__ = ["bootstrap_ratio", "bootstrap_totals", "paired_difference", "quantile_interval"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_BUCKETS = 2000
_DRAWS = 1000


def bootstrap_totals(
    parts: Floats, clusters: Ints, *, figure: Callable[[Floats], Floats], seed: int, interval: int = 95
) -> Estimate:
    """A figure of totals, with a percentile interval from drawing clusters with replacement.

    Args:
        parts: (rows, k), what each row adds to the k totals.
        clusters: (rows,), number of the row's cluster, 0 or more.
        figure: totals as (..., k) -> figure as (...).
        seed: of the draws.
        interval: level in percent.
    """
    buckets = clusters % _BUCKETS
    sums = np.stack([np.bincount(buckets, column) for column in np.asarray(parts, dtype=np.float64).T], axis=1)
    sums = sums[np.bincount(buckets) > 0]
    weights = np.random.default_rng(seed).multinomial(len(sums), np.full(len(sums), 1.0 / len(sums)), size=_DRAWS)
    low, high = _ends(figure(np.asarray(weights @ sums, dtype=np.float64)), interval)
    return Estimate(float(figure(sums.sum(axis=0))), low, high, interval, len(np.unique(clusters)))


def bootstrap_ratio(part: Floats, whole: Floats, *, clusters: Ints, seed: int, interval: int = 95) -> Estimate:
    """sum(part) / sum(whole).

    >>> bootstrap_ratio(np.ones(4), np.full(4, 2.0), clusters=np.arange(4), seed=1)
    Estimate(value=0.5, low=0.5, high=0.5, interval=95, n=4)
    """
    return bootstrap_totals(
        np.stack([part, whole], axis=1), clusters, figure=lambda t: t[..., 0] / t[..., 1], seed=seed, interval=interval
    )


def paired_difference(ours: Floats, theirs: Floats, *, clusters: Ints, seed: int, interval: int = 95) -> Estimate:
    """Mean of `ours - theirs` over rows, both measured on the same rows.

    >>> paired_difference(np.array([2.0, 3.0]), np.array([1.0, 2.0]), clusters=np.arange(2), seed=1).low
    1.0
    """
    return bootstrap_ratio(ours - theirs, np.ones(len(ours)), clusters=clusters, seed=seed, interval=interval)


def quantile_interval(samples: Floats, *, value: float, interval: int = 80, n: int | None = None) -> Estimate:
    """A figure with the quantiles of its predictive draws.

    >>> quantile_interval(np.arange(101.0), value=50.0)
    Estimate(value=50.0, low=10.0, high=90.0, interval=80, n=None)
    """
    low, high = _ends(samples, interval)
    return Estimate(value, low, high, interval, n)


def _ends(samples: Floats, interval: int) -> tuple[float, float]:
    tail = (100.0 - interval) / 2.0
    low, high = np.nanpercentile(samples, [tail, 100.0 - tail])
    return float(low), float(high)
