"""How steady are the customers' rates? What a stationary model leaves out, learnt on days before the cut.

Buy-till-you-die models let a rate stay as it is until the customer leaves, so for somebody with a long history they
know the rate almost exactly. Real rates drift (seasons, a new shop next door), and forecasts for heavy buyers come out
too sure. Here a customer's coming rate is the old one times a factor with mean 1 and variance 1 / steadiness, so its
Gamma(shape, rate) keeps its mean and gets shape' = shape steadiness / (shape + steadiness + 1), the exact variance of
the product. The steadiness is the one with the best log score on the last holdout that ends at or before the cut.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from scipy.optimize import minimize_scalar

from regulars.analyses.value.judging import Holdout, judged
from regulars.analyses.value.posterior import Exit

__all__ = ["drifted", "learn_steadiness"]

_LEAST, _MOST = 0.5, 500.0
_CUSTOMERS = 1500


def drifted(posterior: Exit, steadiness: float | None) -> Exit:
    """The posterior of a rate that drifts; None leaves it as it is.

    >>> from regulars.analyses.value.posterior import GeometricExit
    >>> still = GeometricExit(np.array([1.0]), np.array([9.0]), np.array([3.0]), 1.0, np.array([2.0]))
    >>> moved = drifted(still, 10.0)
    >>> float(moved.shape[0]), float(moved.shape[0] / moved.rate[0])
    (4.5, 3.0)
    """
    if steadiness is None:
        return posterior
    share = steadiness / (posterior.shape + steadiness + 1.0)
    return replace(posterior, shape=posterior.shape * share, rate=posterior.rate * share)


def learn_steadiness(posterior: Exit, holdout: Holdout, *, seed: int) -> float:
    """The steadiness with the best log score on a holdout that lies before the cut where it will be used.

    Args:
        posterior: of the groups of `holdout`, fitted at its origin.
        holdout: at most 1,500 of its customers are used, spread evenly over the groups.
        seed: of the randomised PIT, which is not used here.

    Returns:
        0.5 (rates hardly hold) to 500 (as good as steady).
    """
    posterior, holdout = _thinned(posterior, holdout)
    found = minimize_scalar(
        partial(_loss, posterior=posterior, holdout=holdout, seed=seed),
        bounds=(np.log(_LEAST), np.log(_MOST)),
        method="bounded",
        options={"xatol": 0.1},
    )
    return float(np.exp(found.x))


def _loss(log_steadiness: float, *, posterior: Exit, holdout: Holdout, seed: int) -> float:
    changed = drifted(posterior, float(np.exp(log_steadiness)))
    return -float(judged(changed, holdout, seed=seed).log_score.mean())


def _thinned(posterior: Exit, holdout: Holdout) -> tuple[Exit, Holdout]:
    by_group = np.argsort(holdout.index, kind="stable")
    step = max(len(by_group) // _CUSTOMERS, 1)
    who = by_group[::step]
    groups, index = np.unique(holdout.index[who], return_inverse=True)
    part = replace(
        holdout, counts=holdout.counts.part(groups), index=index, customer=holdout.customer[who],
        mean=holdout.mean[who], bought=holdout.bought[who], margin=holdout.margin[who],
    )  # fmt: skip
    return posterior.part(groups), part
