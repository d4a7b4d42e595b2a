"""Gamma-Gamma: gradient, recovery, units, forecasts."""

from __future__ import annotations

import numpy as np
import pytest

from regulars.analyses.value.counts import Floats, Ints
from regulars.analyses.value.spend import expected_spend, fit_spend, spend_draws, spend_likelihood

TRUE = np.array([6.0, 4.0, 15.0])


def amounts(size: int, *, seed: int) -> tuple[Ints, Floats, Floats]:
    """Repeat purchases, their mean amount, and each customer's true mean."""
    rng = np.random.default_rng(seed)
    x, nu = rng.integers(1, 15, size), rng.gamma(TRUE[1], 1.0 / TRUE[2], size)
    return x, rng.gamma(TRUE[0] * x) / nu / x, TRUE[0] / nu


def test_the_gradient_is_the_slope() -> None:
    x, mean, _ = amounts(50, seed=1)
    slope = spend_likelihood(TRUE, x, mean=mean)[1]
    for k in range(3):
        step = np.eye(3)[k] * 1e-5
        rise = spend_likelihood(TRUE + step, x, mean=mean)[0] - spend_likelihood(TRUE - step, x, mean=mean)[0]
        assert slope[k] == pytest.approx(rise / 2e-5, rel=1e-5)


def test_known_parameters_are_recovered_in_any_order_and_currency() -> None:
    x, mean, _ = amounts(8_000, seed=2)
    fit = fit_spend(x, mean=mean)
    np.testing.assert_allclose(fit.theta, TRUE, rtol=0.2)
    order = np.random.default_rng(1).permutation(len(x))
    assert (fit_spend(x[order], mean=mean[order]).theta == fit.theta).all()
    in_yen = fit_spend(x, mean=mean * 160.0)
    np.testing.assert_allclose(in_yen.theta, fit.theta * np.array([1.0, 1.0, 160.0]), rtol=1e-4)
    assert fit.log_likelihood == pytest.approx(spend_likelihood(fit.theta, x, mean=mean)[0], abs=1e-5)


def test_expected_spend_is_unbiased_for_every_frequency() -> None:
    x, mean, truth = amounts(60_000, seed=3)
    forecast = expected_spend(TRUE, x, mean=mean)
    for some in (x == 1, x == 5, x > 10):
        assert forecast[some].mean() == pytest.approx(truth[some].mean(), rel=0.03)


def test_unknown_and_negative_means_do_no_harm() -> None:
    forecast = expected_spend(TRUE, np.array([0, 3, 3]), mean=np.array([99.0, -5.0, 0.0]))
    assert forecast[0] == pytest.approx(TRUE[0] * TRUE[2] / (TRUE[1] - 1.0))
    assert forecast[1] == forecast[2] > 0.0


def test_draws_keep_a_finite_mean() -> None:
    x, mean, _ = amounts(200, seed=4)
    drawn = spend_draws(fit_spend(x, mean=mean), size=500, seed=1)
    assert (drawn[:, 1] > 1.0).all() and (drawn > 0.0).all()
