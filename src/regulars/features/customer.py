"""Whose row is it? Facts keep the customer id of their source; here each of them gets the one customer's key.

The key is joined when a table is read and never stored beside a fact, so that a merge or a split of customers moves
their whole history at no cost.
"""

from __future__ import annotations

import ibis.expr.types as ir

__all__ = ["with_customer"]


def with_customer(fact: ir.Table, source_customer: ir.Table) -> ir.Table:
    """A fact table with `customer_key` added at the end.

    Args:
        fact: any table with customer_source and customer_id.
        source_customer: one row per (source, customer_id) whose `until` is null; closed links are left aside.

    Returns:
        All rows of `fact`, each once. `customer_key` is null for anonymous rows (customer_id is null) and for ids that
        were never unified.
    """
    links = source_customer.filter(source_customer["until"].isnull()).select(
        link_source="source", link_id="customer_id", customer_key="customer_key"
    )
    on = [fact["customer_source"] == links["link_source"], fact["customer_id"] == links["link_id"]]
    return fact.left_join(links, on).drop("link_source", "link_id")
