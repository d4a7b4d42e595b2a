"""Calibration: a perfect forecast looks perfect, a wrong one does not."""

from __future__ import annotations

import numpy as np
from scipy.stats import poisson

from regulars.learning.calibration import by_class, crps, decile_shares, frequency_class, randomised_pit


def pit_of(truth: float, told: float) -> list[float]:
    """Shares of the PIT of Poisson counts with mean `truth` under a forecast of `told`."""
    counts = np.random.default_rng(1).poisson(truth, 20_000)
    return decile_shares(randomised_pit(poisson.cdf(counts - 1, told), poisson.pmf(counts, told), seed=2))


def test_the_pit_of_mostly_zero_counts_is_flat_for_the_true_model_only() -> None:
    assert max(abs(share - 0.1) for share in pit_of(0.4, 0.4)) < 0.01
    assert max(abs(share - 0.1) for share in pit_of(0.4, 0.8)) > 0.03


def test_crps_is_the_sum_over_all_thresholds_and_best_for_the_truth() -> None:
    k = np.arange(1, 60)
    tails = np.array([poisson.sf(k - 1, 3.0)])
    by_hand = sum((poisson.cdf(j, 3.0) - (j >= 4)) ** 2 for j in range(60))
    assert np.isclose(crps(tails, np.array([4]))[0], by_hand)
    counts = np.random.default_rng(1).poisson(3.0, 4000)
    right, wrong = (crps(np.tile(poisson.sf(k - 1, m), (4000, 1)), counts).mean() for m in (3.0, 4.0))
    assert right < wrong


def test_classes_come_in_their_order_whatever_the_order_of_rows() -> None:
    frequency = np.array([60, 0, 4, 0])
    rows = by_class(frequency_class(frequency), actual=frequency.astype(float), expected=frequency * 2.0)
    assert [(row["class"], row["customers"], row["expected"]) for row in rows] == [
        ("0", 2, 0.0), ("3-5", 1, 8.0), ("51+", 1, 120.0)
    ]  # fmt: skip
