"""What do the scores of a forecast add up to? Metrics with intervals, bins for charts, coverage of groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from regulars.analyses.value.counts import Floats
from regulars.analyses.value.judging import Holdout, Scores
from regulars.learning.calibration import by_class, decile_shares, frequency_class
from regulars.learning.intervals import bootstrap_totals
from regulars.learning.protocol import Estimate

__all__ = ["Forecast", "bins", "fold_metrics", "group_coverage", "pooled"]

_Z80 = 1.2815515655446004
_GROUPS = 20
_MOST_SHOCK = 0.5


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


_FIGURES: dict[str, Callable[[Floats], Floats]] = {
    "log_score": lambda t: _mean_of(1, t),
    "crps": lambda t: _mean_of(2, t),
    "mae": lambda t: _mean_of(3, t),
    "rmse": lambda t: np.asarray(np.sqrt(_mean_of(4, t))),
    "correlation": _correlation,
    "bias_purchases": lambda t: _bias(t[..., 5], t[..., 6]),
    "bias_margin": lambda t: _bias(t[..., 10], t[..., 11]),
}


def group_coverage(forecasts: Sequence[Forecast], *, warm_up: int) -> dict[str, Any]:
    """How many groups of customers bought within their 80 % predictive interval, and how wide it had to be.

    In each span customers are sorted by their expected purchases and cut into 20 groups; customers with equal histories
    stay together. A group's interval is the normal one of a sum of independent customers, widened by the shock: the
    relative error common to a group's customers (seasons, misfit), estimated on the earlier spans only.

    Args:
        forecasts: one a span, in the order of time.
        warm_up: spans at the start that only teach the shock.

    Returns:
        groups, covered, covered_without_shock; shock: the one learnt on all spans, for forecasts to come.
    """
    rows = [np.array(_group_rows(each)) for each in forecasts]
    shocks = [_shock(rows[:k]) for k in range(len(rows) + 1)]
    judged = range(warm_up, len(rows))
    return {
        "groups": sum(len(rows[k]) for k in judged),
        "covered": _covered([(rows[k], shocks[k]) for k in judged]),
        "covered_without_shock": _covered([(rows[k], 0.0) for k in judged]),
        "shock": shocks[-1],
    }


def _shock(rows: Sequence[Floats]) -> float:
    # the standard deviation of a group's relative error with the highest normal likelihood
    if not rows:
        return 0.0
    grid = np.linspace(0.0, _MOST_SHOCK, 501)[:, None]
    actual, mean, variance = np.concatenate(rows).T
    wide = variance + (grid * mean) ** 2 + 1e-12
    fitness = -(np.log(wide) + (actual - mean) ** 2 / wide).sum(axis=1)
    return float(grid[int(np.argmax(fitness)), 0])


def _covered(parts: Sequence[tuple[Floats, float]]) -> float:
    inside = []
    for rows, shock in parts:
        actual, mean, variance = rows.T
        half = _Z80 * np.sqrt(variance + (shock * mean) ** 2)
        inside.append((actual >= np.floor(mean - half)) & (actual <= np.ceil(mean + half)))
    return float(np.concatenate(inside).mean())


def _group_rows(forecast: Forecast) -> list[tuple[float, float, float]]:
    held, scores = forecast.holdout, forecast.scores
    by_mean = np.lexsort((held.index, scores.expected))
    place = np.empty(len(by_mean), dtype=np.int64)
    place[by_mean] = np.arange(len(by_mean))
    first = np.full(len(held.counts), len(by_mean))
    np.minimum.at(first, held.index, place)
    group = first[held.index] * _GROUPS // max(len(by_mean), 1)
    return [
        (float(held.bought[mine].sum()), float(scores.expected[mine].sum()), float(scores.variance[mine].sum()))
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
