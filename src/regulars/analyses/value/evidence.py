"""What do the scores of a forecast add up to? Metrics with intervals, bins for charts, coverage of groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from regulars.analyses.value.counts import Floats
from regulars.analyses.value.judging import Holdout, Scores
from regulars.learning.calibration import by_class, coverage, decile_shares, frequency_class
from regulars.learning.intervals import bootstrap_totals
from regulars.learning.protocol import Estimate

__all__ = ["Forecast", "bins", "fold_metrics", "group_coverage", "pooled"]

_Z80 = 1.2815515655446004
_GROUPS = 20


@dataclass(frozen=True, slots=True)
class Forecast:
    """One fold's forecast of one model, with the expected margin per purchase of each customer."""

    holdout: Holdout
    scores: Scores
    spend: Floats


def fold_metrics(forecast: Forecast) -> dict[str, float]:
    """The metrics of one fold, without intervals."""
    return {name: figure.value for name, figure in pooled([forecast], seed=None).items()}


def pooled(forecasts: Sequence[Forecast], *, seed: int | None) -> dict[str, Estimate]:
    """Metrics over all folds with 95 % intervals from a bootstrap over customers; without a seed, without intervals.

    log_score (mean log chance of what happened), crps, mae, rmse, correlation (of expected and actual purchases),
    bias_purchases and bias_margin (expected / actual - 1, over all customers), pit_deviation (the largest distance of
    a tenth's share from 0.1).
    """
    parts = np.concatenate([_parts(each) for each in forecasts])
    customers = np.concatenate([each.holdout.customer for each in forecasts])
    figures = {}
    for name, figure in _FIGURES.items():
        if seed is None:
            figures[name] = Estimate(float(figure(parts.sum(axis=0))))
        else:
            figures[name] = bootstrap_totals(parts, customers, figure=figure, seed=seed)
    shares = decile_shares(np.concatenate([each.scores.pit for each in forecasts]))
    figures["pit_deviation"] = Estimate(max(abs(share - 0.1) for share in shares))
    return figures


def _parts(forecast: Forecast) -> Floats:
    held, scores = forecast.holdout, forecast.scores
    y, mean = held.bought.astype(np.float64), scores.expected
    off = mean - y
    columns = [
        np.ones(len(y)), scores.log_score, scores.crps, np.abs(off), off**2, y, mean, y * y, mean * mean, y * mean,
        held.margin, mean * forecast.spend,
    ]  # fmt: skip
    return np.stack(columns, axis=1)


def _mean_of(column: int, totals: Floats) -> Floats:
    return np.asarray(totals[..., column] / totals[..., 0])


def _correlation(t: Floats) -> Floats:
    n, y, m, yy, mm, ym = (t[..., column] for column in (0, 5, 6, 7, 8, 9))
    spread = np.maximum((n * yy - y * y) * (n * mm - m * m), 0.0)
    return np.asarray(np.where(spread > 1e-9 * n**4, (n * ym - y * m) / np.sqrt(np.maximum(spread, 1e-300)), 0.0))


def _bias(actual: Floats, expected: Floats) -> Floats:
    return np.where(actual > 0, expected / np.where(actual > 0, actual, 1.0), np.nan) - 1.0


_FIGURES = {
    "log_score": lambda t: _mean_of(1, t),
    "crps": lambda t: _mean_of(2, t),
    "mae": lambda t: _mean_of(3, t),
    "rmse": lambda t: np.sqrt(_mean_of(4, t)),
    "correlation": _correlation,
    "bias_purchases": lambda t: _bias(t[..., 5], t[..., 6]),
    "bias_margin": lambda t: _bias(t[..., 10], t[..., 11]),
}


def group_coverage(forecasts: Sequence[Forecast]) -> dict[str, Any]:
    """How many groups of customers bought within their 80 % predictive interval.

    In each fold customers are sorted by their expected purchases and cut into 20 groups; customers with equal histories
    stay together. A group's interval is the normal one of a sum of independent customers; what moves all customers at
    once is not in it, so that this is a hard test.
    """
    rows = [row for each in forecasts for row in _group_rows(each)]
    actual, mean, spread = np.array(rows).T
    low, high = np.floor(mean - _Z80 * spread), np.ceil(mean + _Z80 * spread)
    return {"groups": len(rows), "covered": coverage(actual, low=low, high=high)}


def _group_rows(forecast: Forecast) -> list[tuple[float, float, float]]:
    held, scores = forecast.holdout, forecast.scores
    by_mean = np.lexsort((held.index, scores.expected))
    place = np.empty(len(by_mean), dtype=np.int64)
    place[by_mean] = np.arange(len(by_mean))
    first = np.full(len(held.counts), len(by_mean))
    np.minimum.at(first, held.index, place)
    group = first[held.index] * _GROUPS // max(len(by_mean), 1)
    return [
        (float(held.bought[mine].sum()), float(scores.expected[mine].sum()), float(np.sqrt(scores.variance[mine].sum())))
        for mine in (group == each for each in np.unique(group))
    ]


def bins(ours: Sequence[Forecast], theirs: Sequence[Forecast]) -> dict[str, Any]:
    """What charts show: shares of the PIT in each tenth, actual and expected purchases by frequency class."""
    classes = [name for each in ours for name in frequency_class(each.holdout.counts.x[each.holdout.index])]
    actual = np.concatenate([each.holdout.bought for each in ours]).astype(np.float64)
    expected, naive = (np.concatenate([each.scores.expected for each in side]) for side in (ours, theirs))
    return {
        "pit": decile_shares(np.concatenate([each.scores.pit for each in ours])),
        "pit_baseline": decile_shares(np.concatenate([each.scores.pit for each in theirs])),
        "calibration": by_class(classes, actual=actual, expected=expected),
        "calibration_baseline": by_class(classes, actual=actual, expected=naive),
    }
