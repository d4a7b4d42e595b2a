"""What a campaign changed, against the customers who were left alone at random, in profit and with an interval.

Customers are analysed as assigned (intention to treat). Nothing is credited by clicks or rules: the control arm says
what would have happened anyway. Where the comparison cannot be trusted the result is withheld and says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regulars.campaigns.arithmetic import Difference, Numbers, adjusted, difference, rate_difference
from regulars.campaigns.campaign import CONTROL
from regulars.campaigns.trust import Design, Doubt, doubts, planned_shares
from regulars.kernel.errors import UnknownNameError

__all__ = ["METRICS", "Arm", "Effect", "Outcome", "Profit", "as_mapping", "effect"]

METRICS = {
    "incremental_profit": "margin less the cost of contacts, per customer assigned",
    "margin": "margin per customer assigned",
    "revenue": "revenue per customer assigned",
    "orders": "orders per customer assigned",
    "response_rate": "responders / assigned",
}
_BEFORE = {"incremental_profit": "pre_margin", "margin": "pre_margin", "revenue": "pre_revenue", "orders": "pre_orders"}


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm as it went: sizes, answers, and means per assigned customer."""

    arm: str
    planned_share: float | None
    assigned: int
    sent: int
    responders: int
    response_rate: float
    orders: float
    revenue: float
    margin: float
    cost: float


@dataclass(frozen=True, slots=True)
class Effect:
    """The difference that one arm made in one metric, per assigned customer, with its 95 % interval.

    `adjusted_value`, `adjusted_low` and `adjusted_high` are the same with CUPED; `variance_cut` is the share of the
    variance that it took away. The verdict rests on the plain interval.
    """

    arm: str
    metric: str
    value: float | None
    low: float | None
    high: float | None
    verdict: str
    n_treated: int
    n_control: int
    interval: int = 95
    adjusted_value: float | None = None
    adjusted_low: float | None = None
    adjusted_high: float | None = None
    variance_cut: float | None = None


@dataclass(frozen=True, slots=True)
class Profit:
    """What an arm brought in all: (margin treated - margin control) x customers, less contacts and fixed cost."""

    value: float | None
    low: float | None
    high: float | None
    margin: float | None
    cost: float
    interval: int = 95


@dataclass(frozen=True, slots=True)
class Outcome:
    """The judgement on one campaign; `effects[0]` and `profit` are of the first arm that was asked for."""

    campaign: str
    metric: str
    against: str
    arms: tuple[Arm, ...]
    effects: tuple[Effect, ...]
    profit: Profit
    srm_p: float | None
    verdict: str
    why: str
    notes: tuple[str, ...] = ()


def effect(rows: pa.Table, design: Design, *, metric: str = "incremental_profit", against: str = CONTROL) -> Outcome:
    """Judge one campaign.

    Args:
        rows: one row per assigned customer of this campaign, as by `regulars.campaigns.outcome.outcome`: arm,
            propensity, assigned_at, until, sent, crossed, cost_amount, revenue, margin, orders, responded, their twins
            before (pre_revenue, pre_margin, pre_orders) and response:KIND where asked for.
        design: what was planned, what a contact costs, and the last instant that the data covers.
        metric: one of `METRICS`, or response:KIND.
        against: the arm that the others are compared with.

    Returns:
        Differences per assigned customer; the profit of the first arm in money, with fixed cost in it. Verdict: worked
        or harmed when the 95 % interval lies wholly above or below 0, undecided when it does not, withheld when the
        comparison cannot be trusted. For incremental_profit it rests on the profit with its fixed cost.

    Raises:
        UnknownNameError: a metric or an arm that there is not.

    Source: intention-to-treat difference of means, Welch's interval; CUPED as in `arithmetic.adjusted`.
    """
    _known_metric(metric, rows)
    sample = rows.filter(pc.invert(rows["crossed"]))
    names = _names(sample)
    if names and against not in names and against != CONTROL:
        raise UnknownNameError("arm", against, names)
    doubt = doubts(sample, design, against=against)
    others = [name for name in names if name != against]
    values = _values(sample, design, metric=metric)
    effects = tuple(_effect(sample, values, metric=metric, arm=arm, against=against, doubt=doubt) for arm in others)
    profit = _profit(sample, design, arm=others[0] if others else against, against=against, doubt=doubt)
    verdict, why = _judge(metric, effects, profit=profit, doubt=doubt)
    return Outcome(
        campaign=design.campaign,
        metric=metric,
        against=against,
        arms=tuple(_arm(sample, design, name=name) for name in names),
        effects=_with_first(effects, verdict),
        profit=profit,
        srm_p=doubt.srm_p,
        verdict=verdict,
        why=why,
        notes=doubt.notes + _crossed_note(rows, sample),
    )


def _known_metric(metric: str, rows: pa.Table) -> None:
    allowed = [*METRICS, *(name for name in rows.column_names if name.startswith("response:"))]
    if metric not in allowed:
        raise UnknownNameError("metric of an effect", metric, allowed)


def _names(rows: pa.Table) -> list[str]:
    """The arms there are: those addressed first, by name, and the control last."""
    names = sorted(name for name in rows["arm"].unique().to_pylist())
    return [name for name in names if name != CONTROL] + [name for name in names if name == CONTROL]


def _values(rows: pa.Table, design: Design, *, metric: str) -> Numbers:
    if metric == "incremental_profit":
        return _column(rows, "margin") - _costs(rows, design)
    return _column(rows, "responded" if metric == "response_rate" else metric)


def _column(rows: pa.Table, name: str) -> Numbers:
    found: Numbers = rows[name].cast(pa.float64()).to_numpy(zero_copy_only=False).astype(np.float64)
    return found


