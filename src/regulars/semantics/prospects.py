"""From which list did a customer come: the prospect that became the customer."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from regulars.contracts.model import source_of
from regulars.engines.protocol import Tables
from regulars.semantics.customers import keys_of_customers
from regulars.semantics.lookup import looked_up

__all__ = ["acquired_through", "with_prospect"]


def acquired_through(prospects: ir.Table, links: ir.Table) -> ir.Table:
    """The list and its origin of each customer who was a prospect: (customer_key, list_id, origin), the first one's.

    Args:
        prospects: the table `prospect`.
        links: the table `source_customer`.
    """
    won = prospects.filter(prospects.converted_customer_id.notnull())
    of = ibis.coalesce(won[source_of("converted_customer_id")], won.source)
    keys = keys_of_customers(links)
    keyed = won.inner_join(keys, [of == keys.source, won.converted_customer_id == keys.customer_id])
    order = [keyed.acquired_on, keyed.list_id, keyed.prospect_id]
    first = keyed.mutate(place=ibis.row_number().over(group_by="customer_key", order_by=order))
    return first.filter(first.place == 0).select("customer_key", "list_id", "origin")


def with_prospect(rows: ir.Table, tables: Tables) -> ir.Table:
    """Facts with the list of their customer, as `prospect__list_id` and `prospect__origin`."""
    found = acquired_through(tables.table("prospect"), tables.table("source_customer"))
    return looked_up(rows, found, on={"customer_key": "customer_key"}, prefix="prospect")
