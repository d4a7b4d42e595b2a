"""The tables in which analyses hand out their answers, named ROOM.TABLE; their first columns never change.

`low` and `high` are the ends of an 80 % interval unless `interval` says otherwise. Amounts are in the project currency.
"""

from __future__ import annotations

from regulars.contracts.declare import day, flag, instant, integer, money, number, text
from regulars.contracts.model import Column, Contract, Load

__all__ = ["RESULTS"]

_LOW = number("low", "The lower end of the interval; null where there is none.")
_HIGH = number("high", "The upper end of the interval; null where there is none.")
_INTERVAL = number("interval", "The share that the interval is meant to hold, for example 80 (percent).")
_CUSTOMER = text("customer_key", "The customer.", required=True)


def _result(name: str, grain: str, *, columns: tuple[Column, ...], key: tuple[str, ...]) -> Contract:
    return Contract(name=name, grain=grain, columns=columns, key=key, load=Load.SNAPSHOT, captured=False)


_AFFINITY_PAIRS = _result(
    "affinity.pairs",
    "two items that are bought together",
    columns=(
        text("left", "The item that comes first in the alphabet, or the rule's if-side.", required=True),
        text("right", "The other item.", required=True),
        text("level", "What the items are: product, subcategory, category or department.", required=True),
        integer("baskets", "Baskets that hold both."),
        number("support", "Baskets with both / all baskets."),
        number("confidence", "Baskets with both / baskets with the left item."),
        number("lift", "Confidence / the share of baskets with the right item; 1 is chance."),
        number("leverage", "Support minus what chance would give."),
        number("p_value", "The probability of so large a lift by chance."),
        number("q_value", "The p-value corrected for the number of pairs looked at."),
    ),
    key=("left", "right", "level"),
)

_AFFINITY_HALO = _result(
    "affinity.halo",
    "a product with the margin that it brings along",
    columns=(
        text("product_id", "The product.", required=True),
        money("own_margin", "The product's own margin."),
        money("brought_margin", "The margin of other products in its baskets beyond the usual basket."),
        _LOW,
        _HIGH,
    ),
    key=("product_id",),
)

_OFFERS_RANKED = _result(
    "offers.ranked",
    "one recommended item of one customer",
    columns=(
        _CUSTOMER,
        integer("rank", "The place in the customer's list, from 1.", required=True),
        text("item", "The product or category.", required=True),
        text("level", "What the item is: product, subcategory, category or department."),
        text("kind", "cross (something new), up (something better) or deep (more of the same)."),
        number("probability", "The probability that the customer buys it."),
        money("expected_margin", "The margin that the offer is expected to bring."),
        text("reason", "Why, in words for a salesperson."),
    ),
    key=("customer_key", "rank"),
)

_ACQUISITION_SOURCES = _result(
    "acquisition.sources",
    "one list or lead source with its yield",
    columns=(
        text("list_id", "The list.", required=True),
        text("origin", "Who sold it or where the leads came from."),
        integer("names", "Addresses on it."),
        integer("matched", "Addresses that were customers already."),
        integer("duplicates", "Addresses that stand on it twice or on another list."),
        integer("converted", "Addresses that became customers."),
        number("conversion", "Converted / addresses that could convert."),
        _LOW,
        _HIGH,
        money("margin_per_1000", "Margin for 1,000 addresses."),
        money("cost_per_1000", "Cost of 1,000 addresses."),
    ),
    key=("list_id", "origin"),
)

_CHANNELS_PREFERENCE = _result(
    "channels.preference",
    "how much one customer likes one channel",
    columns=(
        _CUSTOMER,
        text("channel", "The channel.", required=True),
        number("probability", "The probability that the customer's next purchase or answer comes through it."),
        _LOW,
        _HIGH,
    ),
    key=("customer_key", "channel"),
)

_CHANNELS_EFFECT = _result(
    "channels.effect",
    "what one channel brought",
    columns=(
        text("channel", "The channel.", required=True),
        integer("contacts", "Messages and contacts through it."),
        integer("responses", "Reactions to them."),
        money("cost", "What they cost."),
        money("margin", "The margin that they brought."),
        _LOW,
        _HIGH,
    ),
    key=("channel",),
)

