"""What was bought, paid and used: order lines, payments, subscriptions, usage, and the deals that may become orders."""

from __future__ import annotations

from regulars.contracts.declare import day, flag, instant, money, quantity, text
from regulars.contracts.model import Contract, Load

__all__ = ["OPPORTUNITY", "ORDER_LINE", "PAYMENT", "SUBSCRIPTION", "USAGE"]

ORDER_LINE = Contract(
    name="order_line",
    grain="one line of a sale; returns are negative",
    columns=(
        text("order_id", "The order, receipt or invoice that the line stands on.", required=True),
        text("line_id", "The line inside its order; where the source has none, its ordinal.", required=True),
        instant("ordered_at", "When it was bought.", required=True),
        money(
            "net_amount",
            "The line without tax, after discounts; negative for a return.",
            required=True,
        ),
        text("customer_id", "Who bought; null for an anonymous buyer.", ref="customer"),
        text("product_id", "What was bought; null where the source does not say.", ref="product"),
        quantity("quantity", "How many units; negative for a return; null where not known."),
        money("list_amount", "The line at list price, without tax and before discounts."),
        money("discount_amount", "All discounts of the line, as a positive amount."),
        money("cost_amount", "What the whole line cost us; null where not known."),
        money("tax_amount", "The tax of the line, which is not in `net_amount`."),
        money("freight_amount", "What delivery of the line cost us."),
        text("currency", "The currency of the amounts, as a code; null for the project's own."),
        text("channel", "Where it was sold: store, web, phone or another word of the house."),
        text("store_id", "The store; null where it was sold elsewhere.", ref="store"),
        text("salesperson_id", "Who sold it, as the source numbers staff."),
        text("partner_id", "The partner through whom it was sold; null for a direct sale.", ref="partner"),
        text("payment_method", "How it was paid."),
        text("coupon_id", "The coupon that was redeemed; null for none."),
        text("campaign_id", "The campaign that the source ascribes the sale to; null for none.", ref="campaign"),
        text("status", "The line's state, for example completed, cancelled or returned; null counts as completed."),
        text("returns_order_id", "The order that this line gives back; null for a sale.", ref="order_line"),
        instant("promised_at", "When delivery was promised for."),
        instant("delivered_at", "When it was delivered; null while it was not."),
    ),
    key=("order_id", "line_id"),
    time="ordered_at",
)

PAYMENT = Contract(
    name="payment",
    grain="one payment or failure to pay",
    columns=(
        text("payment_id", "The source's own number of the payment.", required=True),
        text("order_id", "The order that is paid.", ref="order_line"),
        text("customer_id", "Who pays.", ref="customer"),
        instant("due_at", "When it was due."),
        instant("paid_at", "When it was paid; null while it was not."),
        money("amount", "The amount, with tax; negative for a refund."),
        text("method", "How it was paid."),
        text("status", "The state: paid, open, failed, reminded or another word of the house."),
    ),
    key=("payment_id",),
    time="due_at",
)

SUBSCRIPTION = Contract(
    name="subscription",
    grain="a contract period",
    columns=(
        text("subscription_id", "The source's own number of the contract period.", required=True),
        text("customer_id", "Who subscribed.", required=True, ref="customer"),
        day("started_on", "The first day.", required=True),
        day("ended_on", "The last day; null while it runs."),
        text("plan", "The plan or tariff."),
        money("monthly_fee", "The fee for one month, without tax."),
        text("end_reason", "Why it ended; null while it runs or where not known."),
    ),
    key=("subscription_id",),
    time="started_on",
    load=Load.UPSERT,
)

USAGE = Contract(
    name="usage",
    grain="what was used in a period",
    columns=(
        text("usage_id", "The source's own number of the record.", required=True),
        text("customer_id", "Who used it.", required=True, ref="customer"),
        text("period", "The period as an ISO text: 2024-03-31, 2024-W13, 2024-03, 2024-Q1 or 2024.", required=True),
        text("kind", "What was used: minutes, gigabytes, logins or another word of the house.", required=True),
        quantity("amount", "How much of it, in the unit of `kind`.", required=True),
        text("subscription_id", "The contract period that it belongs to.", ref="subscription"),
    ),
    key=("usage_id",),
)

OPPORTUNITY = Contract(
    name="opportunity",
    grain="a state of a B2B deal",
    columns=(
        text("opportunity_id", "The source's own number of the deal.", required=True),
        instant("changed_at", "When the deal came into this state; null: when we learned it."),
        text("stage", "The stage of the deal.", required=True),
        text("customer_id", "Who would buy.", ref="customer"),
        text("account_id", "The account (the buying organisation), as the source numbers it."),
        text("agent_id", "Who sells, as the source numbers staff."),
        text("team_id", "The seller's team."),
        text("partner_id", "The partner through whom it would be sold.", ref="partner"),
        text("product_id", "What would be sold.", ref="product"),
        day("opened_on", "The day the deal was opened."),
        day("closed_on", "The day the deal was closed; null while it is open."),
        flag("won", "True when won, false when lost; null while it is open."),
        text("lost_reason", "Why it was lost; null where it was not."),
        money("amount", "The expected or agreed amount, without tax."),
    ),
    key=("opportunity_id", "changed_at"),
    time="changed_at",
)
