"""Whose clicks were these? Visitors who were seen to be a customer, at some time, lend their events to that customer.

A link holds from the moment it was seen until the next one of the same visitor; the first one also holds for all that
came before. A visitor who turned out to be many customers is a shop's kiosk or a shared computer: its links are not
used.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

__all__ = ["MOST", "shared_visitors", "stitched", "visitor_spans"]

MOST = 4
"""A visitor who was more customers than this is nobody."""


def visitor_spans(identity_link: ir.Table, *, most: int = MOST) -> ir.Table:
    """When which visitor was which customer.

    Args:
        identity_link: source, visitor_id, customer_source, customer_id, at.
        most: a visitor with more customers than this is left out.

    Returns:
        source, visitor_id, customer_source, customer_id, since (null: from ever on), until (null: for ever).
    """
    nobody = shared_visitors(identity_link, most=most)
    links = identity_link.anti_join(nobody, ["source", "visitor_id"])
    moments = links.group_by("source", "visitor_id", "at").agg(
        customer_source=links["customer_source"].argmin(links["customer_id"]), customer_id=links["customer_id"].min()
    )
    window = ibis.window(group_by=["source", "visitor_id"], order_by="at")
    spans = moments.mutate(until=moments["at"].lead().over(window), turn=ibis.row_number().over(window))
    since = ibis.ifelse(spans["turn"] == 0, ibis.null("timestamp"), spans["at"])
    return spans.select("source", "visitor_id", "customer_source", "customer_id", since=since, until=spans["until"])


def shared_visitors(identity_link: ir.Table, *, most: int = MOST) -> ir.Table:
    """source, visitor_id, customers: visitors who were more than `most` customers."""
    pair = identity_link["customer_source"].coalesce("") + "\x1f" + identity_link["customer_id"]
    counted = identity_link.mutate(pair=pair).group_by("source", "visitor_id").agg(customers=pair.nunique())
    return counted.filter(counted["customers"] > most)


def stitched(visit: ir.Table, identity_link: ir.Table, *, most: int = MOST) -> ir.Table:
    """The visits; where one names no customer but its visitor is known to be one, that customer.

    Args:
        visit: source, visitor_id, occurred_at, customer_source, customer_id and any further columns, kept.
        identity_link: as in `visitor_spans`.
        most: as there.
    """
    spans = visitor_spans(identity_link, most=most)
    spans = spans.select(
        of_source="source", of_visitor="visitor_id", link_source="customer_source", link_id="customer_id",
        link_since="since", link_until="until",
    )  # fmt: skip
    on = [
        visit["customer_id"].isnull(),
        visit["source"] == spans["of_source"],
        visit["visitor_id"] == spans["of_visitor"],
        spans["link_since"].isnull() | (visit["occurred_at"] >= spans["link_since"]),
        spans["link_until"].isnull() | (visit["occurred_at"] < spans["link_until"]),
    ]
    both = visit.left_join(spans, on)
    own = both["customer_id"].notnull()
    found = both.mutate(
        customer_source=ibis.ifelse(own, both["customer_source"], both["link_source"]),
        customer_id=ibis.coalesce(both["customer_id"], both["link_id"]),
    )
    return found.select(visit.columns)