def _costs(rows: pa.Table, design: Design) -> Numbers:
    recorded = _column(rows, "cost_amount")
    sent = _column(rows.set_column(rows.column_names.index("sent"), "sent", rows["sent"].cast(pa.int8())), "sent")
    return np.where(np.isnan(recorded), sent * design.cost_per_contact, recorded)


def _of(rows: pa.Table, arm: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    found: np.ndarray[tuple[int], np.dtype[np.bool_]] = pc.equal(rows["arm"], arm).to_numpy(zero_copy_only=False)
    return found


def _weights(rows: pa.Table, arm: str, *, against: str) -> tuple[Numbers, Numbers] | None:
    """1 / propensity where it differs within an arm; None where a plain mean is right."""
    propensity = _column(rows, "propensity")
    both = propensity[_of(rows, arm)], propensity[_of(rows, against)]
    if any(np.isnan(each).any() or len(each) == 0 for each in both):
        return None
    return None if all(np.ptp(each) < 1e-12 for each in both) else (1 / both[0], 1 / both[1])


def _effect(rows: pa.Table, values: Numbers, *, metric: str, arm: str, against: str, doubt: Doubt) -> Effect:
    treated, control = _of(rows, arm), _of(rows, against)
    sizes = int(treated.sum()), int(control.sum())
    if doubt.why:
        return Effect(arm, metric, None, None, None, "withheld", *sizes)
    weights = _weights(rows, arm, against=against)
    is_rate = metric == "response_rate" or metric.startswith("response:")
    if is_rate and weights is None:
        found = rate_difference(values[treated], values[control])
    else:
        found = difference(values[treated], values[control], weights=weights)
    sharp = _sharpened(rows, values, metric=metric, arm=arm, against=against) if weights is None else None
    return Effect(
        arm,
        metric,
        found.value,
        found.low,
        found.high,
        _verdict(found.low, found.high),
        *sizes,
        adjusted_value=sharp.value if sharp else None,
        adjusted_low=sharp.low if sharp else None,
        adjusted_high=sharp.high if sharp else None,
        variance_cut=1 - (sharp.error / found.error) ** 2 if sharp and found.error > 0 else None,
    )


def _sharpened(rows: pa.Table, values: Numbers, *, metric: str, arm: str, against: str) -> Difference | None:
    before = _BEFORE.get(metric)
    if before is None or before not in rows.column_names:
        return None
    past = _column(rows, before)
    treated, control = _of(rows, arm), _of(rows, against)
    left, right, _ = adjusted((values[treated], past[treated]), (values[control], past[control]))
    return difference(left, right)


def _profit(rows: pa.Table, design: Design, *, arm: str, against: str, doubt: Doubt) -> Profit:
    treated, control = _of(rows, arm), _of(rows, against)
    costs, count = _costs(rows, design), int(treated.sum())
    fixed = design.fixed_cost
    spent = float(costs[treated].sum()) + fixed
    if doubt.why:
        return Profit(None, None, None, None, spent)
    weights = _weights(rows, arm, against=against)
    margin = _column(rows, "margin")
    brought = difference(margin[treated], margin[control], weights=weights).value * count
    left = difference((margin - costs)[treated], (margin - costs)[control], weights=weights)
    return Profit(left.value * count - fixed, left.low * count - fixed, left.high * count - fixed, brought, spent)


def _arm(rows: pa.Table, design: Design, *, name: str) -> Arm:
    own = rows.filter(pc.equal(rows["arm"], name))
    responders = int(_column(own, "responded").sum())
    return Arm(
        arm=name,
        planned_share=planned_shares(rows, design).get(name),
        assigned=own.num_rows,
        sent=int(pc.sum(own["sent"].cast(pa.int64())).as_py() or 0),
        responders=responders,
        response_rate=responders / own.num_rows,
        **{each: float(_column(own, each).mean()) for each in ("orders", "revenue", "margin")},
        cost=float(_costs(own, design).sum()),
    )


def _verdict(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return "withheld"
    return "worked" if low > 0 else "harmed" if high < 0 else "undecided"


def _judge(metric: str, effects: tuple[Effect, ...], *, profit: Profit, doubt: Doubt) -> tuple[str, str]:
    if doubt.why:
        return "withheld", doubt.why
    on_profit = metric == "incremental_profit"
    low, high = (profit.low, profit.high) if on_profit else (effects[0].low, effects[0].high)
    verdict = _verdict(low, high)
    span = f"{low:,.2f} to {high:,.2f}" if on_profit else f"{low:.6g} to {high:.6g}"
    what = "the incremental profit" if on_profit else f"the difference in {metric} per customer"
    where = {"worked": "above 0", "harmed": "below 0", "undecided": "on both sides of 0"}[verdict]
    return verdict, f"The 95 % interval of {what}, {span}, lies {where}."


def _with_first(effects: tuple[Effect, ...], verdict: str) -> tuple[Effect, ...]:
    """The first effect carries the verdict of the whole, so that a reader never sees two."""
    return (replace(effects[0], verdict=verdict), *effects[1:]) if effects else ()


def _crossed_note(rows: pa.Table, sample: pa.Table) -> tuple[str, ...]:
    crossed = rows.num_rows - sample.num_rows
    said = f"{crossed} customers were assigned to more than one arm (their records were merged) and are left out."
    return (said,) if crossed else ()


def as_mapping(outcome: Outcome) -> Mapping[str, object]:
    """The outcome as one JSON-able object; `effect` is the first of `effects`."""
    found = asdict(outcome)
    return found | {"effect": found["effects"][0] if found["effects"] else None}
