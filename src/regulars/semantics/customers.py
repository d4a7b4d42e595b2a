"""Whose row is it: from a source's own customer id to the customer, and from there to all we know of the customer.

`customer_key` is joined at question time, never stored in facts, so that merges and splits move history at no cost.
`customer_group` is the customer's cluster for sampling intervals.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from regulars.engines.portable import hash_group
from regulars.engines.protocol import Tables
from regulars.semantics.lookup import looked_up, one_row_each

__all__ = [
    "first_orders",
    "keys_of_customers",
    "latest_scores",
    "members",
    "with_customer",
    "with_first_order",
    "with_golden",
]


def keys_of_customers(links: ir.Table) -> ir.Table:
    """`source_customer` as (source, customer_id, customer_key, customer_group), one row for each source's id.

    The open link wins over ended ones, then the latest one.
    """
    order = [links.until.isnull().desc(), links.since.desc(), links.customer_key]
    number = ibis.row_number().over(group_by=["source", "customer_id"], order_by=order)
    one = links.mutate(number=number).filter(lambda row: row.number == 0)
    return one.select("source", "customer_id", "customer_key", customer_group=hash_group(one.customer_key))


def with_customer(rows: ir.Table, tables: Tables) -> ir.Table:
    """Facts with `customer_key` and `customer_group`; null for anonymous ones, which stay."""
    keys = keys_of_customers(tables.table("source_customer"))
    found = looked_up(rows, keys, on={"customer_source": "source", "customer_id": "customer_id"}, prefix="link")
    return found.rename(customer_key="link__customer_key", customer_group="link__customer_group")


def with_golden(rows: ir.Table, tables: Tables, *, columns: Sequence[str]) -> ir.Table:
    """Facts with attributes of their customer, as `customer__<attribute>`."""
    golden = one_row_each(tables.table("golden_customer"), ["customer_key"], columns=columns)
    return looked_up(rows, golden, on={"customer_key": "customer_key"}, prefix="customer")


def first_orders(lines: ir.Table, links: ir.Table) -> ir.Table:
    """Each customer's first order: (customer_key, first_day), over lines that are neither cancelled nor returns."""
    sold = lines.filter(
        (lines.status.isnull() | (lines.status.lower() != "cancelled")) & (lines.net_amount >= 0),
        lines.quantity.isnull() | (lines.quantity >= 0),
    )
    keyed = looked_up(
        sold.select("customer_source", "customer_id", "business_date"),
        keys_of_customers(links),
        on={"customer_source": "source", "customer_id": "customer_id"},
        prefix="link",
    )
    known = keyed.filter(keyed.link__customer_key.notnull())
    return known.group_by(customer_key=known.link__customer_key).aggregate(first_day=known.business_date.min())


def with_first_order(rows: ir.Table, tables: Tables) -> ir.Table:
    """Facts with the day of their customer's first order, `cohort__first_day`."""
    first = first_orders(tables.table("order_line"), tables.table("source_customer"))
    return looked_up(rows, first, on={"customer_key": "customer_key"}, prefix="cohort")


def members(segments: ir.Table, segmentation: str) -> ir.Table:
    """Who is in which segment of one segmentation now: (customer_key, segment), its latest run only."""
    own = segments.filter(segments.segmentation == segmentation)
    latest = own.mutate(latest=own.as_of.max().over())
    now = latest.filter(latest.as_of == latest.latest)
    return now.group_by("customer_key").aggregate(segment=now.segment.min())


def latest_scores(scores: ir.Table, analysis: str, *, measure: str, columns: Sequence[str] | None = None) -> ir.Table:
    """One measure of an analysis for each customer, its latest run only, one row for each customer."""
    own = scores.filter(
        scores.subject == "customer", scores.analysis == analysis, scores.measure == measure, scores.item.isnull()
    )
    latest = own.mutate(latest=own.as_of.max().over())
    now = latest.filter(latest.as_of == latest.latest).drop("latest")
    return one_row_each(now, ["subject_id"], columns=columns)
