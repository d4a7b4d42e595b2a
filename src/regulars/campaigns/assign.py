"""Who is addressed and who is left alone: drawn by our keyed hash, so that every engine and every run draws the same.

The arm of a customer depends on the customer's key and the campaign's salt and on nothing else: not on the order of
rows, not on who else is in the audience, not on an engine's own hash or random numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

import ibis
import ibis.expr.types as ir

from regulars.campaigns.campaign import Campaign
from regulars.conditions.check import names_of
from regulars.conditions.compile import compile_condition
from regulars.conditions.parse import parse
from regulars.conditions.resolve import resolver_of
from regulars.engines.portable import hash_text, rounded

__all__ = ["assignment", "audience", "names_needed", "thresholds"]

_SPACE = 16**32
_WORST = -1e300  # customers without the measure that orders them come last


def names_needed(campaign: Campaign) -> set[str]:
    """What `audience` reads of a customer: the names of the condition and, where a budget binds, the order.

    >>> sorted(names_needed(Campaign("c", "churn > 0.6", arms=(("treated", 1.0),), budget=9, cost_per_contact=1)))
    ['churn', 'value']
    """
    return set(names_of(parse(campaign.audience))) | (
        {campaign.order} if campaign.reach_for_budget() is not None else set()
    )


def audience(customers: ir.Table, campaign: Campaign, *, salt: str) -> ir.Table:
    """The customers a campaign assigns to arms: those who match, and of them the best that the budget can carry.

    The budget cuts before anything is drawn, so arms stay comparable: the expected number of addressed customers is
    (1 - hold-out) x rows. The best are those with the highest `campaign.order`; ties and customers without that
    measure are ordered by hash, never by row.

    Args:
        customers: one row per customer with `customer_key` and the columns of `names_needed`.
        salt: the project's secret for drawing.

    Returns:
        customer_key and, where `customers` has it, decision_id.

    Raises:
        ConditionError: the audience cannot be read, or names what `customers` does not have.
    """
    kept = [name for name in ("customer_key", "decision_id") if name in customers.columns]
    matches = compile_condition(parse(campaign.audience), resolver_of(customers))
    found = customers.filter(matches.fill_null(False))
    limit = campaign.reach_for_budget()
    if limit is None:
        return found.select(kept)
    known = campaign.order in customers.columns
    best = rounded(found[campaign.order], 6).fill_null(_WORST) if known else ibis.literal(_WORST)
    draw = hash_text(found.customer_key, f"{salt}|{campaign.name}|budget")
    ranked = found.mutate(best=best, draw=draw)
    place = ibis.row_number().over(order_by=[ranked.best.desc(), ranked.draw, ranked.customer_key])
    return ranked.mutate(place=place).filter(lambda t: t.place < limit).select(kept)


def assignment(audience: ir.Table, campaign: Campaign, *, salt: str, assigned_at: datetime) -> ir.Table:
    """One row of `treatment` per customer of the audience, held-out customers included, nothing sent yet.

    Args:
        audience: customer_key, unique, and perhaps decision_id.
        salt: the project's secret for drawing.
        assigned_at: UTC instant; outcomes count from it on.

    Returns:
        The columns of `treatment`; sent_at, receipt and error are null. `propensity` is the probability with which the
        customer came into the own arm. `message_id` is the same whenever the same campaign assigns the same customer.
    """
    decision = audience["decision_id"] if "decision_id" in audience.columns else ibis.null("string")
    drawn = audience.mutate(draw=hash_text(audience.customer_key, f"{salt}|{campaign.name}|arm"), decision=decision)
    return drawn.select(
        message_id=ibis.literal("m") + hash_text(drawn.customer_key, f"message|{campaign.name}"),
        campaign_id=_fixed(campaign.name),
        customer_key=drawn.customer_key,
        decision_id=drawn.decision.cast("string"),
        arm=_by_arm(drawn.draw, campaign, values={arm: arm for arm, _ in campaign.arms}, dtype="string"),
        propensity=_by_arm(drawn.draw, campaign, values=dict(campaign.arms), dtype="float64"),
        offer_id=_fixed(campaign.offer),
        channel=_fixed(campaign.channel),
        assigned_at=ibis.literal(assigned_at, type="timestamp"),
        sent_at=ibis.null("timestamp"),
        receipt=ibis.null("string"),
        error=ibis.null("string"),
    )


def thresholds(campaign: Campaign) -> list[tuple[str, str]]:
    """(arm, 32 hexadecimal digits): a customer is in the first arm whose digits exceed the customer's hash.

    The last arm takes the rest and has no threshold here. Shares are taken as the decimals that were written.

    >>> half = Campaign("c", "a", arms=(("treated", 0.5), ("control", 0.5)))
    >>> thresholds(half)
    [('treated', '80000000000000000000000000000000')]
    """
    found, until = [], Fraction(0)
    for arm, share in campaign.arms[:-1]:
        until += Fraction(str(share))
        found.append((arm, f"{int(until * _SPACE):032x}"))
    return found


def _by_arm(draw: ir.StringValue, campaign: Campaign, *, values: Mapping[str, Any], dtype: str) -> ir.Value:
    last = ibis.literal(values[campaign.arms[-1][0]], type=dtype)
    branches = [(draw < digits, ibis.literal(values[arm], type=dtype)) for arm, digits in thresholds(campaign)]
    return ibis.cases(*branches, else_=last) if branches else last


def _fixed(text: str | None) -> ir.StringValue:
    return ibis.null("string") if text is None else ibis.literal(text, type="string")
