"""The three count models: likelihoods against numeric integration, gradients, forecasts, heavy buyers, recovery."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import betaln, gammaln

from regulars.analyses.value.betageometric import BG_NBD, MBG_NBD
from regulars.analyses.value.counts import Counts, Floats, Ints, grouped, one_each
from regulars.analyses.value.fit import CountModel, draws, fit_counts
from regulars.analyses.value.pareto import PARETO_NBD
from regulars.analyses.value.posterior import discounted, jacobi_nodes

MODELS = (BG_NBD, MBG_NBD, PARETO_NBD)
THETA = {"BG/NBD": (0.8, 6.0, 0.8, 2.5), "MBG/NBD": (0.8, 6.0, 0.8, 2.5), "Pareto/NBD": (0.8, 6.0, 0.7, 12.0)}
GROUPS = one_each(
    np.array([0, 0, 1, 3, 40]), last=np.array([0, 0, 20, 200, 340]), age=np.array([10, 360, 35, 360, 350])
)
HEAVY = one_each(
    np.array([350, 350, 300, 120]), last=np.array([364, 300, 364, 100]), age=np.array([365, 365, 365, 360])
)


def theta_of(model: CountModel) -> Floats:
    """Ordinary parameters."""
    return np.array(THETA[model.name])


def by_integration(model: CountModel, theta: Floats, counts: Counts) -> float:
    """The likelihood of one customer from the story itself: integrate over when or whether it left."""
    r, alpha, c, d = theta
    x, last, age = int(counts.x[0]), float(counts.weeks_last[0]), float(counts.weeks_age[0])
    base = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    if model.name == "Pareto/NBD":  # gone at t with the Lomax density, or later than the cut
        peak = -(r + x) * np.log(alpha + last)
        gone, _ = quad(
            lambda t: np.exp(-(r + x) * np.log(alpha + t) - peak) * c / d * (1 + t / d) ** -(c + 1),
            last,
            age,
            epsabs=0,
            epsrel=1e-11,
        )
        stayed = np.exp(-(r + x) * np.log(alpha + age) - peak) * (1 + age / d) ** -c
        return float(base + peak + np.log(gone + stayed))
    start = int(model.name == "MBG/NBD")
    alive = betaln(c, d + x + start) - betaln(c, d) - (r + x) * np.log(alpha + age)
    if x + start == 0:
        return float(base + alive)
    left = betaln(c + 1, d + x + start - 1) - betaln(c, d) - (r + x) * np.log(alpha + last)
    return float(base + np.logaddexp(alive, left))


def simulated(model: CountModel, size: int, *, seed: int) -> tuple[Ints, Ints, Ints, Ints]:
    """x, t_x, T in days, and purchases in the 20 weeks after; continuous time, so days are rounded up to 1/1000 week."""
    rng, theta = np.random.default_rng(seed), theta_of(model)
    age = rng.integers(150, 360, size)
    rate = rng.gamma(theta[0], 1.0 / theta[1], size)
    if model.name == "Pareto/NBD":
        life, chance = rng.exponential(1.0 / rng.gamma(theta[2], 1.0 / theta[3], size)), np.zeros(size)
    else:
        life, chance = np.full(size, np.inf), rng.beta(theta[2], theta[3], size)
    life = np.where((model.name == "MBG/NBD") & (rng.random(size) < chance), 0.0, life)
    x, last, after, moment = (np.zeros(size) for _ in range(4))
    end = age / 7.0
    for _ in range(400):
        moment = moment + rng.exponential(1.0, size) / rate
        buys = moment < np.minimum(life, end + 20.0)
        early = buys & (moment <= end)
        x, last, after = x + early, np.where(early, moment, last), after + (buys & ~early)
        life = np.where(buys & (rng.random(size) < chance), moment, life)
        moment = np.where(buys, moment, np.inf)
    return x.astype(np.int64), np.rint(last * 7.0).astype(np.int64), age, after.astype(np.int64)


@pytest.mark.parametrize("model", MODELS, ids=lambda each: each.name)
def test_the_likelihood_is_that_of_the_story(model: CountModel) -> None:
    theta = theta_of(model)
    for each in (*(GROUPS.part(slice(k, k + 1)) for k in range(5)), *(HEAVY.part(slice(k, k + 1)) for k in range(4))):
        assert model.likelihood(theta, each)[0] == pytest.approx(by_integration(model, theta, each), rel=1e-9)


@pytest.mark.parametrize("model", MODELS, ids=lambda each: each.name)
def test_the_gradient_is_the_slope(model: CountModel) -> None:
    theta = theta_of(model)
    for counts in (GROUPS, HEAVY):
        slope = model.likelihood(theta, counts)[1]
        for k in range(4):
            step = np.eye(4)[k] * theta[k] * 1e-6
            rise = model.likelihood(theta + step, counts)[0] - model.likelihood(theta - step, counts)[0]
            assert slope[k] == pytest.approx(rise / (2 * step[k]), rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("model", MODELS, ids=lambda each: each.name)
@pytest.mark.parametrize("counts", [GROUPS, HEAVY], ids=["ordinary", "heavy"])
def test_mean_and_distribution_tell_the_same(model: CountModel, counts: Counts) -> None:
    posterior = model.posterior(theta_of(model), counts)
    for weeks in (1.0, 52.0):
        tails = posterior.tails(weeks, 900)
        assert np.isfinite(tails).all() and (np.diff(tails, axis=1) <= 1e-12).all()
        assert (tails[:, 0] <= posterior.alive + 1e-12).all()
        np.testing.assert_allclose(tails.sum(axis=1), posterior.expected(weeks), rtol=2e-6)


@pytest.mark.parametrize("model", MODELS, ids=lambda each: each.name)
def test_the_forecast_is_the_mean_of_many_simulated_futures(model: CountModel) -> None:
    x, last, age, after = simulated(model, 12_000, seed=11)
    counts, index = grouped(x, last=last, age=age)
    posterior = model.posterior(theta_of(model), counts)
    expected, none = posterior.expected(20.0)[index], 1.0 - posterior.tails(20.0, 120)[index, 0]
    for some in (x == 0, x == 1, (x > 1) & (x < 6), x > 5):
        error = 4.0 * after[some].std() / np.sqrt(some.sum())
        assert abs(expected[some].mean() - after[some].mean()) < error + 0.01
        assert abs(none[some].mean() - (after[some] == 0).mean()) < 2.0 / np.sqrt(some.sum()) + 0.005


@pytest.mark.parametrize("model", MODELS, ids=lambda each: each.name)
def test_known_parameters_are_recovered_within_their_errors(model: CountModel) -> None:
    x, last, age, _ = simulated(model, 8_000, seed=3)
    fit = fit_counts(model, grouped(x, last=last, age=age)[0])
    off = np.log(fit.theta / theta_of(model)) / np.sqrt(np.diag(fit.covariance))
    assert np.abs(off).max() < 4.0
    assert np.abs(np.log(fit.theta[:2] / theta_of(model)[:2])).max() < 0.15


@pytest.mark.parametrize("model", MODELS, ids=lambda each: each.name)
def test_folding_and_order_change_nothing(model: CountModel) -> None:
    x, last, age, _ = simulated(model, 800, seed=5)
    order = np.random.default_rng(1).permutation(800)
    folded, index = grouped(x, last=last, age=age)
    again, _ = grouped(x[order], last=last[order], age=age[order])
    fit, shuffled = fit_counts(model, folded), fit_counts(model, again)
    single = fit_counts(model, one_each(x[order], last=last[order], age=age[order]))
    assert (fit.theta == shuffled.theta).all() and folded.customers == 800
    np.testing.assert_allclose(single.theta, fit.theta, rtol=1e-3)
    assert single.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-6)
    assert (folded.x[index] == x).all() and (folded.last[index] == last).all()


def test_discounting_is_the_sum_over_short_steps() -> None:
    for model in MODELS:
        posterior = model.posterior(theta_of(model), GROUPS)
        edges = np.linspace(0.0, 52.0, 2081)
        bought = np.array([posterior.expected(edge) if edge else np.zeros(5) for edge in edges])
        middle = (edges[1:] + edges[:-1]) / 2.0 * 7.0 / 365.25
        by_hand = (np.diff(bought, axis=0) / (1.1**middle)[:, None]).sum(axis=0)
        np.testing.assert_allclose(discounted(posterior, horizon=52.0, yearly=0.1), by_hand, rtol=1e-5)
        np.testing.assert_allclose(discounted(posterior, horizon=52.0, yearly=0.0), posterior.expected(52.0))


@pytest.mark.parametrize(("a", "b"), [(0.8, 2.5), (0.01, 350.0), (5.0, 0.5), (0.4, 0.6)])
def test_quadrature_of_a_beta_mean(a: float, b: float) -> None:
    nodes, weights = jacobi_nodes(a, np.array([b]))
    norm = np.exp(-betaln(a, b))
    by_hand, _ = quad(lambda p: np.exp(-2.0 * p) - 1.0, 0.0, 1.0, weight="alg", wvar=(a - 1.0, b - 1.0))
    assert (np.expm1(-2.0 * nodes) * weights).sum() == pytest.approx(norm * by_hand, rel=1e-7)


def test_draws_scatter_like_the_covariance() -> None:
    x, last, age, _ = simulated(BG_NBD, 2000, seed=5)
    fit = fit_counts(BG_NBD, grouped(x, last=last, age=age)[0])
    drawn = np.log(draws(fit, size=4000, seed=1))
    np.testing.assert_allclose(drawn.mean(axis=0), np.log(fit.theta), atol=0.03)
    np.testing.assert_allclose(drawn.std(axis=0), np.sqrt(np.diag(fit.covariance)), rtol=0.1)
    assert (draws(fit, size=5, seed=1) == draws(fit, size=5, seed=1)).all()
