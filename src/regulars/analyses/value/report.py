"""What is the finding, in one sentence, and what do the charts show? From the card as JSON, without any fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["figures", "headline"]


def headline(card: Mapping[str, Any]) -> str:
    """One sentence that says the finding.

    Args:
        card: `learning.card.card_json` of the room's card.

    >>> total = {"value": 1234567.0, "low": 1200000.0, "high": 1300000.0, "interval": 80, "n": 2469}
    >>> card = {"extra": {"total": total, "currency": "EUR", "groups": {}}, "gate": {"passed": True},
    ...         "parameters": {"horizon_days": 365}}
    >>> headline(card)
    '2,469 customers are worth 1,234,567 EUR over the next 365 days (80 % interval 1,200,000 to 1,300,000).'
    """
    total, extra = card["extra"]["total"], card["extra"]
    sentence = (
        f"{total['n']:,} customers are worth {total['value']:,.0f} {extra['currency']} over the next "
        f"{card['parameters']['horizon_days']} days ({total['interval']} % interval {total['low']:,.0f} to "
        f"{total['high']:,.0f})"
    )
    if share := _top_share(extra["groups"], total["value"]):
        sentence += f"; the best tenth hold {share:.0%} of it"
    return sentence + ("." if card["gate"]["passed"] else ", but the forecast has not passed its backtest.")


def _top_share(groups: Mapping[str, Mapping[str, float]], total: float) -> float | None:
    best = groups.get("decile: 10")
    return best["value"] / total if best and total > 0 else None


def figures(card: Mapping[str, Any]) -> dict[str, Any]:
    """Data of the charts; empty lists where the room was not backtested.

    Returns:
        pit: shares in each tenth, model and baseline, the ideal is 0.1. calibration: actual, expected and naive mean
        purchases by class of past frequency. folds: log score and mean absolute error of model and baseline by origin.
        groups: value with interval of each group of customers.
    """
    details = (card.get("proof") or {}).get("details", {})
    naive = {each["class"]: each["expected"] for each in details.get("calibration_baseline", ())}
    return {
        "pit": {"model": details.get("pit", []), "baseline": details.get("pit_baseline", []), "ideal": 0.1},
        "calibration": [each | {"naive": naive.get(each["class"])} for each in details.get("calibration", ())],
        "folds": [_fold(each) for each in card.get("folds", ())],
        "models": details.get("models", {}),
        "groups": [_group(name, each) for name, each in card["extra"]["groups"].items()],
    }


def _fold(fold: Mapping[str, Any]) -> dict[str, Any]:
    names = ("log_score", "naive_log_score", "mae", "naive_mae", "bias_purchases")
    return {"origin": fold["origin"], "until": fold["until"]} | {name: fold["metrics"].get(name) for name in names}


def _group(name: str, figure: Mapping[str, Any]) -> dict[str, Any]:
    grouping, _, item = name.partition(": ")
    return {"grouping": grouping, "item": item, **{key: figure[key] for key in ("n", "value", "low", "high")}}
