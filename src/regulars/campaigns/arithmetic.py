"""The formulae that a plan and an effect share: a difference of means with its interval, and how it is sharpened."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import stats

__all__ = ["Difference", "adjusted", "balance_p", "difference", "rate_difference", "ratio_mismatch_p"]

Numbers = NDArray[np.float64]

_Z = 1.959963984540054
_FEW = 10


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of two means and its 95 % interval, per customer."""

    value: float
    low: float
    high: float
    error: float


def difference(treated: Numbers, control: Numbers, *, weights: tuple[Numbers, Numbers] | None = None) -> Difference:
    """Mean of `treated` minus mean of `control` with Welch's interval (unequal variances, t quantile).

    Args:
        treated, control: one value per customer, at least two each.
        weights: 1 / propensity of each customer, where propensities differ within an arm (Hájek's estimator with its
            linearised variance); with equal weights it is Welch's.

    Source: B. L. Welch, "The generalization of Student's problem", Biometrika 34 (1947).

    >>> import numpy as np
    >>> found = difference(np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 2.0]))
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (1.0, -1.267, 3.267)
    """
    left = _moment(treated, None if weights is None else weights[0])
    right = _moment(control, None if weights is None else weights[1])
    variance = left[1] + right[1]
    error = sqrt(variance)
    half = 0.0 if error == 0 else error * float(stats.t.ppf(0.975, _freedom(left, right)))
    value = left[0] - right[0]
    return Difference(value, value - half, value + half, error)


def rate_difference(treated: Numbers, control: Numbers) -> Difference:
    """Share of ones in `treated` minus that in `control`: as `difference`, or by score intervals where ones are rare.

    With fewer than 10 ones or 10 zeros in an arm Welch's interval is too short, and empty when nobody answered; there
    Newcombe's hybrid of Wilson's score intervals is taken.

    Source: R. G. Newcombe, "Interval estimation for the difference between independent proportions", Statistics in
    Medicine 17 (1998), method 10.

    >>> import numpy as np
    >>> found = rate_difference(np.array([1.0] * 9 + [0.0]), np.array([1.0] * 3 + [0.0] * 7))
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.6, 0.171, 0.809)
    """
    if all(min(each.sum(), len(each) - each.sum()) >= _FEW for each in (treated, control)):
        return difference(treated, control)
    (p, p_low, p_high), (q, q_low, q_high) = _wilson(treated), _wilson(control)
    low = p - q - sqrt((p - p_low) ** 2 + (q_high - q) ** 2)
    high = p - q + sqrt((p_high - p) ** 2 + (q - q_low) ** 2)
    return Difference(p - q, low, high, (high - low) / (2 * _Z))


def adjusted(treated: tuple[Numbers, Numbers], control: tuple[Numbers, Numbers]) -> tuple[Numbers, Numbers, float]:
    """CUPED: outcomes with what the time before explains taken out, y' = y - theta (x - mean x).

    Args:
        treated, control: (outcome, the same measure before the assignment).

    Returns:
        The adjusted outcomes of both, and theta = cov(x, y) / var(x) pooled within the arms (0 where x is constant).

    Source: Deng, Xu, Kohavi, Walker, "Improving the sensitivity of online controlled experiments", WSDM 2013.

    >>> import numpy as np
    >>> x = np.array([0.0, 1.0, 2.0, 3.0])
    >>> adjusted((2 * x + 1, x), (2 * x, x))[2]
    2.0
    """
    spread = sum(float(((x - x.mean()) ** 2).sum()) for _, x in (treated, control))
    shared = sum(float(((x - x.mean()) * (y - y.mean())).sum()) for y, x in (treated, control))
    theta = shared / spread if spread > 0 else 0.0
    middle = float(np.concatenate([treated[1], control[1]]).mean())
    return treated[0] - theta * (treated[1] - middle), control[0] - theta * (control[1] - middle), theta


def ratio_mismatch_p(counts: dict[str, int], shares: dict[str, float]) -> float:
    """The probability of arm sizes at least this far from the planned shares (chi-square); 1.0 for a single arm.

    >>> round(ratio_mismatch_p({"treated": 900, "control": 100}, {"treated": 0.9, "control": 0.1}), 3)
    1.0
    >>> ratio_mismatch_p({"treated": 5200, "control": 4800}, {"treated": 0.5, "control": 0.5}) < 0.001
    True
    """
    total = sum(counts.values())
    whole = sum(shares.values())
    if len(shares) < 2 or total == 0:
        return 1.0
    expected = {arm: total * share / whole for arm, share in shares.items()}
    square = sum((counts.get(arm, 0) - size) ** 2 / size for arm, size in expected.items())
    return float(stats.chi2.sf(square, len(shares) - 1))


def balance_p(treated: Numbers, control: Numbers) -> float:
    """The probability of a difference at least this large between equal groups (Welch's two-sided t-test).

    >>> import numpy as np
    >>> balance_p(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0]))
    1.0
    """
    found = difference(treated, control)
    if found.error == 0:
        return 1.0 if found.value == 0 else 0.0
    return float(
        2 * stats.t.sf(abs(found.value) / found.error, _freedom(_moment(treated, None), _moment(control, None)))
    )


def _wilson(values: Numbers) -> tuple[float, float, float]:
    """A share with its 95 % score interval."""
    size, share = len(values), float(values.mean())
    middle = (share + _Z**2 / (2 * size)) / (1 + _Z**2 / size)
    half = _Z / (1 + _Z**2 / size) * sqrt(share * (1 - share) / size + _Z**2 / (4 * size**2))
    return share, middle - half, middle + half


def _moment(values: Numbers, weights: Numbers | None) -> tuple[float, float, int]:
    size = len(values)
    if weights is None:
        return float(values.mean()), float(values.var(ddof=1)) / size, size
    whole = float(weights.sum())
    mean = float((weights * values).sum()) / whole
    spread = float((weights**2 * (values - mean) ** 2).sum()) / whole**2
    return mean, spread * size / (size - 1), size


def _freedom(left: tuple[float, float, int], right: tuple[float, float, int]) -> float:
    whole = (left[1] + right[1]) ** 2
    parts = left[1] ** 2 / (left[2] - 1) + right[1] ** 2 / (right[2] - 1)
    return whole / parts if parts > 0 else float(left[2] + right[2] - 2)
