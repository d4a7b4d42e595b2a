"""What is known of one kind of customer after the fit: alive or not, how fast it buys, when it may stop.

Given that a customer is still alive at the cut, all three models say that its rate is gamma distributed and independent
of how it will leave. So the number of purchases in the next h weeks has an exact distribution: negative binomial steps,
stopped by a beta-geometric departure (BG/NBD, MBG/NBD) or by a Lomax lifetime (Pareto/NBD). No special function that
overflows for heavy buyers is needed; sums and Gauss quadrature of positive terms are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np
from scipy.special import betaln

from regulars.analyses.value.counts import Floats, Ints

__all__ = [
    "Exit",
    "GeometricExit",
    "LomaxExit",
    "Posterior",
    "discounted",
    "highest_count",
    "jacobi_nodes",
    "negative_binomial",
    "upper_tail",
]

_RATE_NODES = 24
_TIME_NODES = 16
_DISCOUNT_NODES = 4
_LEGENDRE = {n: np.polynomial.legendre.leggauss(n) for n in (_TIME_NODES, _DISCOUNT_NODES)}


class Posterior(Protocol):
    """One row a group; times in weeks."""

    @property
    def alive(self) -> Floats:
        """P(alive at the cut)."""

    @property
    def shape(self) -> Floats:
        """Of the Gamma posterior of the purchase rate a week."""

    @property
    def rate(self) -> Floats:
        """Of the same."""

    def part(self, which: slice | Ints) -> Self:
        """Some of the groups."""

    def expected(self, *horizons: float) -> Floats:
        """E[purchases in the next weeks], the chance to be gone included; (groups,), a row each for several horizons."""

    def tails(self, horizon: float, size: int) -> Floats:
        """P(purchases >= k), k = 1..size, as (groups, size); the chance to be gone included."""


def negative_binomial(shape: Floats, rate: Floats, *, horizon: float, size: int) -> Floats:
    """P(N = k), k = 0..size, of a Poisson count over `horizon` whose rate is Gamma(shape, rate).

    Computed in logarithms: P(N = 0) = (rate / (rate + h))^shape and P(k) = P(k - 1) (shape + k - 1) / k h / (rate + h).

    Returns:
        (groups, size + 1).

    >>> negative_binomial(np.array([1.0]), np.array([1.0]), horizon=1.0, size=2).round(3).tolist()
    [[0.5, 0.25, 0.125]]
    """
    return _mass(shape, rate, horizon=horizon, ways=_ways(shape, size))


def _ways(shape: Floats, size: int) -> Floats:
    # log of shape (shape + 1) ... (shape + k - 1) / k!, k = 0..size: the part that no horizon changes
    k = np.arange(1, size + 1)
    distinct, index = np.unique(shape, return_inverse=True)
    ways = np.zeros((len(distinct), size + 1))
    np.cumsum(np.log((distinct[:, None] + k - 1.0) / k), axis=1, out=ways[:, 1:])
    return np.asarray(ways[index])


def _mass(shape: Floats, rate: Floats, *, horizon: float, ways: Floats) -> Floats:
    log_mass: Floats = np.log(horizon / (rate + horizon))[:, None] * np.arange(ways.shape[1], dtype=np.float64)
    log_mass += ways
    log_mass -= (shape * np.log1p(horizon / rate))[:, None]
    return np.exp(log_mass, out=log_mass)


def upper_tail(mass: Floats) -> Floats:
    """P(N >= k), k = 1..size, from P(N = k), k = 0..size; summed from the small end, so that far tails keep digits.

    >>> upper_tail(np.array([[0.5, 0.25, 0.25]])).tolist()
    [[0.5, 0.25]]
    """
    return np.minimum(np.cumsum(mass[:, :0:-1], axis=1)[:, ::-1], 1.0)


def jacobi_nodes(a: float, b: Floats, *, size: int = _RATE_NODES) -> tuple[Floats, Floats]:
    """Gauss nodes and weights for the mean under Beta(a, b), one row for each b (Golub and Welsch 1969).

    Args:
        a: first shape, > 0.
        b: second shapes, > 0.

    >>> nodes, weights = jacobi_nodes(2.0, np.array([3.0]))
    >>> round(float((nodes * weights).sum()), 12), round(float((nodes**2 * weights).sum()), 12)
    (0.4, 0.2)
    """
    alpha, beta, k = b[:, None] - 1.0, a - 1.0, np.arange(1.0, size)
    total = 2.0 * k + alpha + beta
    middle = np.concatenate([(beta - alpha) / (alpha + beta + 2.0), (beta**2 - alpha**2) / (total * (total + 2.0))], 1)
    # (k + alpha + beta) / (total - 1) is 1 at k = 1, also where it reads 0 / 0
    pair = np.where(k == 1.0, 1.0, (k + alpha + beta) / np.where(k == 1.0, 1.0, total - 1.0))
    beside = 4.0 * k * (k + alpha) * (k + beta) * pair / (total**2 * (total + 1.0))
    matrix = np.zeros((len(b), size, size))
    row = np.arange(size)
    matrix[:, row, row] = middle
    matrix[:, row[1:], row[:-1]] = matrix[:, row[:-1], row[1:]] = np.sqrt(beside)
    values, vectors = np.linalg.eigh(matrix)
    return np.clip((values + 1.0) / 2.0, 0.0, 1.0), vectors[:, 0, :] ** 2


def _rows(each: list[Floats]) -> Floats:
    return each[0] if len(each) == 1 else np.stack(each)


@dataclass(frozen=True, slots=True)
class GeometricExit:
    """After each purchase the customer leaves with probability p ~ Beta(a, b) (BG/NBD and MBG/NBD).

    Attributes:
        alive: P(alive at the cut).
        shape, rate: Gamma posterior of the purchase rate a week.
        a, b: Beta posterior of p; one `a`, one `b` a group.
    """

    alive: Floats
    shape: Floats
    rate: Floats
    a: float
    b: Floats

    def part(self, which: slice | Ints) -> GeometricExit:
        """Some of the groups."""
        alive, shape, rate, b = (each[which] for each in (self.alive, self.shape, self.rate, self.b))
        return replace(self, alive=alive, shape=shape, rate=rate, b=b)

    def expected(self, *horizons: float) -> Floats:
        """E[N] = alive * E_p[(1 - (rate / (rate + p h))^shape) / p]; the mean over p by Gauss-Jacobi."""
        distinct, index = np.unique(self.b, return_inverse=True)
        nodes, weights = jacobi_nodes(self.a, distinct)
        p = np.maximum(nodes, 1e-300)[index]
        each = weights[index] / p * self.alive[:, None]
        return _rows([self._bought(p, each, horizon=horizon) for horizon in horizons])

    def _bought(self, p: Floats, each: Floats, *, horizon: float) -> Floats:
        lasting = np.expm1(-self.shape[:, None] * np.log1p(p * (horizon / self.rate)[:, None]))
        return np.asarray(-np.einsum("gk,gk->g", lasting, each))

    def tails(self, horizon: float, size: int) -> Floats:
        """P(N >= k) = alive * E[(1 - p)^(k - 1)] * P(negative binomial >= k)."""
        k = np.arange(size)
        distinct, index = np.unique(self.b, return_inverse=True)
        stayed = np.exp(betaln(self.a, distinct[:, None] + k) - betaln(self.a, distinct)[:, None])[index]
        mass = negative_binomial(self.shape, self.rate, horizon=horizon, size=size)
        return np.asarray(self.alive[:, None] * stayed * upper_tail(mass))


@dataclass(frozen=True, slots=True)
class LomaxExit:
    """The customer leaves at a time of its own, whose hazard is Gamma(leave, wait) (Pareto/NBD).

    Attributes:
        alive: P(alive at the cut).
        shape, rate: Gamma posterior of the purchase rate a week.
        leave, wait: Gamma posterior of the hazard to leave; one `leave`, one `wait` a group.
    """

    alive: Floats
    shape: Floats
    rate: Floats
    leave: float
    wait: Floats

    def part(self, which: slice | Ints) -> LomaxExit:
        """Some of the groups."""
        alive, shape, rate, wait = (each[which] for each in (self.alive, self.shape, self.rate, self.wait))
        return replace(self, alive=alive, shape=shape, rate=rate, wait=wait)

    def expected(self, *horizons: float) -> Floats:
        """E[N] = alive * shape / rate * integral over h of (wait / (wait + t))^leave."""
        return _rows([self._bought(horizon) for horizon in horizons])

    def _bought(self, horizon: float) -> Floats:
        span = np.log1p(horizon / self.wait)
        power = (1.0 - self.leave) * span
        lived = np.where(np.abs(power) < 1e-8, 1.0 + power / 2.0, np.expm1(power) / np.where(power == 0, 1.0, power))
        return self.alive * self.shape / self.rate * self.wait * span * lived

    def tails(self, horizon: float, size: int) -> Floats:
        """P(N >= k): negative binomial up to the end or to the moment of leaving, averaged over that moment."""
        points, weights = _LEGENDRE[_TIME_NODES]
        ways = _ways(self.shape, size)
        total = np.exp(-self.leave * np.log1p(horizon / self.wait))[:, None] * self._steps(horizon, ways)
        for point, weight in zip(points, weights, strict=True):
            moment = horizon * (point + 1.0) / 2.0
            density = self.leave / self.wait * np.exp(-(self.leave + 1.0) * np.log1p(moment / self.wait))
            total += (horizon * weight / 2.0 * density)[:, None] * self._steps(moment, ways)
        return self.alive[:, None] * total

    def _steps(self, moment: float, ways: Floats) -> Floats:
        return upper_tail(_mass(self.shape, self.rate, horizon=moment, ways=ways))


Exit = GeometricExit | LomaxExit


def discounted(posterior: Posterior, *, horizon: float, yearly: float) -> Floats:
    """E[sum over the coming purchases of (1 + yearly)^(-t / year)], t the time of each.

    By parts: e^(-d h) G(h) + d * integral of e^(-d t) G(t), G the expected purchases and d = ln(1 + yearly) a week.

    Args:
        horizon: weeks.
        yearly: discount rate a year, e.g. 0.10.
    """
    d = np.log1p(yearly) * 7.0 / 365.25
    if d == 0.0:
        return posterior.expected(horizon)
    points, weights = _LEGENDRE[_DISCOUNT_NODES]
    moments = horizon * (points + 1.0) / 2.0
    shares = np.append(d * horizon * weights / 2.0 * np.exp(-d * moments), np.exp(-d * horizon))
    return np.asarray(np.einsum("h,hg->g", shares, posterior.expected(*moments, horizon)))


def highest_count(posterior: Posterior, horizon: float) -> int:
    """A count that no group passes but with a chance below 1e-9: where tables of counts may end."""
    mean = posterior.shape / posterior.rate * horizon
    spread = np.sqrt(mean * (1.0 + horizon / posterior.rate))
    fading = 20.0 / np.log1p(posterior.rate / horizon)  # the far tail falls like (h / (rate + h))^k
    return int(np.ceil((mean + 6.0 * spread + fading).max(initial=0.0))) + 5
