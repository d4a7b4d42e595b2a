"""Who buys how often, when customers leave after a purchase? BG/NBD and MBG/NBD, on grouped counts.

Fader, Hardie and Lee, "Counting your customers the easy way" (Marketing Science 2005), equation 6; MBG/NBD lets a
customer leave after the very first purchase too (Batislam, Denizel and Filiztekin 2007). Purchases come at a rate
lambda ~ Gamma(r, alpha) a week; after each one the customer leaves with probability p ~ Beta(a, b).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, digamma, expit, gammaln

from regulars.analyses.value.counts import Counts, Floats
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
        seen, row = np.unique(counts.x, return_inverse=True)
        stays = b + seen + self.at_start
        by_count = gammaln(r + seen) - gammaln(r) + betaln(a, stays) - betaln(a, b) + r * np.log(alpha)
        end, last = alpha + counts.weeks_age, alpha + counts.weeks_last
        shape, gap = r + counts.x, np.log(end) - np.log(last)
        odds = self._log_odds_gone(theta, counts, gap=gap)
        gone = expit(odds)
        total = counts.n @ (by_count[row] - shape * np.log(end) + np.logaddexp(0.0, odds))
        n_seen, gone_seen = np.bincount(row, counts.n), np.bincount(row, counts.n * gone)
        slope_r = n_seen @ (digamma(r + seen) - digamma(r) + np.log(alpha)) + counts.n @ (gone * gap - np.log(end))
        slope_alpha = counts.n @ (r / alpha - shape / end + gone * shape * (1.0 / end - 1.0 / last))
        both = digamma(a + b) - digamma(a + stays)
        slope_a = n_seen @ both + gone_seen.sum() / a
        slope_b = n_seen @ (both + digamma(stays) - digamma(b)) - gone_seen @ (1.0 / np.maximum(stays - 1.0, b))
        return float(total), np.array([slope_r, slope_alpha, slope_a, slope_b])

    def posterior(self, theta: Floats, counts: Counts) -> GeometricExit:
        """What is known of each group at its age; equations 11 and A1 of the paper, as a mixture."""
        r, alpha, a, b = theta
        end, last = alpha + counts.weeks_age, alpha + counts.weeks_last
        alive = expit(-self._log_odds_gone(theta, counts, gap=np.log(end) - np.log(last)))
        return GeometricExit(alive, r + counts.x, end, float(a), b + counts.x + float(self.at_start))

    def _log_odds_gone(self, theta: Floats, counts: Counts, *, gap: Floats) -> Floats:
        r, _, a, b = theta
        chances = b + counts.x + self.at_start - 1.0
        could_leave = counts.x + self.at_start > 0
        odds = np.log(a / np.where(could_leave, chances, 1.0)) + (r + counts.x) * gap
        return np.where(could_leave, odds, -np.inf)


BG_NBD = BetaGeometric("BG/NBD", 0)
MBG_NBD = BetaGeometric("MBG/NBD", 1)