_SERVICE_SATISFACTION = _result(
    "service.satisfaction",
    "one satisfaction index in one period",
    columns=(
        text("subject", "What is judged: product, service or company."),
        text("instrument", "The question: nps, csat, ces or another.", required=True),
        text("period", "The period as an ISO text.", required=True),
        integer("n", "Answers."),
        number("value", "The index."),
        _LOW,
        _HIGH,
    ),
    key=("subject", "instrument", "period"),
)

_SERVICE_TOPICS = _result(
    "service.topics",
    "one thing that people write or talk about",
    columns=(
        text("topic", "The topic's name.", required=True),
        text("words", "The words that mark it, separated by a space."),
        number("share", "Texts about it / all texts."),
        number("trend", "Change of the share from the period before."),
        integer("n", "Texts about it."),
    ),
    key=("topic",),
)

_SERVICE_CASES = _result(
    "service.cases",
    "how cases of one category fare with one team",
    columns=(
        text("category", "The category; null where cases have none."),
        text("team_id", "The team; null where cases have none."),
        integer("n", "Cases."),
        number("first_contact_resolution", "The share settled in the first contact."),
        number("hours_to_resolve", "The median time to a solution, in hours."),
        number("sla_met", "The share that kept the service agreement."),
        _LOW,
        _HIGH,
    ),
    key=("category", "team_id"),
)

_VISITORS_SESSIONS = _result(
    "visitors.sessions",
    "one session of one visitor",
    columns=(
        text("visitor_id", "The visitor.", required=True),
        integer("session", "The visitor's how-manieth session, from 1.", required=True),
        instant("started_at", "The first event."),
        instant("ended_at", "The last event."),
        integer("events", "Events in it."),
        flag("converted", "Whether an order came of it."),
    ),
    key=("visitor_id", "session"),
)

_VISITORS_FUNNEL = _result(
    "visitors.funnel",
    "one step on the way to an order",
    columns=(
        text("step", "The step.", required=True),
        integer("visitors", "Visitors who reached it."),
        number("share", "Visitors who reached it / visitors of the first step."),
        _LOW,
        _HIGH,
    ),
    key=("step",),
)

_VISITORS_UNMET = _result(
    "visitors.unmet",
    "something asked for and not found",
    columns=(
        text("what", "The words, product or category.", required=True),
        text("kind", "search, question or stock.", required=True),
        integer("asked", "How often it was asked for."),
        integer("served", "How often it was found."),
        money("value", "What serving it would have brought, as an estimate."),
    ),
    key=("what", "kind"),
)

_PRICING_ELASTICITY = _result(
    "pricing.elasticity",
    "how the demand for one item answers one price",
    columns=(
        text("item", "The item whose demand is meant.", required=True),
        text("on", "The item whose price is meant; the same item for its own elasticity.", required=True),
        number("elasticity", "Percent change of demand for one percent change of price."),
        _LOW,
        _HIGH,
        _INTERVAL,
        integer("n", "Observations behind it."),
    ),
    key=("item", "on"),
)

_PIPELINE_WIN_RATE = _result(
    "pipeline.win_rate",
    "the win rate of one group of deals",
    columns=(
        text("group", "The group, for example an agent or a product.", required=True),
        integer("closed", "Deals won or lost."),
        integer("won", "Deals won."),
        number("rate", "Won / closed."),
        _LOW,
        _HIGH,
    ),
    key=("group",),
)

_PIPELINE_FORECAST = _result(
    "pipeline.forecast",
    "what open deals will bring in one period",
    columns=(
        text("period", "The period as an ISO text.", required=True),
        money("amount", "The expected amount."),
        _LOW,
        _HIGH,
    ),
    key=("period",),
)

_RETENTION_COHORTS = _result(
    "retention.cohorts",
    "one cohort at one age",
    columns=(
        text("cohort", "The month of the first order, as 2024-03.", required=True),
        integer("age", "Months since then; 0 is the month itself.", required=True),
        integer("customers", "Customers in the cohort."),
        integer("active", "Those who bought at this age."),
        money("revenue", "What they bought at this age."),
        flag("censored", "Whether the data ends before the month does."),
    ),
    key=("cohort", "age"),
)

