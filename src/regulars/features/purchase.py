"""What has each customer bought up to a date: how often, how recently, for how much, with what margin?

One purchase is one day on which a customer bought: several orders of one day are one purchase, because the models of
repeat buying count occasions. Cancelled lines never count. A day that ends at zero or less (a day of returns) is no
purchase, but its amounts stay in the customer's revenue and margin.
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from regulars.engines.portable import money, ratio
from regulars.features.customer import with_customer

__all__ = ["purchase_day", "purchase_summary"]


def purchase_day(order_line: ir.Table, source_customer: ir.Table, *, default_margin: float | None) -> ir.Table:
    """One row per customer and business day with at least one line that was not cancelled.

    Args:
        order_line: the contract's table, already cut.
        source_customer: the links from (source, customer_id) to customer_key.
        default_margin: the share of net_amount that is margin where a line has no cost_amount; None leaves the margin
            of such a line unknown, and sums then cover the known lines only.

    Returns:
        customer_key, day, revenue (money), margin (money, null when no line's margin is known), lines (int64).
        Anonymous lines are left out.
    """
    return _by_day(_lines(order_line, source_customer), default_margin)


def purchase_summary(
    order_line: ir.Table, source_customer: ir.Table, *, as_of: date, default_margin: float | None
) -> ir.Table:
    """One row per customer who bought at least once up to and including `as_of`.

    Args:
        order_line: the contract's table.
        source_customer: the links from (source, customer_id) to customer_key.
        as_of: the last business day that is seen; later lines change nothing.
        default_margin: as in `purchase_day`.

    Returns:
        customer_key; first_day, last_day: of a purchase; purchases: days with revenue above zero, at least 1;
        frequency: purchases - 1; recency: days from first to last purchase; age: days from the first
        purchase to `as_of`; revenue, margin: money over all days, days of returns too; repeat_revenue_mean,
        repeat_margin_mean: float64, per purchase day but the first, null for one-time buyers, the margin also when that
        of any purchase day is unknown. (frequency, recency, age) are x, t_x and T of Fader, Hardie and Lee (2005) in
        days.
    """
    lines = _lines(order_line.filter(order_line["business_date"] <= ibis.literal(as_of)), source_customer)
    return _named(_by_customer(_by_day(lines, default_margin)), as_of)


def _lines(order_line: ir.Table, source_customer: ir.Table) -> ir.Table:
    counted = order_line.filter(order_line["status"].coalesce("") != "cancelled")
    keyed = with_customer(counted, source_customer)
    return keyed.filter(keyed["customer_key"].notnull()).select(
        "customer_key", "net_amount", "cost_amount", day="business_date"
    )


def _by_day(lines: ir.Table, default_margin: float | None) -> ir.Table:
    cost = lines["cost_amount"]
    if default_margin is not None:
        cost = cost.coalesce(money(lines["net_amount"].cast("float64") * (1.0 - default_margin)))
    margin = lines["net_amount"] - cost
    return lines.group_by("customer_key", "day").agg(
        revenue=money(lines["net_amount"].sum()),
        margin=money(margin.sum()),
        lines=lines.count().cast("int64"),
    )


def _by_customer(days: ir.Table) -> ir.Table:
    bought = days["revenue"] > 0
    totals = days.group_by("customer_key").agg(
        first_day=days["day"].min(where=bought),
        last_day=days["day"].max(where=bought),
        purchases=bought.sum().cast("int64"),
        revenue=money(days["revenue"].sum()),
        margin=money(days["margin"].sum()),
        bought_revenue=days["revenue"].sum(where=bought),
        bought_margin=days["margin"].sum(where=bought),
        first_revenue=days["revenue"].argmin(days["day"], where=bought),
        first_margin=days["margin"].argmin(days["day"], where=bought),
        with_margin=days["margin"].count(where=bought),
    )
    return totals.filter(totals["purchases"] > 0)


def _named(buyers: ir.Table, as_of: date) -> ir.Table:
    repeats = buyers["purchases"] - 1
    margin_mean = ratio(buyers["bought_margin"] - buyers["first_margin"], repeats)
    known = buyers["with_margin"] == buyers["purchases"]
    return buyers.select(
        "customer_key",
        "first_day",
        "last_day",
        "purchases",
        frequency=repeats,
        recency=buyers["last_day"].delta(buyers["first_day"], unit="day").cast("int64"),
        age=ibis.literal(as_of).delta(buyers["first_day"], unit="day").cast("int64"),
        revenue=buyers["revenue"],
        margin=buyers["margin"],
        repeat_revenue_mean=ratio(buyers["bought_revenue"] - buyers["first_revenue"], repeats),
        repeat_margin_mean=ibis.ifelse(known, margin_mean, ibis.null("float64")),
    )
