"""Campaigns, scores and their proofs for people: size, effect and verdict first, then what they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regulars.doors.cli.page import Page, figure

__all__ = ["backtest", "effect", "launch", "plan", "score"]

_SAMPLED = 4  # columns of the list that a dry run shows


def plan(page: Page, result: Mapping[str, Any]) -> None:
    """How many, what it costs, and what it can show."""
    smallest, expected = result["mde"], result["expected"]
    arms = ", ".join(f"{name} {count:,.0f}" for name, count in result["arms"].items())
    page.pairs(
        {
            "campaign": result["campaign"],
            "audience": f"{result['matching']:,} match, {result['reach']:,} are reached",
            "arms": arms,
            "cost": figure(result["cost"], "money"),
            "window": f"{result['window_days']} days",
            "without it": f"margin {figure(result['past_margin'], 'money')} per customer, "
            f"{figure(result['past_buyers'], 'share')} buy (the last {result['window_days']} days)",
            "smallest effect": f"{figure(smallest['profit'], 'money')} profit per customer "
            f"({figure(smallest['profit_adjusted'], 'money')} with the past taken out) can be seen, "
            f"in {figure(smallest['power'], 'share')} of such campaigns",
            "break-even": f"{figure(expected['break_even'], 'money')} margin per customer",
            "expected": figure({key: value for key, value in expected.items() if key != "break_even" and value})
            or None,
        }
    )
    for note in result.get("notes", ()):
        page.text(f"Note: {note}")


def launch(page: Page, result: Mapping[str, Any]) -> None:
    """What was sent, to which file; a sample on a dry run."""
    page.pairs(
        {
            "arms": figure(result["arms"]),
            "sent": None if result.get("dry_run") else result["sent"],
            "failed": result["failed"] or None,
            "reasons": result.get("reasons"),
            "files": result.get("files"),
            "assigned at": result.get("assigned_at"),
        }
    )
    for note in result.get("notes", ()):
        page.text(f"Note: {note}")
    if result.get("already"):
        page.text("It was launched before; nothing was sent again.")
    if rows := result.get("would_send"):
        hidden = {"message_id", "campaign_id", "arm", "offer_id", "channel"}
        page.gap()
        page.table(rows, {name: name for name in [name for name in rows[0] if name not in hidden][:_SAMPLED]})
        page.text(f"A dry run: nothing was assigned or sent. The first {len(rows)} of {result['treated']:,} are shown.")


def effect(page: Page, result: Mapping[str, Any]) -> None:
    """The verdict, then the arms."""
    page.pairs({"campaign": result["campaign"], "metric": f"{result['metric']}, against {result['against']}"})
    money = {"revenue": "money", "margin": "money", "cost": "money", "response_rate": "share", "planned_share": "share"}
    unit = "share" if result["metric"].endswith("rate") else "money" if result["metric"] != "orders" else ""
    for each in result["effects"]:
        if each.get("value") is not None:
            page.text(
                f"{each['arm']}: {figure(each['value'], unit)} per customer ({figure(each['low'], unit)} to "
                f"{figure(each['high'], unit)}, {each['interval']} %), {each['n_treated']:,} against "
                f"{each['n_control']:,} customers"
            )
    total = result["profit"]
    if total.get("value") is not None:
        low, high = figure(total["low"], "money"), figure(total["high"], "money")
        page.text(f"in all: {figure(total['value'], 'money')} profit ({low} to {high})")
    page.text(f"verdict: {result['verdict']}. {result.get('why') or ''}".rstrip())
    page.gap()
    page.table(result["arms"], {name: name for name in result["arms"][0]} if result["arms"] else {}, units=money)
    _notes(page, result)


def _notes(page: Page, result: Mapping[str, Any]) -> None:
    page.gap()
    for note in result.get("notes") or ():
        page.text(f"Note: {note}")
    if result.get("sources"):
        page.text(f"From {figure(result['sources'])}{', a simulated feed' if result.get('simulated') else ''}.")


def score(page: Page, result: Mapping[str, Any]) -> None:
    """What was scored, whether it may act, and what it assumes."""
    page.pairs(
        {
            "analysis": result["analysis"],
            "as of": result["as_of"],
            "scores": f"{result['rows']:,} rows; {result['population']}",
            "model": result["chosen"],
            "may act": f"{figure(result['gate']['passed'])}. {result['gate']['why']}",
        }
    )
    extra = result.get("extra") or {}
    if isinstance(total := extra.get("total"), Mapping):
        ends = f"{figure(total['low'], 'money')} to {figure(total['high'], 'money')}, {total['interval']} %"
        page.pairs({"value of all": f"{figure(total['value'], 'money')} {extra.get('currency', '')} ({ends})"})
    if sizes := extra.get("sizes"):
        page.gap()
        page.table(sizes, {name: name for name in sizes[0]}, units={"revenue": "money"})
    page.gap()
    for said in (*result.get("assumptions", ()), *result.get("limits", ())):
        page.text(f"- {said}")


def backtest(page: Page, result: Mapping[str, Any]) -> None:
    """The gate, the folds, the metrics beside the naive ones."""
    if gate := result.get("gate"):
        page.pairs({"analysis": result["analysis"], "may act": f"{figure(gate['passed'])}. {gate['why']}"})
    page.gap()
    folds = [{**each, **each["metrics"]} for each in result["folds"]]
    names = ("origin", "until", "customers", "log_score", "naive_log_score", "mae", "naive_mae", "bias_purchases")
    if folds:
        page.table(folds, {name: name for name in names}, units={"bias_purchases": "share"})
        page.gap()
    naive = result["baseline"]
    rows = [
        {"metric": name, **each, "naive": (naive.get(name) or {}).get("value")}
        for name, each in result["metrics"].items()
    ]
    heads = {"metric": "metric", "value": "value", "low": "low", "high": "high", "interval": "%", "naive": "naive"}
    page.table(rows, heads) if rows else None
    page.gap()
    page.text(result["protocol"])
