"""What did visitors do: events, the visits that they make up, and which visits ended in an order."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from regulars.engines.protocol import Tables
from regulars.identity.visitor import stitched
from regulars.semantics.customers import with_customer

__all__ = ["ORDERED", "PAUSE_SECONDS", "visits", "with_conversion"]

PAUSE_SECONDS = 1800  # a visit ends when its visitor is silent for that long
ORDERED = ("order", "purchase")  # kinds of events that are an order


def visits(tables: Tables) -> ir.Table:
    """Events of visitors, with `visitor_key` = source and visitor, `starts` (whether a visit begins) and `visit_number`.

    An event that names no customer is that customer's whom its visitor was seen to be (`identity_link`).
    """
    rows = stitched(tables.table("visit"), tables.table("identity_link"))
    key = rows.source + "|" + rows.visitor_id
    named = rows.mutate(contract=ibis.literal("visit"), day=rows.business_date, at=rows.occurred_at, visitor_key=key,
                        cluster=key)  # fmt: skip
    order = [named.occurred_at, named.event_id]
    before = named.occurred_at.lag().over(group_by="visitor_key", order_by=order)
    pause = named.occurred_at.epoch_seconds() - before.epoch_seconds()
    opened = named.mutate(starts=before.isnull() | (pause >= PAUSE_SECONDS))
    so_far = ibis.window(
        group_by="visitor_key", order_by=[opened.occurred_at, opened.event_id], preceding=None, following=0
    )
    return opened.mutate(visit_number=opened.starts.cast("int64").sum().over(so_far))


def with_conversion(rows: ir.Table, tables: Tables) -> ir.Table:
    """Events with `converted`: true at the first event of a visit that ended in an order.

    A visit ended in an order when one of its events says so (a kind of `ORDERED`), or when its visitor is a known customer
    (by an event of the visit, or by `identity_link`) who bought on the day on which the visit began.

    Args:
        rows: events with customer_key.
        tables: gives `identity_link`, `order_line` and `source_customer`.
    """
    said = rows.kind.lower().isin(ORDERED).cast("int64")
    each = rows.group_by("visitor_key", "visit_number").aggregate(
        said=said.max(), who=rows.customer_key.max(), began=rows.day.min()
    )
    stitched = _stitched(tables)
    named = each.left_join(stitched, [each.visitor_key == stitched.link_visitor])
    named = named.mutate(who=ibis.coalesce(named.who, named.link_customer))
    bought = _bought(tables)
    met = named.left_join(bought, [named.who == bought.buyer, named.began == bought.bought_on])
    ended = met.select(
        conv_visitor="visitor_key", conv_number="visit_number", ended=(met.said == 1) | met.buyer.notnull()
    )
    found = rows.left_join(ended, [rows.visitor_key == ended.conv_visitor, rows.visit_number == ended.conv_number])
    return found.mutate(converted=found.starts & found.ended).drop("conv_visitor", "conv_number", "ended")


def _stitched(tables: Tables) -> ir.Table:
    """Visitors who were seen to be one customer, and no second one."""
    links = with_customer(tables.table("identity_link"), tables)
    known = links.filter(links.customer_key.notnull())
    one = known.group_by(link_visitor=known.source + "|" + known.visitor_id).aggregate(
        link_customer=known.customer_key.max(), least=known.customer_key.min()
    )
    return one.filter(one.link_customer == one.least).drop("least")


def _bought(tables: Tables) -> ir.Table:
    lines = tables.table("order_line")
    sold = lines.filter(
        (lines.status.isnull() | (lines.status.lower() != "cancelled")) & (lines.net_amount > 0),
        lines.customer_id.notnull(),
    )
    keyed = with_customer(sold.select("customer_source", "customer_id", bought_on="business_date"), tables)
    return keyed.filter(keyed.customer_key.notnull()).select(buyer="customer_key", bought_on="bought_on").distinct()
