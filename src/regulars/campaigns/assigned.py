"""Who was assigned to which campaign, whether Regulars launched it or another system did and told us afterwards.

`treatment` (as launched) and `message` (as captured) become one view with one row per campaign and customer, so that
the effect of any campaign is judged in one way.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from regulars.features.customer import with_customer

__all__ = ["assigned"]

_COLUMNS = (
    "message_id",
    "campaign_id",
    "customer_key",
    "arm",
    "propensity",
    "offer_id",
    "channel",
    "assigned_at",
    "sent_at",
    "cost_amount",
    "launched",
)


def assigned(treatment: ir.Table, message: ir.Table, *, source_customer: ir.Table) -> ir.Table:
    """One row per campaign and customer: the first assignment, with its arm.

    A captured message that repeats a launched one (the same message_id) is not counted again. A captured message
    without an arm is an address (`treated`). A customer who came into a campaign twice, for instance because two source
    records are one person, keeps the first assignment; `crossed` says that the arms of the assignments differ.

    Args:
        treatment: as written by `launch`.
        message: as captured; customers by (customer_source, customer_id).
        source_customer: source, customer_id, customer_key.

    Returns:
        message_id, campaign_id, customer_key, arm, propensity, offer_id, channel, assigned_at, sent_at, sent,
        cost_amount (null where the contact's cost is not recorded), launched, crossed.
    """
    rows = _launched(treatment).union(_captured(treatment, message, source_customer=source_customer), distinct=False)
    group = ibis.window(group_by=["campaign_id", "customer_key"], order_by=["assigned_at", "message_id"])
    whole = ibis.window(group_by=["campaign_id", "customer_key"])
    ranked = rows.mutate(
        place=ibis.row_number().over(group),
        crossed=(rows.arm.min().over(whole) != rows.arm.max().over(whole)),
        sent=rows.sent_at.notnull(),
    )
    return ranked.filter(ranked.place == 0).drop("place")


def _launched(treatment: ir.Table) -> ir.Table:
    rows = treatment.mutate(cost_amount=ibis.null("decimal(18, 4)"), launched=ibis.literal(True))
    return rows.select(*_COLUMNS)


def _captured(treatment: ir.Table, message: ir.Table, *, source_customer: ir.Table) -> ir.Table:
    keyed = with_customer(message.anti_join(treatment, "message_id"), source_customer)
    named = keyed.filter(keyed.customer_key.notnull())
    rows = named.mutate(
        arm=named.arm.fill_null("treated"),
        sent_at=ibis.cases(
            (named.sent_at.notnull(), named.sent_at), (named.arm.isnull(), named.assigned_at), else_=None
        ),
        launched=ibis.literal(False),
    )
    return rows.select(*_COLUMNS)
