"""How good was a forecast of counts and margin, customer by customer? One origin, one forecast, all its scores.

Everything is computed for a chunk of groups at a time, so that the tables of P(N >= k) stay small.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from regulars.analyses.value.counts import DAYS_PER_WEEK, Counts, Floats, Ints
from regulars.analyses.value.posterior import Posterior, highest_count
from regulars.learning.calibration import crps, randomised_pit

__all__ = ["Holdout", "Scores", "group_moments", "judged", "tail_chunks"]

_LEAST_CHANCE = 1e-12
_CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class Holdout:
    """Customers known at `origin` and what they did up to `until`.

    Attributes:
        counts, index: groups at the origin, and each customer's group.
        customer: a number that is the same for the same customer in all folds.
        mean: mean margin per repeat purchase at the origin, nan where unknown.
        bought, margin: purchase days and their margin after the origin.
    """

    origin: date
    until: date
    counts: Counts
    index: Ints
    customer: Ints
    mean: Floats
    bought: Ints
    margin: Floats

    @property
    def weeks(self) -> float:
        """Length of the holdout."""
        return (self.until - self.origin).days / DAYS_PER_WEEK


@dataclass(frozen=True, slots=True)
class Scores:
    """One entry a customer: expected count, its variance, log score, CRPS, P(N < y) + u P(N = y)."""

    expected: Floats
    variance: Floats
    log_score: Floats
    crps: Floats
    pit: Floats


def judged(posterior: Posterior, holdout: Holdout, *, seed: int) -> Scores:
    """Score a forecast against what happened.

    A chance below 1e-12 counts as 1e-12 in the log score, for models and baselines alike.

    Args:
        posterior: one row for each group of `holdout.counts`.
        seed: of the randomised PIT.
    """
    size = len(holdout.index)
    mean, spread, mass, below, ranked = (np.zeros(size) for _ in range(5))
    group_of = np.argsort(holdout.index, kind="stable")
    starts = np.searchsorted(holdout.index[group_of], np.arange(len(holdout.counts) + 1))
    most = int(holdout.bought.max(initial=0)) + 1
    for piece, tails in tail_chunks(posterior, holdout.weeks, least=most):
        who = group_of[starts[piece.start] : starts[piece.stop]]
        rows, y = tails[holdout.index[who] - piece.start], holdout.bought[who]
        mean[who], spread[who] = _moments(rows)
        reached = np.concatenate([np.ones((len(who), 1)), rows, np.zeros((len(who), 1))], axis=1)
        place = np.arange(len(who))
        below[who] = 1.0 - reached[place, y]
        mass[who] = reached[place, y] - reached[place, y + 1]
        ranked[who] = crps(rows, y)
    log_score = np.log(np.maximum(mass, _LEAST_CHANCE))
    return Scores(mean, spread, log_score, ranked, randomised_pit(below, mass, seed=seed))


def tail_chunks(posterior: Posterior, horizon: float, *, least: int = 1) -> Iterator[tuple[slice, Floats]]:
    """Slices of groups with their P(N >= k), k = 1..size, where size is at least `least`."""
    total, start = len(posterior.alive), 0
    while start < total:
        step = max(_CELLS // max(highest_count(posterior.part(slice(start, start + 1)), horizon), least), 1)
        piece = slice(start, min(start + min(step, 20_000), total))
        part = posterior.part(piece)
        yield piece, part.tails(horizon, max(highest_count(part, horizon), least))
        start = piece.stop


def group_moments(posterior: Posterior, horizon: float) -> tuple[Floats, Floats, Floats]:
    """Mean and variance of the count, and P(N >= 1), of each group."""
    moments = [(*_moments(tails), tails[:, 0]) for _, tails in tail_chunks(posterior, horizon)]
    mean, spread, some = (np.concatenate(each) for each in zip(*moments, strict=True))
    return mean, spread, some


def _moments(tails: Floats) -> tuple[Floats, Floats]:
    k = np.arange(1, tails.shape[1] + 1)
    mean = tails.sum(axis=1)
    return mean, np.maximum(tails @ (2.0 * k - 1.0) - mean**2, 0.0)
