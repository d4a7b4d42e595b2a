"""What we did to sell and what came back: campaigns, offers, messages, responses, and costs off the order line."""

from __future__ import annotations

from regulars.contracts.declare import day, instant, money, number, text
from regulars.contracts.model import Contract, Load

__all__ = ["CAMPAIGN", "COST", "MESSAGE", "OFFER", "RESPONSE"]

CAMPAIGN = Contract(
    name="campaign",
    grain="a planned sales or marketing measure",
    columns=(
        text("campaign_id", "The source's own number of the campaign.", required=True),
        text("name", "The campaign's name.", required=True),
        text("kind", "What it is: mailing, coupon, visit, advertisement or another word of the house."),
        text("objective", "What it is meant to reach."),
        text("channel", "Through which channel it reaches customers."),
        text("partner_id", "The partner who runs it; null where we do.", ref="partner"),
        day("starts_on", "The first day."),
        day("ends_on", "The last day, included; null while it is open."),
        money("fixed_cost", "What it costs whatever its size, in the project's currency."),
        money("cost_per_contact", "What one message costs, in the project's currency."),
    ),
    key=("campaign_id",),
    load=Load.UPSERT,
)

OFFER = Contract(
    name="offer",
    grain="what is offered",
    columns=(
        text("offer_id", "The source's own number of the offer, voucher or coupon.", required=True),
        text("campaign_id", "The campaign that it belongs to; null for none.", ref="campaign"),
        text("product_id", "The product that it is good for; null for more than one.", ref="product"),
        text("category", "The category that it is good for; null for all of them."),
        text("description", "What the customer reads."),
        money("discount_amount", "The discount as an amount; null where it is a share."),
        number("discount_share", "The discount as a share, 0 to 1; null where it is an amount."),
        money("unit_cost", "What one redemption costs us; null where it follows from the discount."),
    ),
    key=("offer_id",),
    load=Load.UPSERT,
)

MESSAGE = Contract(
    name="message",
    grain="one assignment of a customer to a campaign; held-out customers have a row too",
    columns=(
        text("message_id", "The source's own number of the assignment.", required=True),
        text("campaign_id", "The campaign.", required=True, ref="campaign"),
        text("customer_id", "Who was assigned.", required=True, ref="customer"),
        instant("assigned_at", "When the customer was assigned; outcomes count from here.", required=True),
        text("arm", "`treated`, `control` or the arm's name; null where the source has no arms."),
        number("propensity", "The probability, 0 to 1, with which this arm was drawn; null where nothing was drawn."),
        text("offer_id", "What was offered.", ref="offer"),
        text("channel", "Through which channel."),
        instant("sent_at", "When it was sent; null where it was not."),
        money("cost_amount", "What this message cost."),
        text("decision_id", "The decision of Regulars behind it; null for none."),
    ),
    key=("message_id",),
    time="assigned_at",
)

RESPONSE = Contract(
    name="response",
    grain="a reaction",
    columns=(
        text("response_id", "The source's own number of the reaction.", required=True),
        instant("occurred_at", "When it happened.", required=True),
        text("kind", "What happened: open, click, redeem, order, reply, unsubscribe or another.", required=True),
        text("message_id", "The message that it answers; null where not known.", ref="message"),
        text("campaign_id", "The campaign that it answers; null where not known.", ref="campaign"),
        text("customer_id", "Who reacted; null where not known.", ref="customer"),
        text("offer_id", "The offer that was taken.", ref="offer"),
        text("order_id", "The order that came of it.", ref="order_line"),
        money("amount", "What it brought, without tax; null where nothing or not known."),
    ),
    key=("response_id",),
    time="occurred_at",
)

COST = Contract(
    name="cost",
    grain="a cost that is not on an order line",
    columns=(
        text("cost_id", "The source's own number of the cost.", required=True),
        day("incurred_on", "The day that it belongs to.", required=True),
        money("amount", "How much, without tax, in the project's currency.", required=True),
        text("kind", "What for: fulfilment, campaign, service, acquisition or another.", required=True),
        text("customer_id", "The customer that it was for; null for more than one.", ref="customer"),
        text("product_id", "The product that it was for; null for more than one.", ref="product"),
        text("channel", "The channel that it was for; null for more than one."),
        text("campaign_id", "The campaign that it was for; null for none.", ref="campaign"),
        text("store_id", "The store that it was for; null for more than one.", ref="store"),
    ),
    key=("cost_id",),
    time="incurred_on",
)
