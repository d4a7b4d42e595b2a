"""What was measured: each fact as one table in one shape, so that every metric counts the same rows the same way.

A fact keeps its source rows one to one. Beside its own columns it has `contract`, `source`, `batch`, `record` (its
address), `day` (the business day; absent for facts that are a state) and `cluster` (what stands in for an unknown
customer in sampling intervals). A fact that carries the customer's key itself has `customer_key` and `customer_group`.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from regulars.engines.portable import hash_group, money
from regulars.engines.protocol import Tables
from regulars.semantics.customers import latest_scores, with_customer
from regulars.semantics.lookup import one_row_each

__all__ = [
    "PASSIVE",
    "answers",
    "campaign_costs",
    "contacts",
    "customer_values",
    "messages",
    "opportunities",
    "responses",
    "sale_lines",
]

PASSIVE = ("delivered", "open", "bounce", "unsubscribe", "spam")  # reactions that do not count as a response
_LINE_COLUMNS = (
    *("source", "batch", "record", "order_id", "line_id", "status", "channel", "payment_method", "currency"),
    *("quantity", "net_amount", "list_amount", "discount_amount", "cost_amount", "salesperson_id", "coupon_id"),
    *("customer_source", "customer_id", "product_source", "product_id", "store_source", "store_id"),
    *("partner_source", "partner_id", "campaign_source", "campaign_id"),
)
_COST_COLUMNS = (
    "contract",
    "source",
    "batch",
    "record",
    "day",
    "at",
    "campaign_source",
    "campaign_id",
    "offer_source",
    "offer_id",
    "arm",
    "channel",
    "customer_key",
    "customer_group",
    "cluster",
    "amount",
)


def sale_lines(tables: Tables) -> ir.Table:
    """Order lines that were not cancelled, returns included, with `order_key` = source and order."""
    lines = tables.table("order_line")
    live = lines.filter(lines.status.isnull() | (lines.status.lower() != "cancelled"))
    key = live.source + "|" + live.order_id
    named = [column for column in lines.columns if column.startswith("attr_")]
    return live.select(
        *_LINE_COLUMNS,
        *named,
        contract=ibis.literal("order_line"),
        day=live.business_date,
        at=live.ordered_at,
        order_key=key,
        cluster=key,
        agent=live.salesperson_id,
    )


def messages(tables: Tables) -> ir.Table:
    """Assignments to campaigns, captured ones and our own launches, with `sent` and the flag `answered`.

    `answered`: after the assignment there was a response that names the message, or that names none but is of the
    same customer to the same campaign.
    """
    assigned = _assigned(tables)
    reactions = tables.table("response")
    reactions = reactions.filter(reactions.kind.notin(PASSIVE))
    named = reactions.filter(reactions.message_id.notnull())
    by_message = named.group_by(reply_to=named.message_id).aggregate(named_at=named.occurred_at.max())
    loose = with_customer(reactions.filter(reactions.message_id.isnull()), tables)
    by_customer = loose.group_by(reply_of=loose.customer_key, reply_in=loose.campaign_id).aggregate(
        loose_at=loose.occurred_at.max()
    )
    found = assigned.left_join(by_message, [assigned.message_id == by_message.reply_to]).drop("reply_to")
    both = found.left_join(
        by_customer, [found.customer_key == by_customer.reply_of, found.campaign_id == by_customer.reply_in]
    ).drop("reply_of", "reply_in")
    late = ibis.coalesce(both.named_at >= both.assigned_at, False) | ibis.coalesce(
        both.loose_at >= both.assigned_at, False
    )
    return both.mutate(answered=late, sent=both.sent_at.notnull()).drop("named_at", "loose_at")


def _assigned(tables: Tables) -> ir.Table:
    launched = tables.table("treatment")
    captured = tables.table("message")
    captured = captured.anti_join(launched.select("message_id"), "message_id")
    keyed = with_customer(captured, tables)
    names = (
        "source",
        "batch",
        "record",
        "message_id",
        "campaign_id",
        "offer_id",
        "arm",
        "channel",
        "customer_key",
        "assigned_at",
        "sent_at",
        "propensity",
        "decision_id",
    )
    ours = launched.select(
        *names,
        campaign_source=ibis.literal("regulars"),
        offer_source=ibis.literal("regulars"),
        cost_amount=ibis.null("decimal(18, 4)"),
        day=launched.assigned_at.date(),
        at=launched.assigned_at,
        contract=ibis.literal("treatment"),
        customer_group=hash_group(launched.customer_key),
        cluster=launched.message_id,
    )
    theirs = keyed.select(
        *names, "campaign_source", "offer_source", "cost_amount",
        day=keyed.business_date, at=keyed.assigned_at, contract=ibis.literal("message"), customer_group=keyed.customer_group,
        cluster=keyed.message_id,
    )  # fmt: skip
    return theirs.union(ours)


def responses(tables: Tables) -> ir.Table:
    """Reactions that count as a response; campaign, offer, arm, channel and customer from the message where known."""
    reactions = tables.table("response")
    keyed = with_customer(reactions.filter(reactions.kind.notin(PASSIVE)), tables)
    sent = _assigned(tables)
    number = ibis.row_number().over(group_by="message_id", order_by=[sent.assigned_at, sent.source, sent.record])
    sent = sent.mutate(number=number).filter(lambda row: row.number == 0)
    names = ("campaign_source", "campaign_id", "offer_source", "offer_id", "customer_key", "customer_group")
    about = sent.select("arm", "channel", of_message="message_id", **{f"its_{name}": name for name in names})
    found = keyed.left_join(about, [keyed.message_id == about.of_message])
    filled = {name: ibis.coalesce(found[name], found[f"its_{name}"]) for name in names}
    return found.mutate(
        **filled,
        contract=ibis.literal("response"),
        day=found.business_date,
        at=found.occurred_at,
        cluster=found.response_id,
    ).drop("of_message", *(f"its_{name}" for name in names))


def campaign_costs(tables: Tables) -> ir.Table:
    """What campaigns cost: each message sent, fixed costs on the campaign's first day, other costs that name one."""
    return _message_costs(tables).union(_fixed_costs(tables)).union(_other_costs(tables))


