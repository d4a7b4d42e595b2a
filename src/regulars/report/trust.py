"""May the value forecast be trusted? The protocol, folds beside the naive baseline, PIT, calibration, and the gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from regulars.report.bars import Bar, columns
from regulars.report.curves import Mark, Row, legend, marks
from regulars.report.markup import Markup, table, tag
from regulars.report.number import count, percent, plain
from regulars.report.panel import Panel, figure, missing, notes, section
from regulars.report.story import Backtest, Calibrated, Card, Figure, FoldScore, Story

__all__ = ["trust"]

_TITLE = "May the forecast be trusted?"
_NEAR = 0.1
_NAMES = {
    "log_score": "Log score (higher is better)",
    "log_score_gain": "Gain in log score over naive",
    "crps": "CRPS (lower is better)",
    "mae": "Mean absolute error, purchases",
    "rmse": "Root mean squared error, purchases",
    "correlation": "Correlation of expected and actual",
    "bias_purchases": "All purchases, expected / actual - 1",
    "bias_margin": "All margin, expected / actual - 1",
    "pit_deviation": "Largest distance of a tenth of the PIT from 10 %",
    "coverage_groups": "Share of groups within their 80 % interval",
}


def trust(story: Story) -> Markup:
    """The section on the model card."""
    if story.card is None:
        return section("trust", _TITLE, missing("There is no model card yet.", "score value"))
    card = story.card
    passed = tag("span", "may act" if card.passed else "may not act", class_="badge ok" if card.passed else "badge no")
    lead = tag("p", passed, f" {card.model}: {card.why}", class_="lead")
    proof = (
        _proof(card, card.backtest) if card.backtest else missing("It was never judged on the past.", "backtest value")
    )
    return section("trust", _TITLE, lead, proof, notes([*card.assumptions, *card.limits]))


def _proof(card: Card, found: Backtest) -> Markup:
    card = replace(card, basis=replace(card.basis, assumed=()))  # purchases are counted: no margin is assumed
    charts = [_folds(card, found), _calibration(card, found), _pit(card, found), _metrics(card, found)]
    return tag("div", tag("p", found.protocol, class_="note whole"), *(each for each in charts if each), class_="grid")


def _folds(card: Card, found: Backtest) -> Markup | None:
    known = [each for each in found.folds if each.log_score is not None and each.naive_log_score is not None]
    if not known:
        return None
    better = sum((each.log_score or 0.0) > (each.naive_log_score or 0.0) for each in known)
    title = f"The model beats the naive forecast in {better} of {len(known)} folds"
    says = (
        f"Mean log score per customer of the purchases in {found.days_proven} days after each origin; right is better. "
        "The scale does not begin at 0."
    )
    rows = [
        Row(f"from {each.origin}", (Mark(1, each.log_score or 0.0), Mark(2, each.naive_log_score or 0.0)))
        for each in known
    ]
    head = ["Origin", "Until", "Customers", "Log score", "Naive", "Mean abs. error", "Naive", "Bias"]
    draw = partial(marks, rows, form=plain, says=f"{title}. {says}")
    key = legend("", card.model, f"naive ({found.baseline})")
    return figure(Panel(title, says, card.basis), draw, table=table(head, map(_fold, found.folds)), key=key)


def _fold(each: FoldScore) -> list[str]:
    return [each.origin, each.until, count(each.customers), plain(each.log_score), plain(each.naive_log_score),
            plain(each.mae), plain(each.naive_mae), percent(each.bias)]  # fmt: skip


def _calibration(card: Card, found: Backtest) -> Markup | None:
    if not found.calibration:
        return None
    worst, near = max(found.calibration, key=_miss), sum(_miss(each) <= _NEAR for each in found.calibration)
    title = (
        f"In {near} of {len(found.calibration)} classes of past frequency the forecast lies within {percent(_NEAR, 0)} of "
        "what happened"
    )
    says = (
        f"Mean purchases per customer in {found.days_proven} days by number of earlier repeat purchases; "
        f"n = {count(sum(each.customers for each in found.calibration))} forecasts over all folds. Farthest off: class "
        f"{worst.name}, by {percent(_miss(worst), 0)}."
    )
    rows = [Row(f"{each.name} (n={count(each.customers)})", _three(each)) for each in found.calibration]
    body = [
        [each.name, count(each.customers), *(plain(value) for value in (each.actual, each.expected, each.naive))]
        for each in found.calibration
    ]
    head = ["Earlier purchases", "Customers", "Actual", "Expected", "Naive"]
    draw = partial(marks, rows, form=plain, says=f"{title}. {says}", zero=True)
    key = legend("actual", card.model, "naive")
    return figure(Panel(title, says, card.basis), draw, table=table(head, body), key=key)


def _miss(each: Calibrated) -> float:
    return abs(each.expected / each.actual - 1.0) if each.actual > 0 else 0.0


def _three(each: Calibrated) -> tuple[Mark, ...]:
    naive = () if each.naive is None else (Mark(2, each.naive),)
    return (*naive, Mark(1, each.expected), Mark(0, each.actual))


def _pit(card: Card, found: Backtest) -> Markup | None:
    if not found.pit:
        return None
    ours, theirs = (_deviation(shares) for shares in (found.pit, found.naive_pit))
    title = f"Outcomes fall into each tenth of the forecast within {percent(ours, 1)} of the ideal 10 %"
    says = (
        "Randomised probability integral transform: share of outcomes in each tenth of what was forecast; dashed: ideal."
        + (f" The naive forecast is off by up to {percent(theirs, 1)}." if found.naive_pit else "")
    )
    rows = [Bar(f".{number}" if number else "0", share) for number, share in enumerate(found.pit)]
    naive: Sequence[float | None] = found.naive_pit or [None] * len(found.pit)
    body = [
        [f"{number / 10:.1f} to {(number + 1) / 10:.1f}", percent(share), percent(naive[number])]
        for number, share in enumerate(found.pit)
    ]
    draw = partial(columns, rows, form=partial(percent, digits=0), says=f"{title}. {says}", ideal=0.1, gap=0.08)
    return figure(Panel(title, says, card.basis), draw, table=table(["Tenth", card.model, "Naive"], body))


def _deviation(shares: Sequence[float]) -> float:
    return max((abs(each - 0.1) for each in shares), default=0.0)


def _metrics(card: Card, found: Backtest) -> Markup:
    rows = [
        [_NAMES.get(name, name), _shown(model), _shown(naive) if naive else "-"] for name, model, naive in found.metrics
    ]
    says = f"All folds together; in brackets the interval where one was computed. Version {card.version}, as of {card.as_of}."
    title = "All measures of the backtest, beside the naive forecast"
    return figure(Panel(title, says, card.basis), None, table=table(["Measure", card.model, "Naive"], rows))


def _shown(figure_: Figure) -> str:
    if figure_.low is None or figure_.high is None:
        return _short(figure_.value)
    return f"{_short(figure_.value)} ({_short(figure_.low)} to {_short(figure_.high)}, {figure_.interval}\u00a0%)"


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
