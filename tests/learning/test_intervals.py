"""Intervals cover what they say, and draw customers, not rows."""

from __future__ import annotations

import numpy as np
import pytest

from regulars.learning.intervals import bootstrap_ratio, paired_difference, quantile_interval


def test_a_mean_of_clustered_rows_is_covered() -> None:
    rng, hits = np.random.default_rng(5), 0
    for _ in range(60):
        customers = np.repeat(np.arange(150), 4)
        values = np.repeat(rng.normal(1.0, 1.0, 150), 4) + rng.normal(0.0, 0.2, 600)
        found = bootstrap_ratio(values, np.ones(600), clusters=customers, seed=3)
        assert found.low is not None and found.high is not None
        hits += found.low <= 1.0 <= found.high
    assert 51 <= hits <= 60  # rows drawn one by one would cover about 40


def test_more_customers_than_buckets_keep_the_width() -> None:
    values = np.random.default_rng(1).normal(0.0, 1.0, 50_000)
    found = bootstrap_ratio(values, np.ones(50_000), clusters=np.arange(50_000), seed=2)
    assert found.low is not None and found.high is not None
    assert found.high - found.low == pytest.approx(2 * 1.96 / np.sqrt(50_000), rel=0.12)
    assert found.n == 50_000


def test_pairs_cancel_what_both_share() -> None:
    noise = np.random.default_rng(1).normal(0.0, 100.0, 500)
    found = paired_difference(noise + 1.0, noise, clusters=np.arange(500), seed=1)
    assert (found.low, found.high) == (pytest.approx(1.0), pytest.approx(1.0))


def test_the_same_seed_gives_the_same_interval() -> None:
    values, ones = np.random.default_rng(1).normal(size=50), np.ones(50)
    first, again, other = (bootstrap_ratio(values, ones, clusters=np.arange(50), seed=seed) for seed in (4, 4, 5))
    assert first == again != other


def test_quantiles_of_draws() -> None:
    found = quantile_interval(np.arange(1001.0), value=500.0, interval=95, n=3)
    assert (found.low, found.high, found.interval, found.n) == (25.0, 975.0, 95, 3)
