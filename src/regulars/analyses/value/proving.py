"""Would the room have been right? The rolling-origin backtest, judged against naive forecasts on the same customers.

The protocol and the rules of the gate are fixed here and in the README, and do not depend on any result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from regulars.analyses.value.baseline import BASELINES
from regulars.analyses.value.betageometric import BG_NBD
from regulars.analyses.value.candidates import CANDIDATES, MODELS
from regulars.analyses.value.counts import Floats
from regulars.analyses.value.drift import learn_steadiness
from regulars.analyses.value.enough import enough, paying
from regulars.analyses.value.evidence import Forecast, bins, fold_metrics, group_coverage, pooled
from regulars.analyses.value.fit import Fit, fit_counts
from regulars.analyses.value.judging import Holdout, judged
from regulars.analyses.value.posterior import Posterior
from regulars.analyses.value.reading import Settings, cuts, holdouts, settings_of
from regulars.analyses.value.spend import expected_spend, fit_spend
from regulars.learning.gate import Rule, judge
from regulars.learning.intervals import paired_difference
from regulars.learning.protocol import Estimate, Fold, Lab, Proof

__all__ = ["PROTOCOL", "RULES", "prove"]

PROTOCOL = (
    "Rolling origins: up to {folds} folds of {days} days that do not overlap and end on the last day of the data; each "
    "fold is fitted on what was known at its origin (at least 40 % of the span) and judged on every customer who had "
    "bought by then. The model with the best mean log score of purchase counts over all folds is used; all stay on the "
    "card. Naive baselines, on the same customers: each customer's own past rate, and the mean rate of all, both as "
    "Poisson forecasts. The gate passes when the chosen model's log score beats the better baseline's with the paired "
    "95 % interval (bootstrap over customers) above zero, and all purchases together are forecast within 20 %."
)
RULES = (
    Rule(
        "log_score_gain",
        "the log score per customer differs from the better naive baseline's by {value} ({low} to {high}, 95 %), "
        "which must be above 0",
        part="low",
        above=0.0,
    ),
    Rule("bias_purchases", "all purchases were forecast off by {value}, allowed -0.2 to 0.2", above=-0.2, below=0.2),
)


@dataclass(frozen=True, slots=True)
class _Fitted:
    # what was fitted at one origin
    holdout: Holdout
    counts: Mapping[str, Fit]
    spend: Floats


def prove(lab: Lab) -> Proof:
    """Run the backtest.

    Raises:
        DataError: the data are too short, too few customers came again, or no margin is known.
    """
    settings = settings_of(lab)
    early, folds = cuts(lab, settings)
    spans = (early, *folds) if early else folds
    held, warm_up = enough(holdouts(lab, spans, most=settings.sample), warm_up=1 if early else 0)
    fitted = [_fitted(each) for each in held]
    steady = [_steadiness(each, lab.seed) for each in fitted]
    forecasts = _forecasts(lab, list(zip(fitted, [None, *steady], strict=False)))
    return _proof(_Judged(forecasts, warm_up, steady[-1]), settings=settings, seed=lab.seed)


def _fitted(holdout: Holdout) -> _Fitted:
    x = holdout.counts.x[holdout.index]
    spenders = paying(holdout)
    fits = {model.name: fit_counts(model, holdout.counts) for model in MODELS}
    spend = fit_spend(x[spenders], mean=holdout.mean[spenders])
    return _Fitted(holdout, fits, expected_spend(spend.theta, x, mean=holdout.mean))


def _steadiness(fitted: _Fitted, seed: int) -> float:
    # steadiness belongs to the customers, not to the model: it is learnt once, on the cheapest one
    held = fitted.holdout
    posterior = BG_NBD.posterior(fitted.counts[BG_NBD.name].theta, held.counts)
    return learn_steadiness(posterior, held, seed=seed)


def _forecasts(lab: Lab, spans: list[tuple[_Fitted, float | None]]) -> dict[str, list[Forecast]]:
    found: dict[str, list[Forecast]] = {name: [] for name in (*(each.name for each in CANDIDATES), *BASELINES)}
    for done, (fitted, steady) in enumerate(spans):
        lab.progress(f"judging the forecast of {fitted.holdout.origin}", done, len(spans))
        for name, forecast in _of_span(fitted, steady, seed=lab.seed + done):
            found[name].append(forecast)
    return found


def _of_span(fitted: _Fitted, steady: float | None, *, seed: int) -> list[tuple[str, Forecast]]:
    held = fitted.holdout
    posteriors: dict[str, Posterior] = {
        each.name: each.posterior(fitted.counts[each.model.name], held.counts, steadiness=steady) for each in CANDIDATES
    }
    posteriors |= {name: make(held.counts) for name, make in BASELINES.items()}
    return [(name, Forecast(held, judged(each, held, seed=seed), fitted.spend)) for name, each in posteriors.items()]


@dataclass(frozen=True, slots=True)
class _Judged:
    # forecasts of all spans by name; the first `warm_up` of them only teach drift and shocks and are no folds
    forecasts: Mapping[str, list[Forecast]]
    warm_up: int
    steadiness: float

    def folds(self, name: str) -> list[Forecast]:
        return self.forecasts[name][self.warm_up :]

    def best(self, names: Iterable[str]) -> str:
        return max(names, key=lambda name: round(_means(self.folds(name))["log_score"], 9))


def _proof(judged_spans: _Judged, *, settings: Settings, seed: int) -> Proof:
    chosen = judged_spans.best(each.name for each in CANDIDATES)
    naive = judged_spans.best(BASELINES)
    ours, theirs = judged_spans.folds(chosen), judged_spans.folds(naive)
    groups = group_coverage(judged_spans.forecasts[chosen], warm_up=judged_spans.warm_up)
    metrics = pooled(ours, seed=seed) | {
        "log_score_gain": _gain(ours, theirs, seed=seed),
        "coverage_groups": Estimate(groups["covered"], n=groups["groups"]),
    }
    days = (ours[0].holdout.until - ours[0].holdout.origin).days
    details = {
        "chosen": chosen,
        "baseline": naive,
        "steadiness": judged_spans.steadiness,
        "days_proven": days,
        "horizon_days": settings.horizon,
        "models": {name: _means(judged_spans.folds(name)) for name in judged_spans.forecasts},
        "groups": groups,
        **bins(ours, theirs),
    }
    return Proof(
        protocol=PROTOCOL.format(folds=settings.folds, days=days),
        folds=tuple(_fold(mine, other) for mine, other in zip(ours, theirs, strict=True)),
        metrics=metrics,
        baseline=pooled(theirs, seed=seed),
        gate=judge(RULES, metrics),
        details=details,
    )


def _means(forecasts: list[Forecast]) -> dict[str, float]:
    return {name: round(figure.value, 6) for name, figure in pooled(forecasts, seed=None).items()}


def _gain(ours: list[Forecast], theirs: list[Forecast], *, seed: int) -> Estimate:
    first, second = (np.concatenate([each.scores.log_score for each in side]) for side in (ours, theirs))
    customers = np.concatenate([each.holdout.customer for each in ours])
    return paired_difference(first, second, clusters=customers, seed=seed)


def _fold(ours: Forecast, theirs: Forecast) -> Fold:
    held, naive = ours.holdout, fold_metrics(theirs)
    metrics = fold_metrics(ours) | {f"naive_{name}": naive[name] for name in ("log_score", "crps", "mae")}
    return Fold(held.origin, held.until, len(held.index), metrics)
