"""Which parameters explain the grouped counts best, and how surely are they known? Maximum likelihood with SciPy.

BFGS over the logarithms of the parameters, with analytic gradients, from several starts; the inverse Hessian at the
optimum (forward differences of the gradient, good to three digits) is the covariance of the log parameters, from which
joint draws are made.
(SciPy's L-BFGS-B wakes all BLAS threads for its 4 x 4 matrices, which costs 5 ms a step on a busy machine.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
from scipy.optimize import minimize

from regulars.analyses.value.counts import Counts, Floats
from regulars.analyses.value.posterior import Exit

__all__ = ["CountModel", "Fit", "draws", "fit_counts", "maximise"]

Objective = Callable[[Floats], tuple[float, Floats]]

_LOWEST, _HIGHEST = -9.0, 12.0
_STEP = 1e-4
_WIDEST = 1.0  # a log parameter that the data do not pin down is drawn with this standard deviation at most


class CountModel(Protocol):
    """A model of purchase counts."""

    @property
    def name(self) -> str:
        """As the literature names it."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names, in the order of `theta`."""

    @property
    def starts(self) -> tuple[tuple[float, ...], ...]:
        """Where the search begins; the first is the usual place."""

    def likelihood(self, theta: Floats, counts: Counts) -> tuple[float, Floats]:
        """Log-likelihood of all customers and its gradient."""

    def posterior(self, theta: Floats, counts: Counts) -> Exit:
        """What is known of each group."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model: `theta` in the order of its parameters, `covariance` of their logarithms."""

    names: tuple[str, ...]
    theta: Floats
    log_likelihood: float
    covariance: Floats
    customers: int

    def as_json(self) -> dict[str, float]:
        """Parameters by name."""
        return {name: float(value) for name, value in zip(self.names, self.theta, strict=True)}


_FEW = 4000  # groups on which the search from several starts is run


def fit_counts(model: CountModel, counts: Counts) -> Fit:
    """Fit a count model to grouped customers.

    Args:
        model: one of BG_NBD, MBG_NBD, PARETO_NBD.
        counts: the groups; at least one customer.
    """
    few = counts.part(slice(None, None, max(len(counts) // _FEW, 1)))
    return maximise(
        lambda theta: model.likelihood(theta, counts),
        model.parameters,
        starts=model.starts,
        size=counts.customers,
        rough=(lambda theta: model.likelihood(theta, few), few.customers),
    )


def maximise(
    objective: Objective,
    names: tuple[str, ...],
    *,
    starts: tuple[tuple[float, ...], ...],
    size: int,
    rough: tuple[Objective, int] | None = None,
) -> Fit:
    """Maximise a log-likelihood of positive parameters.

    Args:
        objective: theta -> (log-likelihood, gradient by theta).
        names: of the parameters.
        starts: first guesses.
        size: customers behind it; scales the objective to one of order 1.
        rough: the same objective on a part of the data, and its size: the search from all starts is made there.

    >>> fit = maximise(lambda t: (10 * np.log(t[0]) - 5 * t[0], 10 / t - 5), ("rate",), starts=((1.0,),), size=10)
    >>> round(float(fit.theta[0]), 4), round(float(fit.covariance[0, 0]), 3)
    (2.0, 0.1)
    """
    scaled = partial(_scaled, objective=objective, size=size)
    search = scaled if rough is None else partial(_scaled, objective=rough[0], size=rough[1])
    tries = [_descend(search, np.log(start), steps=30) for start in starts]
    near = _descend(search, min(tries, key=lambda found: found[0])[1], steps=200)[1]
    slopes = _covariance(search, near, size=1)
    best = _descend(scaled, near, steps=500, inverse=slopes)
    theta = np.exp(best[1])
    return Fit(names, theta, -best[0] * size, _covariance(scaled, best[1], size=size), size)


def _scaled(logs: Floats, *, objective: Objective, size: int) -> tuple[float, Floats]:
    # minus the mean log-likelihood over the logarithms; beyond the bounds it rises like a parabola
    inside = np.clip(logs, _LOWEST, _HIGHEST)
    beyond, theta = logs - inside, np.exp(inside)
    value, slope = objective(theta)
    return -value / size + float(beyond @ beyond) / 2.0, -slope * theta / size * (beyond == 0.0) + beyond


def _descend(scaled: Objective, start: Floats, *, steps: int, inverse: Floats | None = None) -> tuple[float, Floats]:
    options: Any = {"maxiter": steps, "gtol": 1e-7, "hess_inv0": inverse}
    found = minimize(scaled, start, jac=True, method="BFGS", options=options)
    return float(found.fun), np.asarray(found.x)


def _covariance(scaled: Objective, logs: Floats, *, size: int) -> Floats:
    steps, here = np.eye(len(logs)) * _STEP, scaled(logs)[1]
    rows = [(scaled(logs + step)[1] - here) / _STEP for step in steps]
    hessian = np.array(rows)
    values, vectors = np.linalg.eigh((hessian + hessian.T) / 2.0 * size)
    spread = np.minimum(1.0 / np.maximum(values, 1e-12), _WIDEST**2 if size > 1 else 1e4)
    inverse = (vectors * spread) @ vectors.T
    return np.asarray((inverse + inverse.T) / 2.0)


def draws(fit: Fit, *, size: int, seed: int) -> Floats:
    """Parameter vectors from the asymptotic posterior (normal in the logarithms), (size, parameters)."""
    values, vectors = np.linalg.eigh(fit.covariance)
    noise = np.random.default_rng(seed).standard_normal((size, len(fit.theta)))
    return np.asarray(np.exp(np.log(fit.theta) + (noise * np.sqrt(np.maximum(values, 0.0))) @ vectors.T))
