"""What does the value room read of each customer? Kinds of histories, repeat spend, and what came after a cut.

Everything starts from `purchase_summary`; these builders fold it into the small tables that fits need, and put a
backtest's outcome beside it.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from regulars.engines.portable import hash_text, rounded
from regulars.features.purchase import purchase_day

__all__ = ["group_cell", "history", "holdout", "repeat_spend", "sampled"]

_SALT = "value"
_HISTORY = ("frequency", "recency", "age")


def history(summary: ir.Table) -> ir.Table:
    """One row per distinct history: frequency (x), recency (t_x, days), age (T, days), customers."""
    return summary.group_by(*_HISTORY).agg(customers=ibis._.count()).order_by(*_HISTORY)


def repeat_spend(summary: ir.Table) -> ir.Table:
    """frequency and spend (float64, margin per repeat purchase) of repeat buyers with a known margin above zero."""
    spend = rounded(summary["repeat_margin_mean"], 6)
    known = summary.filter((summary["frequency"] > 0) & (spend > 0))
    return known.select("frequency", spend=rounded(known["repeat_margin_mean"], 6)).order_by("frequency", "spend")


def sampled(summary: ir.Table, *, share: float) -> ir.Table:
    """A fixed part of the customers, chosen by a hash of their key, equal on every engine and at every cut.

    Args:
        summary: any table with customer_key.
        share: 0 to 1; from 1 on everybody.
    """
    if share >= 1.0:
        return summary
    edge = f"{int(share * 16**8):08x}"
    return summary.filter(hash_text(summary["customer_key"], _SALT) < edge)


def holdout(
    summary: ir.Table, order_line: ir.Table, *, source_customer: ir.Table, default_margin: float | None
) -> ir.Table:
    """The customers of a cut with what they did after it.

    Args:
        summary: `purchase_summary` at the cut.
        order_line: the lines after the cut.
        source_customer: links, as at the cut.
        default_margin: as in `purchase_day`.

    Returns:
        customer_key, frequency, recency, age, spend (float64, margin per repeat purchase, null where unknown),
        bought (int64, purchase days after the cut), margin (float64, of those days), sorted by customer_key.
    """
    days = purchase_day(order_line, source_customer, default_margin=default_margin)
    bought = days.filter(days["revenue"] > 0)
    after = bought.group_by(after_key="customer_key").agg(
        bought=bought.count().cast("int64"), after_margin=bought["margin"].sum()
    )
    people = summary.select("customer_key", *_HISTORY, "repeat_margin_mean")
    both = people.left_join(after, people["customer_key"] == after["after_key"])
    return both.select(
        "customer_key",
        *_HISTORY,
        spend=rounded(both["repeat_margin_mean"], 6),
        bought=both["bought"].coalesce(0).cast("int64"),
        margin=both["after_margin"].cast("float64").coalesce(0.0),
    ).order_by("customer_key")


def group_cell(summary: ir.Table, member: ir.Table) -> ir.Table:
    """Sums over the customers of a group with the same history: all that a group's total needs of its customers.

    Args:
        summary: `purchase_summary`.
        member: customer_key, grouping, item.

    Returns:
        grouping, item, frequency, recency, age, customers, known (repeat buyers whose margin is known), spend and
        spend_squared (float64, sums of the margin per repeat purchase over the known), sorted.
    """
    spend = ibis.greatest(rounded(summary["repeat_margin_mean"], 6), 0.0)
    people = summary.select("customer_key", *_HISTORY, spend=ibis.ifelse(summary["frequency"] > 0, spend, None))
    both = member.select("customer_key", "grouping", "item").inner_join(people, "customer_key")
    keys = ("grouping", "item", *_HISTORY)
    return (
        both.group_by(*keys)
        .agg(
            customers=both.count().cast("int64"),
            known=both["spend"].count().cast("int64"),
            spend=both["spend"].sum().coalesce(0.0),
            spend_squared=(both["spend"] * both["spend"]).sum().coalesce(0.0),
        )
        .order_by(*keys)
    )
