"""What do we know of each customer, all sources taken together? One row each, every attribute with its winner.

The winner of an attribute is a value that is there: by trust (the source with the highest one, then the most recent), by
recency (the most recent, then trust) or by frequency (what most of the customer's records say, then trust); what is
still equal goes to the smallest source and customer id. Winners are found attribute by attribute: a trusted source's
empty field does not hide another's value.
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
    customer: ir.Table,
    source_customer: ir.Table,
    *,
    seen: ir.Table,
    trust: Mapping[str, float],
    survivorship: Mapping[str, str] | None = None,
) -> ir.Table:
    """One row per customer_key of `source_customer`.

    Args:
        customer: current rows of the contract: source, customer_id, attributes, `attr_` columns, known_from.
        source_customer: the links; closed ones (until is set) are left aside.
        seen: source, customer_id, first_seen, last_seen, as `seen_customers` gives them.
        trust: trust by source, higher wins; `DEFAULT_TRUST` for a source that is not named.
        survivorship: attribute -> trust, recency or frequency; trust for those that are not named.

    Returns:
        customer_key; each attribute, `<attribute>_source` and `<attribute>_since` (null where nobody knows it; since when
        the record says so); first_seen, last_seen: first and last business day over all facts (null without facts).
    """
    attributes = attribute_names(customer)
    ranked = _ranked(_linked(customer, source_customer), trust)
    winners = _winners(ranked, attributes, rules=survivorship or {})
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
    last = [graded["link_source"], graded["link_id"]]
    recent, trusted = graded["changed"].desc(nulls_first=False), graded["trust"].desc()
    return graded.mutate(
        by_trust=ibis.row_number().over(group_by="customer_key", order_by=[trusted, recent, *last]),
        by_recency=ibis.row_number().over(group_by="customer_key", order_by=[recent, trusted, *last]),
    )


def _trust(source: ir.StringValue, trust: Mapping[str, float]) -> ir.FloatingValue:
    grades = [(source == name, ibis.literal(float(grade))) for name, grade in sorted(trust.items())]
    return ibis.cases(*grades, else_=ibis.literal(DEFAULT_TRUST)) if grades else ibis.literal(DEFAULT_TRUST)


def _winners(ranked: ir.Table, attributes: list[str], *, rules: Mapping[str, str]) -> ir.Table:
    counted = ranked.mutate(
        **{f"{name}__times": ranked[name].count().over(group_by=["customer_key", name])
           for name in attributes if _rule(name, rules) == "frequency"}
    )  # fmt: skip
    found = {}
    for name in attributes:
        told = ibis.struct({"value": counted[name], "source": counted["link_source"], "since": counted["changed"]})
        found[name] = told.argmin(_place(counted, name, rules=rules), where=counted[name].notnull())
    winners = counted.group_by("customer_key").agg(**found)
    parts: dict[str, ir.Value] = {}
    for name in attributes:
        parts |= {
            name: winners[name]["value"],
            f"{name}_source": winners[name]["source"],
            f"{name}_since": winners[name]["since"],
        }
    return winners.select("customer_key", **parts)


def _rule(name: str, rules: Mapping[str, str]) -> str:
    return rules.get(name.removeprefix("attr_"), "trust")


def _place(ranked: ir.Table, name: str, *, rules: Mapping[str, str]) -> ir.NumericValue:
    rule = _rule(name, rules)
    if rule == "frequency":
        return ranked["by_trust"] - ranked[f"{name}__times"] * _MORE
    return ranked["by_recency"] if rule == "recency" else ranked["by_trust"]


_MORE = 1_000_000_000  # one more record that says so outweighs any place


def _days(source_customer: ir.Table, seen: ir.Table) -> ir.Table:
    links = _current(source_customer)
    on = [links["link_source"] == seen["source"], links["link_id"] == seen["customer_id"]]
    joined = links.inner_join(seen, on)
    return joined.group_by(days_key="customer_key").agg(
        first_seen=joined["first_seen"].min(), last_seen=joined["last_seen"].max()
    )
