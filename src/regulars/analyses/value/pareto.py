"""Who buys how often, when customers leave at a time of their own? Pareto/NBD, on grouped counts.

Schmittlein, Morrison and Colombo, "Counting your customers" (Management Science 1987), in the notation of Fader and
Hardie's note of 2005. Purchases come at a rate lambda ~ Gamma(r, alpha) a week, the customer leaves at a hazard
mu ~ Gamma(s, beta). The published likelihood is a difference of Gauss hypergeometric functions, which cancels and
overflows for heavy buyers. Here it is what that difference stands for: the integral, over the moment of leaving between
the last purchase and the cut, of positive terms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, expit, gammaln

from regulars.analyses.value.counts import Counts, Floats, dot
from regulars.analyses.value.posterior import LomaxExit

__all__ = ["PARETO_NBD", "ParetoNBD"]

_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_HIGHEST = 600.0  # an exponent that is still a float; a search that strays beyond finds no better there
_FAR = 40.0  # e^-40 of the integrand's mass lies beyond


@dataclass(frozen=True, slots=True)
class ParetoNBD:
    """Pareto/NBD."""

    name: str = "Pareto/NBD"
    parameters: tuple[str, ...] = ("r", "alpha", "s", "beta")
    starts: tuple[tuple[float, ...], ...] = ((0.5, 10.0, 0.6, 12.0), (1.0, 1.0, 0.2, 20.0), (2.0, 5.0, 1.0, 100.0))

    def likelihood(self, theta: Floats, counts: Counts) -> tuple[float, Floats]:
        """Log-likelihood of all customers and its gradient by r, alpha, s, beta; see `BetaGeometric.likelihood`."""
        r, alpha, s, beta = theta
        seen, row = np.unique(counts.x, return_inverse=True)
        end, wait, shape = alpha + counts.weeks_age, beta + counts.weeks_age, r + counts.x
        log_end, log_wait = np.log(end), np.log(wait)
        left, means = _left_before(theta, counts)
        weight = counts.n.astype(np.float64)
        stayed = -shape * log_end - s * log_wait
        gone = expit(left - stayed)
        base = (gammaln(r + seen) - gammaln(r))[row] + r * np.log(alpha) + s * np.log(beta)
        total = dot(weight, base + np.logaddexp(stayed, left))
        log_buy, log_leave, over_buy, over_leave = means
        bought = (digamma(r + seen) - digamma(r))[row] + np.log(alpha)
        slopes = (
            bought - log_end + gone * (log_end - log_buy),
            r / alpha - shape / end + gone * shape * (1.0 / end - over_buy),
            np.log(beta) - log_wait + gone * (log_wait - log_leave + 1.0 / s),
            s / beta - s / wait + gone * (s / wait - (s + 1.0) * over_leave),
        )
        return total, np.array([dot(weight, slope) for slope in slopes])

    def posterior(self, theta: Floats, counts: Counts) -> LomaxExit:
        """What is known of each group at its age."""
        r, alpha, s, beta = theta
        end, wait, shape = alpha + counts.weeks_age, beta + counts.weeks_age, r + counts.x
        left, _ = _left_before(theta, counts)
        alive = expit(-shape * np.log(end) - s * np.log(wait) - left)
        return LomaxExit(alive, shape, end, float(s), wait)


def _left_before(theta: Floats, counts: Counts) -> tuple[Floats, tuple[Floats, Floats, Floats, Floats]]:
    # log of s * integral from t_x to T of (alpha + t)^-(r + x) (beta + t)^-(s + 1) dt. With m = r + s + x and
    # v = m ln((alpha + t) / (alpha + t_x)) it is e^-v times a slow function: Gauss-Legendre over v. Beside it the means
    # under that density which the gradient needs.
    r, alpha, s, beta = theta
    start, end = alpha + counts.weeks_last, alpha + counts.weeks_age
    m = r + s + counts.x
    span = np.minimum(m * np.log(end / start), _FAR)
    v = span[:, None] * (_POINTS + 1.0) / 2.0
    buy = start[:, None] * np.exp(v / m[:, None])
    leave = np.maximum(buy + (beta - alpha), beta)
    log_buy, log_leave = np.log(buy), np.log(leave)
    mass = _WEIGHTS / 2.0 * np.exp(np.minimum(-v + (s + 1.0) * (log_buy - log_leave), _HIGHEST))
    sums = np.maximum(mass.sum(axis=1), 1e-300)
    with np.errstate(divide="ignore"):
        log_left = np.log(s * span / m) - m * np.log(start) + np.log(sums)
    means = [(mass * each).sum(axis=1) / sums for each in (log_buy, log_leave, 1.0 / buy, 1.0 / leave)]
    return log_left, (means[0], means[1], means[2], means[3])


PARETO_NBD = ParetoNBD()