def _message_costs(tables: Tables) -> ir.Table:
    sent = _assigned(tables)
    sent = sent.filter(sent.sent_at.notnull())
    campaign = one_row_each(tables.table("campaign"), ["source", "campaign_id"])
    price = campaign.select(price_source="source", price_id="campaign_id", price="cost_per_contact")
    priced = sent.left_join(price, [sent.campaign_source == price.price_source, sent.campaign_id == price.price_id])
    amount = money(ibis.coalesce(priced.cost_amount, priced.price))
    return priced.mutate(amount=amount, at=priced.at.cast("timestamp")).select(*_COST_COLUMNS)


def _fixed_costs(tables: Tables) -> ir.Table:
    campaign = one_row_each(tables.table("campaign"), ["source", "campaign_id"])
    fixed = campaign.filter(campaign.fixed_cost.notnull())
    return fixed.mutate(
        contract=ibis.literal("campaign"), day=fixed.starts_on, at=fixed.starts_on.cast("timestamp"),
        campaign_source=fixed.source,
        offer_source=ibis.null("string"), offer_id=ibis.null("string"), arm=ibis.null("string"),
        customer_key=ibis.null("string"), customer_group=ibis.null("int64"), cluster=fixed.campaign_id,
        amount=money(fixed.fixed_cost),
    ).select(*_COST_COLUMNS)  # fmt: skip


def _other_costs(tables: Tables) -> ir.Table:
    cost = tables.table("cost")
    own = with_customer(cost.filter(cost.campaign_id.notnull()), tables)
    return own.mutate(
        contract=ibis.literal("cost"), day=own.incurred_on, at=own.incurred_on.cast("timestamp"),
        offer_source=ibis.null("string"),
        offer_id=ibis.null("string"), arm=ibis.null("string"), cluster=own.cost_id, amount=money(own.amount),
    ).select(*_COST_COLUMNS)  # fmt: skip


def customer_values(tables: Tables) -> ir.Table:
    """Each customer's residual value from the latest run of the analysis `value`; a state, so without days."""
    value = latest_scores(tables.table("score"), "value", measure="residual_value")
    return value.mutate(
        contract=ibis.literal("score"), customer_key=value.subject_id, customer_group=hash_group(value.subject_id),
        cluster=value.subject_id, amount=money(value.value),
    )  # fmt: skip


def contacts(tables: Tables) -> ir.Table:
    """Conversations; a pooled row stands for `pooled` of them.

    `opening`: they came to us, and it is the first conversation of its case, or of none. `handled_seconds`: talk, hold and
    work after it, of one conversation; null where nobody answered or no talk was recorded.
    """
    rows = tables.table("contact")
    turn = ibis.row_number().over(group_by=["source", "case_id"], order_by=[rows.started_at, rows.contact_id])
    first = rows.case_id.isnull() | (turn == 0)
    work = rows.talk_seconds + ibis.coalesce(rows.hold_seconds, 0.0) + ibis.coalesce(rows.after_seconds, 0.0)
    answered = ~ibis.coalesce(rows.abandoned, False)
    return rows.mutate(
        contract=ibis.literal("contact"), day=rows.business_date, at=rows.started_at, cluster=rows.contact_id,
        pooled=ibis.coalesce(rows["count"], 1), agent=rows.agent_id,
        opening=first & (ibis.coalesce(rows.direction, "in") != "out"),
        handled_seconds=answered.ifelse(work, ibis.null("float64")),
    )  # fmt: skip


def answers(tables: Tables) -> ir.Table:
    """Survey answers with the instrument in lower case and the ends of its scale (0-10 for nps, else 1-5)."""
    rows = tables.table("survey")
    instrument = rows.instrument.lower()
    usual_low, usual_high = (instrument == "nps").ifelse(0.0, 1.0), (instrument == "nps").ifelse(10.0, 5.0)
    return rows.mutate(
        contract=ibis.literal("survey"), day=rows.business_date, at=rows.answered_at, cluster=rows.answer_id,
        instrument=instrument,
        bottom=ibis.coalesce(rows.scale_min, usual_low), top=ibis.coalesce(rows.scale_max, usual_high),
    )  # fmt: skip


def opportunities(tables: Tables) -> ir.Table:
    """Deals in their last state; `day` is when the deal closed, or was opened while it is open."""
    rows = tables.table("opportunity")
    order = [rows.changed_at.desc(), rows.known_from.desc(), rows.batch.desc(), rows.record.desc()]
    number = ibis.row_number().over(group_by=["source", "opportunity_id"], order_by=order)
    last = rows.mutate(number=number).filter(lambda row: row.number == 0).drop("number")
    day = ibis.coalesce(last.closed_on, last.opened_on)
    return last.mutate(
        contract=ibis.literal("opportunity"), day=day, at=day.cast("timestamp"),
        cluster=last.opportunity_id, agent=last.agent_id, team=last.team_id,
        cycle_days=last.closed_on.delta(last.opened_on, unit="day"),
    )  # fmt: skip
