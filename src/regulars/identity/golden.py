"""What do we know of each customer, all sources taken together? One row each, every attribute with its winner.

The winner of an attribute is the value that is there, from the source with the highest trust, then the most recent,
then the smallest source and customer id. Winners are found attribute by attribute: a trusted source's empty field does
not hide another's value.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from regulars.contracts.party import CUSTOMER_ATTRIBUTES

__all__ = ["DEFAULT_TRUST", "attribute_names", "golden_customer"]

DEFAULT_TRUST = 1.0
"""Trust of a source that the mapping does not name."""


def attribute_names(customer: ir.Table) -> list[str]:
    """The attributes of a customer table: those of the contract that it has, then `attr_` columns by name."""
    named = sorted(column for column in customer.columns if column.startswith("attr_"))
    return [column.name for column in CUSTOMER_ATTRIBUTES if column.name in customer.columns] + named


def golden_customer(
    customer: ir.Table, source_customer: ir.Table, *, seen: ir.Table, trust: Mapping[str, float]
) -> ir.Table:
    """One row per customer_key of `source_customer`.

    Args:
        customer: current rows of the contract: source, customer_id, attributes, `attr_` columns, known_from.
        source_customer: the links; closed ones (until is set) are left aside.
        seen: source, customer_id, first_seen, last_seen, as `seen_customers` gives them.
        trust: trust by source, higher wins; `DEFAULT_TRUST` for a source that is not named.

    Returns:
        customer_key; each attribute and `<attribute>_source` (null where nobody knows it); first_seen, last_seen: first
        and last business day over all facts (null without facts).
    """
    attributes = attribute_names(customer)
    winners = _winners(_ranked(_linked(customer, source_customer), trust), attributes)
    days = _days(source_customer, seen)
    return winners.left_join(days, winners["customer_key"] == days["days_key"]).drop("days_key")


def _current(source_customer: ir.Table) -> ir.Table:
    links = source_customer.filter(source_customer["until"].isnull())
    return links.select("customer_key", link_source="source", link_id="customer_id")


def _linked(customer: ir.Table, source_customer: ir.Table) -> ir.Table:
    links = _current(source_customer)
    on = [links["link_source"] == customer["source"], links["link_id"] == customer["customer_id"]]
    return links.left_join(customer, on)


def _ranked(linked: ir.Table, trust: Mapping[str, float]) -> ir.Table:
    known = linked["known_from"]
    changed = linked["updated_at"].coalesce(known) if "updated_at" in linked.columns else known
    graded = linked.mutate(trust=_trust(linked["link_source"], trust), changed=changed)
    order = [
        graded["trust"].desc(),
        graded["changed"].desc(nulls_first=False),
        graded["link_source"],
        graded["link_id"],
    ]
    return graded.mutate(place=ibis.row_number().over(group_by="customer_key", order_by=order))


def _trust(source: ir.StringValue, trust: Mapping[str, float]) -> ir.FloatingValue:
    grades = [(source == name, ibis.literal(float(grade))) for name, grade in sorted(trust.items())]
    return ibis.cases(*grades, else_=ibis.literal(DEFAULT_TRUST)) if grades else ibis.literal(DEFAULT_TRUST)


def _winners(ranked: ir.Table, attributes: list[str]) -> ir.Table:
    found = {}
    for name in attributes:
        there = ranked[name].notnull()
        found[name] = ranked[name].argmin(ranked["place"], where=there)
        found[f"{name}_source"] = ranked["link_source"].argmin(ranked["place"], where=there)
    return ranked.group_by("customer_key").agg(**found)


def _days(source_customer: ir.Table, seen: ir.Table) -> ir.Table:
    links = _current(source_customer)
    on = [links["link_source"] == seen["source"], links["link_id"] == seen["customer_id"]]
    joined = links.inner_join(seen, on)
    return joined.group_by(days_key="customer_key").agg(
        first_seen=joined["first_seen"].min(), last_seen=joined["last_seen"].max()
    )
