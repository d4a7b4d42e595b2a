"""What every assigned customer did in the window after the assignment, and in an equally long time before it.

The unit is the customer, as assigned (intention to treat): whoever was to be left alone and ordered anyway counts, and
whoever was addressed and did nothing counts too. The time before serves variance reduction and the balance test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from regulars.engines.portable import money
from regulars.features.customer import with_customer

__all__ = ["PASSIVE", "Window", "history", "outcome"]

PASSIVE = ("bounce", "complaint", "delivered", "open", "sent", "unsubscribe")
"""Kinds of response that do not make a customer a responder."""

_PAIR = ["campaign_id", "customer_key"]


@dataclass(frozen=True, slots=True)
class Window:
    """What counts.

    Attributes:
        days: outcomes count from the instant of assignment until `days` days after it.
        default_margin: the share of revenue that is margin where an order line has no cost.
        kinds: response kinds that get a column of their own, `response:KIND`.
    """

    days: int
    default_margin: float
    kinds: tuple[str, ...] = ()


def outcome(
    assigned: ir.Table, order_line: ir.Table, *, response: ir.Table, source_customer: ir.Table, window: Window
) -> ir.Table:
    """One row per assigned customer with what was sold and answered in the window, and before it.

    Orders count whether or not anybody credits them to the campaign: crediting would favour the addressed. An order
    that is reported only as a response counts with its amount, its margin being the default margin; it counts as known
    already when the customer has an order line of the same order_id or, if the response names no order, of the same
    business day. A customer is a responder when a response to this campaign of any kind but `PASSIVE` lies in the
    window.

    Args:
        assigned: as by `regulars.campaigns.assigned.assigned`.
        order_line, response: as captured, amounts in the project's currency; cancelled lines are not counted.
        source_customer: source, customer_id, customer_key.

    Returns:
        The columns of `assigned`, `until` (end of the window, exclusive), revenue, margin, orders, responded,
        `response:KIND` per kind asked for, pre_revenue, pre_margin, pre_orders. Money is DECIMAL(18, 4), flags are
        0 or 1, nothing is null.
    """
    span = ibis.interval(days=window.days)
    rows = assigned.mutate(until=assigned.assigned_at + span)
    spans = rows.select(*_PAIR, starts=rows.assigned_at - span, middle=rows.assigned_at, ends=rows.until)
    sales = _sales(order_line, response, links=source_customer, window=window)
    return _filled(rows, [_sums(spans, sales), _answers(rows, response, links=source_customer, window=window)])


def history(customers: ir.Table, order_line: ir.Table, *, source_customer: ir.Table, window: Window) -> ir.Table:
    """The same measures for customers whom nobody has assigned yet: the past that a plan is sized on.

    Args:
        customers: customer_key and `assigned_at`, the instant that ends the window looked at (its days lie before it).

    Returns:
        customer_key, revenue, margin, orders of the window before `assigned_at`, and pre_revenue, pre_margin,
        pre_orders of the window before that.
    """
    span = ibis.interval(days=window.days)
    rows = customers.select("customer_key", campaign_id=ibis.literal("plan"), ends="assigned_at")
    spans = rows.mutate(starts=rows.ends - span - span, middle=rows.ends - span)
    sales = _ledger(order_line, source_customer, default_margin=window.default_margin)
    return _filled(rows, [_sums(spans, sales)]).drop("campaign_id", "ends")


def _filled(rows: ir.Table, parts: Sequence[ir.Table]) -> ir.Table:
    """The rows with the columns of all parts; who is in no part has 0 there."""
    whole = rows
    for part in parts:
        whole = whole.left_join(part, _PAIR).drop("campaign_id_right", "customer_key_right")
    names = [name for part in parts for name in part.columns if name not in _PAIR]
    return whole.mutate(**{name: whole[name].fill_null(0) for name in names})


def _sales(order_line: ir.Table, response: ir.Table, *, links: ir.Table, window: Window) -> ir.Table:
    ledger = _ledger(order_line, links, default_margin=window.default_margin)
    return ledger.union(_reported(response, ledger, links=links, default_margin=window.default_margin), distinct=False)


def _ledger(order_line: ir.Table, links: ir.Table, *, default_margin: float) -> ir.Table:
    counted = order_line.filter(order_line.status.fill_null("") != "cancelled")
    lines = _keyed(counted, links)
    revenue = lines.net_amount.fill_null(0)
    return lines.select(
        "customer_key",
        "order_id",
        "business_date",
        order=lines.source + ":" + lines.order_id,
        at=lines.ordered_at,
        revenue=money(revenue),
        margin=money(revenue - lines.cost_amount).fill_null(money(revenue.cast("float64") * default_margin)),
    )


def _reported(response: ir.Table, ledger: ir.Table, *, links: ir.Table, default_margin: float) -> ir.Table:
    orders = _keyed(response.filter((response.kind == "order") & response.amount.notnull()), links)
    named = _once(orders.filter(orders.order_id.notnull())).anti_join(ledger, ["customer_key", "order_id"])
    unnamed = orders.filter(orders.order_id.isnull()).anti_join(ledger, ["customer_key", "business_date"])
    names = ["customer_key", "order_id", "business_date", "occurred_at", "amount", "response_id"]
    rows = named.select(names).union(unnamed.select(names), distinct=False)
    return rows.select(
        "customer_key",
        "order_id",
        "business_date",
        order=ibis.literal("response ") + rows.order_id.fill_null(rows.response_id),
        at=rows.occurred_at,
        revenue=money(rows.amount),
        margin=money(rows.amount.cast("float64") * default_margin),
    )


def _once(orders: ir.Table) -> ir.Table:
    """One row per customer and order: several systems may report the same order."""
    first = ibis.window(group_by=["customer_key", "order_id"], order_by=["occurred_at", "response_id"])
    return orders.mutate(place=ibis.row_number().over(first)).filter(lambda t: t.place == 0).drop("place")


def _sums(spans: ir.Table, sales: ir.Table) -> ir.Table:
    """Sales from `middle` to `ends`, and from `starts` to `middle` under the prefix pre_; one pass over the sales."""
    found = spans.join(
        sales, [spans.customer_key == sales.customer_key, sales["at"] >= spans.starts, sales["at"] < spans.ends]
    )
    after = found["at"] >= found.middle
    return found.group_by(_PAIR).agg(**_totals(found, "", when=after), **_totals(found, "pre_", when=~after))


def _totals(sales: ir.Table, prefix: str, *, when: ir.BooleanValue) -> dict[str, ir.Value]:
    return {
        f"{prefix}revenue": money(sales.revenue.sum(where=when)),
        f"{prefix}margin": money(sales.margin.sum(where=when)),
        f"{prefix}orders": sales["order"].nunique(where=when).cast("int64"),
    }


def _answers(rows: ir.Table, response: ir.Table, *, links: ir.Table, window: Window) -> ir.Table:
    spans = rows.select(*_PAIR, "message_id", starts="assigned_at", ends="until")
    by_message = spans.select(*_PAIR, "message_id")
    by_customer = with_customer(response, links)
    direct = by_customer.left_join(by_message, "message_id", rname="{name}_message")
    told = direct.select(
        "kind",
        "occurred_at",
        campaign_id=ibis.coalesce(direct.campaign_id_message, direct.campaign_id),
        customer_key=ibis.coalesce(direct.customer_key_message, direct.customer_key),
    )
    found = spans.join(
        told,
        [
            spans.campaign_id == told.campaign_id,
            spans.customer_key == told.customer_key,
            told.occurred_at >= spans.starts,
            told.occurred_at < spans.ends,
        ],
    )
    flags = {"responded": found.kind.notin(PASSIVE)} | {f"response:{kind}": found.kind == kind for kind in window.kinds}
    return found.group_by(_PAIR).agg(**{name: flag.cast("int64").max() for name, flag in flags.items()})


def _keyed(rows: ir.Table, links: ir.Table) -> ir.Table:
    found = with_customer(rows, links)
    return found.filter(found.customer_key.notnull())
