"""What is each customer worth? Group forecasts joined back to customers, and the spend formula in engine arithmetic.

The residual value of a customer is m times a random factor R whose distribution depends on the group (x, t_x, T) only:
m = p (gamma + x mean) / (p x + q - 1) is what Gamma-Gamma expects of one purchase, and R = (p x + q - 1) / p times
Gamma(p N) / Gamma(p x + q), N the number of coming purchases, discounted. So a million customers cost one join. The ends
of R's 80 % interval take a gamma distribution with R's exact mean and variance, given that there is any purchase.
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from scipy.special import gammaincinv

from regulars.analyses.value.counts import Counts, Floats
from regulars.analyses.value.fit import Fit
from regulars.analyses.value.judging import tail_chunks
from regulars.analyses.value.posterior import Posterior, discounted
from regulars.engines.portable import rounded
from regulars.learning.percentile import with_percentile

__all__ = ["DIGITS", "group_forecast", "score_rows", "scored"]

DIGITS = 4
_LOW, _HIGH = 0.1, 0.9
_INTERVAL = 80.0
_LEAST_EXCESS = 0.25  # the variance of spend is infinite at p x + q <= 2: it is taken at 2.25 there
_HISTORY = ("frequency", "recency", "age")
_MEASURES = ("residual_value", "expected_purchases", "spend_per_purchase", "p_alive", "historic_value")


def group_forecast(posterior: Posterior, counts: Counts, *, spend: Fit, weeks: float, yearly: float) -> pa.Table:
    """What is forecast of each distinct history.

    Args:
        posterior: one row a group.
        counts: the groups.
        spend: the Gamma-Gamma fit.
        weeks: horizon.
        yearly: discount rate.

    Returns:
        frequency, recency, age; alive; purchases, purchases_low, purchases_high (predictive); worth (discounted
        purchases), worth_low, worth_high (80 % of the discounted R), worth_variance; spend_low, spend_high (factors on
        the expected spend per purchase).
    """
    mean, spread, some, low, high = _count_moments(posterior, weeks)
    worth = discounted(posterior, horizon=weeks, yearly=yearly)
    share = np.where(mean > 0, worth / np.maximum(mean, 1e-300), 1.0)
    p, q, _ = spend.theta
    excess = p * counts.x + q
    second = (spread + mean**2 + mean / p) * (excess - 1.0) / np.maximum(excess - 2.0, _LEAST_EXCESS)
    ends = [share * _gamma_end(level, some=some, first=mean, second=second) for level in (_LOW, _HIGH)]
    steps = p * np.arange(int(counts.x.max(initial=0)) + 1) + q
    factors = [((steps - 1.0) / gammaincinv(steps, 1.0 - level))[counts.x] for level in (_LOW, _HIGH)]
    columns = {
        "frequency": counts.x, "recency": counts.last, "age": counts.age, "alive": posterior.alive, "purchases": mean,
        "purchases_low": low, "purchases_high": high, "worth": worth, "worth_low": ends[0], "worth_high": ends[1],
        "worth_variance": share**2 * (second - mean**2), "spend_low": factors[0], "spend_high": factors[1],
    }  # fmt: skip
    return pa.table(columns)


def _count_moments(posterior: Posterior, weeks: float) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    parts = []
    for _, tails in tail_chunks(posterior, weeks):
        k = np.arange(1, tails.shape[1] + 1)
        mean = tails.sum(axis=1)
        spread = np.maximum(tails @ (2.0 * k - 1.0) - mean**2, 0.0)
        # the smallest n with P(N <= n) >= level, that is P(N >= n + 1) <= 1 - level
        low, high = ((tails > 1.0 - level).sum(axis=1).astype(np.float64) for level in (_LOW, _HIGH))
        parts.append((mean, spread, tails[:, 0], low, high))
    mean, spread, some, low, high = (np.concatenate(each) for each in zip(*parts, strict=True))
    return mean, spread, some, low, high


def _gamma_end(level: float, *, some: Floats, first: Floats, second: Floats) -> Floats:
    sure = np.maximum(some, 1e-12)
    at = np.clip((level - (1.0 - sure)) / sure, 0.0, 1.0)
    mean = first / sure
    spread = np.maximum(second / sure - mean**2, 1e-12 * mean**2 + 1e-300)
    shape = mean**2 / spread
    return np.where(at > 0.0, gammaincinv(np.maximum(shape, 1e-6), at) * spread / np.maximum(mean, 1e-300), 0.0)


def scored(summary: ir.Table, forecast: ir.Table, *, spend: Fit) -> ir.Table:
    """One row per customer with every measure side by side.

    Args:
        summary: `purchase_summary`.
        forecast: `group_forecast`, brought to the engine.
        spend: the Gamma-Gamma fit. A repeat buyer whose margin is unknown is expected to spend like everybody; a mean
            margin below zero counts as zero.

    Returns:
        customer_key, one column a measure, and <measure>_low, <measure>_high; nulls where no interval is declared.
    """
    p, q, gamma = (float(each) for each in spend.theta)
    people = summary.select("customer_key", *_HISTORY, "repeat_margin_mean", "margin")
    both = people.inner_join(forecast, list(_HISTORY))
    repeats = ibis.ifelse(both["repeat_margin_mean"].notnull(), both["frequency"], 0).cast("float64")
    known = ibis.greatest(rounded(both["repeat_margin_mean"], 6), 0.0).coalesce(0.0)
    each = (known * repeats + gamma) * p / (repeats * p + (q - 1.0))
    priced = both.mutate(each=each)
    return priced.select(
        "customer_key",
        residual_value=priced["each"] * priced["worth"],
        residual_value_low=priced["each"] * priced["worth_low"],
        residual_value_high=priced["each"] * priced["worth_high"],
        expected_purchases=priced["purchases"],
        expected_purchases_low=priced["purchases_low"],
        expected_purchases_high=priced["purchases_high"],
        spend_per_purchase=priced["each"],
        spend_per_purchase_low=priced["each"] * priced["spend_low"],
        spend_per_purchase_high=priced["each"] * priced["spend_high"],
        p_alive=priced["alive"],
        p_alive_low=ibis.null("float64"),
        p_alive_high=ibis.null("float64"),
        historic_value=priced["margin"].cast("float64"),
        historic_value_low=ibis.null("float64"),
        historic_value_high=ibis.null("float64"),
    )


def score_rows(wide: ir.Table, *, as_of: date, model_version: str) -> ir.Table:
    """The table `score`: one row per customer and measure, values rounded at four decimals, with percentiles.

    Args:
        wide: `scored`.
        as_of: the cut.
        model_version: of the fit; historic_value has none.
    """
    rows = [_measure(wide, name, as_of=as_of, model_version=model_version) for name in _MEASURES]
    return ibis.union(rows[0], *rows[1:], distinct=False)


def _measure(wide: ir.Table, name: str, *, as_of: date, model_version: str) -> ir.Table:
    has_interval = name not in ("p_alive", "historic_value")
    placed = with_percentile(wide.select("customer_key", value=wide[name], low=f"{name}_low", high=f"{name}_high"),
                             digits=DIGITS)  # fmt: skip
    return placed.select(
        subject=ibis.literal("customer"),
        subject_id=placed["customer_key"],
        item=ibis.null("string"),
        analysis=ibis.literal("value"),
        measure=ibis.literal(name),
        value=placed["value"],
        low=rounded(placed["low"], DIGITS),
        high=rounded(placed["high"], DIGITS),
        interval=ibis.literal(_INTERVAL) if has_interval else ibis.null("float64"),
        percentile=placed["percentile"],
        as_of=ibis.literal(as_of),
        model_version=ibis.null("string") if name == "historic_value" else ibis.literal(model_version),
    )
