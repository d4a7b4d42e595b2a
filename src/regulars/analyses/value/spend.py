"""What does one more purchase of a customer bring? Gamma-Gamma, on the mean per repeat purchase.

Fader, Hardie and Lee, "RFM and CLV: using iso-value curves" (Journal of Marketing Research 2005), and Fader and Hardie's
note of 2013: amounts z ~ Gamma(p, nu) within a customer, nu ~ Gamma(q, gamma) over customers, spend independent of
frequency. Here amounts are margins. What is expected of one purchase is p (gamma + x m) / (p x + q - 1).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import digamma, gammaln

from regulars.analyses.value.counts import Floats, Ints, dot
from regulars.analyses.value.fit import Fit, draws, maximise

__all__ = ["expected_spend", "fit_spend", "spend_draws", "spend_likelihood"]

# p, q - 1, gamma for amounts with median 1
_STARTS = ((5.0, 2.0, 0.4), (1.5, 0.5, 0.33), (20.0, 5.0, 0.25))
_FEW = 4000
_BITS = 44
_LEAST_EXCESS = 0.02  # q - 1, below which the mean amount is as good as infinite


def fit_spend(x: Ints, *, mean: Floats) -> Fit:
    """Fit p, q, gamma to repeat buyers.

    Args:
        x: repeat purchases, >= 1, one entry a customer.
        mean: mean amount of a repeat purchase, > 0.

    Returns:
        `theta` = (p, q, gamma), gamma in the currency of `mean`, q > 1 so that a mean exists. `covariance` is that of
        the logarithms of (p, q - 1, gamma): see `spend_draws`.
    """
    x, mean = _sorted(x, mean)
    unit = float(np.median(mean))
    data = _Amounts.of(x, mean / unit)
    thin = slice(None, None, max(len(x) // _FEW, 1))
    few = _Amounts.of(x[thin], mean[thin] / unit)
    fit = maximise(
        lambda theta: _shifted(theta, data),
        ("p", "q", "gamma"),
        starts=_STARTS,
        size=len(x),
        rough=(lambda theta: _shifted(theta, few), len(few.x)),
    )
    theta = _unshifted(fit.theta, unit)
    return replace(fit, theta=theta, log_likelihood=fit.log_likelihood - len(x) * float(np.log(unit)))


def _sorted(x: Ints, mean: Floats) -> tuple[Ints, Floats]:
    # an order that rows cannot change; amounts count to six decimals, packed into one integer where they fit
    parts = np.rint(mean * 1e6)
    if parts.max() >= 2.0**_BITS or x.max() >= 2 ** (62 - _BITS) or parts.min() < 1.0:
        order = np.lexsort((mean, x))
        return x[order], mean[order]
    keys = np.sort((x.astype(np.int64) << _BITS) | parts.astype(np.int64))
    return keys >> _BITS, (keys & (2**_BITS - 1)) / 1e6


def spend_draws(fit: Fit, *, size: int, seed: int) -> Floats:
    """Parameter vectors (p, q, gamma) from the asymptotic posterior, (size, 3)."""
    centre = replace(fit, theta=fit.theta - np.array([0.0, 1.0, 0.0]))
    return np.asarray(draws(centre, size=size, seed=seed) + np.array([0.0, 1.0, 0.0]))


def expected_spend(theta: Floats, x: Ints, *, mean: Floats) -> Floats:
    """Posterior mean of one purchase's amount; `mean` is ignored where x = 0, and counts as 0 where it is negative.

    >>> expected_spend(np.array([2.0, 3.0, 10.0]), np.array([0, 2]), mean=np.array([np.nan, 20.0])).round(3).tolist()
    [10.0, 16.667]
    """
    p, q, gamma = theta
    known = np.where(x > 0, np.maximum(np.nan_to_num(mean), 0.0), 0.0)
    return np.asarray(p * (gamma + x * known) / (p * x + q - 1.0))


def spend_likelihood(theta: Floats, x: Ints, *, mean: Floats) -> tuple[float, Floats]:
    """Log-likelihood of the mean amounts and its gradient by p, q, gamma; equation 1a of the note of 2013."""
    return _likelihood(theta, _Amounts.of(x, mean))


@dataclass(frozen=True, slots=True)
class _Amounts:
    # what the likelihood needs of the data, with everything that does not move with the parameters summed once
    x: Floats
    total: Floats
    seen: Floats
    n: Floats
    x_log_total: float
    log_mean: float

    @classmethod
    def of(cls, x: Ints, mean: Floats) -> _Amounts:
        seen, n = np.unique(x, return_counts=True)
        each = x.astype(np.float64)
        logs = np.log(mean)
        return cls(
            each, each * mean, seen.astype(np.float64), n.astype(np.float64),
            dot(each, logs + np.log(each)), float(logs.sum()),
        )  # fmt: skip


def _likelihood(theta: Floats, data: _Amounts) -> tuple[float, Floats]:
    p, q, gamma = theta
    x, seen, n, size = data.x, data.seen, data.n, float(len(data.x))
    rate = gamma + data.total
    log_rate = np.log(rate)
    weighed, plain = dot(x, log_rate), float(log_rate.sum())
    total = n @ (gammaln(p * seen + q) - gammaln(p * seen) - gammaln(q) + q * np.log(gamma))
    total += p * data.x_log_total - data.log_mean - p * weighed - q * plain
    slope_p = n @ (seen * (digamma(p * seen + q) - digamma(p * seen))) + data.x_log_total - weighed
    slope_q = n @ (digamma(p * seen + q) - digamma(q)) + size * np.log(gamma) - plain
    slope_gamma = size * q / gamma - dot(p * x + q, 1.0 / rate)
    return float(total), np.array([slope_p, slope_q, slope_gamma])


def _shifted(theta: Floats, data: _Amounts) -> tuple[float, Floats]:
    return _likelihood(_unshifted(theta, 1.0), data)


def _unshifted(theta: Floats, unit: float) -> Floats:
    return np.array([theta[0], 1.0 + max(theta[1], _LEAST_EXCESS), theta[2] * unit])
