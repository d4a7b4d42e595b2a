"""Who buys how often, when customers leave after a purchase? BG/NBD and MBG/NBD, on grouped counts.

Fader, Hardie and Lee, "Counting your customers the easy way" (Marketing Science 2005), equation 6; MBG/NBD lets a
customer leave after the very first purchase too (Batislam, Denizel and Filiztekin 2007). Purchases come at a rate
lambda ~ Gamma(r, alpha) a week; after each one the customer leaves with probability p ~ Beta(a, b).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, digamma, expit, gammaln, log_expit

from regulars.analyses.value.counts import DAYS_PER_WEEK, Counts, Floats, dot
from regulars.analyses.value.posterior import GeometricExit

__all__ = ["BG_NBD", "MBG_NBD", "BetaGeometric"]


@dataclass(frozen=True, slots=True)
class BetaGeometric:
    """BG/NBD (`at_start` 0) or MBG/NBD (`at_start` 1: one chance to leave more, at the first purchase)."""

    name: str
    at_start: int
    parameters: tuple[str, ...] = ("r", "alpha", "a", "b")
    starts: tuple[tuple[float, ...], ...] = ((0.5, 5.0, 0.8, 2.5), (1.0, 1.0, 0.1, 2.0), (2.0, 10.0, 1.0, 20.0))

    def likelihood(self, theta: Floats, counts: Counts) -> tuple[float, Floats]:
        """Log-likelihood of all customers and its gradient.

        Args:
            theta: r, alpha (weeks), a, b.
            counts: groups.

        Returns:
            Sum over customers, without the terms that depend on the data only; gradient by r, alpha, a, b.
        """
        r, alpha, a, b = theta
        seen = np.arange(int(counts.x.max(initial=0)) + 1)
        stays = b + seen + self.at_start
        by_count = gammaln(r + seen) - gammaln(r) + betaln(a, stays) - betaln(a, b) + r * np.log(alpha)
        # logarithms are taken once a day, not once a group
        days = alpha + np.arange(int(counts.age.max(initial=0)) + 1) / DAYS_PER_WEEK
        logs, over = np.log(days), 1.0 / days
        log_end, over_end, shape = logs[counts.age], over[counts.age], r + counts.x
        gap = log_end - logs[counts.last]
        odds = self._log_odds_gone(theta, counts, gap=gap)
        gone, weight = expit(odds), counts.n.astype(np.float64)
        total = dot(weight, by_count[counts.x] - shape * log_end + np.maximum(odds, 0.0) - log_expit(np.abs(odds)))
        gone *= weight
        n_seen, gone_seen = np.bincount(counts.x, weight), np.bincount(counts.x, gone)
        slope_r = n_seen @ (digamma(r + seen) - digamma(r) + np.log(alpha)) + dot(gone, gap) - dot(weight, log_end)
        slope_alpha = weight.sum() * r / alpha - dot(weight, shape * over_end)
        slope_alpha += dot(gone, shape * (over_end - over[counts.last]))
        both = digamma(a + b) - digamma(a + stays)
        slope_a = n_seen @ both + gone_seen.sum() / a
        slope_b = n_seen @ (both + digamma(stays) - digamma(b)) - gone_seen @ (1.0 / np.maximum(stays - 1.0, b))
        return total, np.array([slope_r, slope_alpha, slope_a, slope_b])

    def posterior(self, theta: Floats, counts: Counts) -> GeometricExit:
        """What is known of each group at its age; equations 11 and A1 of the paper, as a mixture."""
        r, alpha, a, b = theta
        end, last = alpha + counts.weeks_age, alpha + counts.weeks_last
        alive = expit(-self._log_odds_gone(theta, counts, gap=np.log(end) - np.log(last)))
        return GeometricExit(alive, r + counts.x, end, float(a), b + counts.x + float(self.at_start))

    def _log_odds_gone(self, theta: Floats, counts: Counts, *, gap: Floats) -> Floats:
        r, _, a, b = theta
        seen = np.arange(int(counts.x.max(initial=0)) + 1) + self.at_start
        with np.errstate(divide="ignore"):
            chance = np.log(np.where(seen > 0, a / np.where(seen > 0, b + seen - 1.0, 1.0), 0.0))
        return np.asarray(chance[counts.x] + (r + counts.x) * gap)


BG_NBD = BetaGeometric("BG/NBD", 0)
MBG_NBD = BetaGeometric("MBG/NBD", 1)
