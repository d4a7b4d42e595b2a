"""What a campaign will cost, what it can hope for, and whether its hold-out is large enough to see it, before anything
is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import inf, sqrt

import numpy as np
import pyarrow as pa
from scipy import stats

from regulars.campaigns.arithmetic import Numbers
from regulars.campaigns.campaign import CONTROL, Campaign

__all__ = ["Expected", "Mde", "Plan", "as_mapping", "detectable", "plan", "power"]

LEVEL = 0.05
POWER = 0.8


@dataclass(frozen=True, slots=True)
class Mde:
    """The least true difference per customer that is found with 80 % power at the 5 % level, two-sided.

    Null where an arm is empty. `_adjusted` takes the variance that the time before explains away (CUPED).
    """

    profit: float | None
    profit_adjusted: float | None
    orders: float | None
    response_rate: float | None
    power: float = POWER
    level: float = LEVEL


@dataclass(frozen=True, slots=True)
class Expected:
    """What follows from the effect that the configuration states; null where it states none.

    `power` is the chance that `effect` will call it; `break_even` is the effect per addressed customer that pays for
    the campaign.
    """

    effect_per_customer: float | None
    margin: float | None
    profit: float | None
    power: float | None
    break_even: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """One campaign before its launch; counts are customers, money is of the project's currency."""

    campaign: str
    matching: int
    reach: int
    arms: Mapping[str, float]
    treated: float
    held_out: float
    cost: float
    budget: float | None
    window_days: int
    past_margin: float
    past_margin_deviation: float
    past_buyers: float
    mde: Mde
    expected: Expected
    notes: tuple[str, ...] = ()


def plan(campaign: Campaign, history: pa.Table, *, matching: int, stated_effect: float | None = None) -> Plan:
    """Size one campaign on its own audience's past.

    Args:
        history: one row per customer of the audience after the budget's cut, as by `outcome.history`: margin, orders,
            pre_margin in the last window of the campaign's length and the one before.
        matching: how many customers match the audience, before the budget's cut.
        stated_effect: margin per addressed customer that the campaign is thought to add; default: expected_response x
            value_per_response of the campaign, where both are given.

    Returns:
        Expected arm sizes, cost, minimum detectable effect, power, expected profit.

    Source: n per arm = 2 (z_{1-a/2} + z_{1-b})^2 s^2 / d^2, with 1/n_treated + 1/n_control for unequal arms.
    """
    reach = history.num_rows
    held_out = reach * campaign.holdout
    treated = reach - held_out
    cost = treated * campaign.cost_per_contact + (campaign.fixed_cost if reach else 0.0)
    margin, before, orders = (_numbers(history, name) for name in ("margin", "pre_margin", "orders"))
    sizes = _smallest(campaign, reach)
    return Plan(
        campaign=campaign.name,
        matching=matching,
        reach=reach,
        arms={arm: reach * share for arm, share in campaign.arms},
        treated=treated,
        held_out=held_out,
        cost=cost,
        budget=campaign.budget,
        window_days=campaign.window_days,
        past_margin=_mean(margin),
        past_margin_deviation=_deviation(margin),
        past_buyers=_mean((orders > 0).astype(np.float64)),
        mde=_mde(margin, before, orders=orders, sizes=sizes, response=campaign.expected_response),
        expected=_expected(campaign, treated, cost=cost, error=_error(_deviation(margin), sizes), stated=stated_effect),
        notes=_notes(campaign, matching, reach=reach),
    )


def detectable(deviation: float, sizes: tuple[float, float]) -> float | None:
    """The least difference of means found with 80 % power at the 5 % level; None where an arm is empty.

    Args:
        deviation: standard deviation of one customer.
        sizes: customers of the two arms.

    >>> round(detectable(10.0, (1000, 1000)), 4)
    1.2529
    """
    if min(sizes) <= 0:
        return None
    z = float(stats.norm.ppf(1 - LEVEL / 2) + stats.norm.ppf(POWER))
    return z * _error(deviation, sizes)


def power(difference: float, error: float) -> float:
    """The chance that a true `difference` with standard error `error` is found at the 5 % level, two-sided.

    >>> round(power(1.2529, 10 * (2 / 1000) ** 0.5), 3)
    0.8
    """
    if error == 0:
        return 1.0 if difference else LEVEL
    z, shift = float(stats.norm.ppf(1 - LEVEL / 2)), abs(difference) / error
    return float(stats.norm.cdf(shift - z) + stats.norm.cdf(-shift - z))


def as_mapping(found: Plan) -> Mapping[str, object]:
    """The plan as one JSON-able object, with the counts gathered under `counts`."""
    whole = asdict(found)
    return whole | {"counts": {name: whole[name] for name in ("matching", "reach", "treated", "held_out")}}


def _mde(
    margin: Numbers, before: Numbers, *, orders: Numbers, sizes: tuple[float, float], response: float | None
) -> Mde:
    deviation = _deviation(margin)
    rate = response if response is not None else _mean((orders > 0).astype(np.float64))
    left = sqrt(max(0.0, 1 - _correlation(margin, before) ** 2))
    return Mde(
        profit=detectable(deviation, sizes),
        profit_adjusted=detectable(deviation * left, sizes),
        orders=detectable(_deviation(orders), sizes),
        response_rate=detectable(sqrt(rate * (1 - rate)), sizes),
    )


def _expected(campaign: Campaign, treated: float, *, cost: float, error: float, stated: float | None) -> Expected:
    effect = stated
    if effect is None and campaign.expected_response is not None and campaign.value_per_response is not None:
        effect = campaign.expected_response * campaign.value_per_response
    break_even = cost / treated if treated > 0 else None
    if effect is None:
        return Expected(None, None, None, None, break_even)
    margin = effect * treated
    found = power(effect - campaign.cost_per_contact, error) if error < inf else None
    return Expected(effect, margin, margin - cost, found, break_even)


def _smallest(campaign: Campaign, reach: int) -> tuple[float, float]:
    """Sizes of the smallest addressed arm and of the control: the weakest comparison that will be made."""
    addressed = [share for arm, share in campaign.arms if arm != CONTROL]
    return reach * min(addressed, default=0.0), reach * campaign.holdout


def _error(deviation: float, sizes: tuple[float, float]) -> float:
    return deviation * sqrt(1 / sizes[0] + 1 / sizes[1]) if min(sizes) > 0 else inf


def _notes(campaign: Campaign, matching: int, *, reach: int) -> tuple[str, ...]:
    notes = []
    if reach < matching:
        notes.append(f"The budget carries {reach} of {matching} customers: the best by {campaign.order}.")
    if campaign.holdout == 0:
        notes.append("Nobody is left alone: the effect of this campaign will be withheld.")
    return tuple(notes)


def _numbers(rows: pa.Table, name: str) -> Numbers:
    found: Numbers = rows[name].cast(pa.float64()).to_numpy(zero_copy_only=False)
    return found


def _mean(values: Numbers) -> float:
    return float(values.mean()) if len(values) else 0.0


def _deviation(values: Numbers) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else 0.0


def _correlation(left: Numbers, right: Numbers) -> float:
    if len(left) < 2 or left.std() == 0 or right.std() == 0:
        return 0.0
    return float(np.corrcoef(left, right)[0, 1])
