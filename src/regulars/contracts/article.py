"""What is sold, where, at which price, and how much of it lies there: products, stores, promotions, stock."""

from __future__ import annotations

from regulars.contracts.declare import day, flag, instant, money, number, quantity, text
from regulars.contracts.model import Contract, Load

__all__ = ["PRODUCT", "PROMOTION", "STOCK", "STORE"]

PRODUCT = Contract(
    name="product",
    grain="an article",
    columns=(
        text("product_id", "The source's own number of the article.", required=True),
        text("name", "The article's name.", required=True),
        text("brand", "The brand."),
        text("department", "The highest level of the assortment."),
        text("category", "The level below the department."),
        text("subcategory", "The level below the category."),
        text("supplier_id", "Who delivers it, as the source numbers suppliers."),
        money("unit_cost", "What one unit costs us, without tax; null where not known."),
        money("list_price", "The price of one unit before discounts, without tax; null where not known."),
        day("launched_on", "The first day of sale; null where not known."),
        day("ended_on", "The last day of sale; null while it is sold."),
    ),
    key=("product_id",),
    load=Load.UPSERT,
)

STORE = Contract(
    name="store",
    grain="a place of sale",
    columns=(
        text("store_id", "The source's own number of the store.", required=True),
        text("name", "The store's name."),
        text("district", "The sales district, the level above the store."),
        text("region", "The region, the level above the district."),
        text("country", "The country, the level above the region."),
        text("format", "The kind of store: flagship, city, outlet or another word of the house."),
    ),
    key=("store_id",),
    load=Load.UPSERT,
)

PROMOTION = Contract(
    name="promotion",
    grain="a price or promotion in force",
    columns=(
        text("promotion_id", "The source's own number of the promotion.", required=True),
        text("product_id", "The article that it holds for.", required=True, ref="product"),
        day("starts_on", "The first day.", required=True),
        day("ends_on", "The last day, included.", required=True),
        text("store_id", "The store that it holds in; null for all of them.", ref="store"),
        money("price", "The price of one unit while it lasts, without tax; null where only a share is known."),
        number("discount_share", "The discount as a share of list price, 0 to 1; null where only the price is known."),
        text("feature", "How it is advertised, for example a page of the leaflet; null where it is not."),
        text("display", "Where it is shown in the store; null where it has no special place."),
    ),
    key=("promotion_id",),
    time="starts_on",
)

STOCK = Contract(
    name="stock",
    grain="a level of stock",
    columns=(
        text("product_id", "The article.", required=True, ref="product"),
        text("store_id", "The store; null for the central warehouse.", ref="store"),
        instant("at", "When it was counted.", required=True),
        quantity("level", "How many units lay there; null where only `available` is known."),
        flag("available", "Whether it could be bought; null where only the level is known."),
    ),
    key=("product_id", "store_id", "at"),
    time="at",
)
