"""What would somebody forecast without a model? The own past rate of each customer, or the mean of all.

Both are Poisson forecasts, so that they have a probability for every count and are judged on the same scale as the
models. A model that does not beat the better of the two is not worth acting on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from regulars.analyses.value.counts import Counts, Floats, Ints
from regulars.analyses.value.posterior import upper_tail

__all__ = ["BASELINES", "PoissonRate", "own_rate", "population_rate"]

_PRIOR_WEEKS = 1.0


@dataclass(frozen=True, slots=True)
class PoissonRate:
    """Purchases at a known rate a week, for ever; read like a posterior."""

    alive: Floats
    shape: Floats
    rate: Floats

    def part(self, which: slice | Ints) -> PoissonRate:
        """Some of the groups."""
        return PoissonRate(self.alive[which], self.shape[which], self.rate[which])

    def expected(self, *horizons: float) -> Floats:
        """E[N], as of a `Posterior`."""
        each = np.multiply.outer(np.asarray(horizons), self.shape / self.rate)
        return np.asarray(each[0] if len(horizons) == 1 else each)

    def tails(self, horizon: float, size: int) -> Floats:
        """P(N >= k), k = 1..size."""
        k, mean = np.arange(size + 1), self.expected(horizon)[:, None]
        return upper_tail(np.exp(k * np.log(mean) - mean - gammaln(k + 1.0)))


def own_rate(counts: Counts) -> PoissonRate:
    """Each customer goes on as before: (x + prior) / (T + 1 week).

    The prior is one week at the rate of all; without it a customer with x = 0 would have a chance of 0 to buy, and one
    purchase would make the log score infinite.
    """
    mean = float(population_rate(counts).shape[0])
    return PoissonRate(
        np.ones(len(counts)),
        np.asarray(counts.x + mean * _PRIOR_WEEKS, dtype=np.float64),
        counts.weeks_age + _PRIOR_WEEKS,
    )


def population_rate(counts: Counts) -> PoissonRate:
    """Each customer buys at the rate of all customers together."""
    mean = max(float(counts.n @ counts.x), 0.5) / max(float(counts.n @ counts.weeks_age), 1.0)
    return PoissonRate(np.ones(len(counts)), np.full(len(counts), mean, dtype=np.float64), np.ones(len(counts)))


BASELINES = {"own rate": own_rate, "population mean": population_rate}
