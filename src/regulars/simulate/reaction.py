"""How customers react to a campaign whose true effect is known, so that a measured effect can be held against it.

The rows look like feeds of a mailing system and of tills. What a customer does without the campaign comes from the
customer's own past; what the campaign adds is stated beforehand. Real outcomes are never read.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

__all__ = ["Reactions", "TrueEffect", "reactions"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_PRIOR = 0.5  # the weight of the average customer in a customer's own rate, counted in orders


@dataclass(frozen=True, slots=True)
class TrueEffect:
    """What the campaign truly does to a customer to whom it was sent, and how noisy the world is.

    Attributes:
        order_lift: more orders, as a share of the customer's own expected number (0.12 is 12 % more).
        margin: share of an order's amount that is margin.
        opens, clicks: probabilities; a click needs an open.
        redeems: probability that an order of an addressed customer uses the offer.
        basket_spread: standard deviation of the logarithm of one customer's baskets.
    """

    order_lift: float = 0.12
    margin: float = 0.25
    opens: float = 0.35
    clicks: float = 0.2
    redeems: float = 0.3
    basket_spread: float = 0.5


@dataclass(frozen=True, slots=True)
class Reactions:
    """Rows for the `response` feed, and the truth that they were drawn from.

    Attributes:
        rows: response_id, occurred_at, kind, message_id, campaign_id, customer_id, offer_id, order_id, amount. Orders
            carry no campaign and no message: a till knows neither, and both arms look alike in it.
        margin_per_customer: expected margin added per customer assigned to an addressed arm, money.
        margin_total: the same times those customers.
        baseline_margin: expected margin per customer without any campaign, over all customers.
    """

    rows: pa.Table
    margin_per_customer: float
    margin_total: float
    baseline_margin: float


def reactions(
    assigned: pa.Table, past: pa.Table, *, past_days: int, days: int, truth: TrueEffect, seed: int
) -> Reactions:
    """Draw what the assigned customers do in the `days` after their assignment.

    Args:
        assigned: customer_key, customer_id (the feed's own), message_id, campaign_id, offer_id, arm, assigned_at, sent;
            one row per customer.
        past: customer_key, orders, revenue of the `past_days` before; customers without a row had none.
        truth: the effect on those to whom it was sent.
        seed: the same seed gives the same rows.

    Returns:
        The feed and the truth. Orders are Poisson with the customer's own gamma-distributed rate, baskets lognormal
        around the customer's own mean.
    """
    ordered = assigned.sort_by("customer_key")
    chance = np.random.default_rng(seed)
    orders, basket = _own_past(ordered, past)
    weight = _PRIOR / max(float(orders.mean()), 1e-9)  # windows of the past that the average customer counts for
    expected = (orders + _PRIOR) / (1 + weight) * days / past_days
    sent = ordered["sent"].to_numpy(zero_copy_only=False).astype(bool)
    factor = 1 + truth.order_lift * sent
    drawn = chance.gamma(orders + _PRIOR, 1 / (1 + weight)) * days / past_days
    counts = chance.poisson(drawn * factor)
    added = expected * (factor - 1) * basket * truth.margin
    treated = np.asarray(ordered["arm"].to_pylist()) != "control"
    parts = [_orders(ordered, counts, basket=basket, days=days, truth=truth, chance=chance)]
    parts += [_redeemed(ordered, parts[0], sent=sent, truth=truth, chance=chance)]
    parts += _looks(ordered, sent, days=days, truth=truth, chance=chance)
    return Reactions(
        rows=pa.concat_tables([part.drop_columns("owner") for part in parts]),
        margin_per_customer=float(added[treated].mean()) if treated.any() else 0.0,
        margin_total=float(added[treated].sum()),
        baseline_margin=float((expected * basket * truth.margin).mean()) if len(expected) else 0.0,
    )


def _own_past(assigned: pa.Table, past: pa.Table) -> tuple[Floats, Floats]:
    """Orders of the past and the mean basket of each customer; who has none has the average basket of all."""
    known = dict(
        zip(
            past["customer_key"].to_pylist(),
            zip(past["orders"].to_pylist(), past["revenue"].to_pylist(), strict=True),
            strict=True,
        )
    )
    pairs = [known.get(key, (0, 0)) for key in assigned["customer_key"].to_pylist()]
    orders = np.array([float(count or 0) for count, _ in pairs])
    revenue = np.array([max(0.0, float(amount or 0)) for _, amount in pairs])
    usual = float(revenue.sum()) / max(float(orders.sum()), 1.0)
    own = np.divide(revenue, orders, out=np.full(len(orders), usual), where=(orders > 0) & (revenue > 0))
    return orders, own


def _orders(
    assigned: pa.Table, counts: Ints, *, basket: Floats, days: int, truth: TrueEffect, chance: np.random.Generator
) -> pa.Table:
    owner = np.repeat(np.arange(len(counts)), counts)
    spread = truth.basket_spread
    amounts = basket[owner] * chance.lognormal(-(spread**2) / 2, spread, len(owner))
    later = chance.integers(0, days * 86_400, len(owner))
    numbers = [
        f"sim-{key}-{place}"
        for key, place in zip(_texts(assigned, "message_id", owner=owner), _places(counts), strict=True)
    ]
    return _feed(
        assigned, owner, kind="order", later=later, order_id=pa.array(numbers, pa.string()), amount=np.round(amounts, 2)
    )


def _redeemed(
    assigned: pa.Table, orders: pa.Table, *, sent: NDArray[np.bool_], truth: TrueEffect, chance: np.random.Generator
) -> pa.Table:
    owner = orders["owner"].to_numpy()
    used = sent[owner] & (chance.random(len(owner)) < truth.redeems)
    rows = orders.filter(pa.array(used))
    found = _feed(
        assigned, owner[used], kind="redeem", later=np.zeros(int(used.sum()), np.int64), order_id=rows["order_id"]
    )
    return found.set_column(found.column_names.index("occurred_at"), "occurred_at", rows["occurred_at"])


def _looks(
    assigned: pa.Table, sent: NDArray[np.bool_], *, days: int, truth: TrueEffect, chance: np.random.Generator
) -> list[pa.Table]:
    opened = sent & (chance.random(len(sent)) < truth.opens)
    clicked = opened & (chance.random(len(sent)) < truth.clicks)
    span = min(days, 7) * 86_400
    first = np.minimum(chance.exponential(86_400.0, len(sent)).astype(np.int64), span - 2)
    after = np.minimum(first + 1 + chance.exponential(60.0, len(sent)).astype(np.int64), span - 1)
    return [
        _feed(assigned, np.flatnonzero(who), kind=kind, later=later[who])
        for kind, who, later in (("open", opened, first), ("click", clicked, after))
    ]


def _feed(
    assigned: pa.Table,
    owner: Ints,
    *,
    kind: str,
    later: Ints,
    order_id: pa.Array | None = None,
    amount: Floats | None = None,
) -> pa.Table:
    """Rows of one kind, `later` seconds after the assignment. Only an order has an amount, and it names no campaign."""
    rows = assigned.take(pa.array(owner))
    size = len(owner)
    at = rows["assigned_at"].cast(pa.timestamp("us")).cast(pa.int64()).to_numpy() + later * 1_000_000
    blank, told = pa.nulls(size, pa.string()), kind != "order"
    messages = rows["message_id"].to_pylist()
    return pa.table(
        {
            "response_id": pa.array([f"{kind}-{m}-{n}" for n, m in enumerate(messages)], pa.string()),
            "occurred_at": pa.array(at, pa.timestamp("us")),
            "kind": pa.array([kind] * size, pa.string()),
            "message_id": rows["message_id"] if told else blank,
            "campaign_id": rows["campaign_id"] if told else blank,
            "customer_id": rows["customer_id"],
            "offer_id": rows["offer_id"] if told else blank,
            "order_id": blank if order_id is None else order_id,
            "amount": pa.nulls(size, pa.decimal128(18, 4))
            if amount is None
            else pa.array(amount).cast(pa.decimal128(18, 4)),
            "owner": pa.array(owner, pa.int64()),
        }
    )


def _texts(rows: pa.Table, name: str, *, owner: Ints) -> list[str]:
    found: list[str] = rows[name].take(pa.array(owner)).to_pylist()
    return found


def _places(counts: Ints) -> Ints:
    return np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts) + 1
