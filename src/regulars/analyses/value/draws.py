"""What are groups of customers worth together, and how surely? Joint draws of parameters and of what customers do.

The errors of customers of one group share the parameters, so their sum is not as sure as independent errors would make
it. Each draw takes one parameter vector from the asymptotic posterior, sums the group's expected values under it, and
adds what the customers' own chance adds (normal, with the exact variance of a sum of independent customers) and the
shock that the backtest found common to the customers of a group. The 10th and 90th percentile of the draws are the
group's 80 % predictive interval.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from regulars.analyses.value.candidates import Candidate
from regulars.analyses.value.counts import Counts, Floats, Ints, grouped
from regulars.analyses.value.fit import Fit, draws
from regulars.analyses.value.posterior import discounted
from regulars.analyses.value.reading import Settings
from regulars.analyses.value.spend import spend_draws
from regulars.learning.intervals import quantile_interval
from regulars.learning.protocol import Estimate

__all__ = ["Cells", "Fitted", "cells_of", "group_values"]

_DRAWS, _LEAST_DRAWS = 200, 40
_EVALUATIONS = 2_000_000


@dataclass(frozen=True, slots=True)
class Fitted:
    """Everything that a forecast needs: model, parameters, how steady rates are, spend, the shock common to a group."""

    candidate: Candidate
    counts: Fit
    steadiness: float | None
    spend: Fit
    shock: float = 0.0


@dataclass(frozen=True, slots=True)
class Cells:
    """Sums over the customers of one group (`item`) with one history (`kind`); see `group_cell`."""

    items: tuple[tuple[str, str], ...]
    item: Ints
    kinds: Counts
    kind: Ints
    customers: Floats
    known: Floats
    spend: Floats
    spend_squared: Floats


def cells_of(rows: pa.Table) -> Cells:
    """`group_cell`, fetched."""
    names = list(zip(rows["grouping"].to_pylist(), rows["item"].to_pylist(), strict=True))
    items = tuple(sorted(set(names)))
    place = {name: number for number, name in enumerate(items)}
    history = [np.asarray(rows[each].to_numpy(), dtype=np.int64) for each in ("frequency", "recency", "age")]
    kinds, kind = grouped(history[0], last=history[1], age=history[2])
    sums = [
        np.asarray(rows[each].to_numpy(), dtype=np.float64) for each in ("customers", "known", "spend", "spend_squared")
    ]
    item = np.array([place[name] for name in names], dtype=np.int64)
    return Cells(items, item, kinds, kind, *sums)


def group_values(
    fitted: Fitted, cells: Cells, *, forecast: Mapping[str, Floats], settings: Settings, seed: int
) -> dict[tuple[str, str], Estimate]:
    """Residual value of each group with its 80 % predictive interval.

    Args:
        fitted: the models.
        cells: of all groups.
        forecast: `worth` and `worth_variance`, one entry for each of `cells.kinds`.
        settings: horizon and discount rate.
        seed: of the draws.
    """
    value = _totals(cells, forecast["worth"], spend=fitted.spend.theta)
    noise = np.sqrt(_own_variance(cells, forecast["worth_variance"], spend=fitted.spend.theta))
    size = int(np.clip(_EVALUATIONS // max(len(cells.kinds), 1), _LEAST_DRAWS, _DRAWS))
    pairs = zip(
        draws(fitted.counts, size=size, seed=seed), spend_draws(fitted.spend, size=size, seed=seed + 1), strict=True
    )
    chance = np.random.default_rng(seed + 2).standard_normal((size, len(cells.items)))
    drawn = np.array(
        [_totals(cells, _worth(fitted, cells, theta=theta, settings=settings), spend=spend) for theta, spend in pairs]
    )
    common = fitted.shock * np.random.default_rng(seed + 3).standard_normal((size, len(cells.items)))
    samples = np.maximum(drawn * (1.0 + common) + chance * noise, 0.0)
    n = np.bincount(cells.item, cells.customers)
    return {
        name: quantile_interval(samples[:, k], value=float(value[k]), n=int(n[k])) for k, name in enumerate(cells.items)
    }


def _worth(fitted: Fitted, cells: Cells, *, theta: Floats, settings: Settings) -> Floats:
    moved = Fit(fitted.counts.names, theta, 0.0, fitted.counts.covariance, fitted.counts.customers)
    posterior = fitted.candidate.posterior(moved, cells.kinds, steadiness=fitted.steadiness)
    return discounted(posterior, horizon=settings.weeks, yearly=settings.discount_rate)


def _totals(cells: Cells, worth: Floats, *, spend: Floats) -> Floats:
    p, q, gamma = spend
    x = cells.kinds.x[cells.kind]
    known = p * (gamma * cells.known + x * cells.spend) / (p * x + q - 1.0)
    unknown = p * gamma / (q - 1.0) * (cells.customers - cells.known)
    return np.asarray(
        np.bincount(cells.item, worth[cells.kind] * (known + unknown), minlength=len(cells.items)), dtype=np.float64
    )


def _own_variance(cells: Cells, variance: Floats, *, spend: Floats) -> Floats:
    p, q, gamma = spend
    x = cells.kinds.x[cells.kind]
    squares = gamma**2 * cells.known + 2.0 * gamma * x * cells.spend + x**2 * cells.spend_squared
    known = (p / (p * x + q - 1.0)) ** 2 * squares
    unknown = (p * gamma / (q - 1.0)) ** 2 * (cells.customers - cells.known)
    return np.asarray(
        np.bincount(cells.item, variance[cells.kind] * (known + unknown), minlength=len(cells.items)), dtype=np.float64
    )
