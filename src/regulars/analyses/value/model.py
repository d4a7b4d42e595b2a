"""What is each customer still worth to us, and how sure are we? The room `value`.

Purchases are forecast by a buy-till-you-die model chosen by backtest, margin per purchase by Gamma-Gamma; see README.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from regulars.analyses.value.candidates import candidate
from regulars.analyses.value.counts import Counts
from regulars.analyses.value.draws import Fitted, cells_of, group_values
from regulars.analyses.value.features import group_cell
from regulars.analyses.value.fit import fit_counts
from regulars.analyses.value.proving import prove
from regulars.analyses.value.reading import (
    Settings,
    Spends,
    kept_summary,
    known_history,
    known_spend,
    settings_of,
)
from regulars.analyses.value.scoring import group_forecast, score_rows, scored
from regulars.analyses.value.spend import fit_spend
from regulars.learning.card import model_version
from regulars.learning.percentile import with_percentile
from regulars.learning.protocol import Card, Estimate, Gate, Lab, Measure, Proof, Result

__all__ = ["ROOM", "Value"]

_UNPROVEN = Gate(False, "Fails: no backtest was run.")
_DEFAULT_MODEL = "BG/NBD"


class Value:
    """Residual value, expected purchases, spend per purchase, chance to be alive and historic value of each customer."""

    API: ClassVar[int] = 1
    name: ClassVar[str] = "value"
    question: ClassVar[str] = "What is each customer still worth to us, and how sure are we?"
    reads: ClassVar[tuple[str, ...]] = ("order_line", "source_customer", "segment")
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure("residual_value", "money", "Margin of all purchases within the horizon, discounted to today."),
        Measure("expected_purchases", "count", "Days with a purchase within the horizon."),
        Measure("spend_per_purchase", "money", "Margin that one more purchase is expected to bring."),
        Measure("p_alive", "probability", "The chance that the customer still buys here at all."),
        Measure("historic_value", "money", "Margin of all purchases so far."),
    )
    gated: ClassVar[bool] = True
    defaults: ClassVar[Mapping[str, Any]] = {"horizon": "365d", "discount_rate": 0.10, "sample": 100_000, "folds": 4}

    def backtest(self, lab: Lab) -> Proof:
        """Judge all candidates on rolling origins; see `proving.PROTOCOL`."""
        return prove(lab)

    def score(self, lab: Lab, proof: Proof | None) -> Result:
        """Fit the model that the backtest chose on all customers, and score everybody.

        Without a proof BG/NBD is used and the gate is closed.

        Returns:
            Tables `score` and `value.groups` (grouping, item, customers, value, low, high, interval, as_of,
            model_version), and the card.
        """
        settings = settings_of(lab)
        summary = kept_summary(lab)
        counts = known_history(lab, summary)
        spends = known_spend(lab, summary, most=2 * settings.sample)
        lab.progress("fitting", 1, 3)
        fitted = _fit(counts, spends, proof=proof)
        posterior = fitted.candidate.posterior(fitted.counts, counts, steadiness=fitted.steadiness)
        forecast = group_forecast(
            posterior, counts, spend=fitted.spend, weeks=settings.weeks, yearly=settings.discount_rate
        )
        version = model_version(
            self.name, fitted.candidate.name, parameters=_parameters(fitted, settings), as_of=lab.as_of
        )
        wide = scored(summary, lab.bring(forecast), spend=fitted.spend)
        lab.progress("values of groups", 2, 3)
        groups = _groups(lab, wide, summary=summary, fitted=fitted, forecast=forecast)
        rows = score_rows(wide, as_of=lab.as_of, model_version=version)
        card = _card(lab, proof, fitted=fitted, spends=spends, groups=groups, version=version)
        return Result({"score": rows, "value.groups": lab.bring(_groups_table(lab, groups, version=version))}, card)


def _fit(counts: Counts, spends: Spends, *, proof: Proof | None) -> Fitted:
    chosen = candidate(str(proof.details["chosen"]) if proof else _DEFAULT_MODEL)
    steady = float(proof.details["steadiness"]) if proof and chosen.drifts else None
    shock = float(proof.details["groups"]["shock"]) if proof else 0.0
    return Fitted(chosen, fit_counts(chosen.model, counts), steady, fit_spend(spends.x, mean=spends.mean), shock)


def _parameters(fitted: Fitted, settings: Settings) -> dict[str, Any]:
    return {
        "counts": fitted.counts.as_json(),
        "spend": fitted.spend.as_json(),
        "steadiness": fitted.steadiness,
        "shock": fitted.shock,
        "horizon_days": settings.horizon,
        "discount_rate": settings.discount_rate,
    }


def _groups(
    lab: Lab, wide: ir.Table, *, summary: ir.Table, fitted: Fitted, forecast: pa.Table
) -> dict[tuple[str, str], Estimate]:
    cells = cells_of(lab.arrow(group_cell(summary, _members(lab, wide))))
    numbers = {name: np.asarray(forecast[name].to_numpy()) for name in ("worth", "worth_variance")}
    return group_values(fitted, cells, forecast=numbers, settings=settings_of(lab), seed=lab.seed)


def _members(lab: Lab, wide: ir.Table) -> ir.Table:
    key = wide["customer_key"]
    everybody = wide.select(customer_key=key, grouping=ibis.literal("all"), item=ibis.literal("all"))
    placed = with_percentile(wide.select("customer_key", value="residual_value"), digits=4)
    tenth = (ibis.least(placed["percentile"], 99.999) / 10.0).floor().cast("int64") + 1
    deciles = placed.select("customer_key", grouping=ibis.literal("decile"), item=tenth.cast("string").lpad(2, "0"))
    segment = lab.table("segment")
    latest = segment.filter(segment["as_of"] == segment["as_of"].max().as_scalar())
    segments = latest.select("customer_key", grouping="segmentation", item="segment")
    return ibis.union(everybody, deciles, segments, distinct=False)


def _groups_table(lab: Lab, groups: Mapping[tuple[str, str], Estimate], *, version: str) -> pa.Table:
    names, figures = list(groups), list(groups.values())
    return pa.table(
        {
            "grouping": [grouping for grouping, _ in names],
            "item": [item for _, item in names],
            "customers": [figure.n for figure in figures],
            "value": [round(figure.value, 4) for figure in figures],
            "low": [round(figure.low or 0.0, 4) for figure in figures],
            "high": [round(figure.high or 0.0, 4) for figure in figures],
            "interval": [float(figure.interval) for figure in figures],
            "as_of": pa.array([lab.as_of] * len(names), pa.date32()),
            "model_version": [version] * len(names),
        }
    )


def _card(
    lab: Lab, proof: Proof | None, *, fitted: Fitted, spends: Spends, groups: Mapping[tuple[str, str], Estimate],
    version: str,
) -> Card:  # fmt: skip
    settings = settings_of(lab)
    total = groups[("all", "all")]
    return Card(
        analysis="value",
        question=Value.question,
        as_of=lab.as_of,
        model_version=version,
        rows=total.n or 0,
        population="customers who bought at least once",
        chosen=fitted.candidate.name,
        parameters=_parameters(fitted, settings),
        proof=proof,
        gate=proof.gate if proof else _UNPROVEN,
        assumptions=_assumptions(lab, settings),
        limits=_limits(proof, spends, settings=settings),
        extra={
            "currency": lab.currency,
            "total": total,
            "groups": {f"{grouping}: {item}": each for (grouping, item), each in groups.items()},
            "log_likelihood": fitted.counts.log_likelihood,
            "repeat_buyers_with_margin": len(spends.x),
            "correlation_frequency_spend": round(spends.correlation, 6),
        },
    )


def _assumptions(lab: Lab, settings: Settings) -> tuple[str, ...]:
    texts = [
        "Purchases of one day are one purchase; a purchase brings margin, not revenue.",
        f"Margins are discounted at {settings.discount_rate:.0%} a year over {settings.horizon} days.",
        "How often somebody buys does not depend on how much a purchase brings.",
    ]
    if lab.default_margin is not None:
        texts.append(f"Where a line has no cost, its margin is taken as {lab.default_margin:.0%} of its net amount.")
    return tuple(texts)


def _limits(proof: Proof | None, spends: Spends, *, settings: Settings) -> tuple[str, ...]:
    texts = ["Seasons, prices and campaigns to come are not foreseen; customers not yet won are not counted."]
    days = proof.details["days_proven"] if proof else 0
    if days < settings.horizon:
        texts.append(f"Proven over {days} days; the rest of the {settings.horizon} days is extrapolated.")
    if abs(spends.correlation) > 0.2:
        texts.append(
            f"Frequency and spend correlate at {spends.correlation:.2f}, which the spend model takes as none: values of "
            "the most frequent buyers may be off."
        )
    return tuple(texts)


ROOM = Value()
