"""What is known of the world outside and of our own plans: markets, targets, special days, exchange rates."""

from __future__ import annotations

from regulars.contracts.declare import day, integer, money, number, text
from regulars.contracts.model import Contract, Load

__all__ = ["CALENDAR", "MARKET", "RATE", "TARGET"]

MARKET = Contract(
    name="market",
    grain="outside knowledge of a market",
    columns=(
        text("market_id", "The source's own number of the record.", required=True),
        text("period", "The period as an ISO text: 2024-03, 2024-Q1 or 2024.", required=True),
        text("region", "The region, spelled as in `customer` or `store`.", required=True),
        text("category", "The category, spelled as in `product`; null for all of them."),
        text("brand", "The brand, ours or a competitor's; null for all of them."),
        money("size_amount", "The whole market's sales in the period, in the project's currency."),
        integer("households", "How many households or companies live there."),
        money("competitor_price", "The competitors' price of one unit."),
        number("awareness", "The share, 0 to 1, who know the brand."),
        number("preference", "The share, 0 to 1, who prefer the brand."),
        text("source_note", "Who says so, and how it was found."),
    ),
    key=("market_id",),
)

TARGET = Contract(
    name="target",
    grain="a plan figure",
    columns=(
        text("target_id", "The source's own number of the figure.", required=True),
        text("metric", "The metric that is planned, by its name in Regulars.", required=True),
        day("period_start", "The first day of the period.", required=True),
        day("period_end", "The last day of the period, included.", required=True),
        number("value", "The planned value, in the metric's unit.", required=True),
        text("level", "The dimension that it is planned for, for example region; null for the whole."),
        text("item", "The member of that dimension, for example North; null for the whole."),
        text("scenario", "The plan that it belongs to, for example budget; null for the only one."),
    ),
    key=("target_id",),
    load=Load.UPSERT,
)

CALENDAR = Contract(
    name="calendar",
    grain="a special day",
    columns=(
        day("day", "The day.", required=True),
        text("name", "What the day is called.", required=True),
        text("region", "Where it holds, spelled as in `store`; null for everywhere."),
        text("kind", "What it is: holiday, festival, closing or another word of the house."),
    ),
    key=("day", "name", "region"),
    time="day",
    load=Load.UPSERT,
)

RATE = Contract(
    name="rate",
    grain="an exchange rate",
    columns=(
        text("currency", "The foreign currency, as a code.", required=True),
        day("day", "The day from which the rate holds, until the next one.", required=True),
        number("rate", "What one unit of the foreign currency is worth in the project's currency.", required=True),
    ),
    key=("currency", "day"),
    time="day",
)