_SEGMENTS_MIGRATION = _result(
    "segments.migration",
    "customers who went from one segment to another between two dates",
    columns=(
        text("segmentation", "The way of grouping.", required=True),
        text("from_segment", "The segment at the earlier date; null for customers who were not there yet."),
        text("to_segment", "The segment at the later date; null for customers who are gone."),
        integer("customers", "How many."),
    ),
    key=("segmentation", "from_segment", "to_segment"),
)

_SEGMENTS_RFM = _result(
    "segments.rfm",
    "one customer's recency, frequency and monetary value",
    columns=(
        _CUSTOMER,
        integer("recency_days", "Days from the last purchase to the cut date."),
        integer("frequency", "Purchases in the window."),
        money("monetary", "Spend in the window."),
        integer("r", "The recency class, 1 (longest ago) to 5."),
        integer("f", "The frequency class, 1 (rarest) to 5."),
        integer("m", "The monetary class, 1 (lowest) to 5."),
        text("rfm", "The three classes as one text, for example 555."),
        day("as_of", "The cut date: nothing later was used.", required=True),
    ),
    key=("customer_key", "as_of"),
)

_VALUE_GROUPS = _result(
    "value.groups",
    "the value of one group of customers",
    columns=(
        text("grouping", "The way of grouping, for example a segmentation; `all` for everybody.", required=True),
        text("item", "The group.", required=True),
        integer("customers", "Customers in it."),
        money("value", "Their residual value together."),
        _LOW,
        _HIGH,
        _INTERVAL,
        day("as_of", "The cut date: nothing later was used.", required=True),
        text("model_version", "The fitted model that gave it."),
    ),
    key=("grouping", "item", "as_of"),
)

_PROFIT_STATEMENT = _result(
    "profit.statement",
    "the profit statement of one member of one dimension",
    columns=(
        text("level", "The dimension; `total` for the whole.", required=True),
        text("item", "The member; null for order lines that have none."),
        money("revenue", "Net sales after discounts and returns."),
        money("discounts", "Discounts given."),
        money("returns", "Goods given back, as a positive amount."),
        money("product_cost", "What the goods cost."),
        money("fulfilment", "What delivery and handling cost."),
        money("campaign", "What campaigns cost."),
        money("service", "What service cost."),
        money("contribution", "Revenue minus all these costs."),
    ),
    key=("level", "item"),
)

_MARKET_POTENTIAL = _result(
    "market.potential",
    "our share of one market",
    columns=(
        text("region", "The region.", required=True),
        text("category", "The category; null for all of them."),
        money("size", "The whole market's sales."),
        money("sales", "Ours."),
        number("share", "Ours / the whole."),
        _LOW,
        _HIGH,
    ),
    key=("region", "category"),
)

_DEVELOPMENT_IDEAS = _result(
    "development.ideas",
    "one idea for a new or better product",
    columns=(
        text("idea", "The idea.", required=True),
        text("kind", "Where it comes from: unmet demand, complaints, bundles or another."),
        text("evidence", "What speaks for it."),
        integer("customers", "Customers whom it would serve."),
        money("expected_value", "What it would bring."),
        _LOW,
        _HIGH,
    ),
    key=("idea",),
)

RESULTS: dict[str, Contract] = {
    each.name: each
    for each in (
        _AFFINITY_PAIRS,
        _AFFINITY_HALO,
        _OFFERS_RANKED,
        _ACQUISITION_SOURCES,
        _CHANNELS_PREFERENCE,
        _CHANNELS_EFFECT,
        _SERVICE_SATISFACTION,
        _SERVICE_TOPICS,
        _SERVICE_CASES,
        _VISITORS_SESSIONS,
        _VISITORS_FUNNEL,
        _VISITORS_UNMET,
        _PRICING_ELASTICITY,
        _PIPELINE_WIN_RATE,
        _PIPELINE_FORECAST,
        _RETENTION_COHORTS,
        _SEGMENTS_MIGRATION,
        _PROFIT_STATEMENT,
        _MARKET_POTENTIAL,
        _DEVELOPMENT_IDEAS,
        _SEGMENTS_RFM,
        _VALUE_GROUPS,
    )
}
