"""What would a change of rules do to the figures that people know? Buyers, who came back, revenue of each."""

from __future__ import annotations

import ibis.expr.types as ir

from regulars.engines.portable import money, ratio

__all__ = ["main_figures"]


def main_figures(order_line: ir.Table, links: ir.Table) -> ir.Table:
    """One row: buyers, repeat_buyers (two orders or more), orders_per_buyer, revenue_per_buyer.

    Args:
        order_line: source, order_id, customer_source, customer_id, net_amount, status; cancelled lines do not count.
        links: source, customer_id, customer_key.
    """
    done = order_line.filter(order_line["status"].isnull() | (order_line["status"].lower() != "cancelled"))
    of = links.select(link_source="source", link_id="customer_id", customer_key="customer_key")
    on = [done["customer_source"] == of["link_source"], done["customer_id"] == of["link_id"]]
    bought = done.inner_join(of, on)
    each = bought.group_by("customer_key").agg(
        orders=(bought["source"] + "\x1f" + bought["order_id"]).nunique(), revenue=bought["net_amount"].sum()
    )
    sums = each.agg(
        buyers=each.count(), repeat_buyers=each.count(where=each["orders"] > 1), orders=each["orders"].sum(),
        revenue=each["revenue"].sum(),
    )  # fmt: skip
    return sums.select(
        "buyers",
        "repeat_buyers",
        orders_per_buyer=ratio(sums["orders"], sums["buyers"]),
        revenue_per_buyer=money(ratio(sums["revenue"], sums["buyers"])),
    )
