"""Would the room have been right? The rolling-origin backtest, judged against naive forecasts on the same customers.

The protocol and the rules of the gate are fixed here and in the README, and do not depend on any result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from regulars.analyses.value.baseline import BASELINES
from regulars.analyses.value.candidates import CANDIDATES, MODELS
from regulars.analyses.value.counts import Floats
from regulars.analyses.value.drift import learn_steadiness
from regulars.analyses.value.evidence import Forecast, bins, fold_metrics, group_coverage, pooled
from regulars.analyses.value.fit import Fit, fit_counts
from regulars.analyses.value.judging import Holdout, judged
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
        DataError: the data are too short, or no margin is known.
    """
    settings = settings_of(lab)
    early, folds = cuts(lab, settings)
    spans = (early, *folds) if early else folds
    fitted = [_fitted(each) for each in holdouts(lab, spans, most=settings.sample)]
    steady = [_steadiness(each, lab.seed) for each in fitted]
    before: list[Mapping[str, float]] = [{}, *steady][: len(fitted)]
    judged_folds = list(zip(fitted, before, strict=True))[1 if early else 0 :]
    forecasts = _forecasts(lab, judged_folds)
    return _proof(forecasts, [each for each, _ in judged_folds], settings=settings, steady=steady[-1], lab=lab)


def _fitted(holdout: Holdout) -> _Fitted:
    x = holdout.counts.x[holdout.index]
    paying = (x > 0) & (holdout.mean > 0)
    fits = {model.name: fit_counts(model, holdout.counts) for model in MODELS}
    spend = fit_spend(x[paying], holdout.mean[paying])
    return _Fitted(holdout, fits, expected_spend(spend.theta, x, mean=holdout.mean))


def _steadiness(fitted: _Fitted, seed: int) -> dict[str, float]:
    held = fitted.holdout
    return {
        model.name: learn_steadiness(model.posterior(fitted.counts[model.name].theta, held.counts), held, seed=seed)
        for model in MODELS
    }


def _forecasts(lab: Lab, folds: list[tuple[_Fitted, Mapping[str, float]]]) -> dict[str, list[Forecast]]:
    found: dict[str, list[Forecast]] = {each.name: [] for each in CANDIDATES} | {name: [] for name in BASELINES}
    for done, (fitted, steady) in enumerate(folds):
        lab.progress(f"judging the forecast of {fitted.holdout.origin}", done, len(folds))
        for name, forecast in _of_fold(fitted, steady, seed=lab.seed + done):
            found[name].append(forecast)
    return found


def _of_fold(fitted: _Fitted, steady: Mapping[str, float], *, seed: int) -> list[tuple[str, Forecast]]:
    held = fitted.holdout
    posteriors = [
        (each.name, each.posterior(fitted.counts[each.model.name], held.counts, steadiness=steady.get(each.model.name)))
        for each in CANDIDATES
    ] + [(name, make(held.counts)) for name, make in BASELINES.items()]
    return [(name, Forecast(held, judged(each, held, seed=seed), fitted.spend)) for name, each in posteriors]


def _proof(
    forecasts: Mapping[str, list[Forecast]], folds: list[_Fitted], *, settings: Settings, steady: Mapping[str, float],
    lab: Lab,
) -> Proof:  # fmt: skip
    chosen = _best(forecasts, [each.name for each in CANDIDATES])
    naive = _best(forecasts, list(BASELINES))
    metrics = pooled(forecasts[chosen], seed=lab.seed) | {
        "log_score_gain": _gain(forecasts[chosen], forecasts[naive], seed=lab.seed)
    }
    groups = group_coverage(forecasts[chosen])
    metrics["coverage_groups"] = Estimate(groups["covered"], interval=80, n=groups["groups"])
    held = folds[0].holdout
    details = {
        "chosen": chosen,
        "baseline": naive,
        "steadiness": dict(steady),
        "days_proven": (held.until - held.origin).days,
        "horizon_days": settings.horizon,
        "models": {name: _means(each) for name, each in forecasts.items()},
        "groups": groups,
        **bins(forecasts[chosen], forecasts[naive]),
    }
    return Proof(
        protocol=PROTOCOL.format(folds=settings.folds, days=details["days_proven"]),
        folds=tuple(_fold(ours, theirs) for ours, theirs in zip(forecasts[chosen], forecasts[naive], strict=True)),
        metrics=metrics,
        baseline=pooled(forecasts[naive], seed=lab.seed),
        gate=judge(RULES, metrics),
        details=details,
    )


def _best(forecasts: Mapping[str, list[Forecast]], names: list[str]) -> str:
    return max(names, key=lambda name: round(_means(forecasts[name])["log_score"], 9))


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
