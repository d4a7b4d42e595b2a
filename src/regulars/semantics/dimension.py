"""By what can a metric be split: periods, things that were sold, places, channels, campaigns, customers and segments.

A dimension is a column of a fact, or a column that the fact's rows reach many-to-one. Its members are texts; null stays
a member. What describes a product, a store or a customer is there twice: as it is now, and with `@sale` behind its name
as it was at the time of the sale.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import ibis.expr.types as ir

from regulars.contracts.catalog import CONTRACTS
from regulars.contracts.model import SYSTEM_COLUMNS
from regulars.semantics.calendar import hour_of, label_of_day, member_of_day
from regulars.semantics.context import Context
from regulars.semantics.fact import Fact, reaches
from regulars.semantics.targets import LEVELS
from regulars.semantics.then import SALE

__all__ = ["DIMENSIONS", "Dimension", "dimensions", "label_of", "member_of", "reachable"]


@dataclass(frozen=True, slots=True)
class Dimension:
    """One way to split.

    Attributes:
        name: its name everywhere.
        says: what its members are.
        column: a column of the fact, or of what `link` adds.
        link: the link that adds it, None for a fact's own column.
        grain: the period, for days; else None.
        part_of: the next coarser dimension of its hierarchy.
    """

    name: str
    says: str
    column: str
    link: str | None = None
    grain: str | None = None
    part_of: str | None = None


def _own(name: str, says: str) -> Dimension:
    return Dimension(name, says, name)


def _of(link: str, name: str, *, says: str, column: str | None = None, part_of: str | None = None) -> Dimension:
    return Dimension(name, says, f"{link}__{column or name}", link=link, part_of=part_of)


def _time(name: str, says: str, *, part_of: str | None = None) -> Dimension:
    return Dimension(name, says, "day", grain=name, part_of=part_of)


_BY_NUMBER = "by its number; as SOURCE:NUMBER where two sources use the number for different things."

DIMENSIONS: Mapping[str, Dimension] = {
    each.name: each
    for each in (
        _time("day", "The business day, as 2017-03-02.", part_of="month"),
        _time("week", "The week, by its first day; weeks start on the project's first weekday."),
        _time("month", "The month, as 2017-03.", part_of="quarter"),
        _time("quarter", "The quarter, as 2017-Q1.", part_of="year"),
        _time("year", "The year."),
        _time("weekday", "The day of the week, from the project's first weekday."),
        Dimension("hour", "The hour of the day in the project's time zone, as 09.", "at", grain="hour"),
        Dimension("customer", "The customer, by key.", "customer_key", "customer"),
        Dimension("cohort", "The month of the customer's first order.", "cohort__first_day", "cohort", "month"),
        _of("product", "department", says="The product's department."),
        _of("product", "category", says="The product's category.", part_of="department"),
        _of("product", "subcategory", says="The product's subcategory.", part_of="category"),
        Dimension("product", f"The product, {_BY_NUMBER}", "product_id", part_of="subcategory"),
        _of("product", "product_name", says="The product, by its name.", column="name", part_of="subcategory"),
        _of("product", "brand", says="The product's brand."),
        _of("store", "country", says="The store's country."),
        _of("store", "region", says="The store's region.", part_of="country"),
        _of("store", "district", says="The store's district.", part_of="region"),
        Dimension("store", f"The store, {_BY_NUMBER}", "store_id", part_of="district"),
        _of("store", "store_name", says="The store, by its name.", column="name", part_of="district"),
        _own("channel", "The channel of the sale, message, conversation or visit."),
        _own("payment_method", "How it was paid."),
        _own("source", "The source that the row came from."),
        Dimension("campaign", f"The campaign, {_BY_NUMBER}", "campaign_id"),
        _of("campaign", "campaign_name", says="The campaign, by its name.", column="name"),
        Dimension("offer", f"The offer, {_BY_NUMBER}", "offer_id", part_of="campaign"),
        _own("arm", "The arm of the campaign."),
        Dimension("partner", f"The partner, {_BY_NUMBER}", "partner_id"),
        _of("partner", "partner_name", says="The partner, by its name.", column="name"),
        _own("agent", "Who spoke or sold for us."),
        _own("team", "The seller's team."),
        _own("reason", "What a conversation was about."),
        _of(
            "prospect",
            "list",
            says="The list on which the customer stood as a prospect.",
            column="list_id",
            part_of="origin",
        ),
        _of("prospect", "origin", says="Who sold the list on which the customer stood, or where the lead came from."),
        _own("target_metric", "The metric that a plan figure is of."),
        _own("scenario", "The plan that a plan figure belongs to, for example budget."),
    )
}


def _attributes() -> tuple[str, ...]:
    names = CONTRACTS["golden_customer"].names
    hidden = {"customer_key", *SYSTEM_COLUMNS, *(f"{name}_{end}" for name in names for end in ("source", "since"))}
    return tuple(name for name in names if name not in hidden)


def dimensions(
    context: Context, attributes: Iterable[str] = (), *, lines: Iterable[str] = (), products: Iterable[str] = ()
) -> dict[str, Dimension]:
    """Every dimension by name: the fixed ones, segmentations, and customer attributes.

    A customer attribute is `customer.NAME`, and NAME alone where no other dimension is called so; a segmentation is
    `segment.NAME`, and NAME alone likewise.

    Args:
        context: gives the segmentations.
        attributes: further columns of the golden customer (named attributes, with or without `attr_`).
        lines, products: the `attr_` columns of order lines and of products; their names are `line.NAME` and
            `product.NAME`, and NAME alone where no other dimension is called so.
    """
    found = dict(DIMENSIONS)
    for name in context.segmentations:
        segment = Dimension(
            f"segment.{name}", f"The customer's segment in `{name}` now.", f"segment.{name}__segment", f"segment.{name}"
        )
        found[segment.name] = segment
        found.setdefault(name, Dimension(name, segment.says, segment.column, segment.link))
    for column in dict.fromkeys((*_attributes(), *attributes)):
        if column.endswith("_source"):
            continue
        short = column.removeprefix("attr_")
        says = f"The customer's {short.replace('_', ' ')} now."
        found.setdefault(f"customer.{short}", Dimension(f"customer.{short}", says, f"customer__{column}", "golden"))
        found.setdefault(short, Dimension(short, says, f"customer__{column}", "golden"))
    for column in lines:
        _name(found, "line", column=column, link=None)
    for column in products:
        _name(found, "product", column=column, link="product")
    return found | {each.name: each for each in _then(found)}


def _then(found: Mapping[str, Dimension]) -> Iterable[Dimension]:
    """Twins of the descriptions of products, stores and customers: as they were at the time of the sale."""
    for name, each in found.items():
        if each.link in ("product", "store", "golden"):
            prefix, _, column = each.column.partition("__")
            says = f"{each.says.removesuffix('.').removesuffix(' now')} at the time of the sale (or other event)."
            yield Dimension(f"{name}{SALE}", says, f"{prefix}{SALE}__{column}", f"{each.link}{SALE}")


def _name(found: dict[str, Dimension], what: str, *, column: str, link: str | None) -> None:
    short = column.removeprefix("attr_")
    says = f"The {what}'s {short.replace('_', ' ')}, a named attribute."
    place = f"{link}__{column}" if link else column
    for name in (f"{what}.{short}", short):
        found.setdefault(name, Dimension(name, says, place, link))


def reachable(dimension: Dimension, fact: Fact) -> bool:
    """Whether every row of the fact has one member of the dimension.

    >>> from regulars.semantics.fact import FACTS
    >>> reachable(DIMENSIONS["brand"], FACTS["sale_lines"]), reachable(DIMENSIONS["brand"], FACTS["messages"])
    (True, False)
    """
    if fact.name == "targets" and dimension.name in LEVELS:
        return True
    if dimension.link is None:
        named = dimension.column.startswith("attr_") and fact.name == "sale_lines"
        return named or dimension.column in fact.columns
    return reaches(fact, dimension.link)


def member_of(dimension: Dimension, rows: ir.Table, *, context: Context, day: str = "day") -> ir.Value:
    """The row's member, in the form that sorts; `day` names the column that says when."""
    if dimension.grain is None:
        return rows[dimension.column]
    if dimension.grain == "hour":
        return hour_of(rows[dimension.column], context.timezone)
    column = day if dimension.column == "day" and dimension.grain != "weekday" else dimension.column
    return member_of_day(rows[column], dimension.grain, week_start=context.week_start)


def label_of(dimension: Dimension, member: ir.Value, *, context: Context) -> ir.StringValue:
    """What the member is called, as a text; null stays null."""
    if dimension.grain is None:
        return member.cast("string")
    return label_of_day(member, dimension.grain, week_start=context.week_start)
