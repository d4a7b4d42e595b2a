"""What did each product of an order bring? The order's own sum, spread over its products; exact to the last digit.

Segment's specification of e-commerce gives a product `price` and `quantity`, and the order `revenue` (after discounts,
without shipping and tax), or `subtotal`, or `discount`. Lines without tax must sum to that sum of the order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

__all__ = ["amounts", "number"]

_CENT, _UNIT = Decimal("0.01"), Decimal("0.0001")
_LARGEST = Decimal(10) ** 13


def amounts(order: Mapping[str, Any], products: Sequence[Any]) -> list[dict[str, str | None]]:
    """The amounts of each product's line, as texts: net_amount, list_amount, discount_amount.

    The net amounts sum to `revenue`, else `subtotal`, else to price x quantity less `discount`; each product has the share
    of its own price x quantity (a missing quantity is one). List amount and discount are given where they agree with that
    sum. A price that is missing or no number leaves all lines of the order without amounts: they are set aside.

    >>> [each["net_amount"] for each in amounts({"revenue": 25}, [{"price": 20, "quantity": 1}, {"price": 5, "quantity": 2}])]
    ['16.6667', '8.3333']
    """
    lists = [_list_of(each) for each in products]
    known = [each for each in lists if each is not None]
    if len(known) < len(lists):
        return [_amounts(None)] * len(lists)
    whole, less = sum(known, Decimal(0)), number(order.get("discount"))
    plain = whole - (less or 0)
    goal = next(
        (each for each in (number(order.get("revenue")), number(order.get("subtotal"))) if each is not None), plain
    )
    nets = _spread(goal, known)
    if nets is None or abs(goal - plain) > _CENT:
        return [_amounts(net) for net in nets] if nets else [_amounts(None)] * len(known)
    off = _spread(less, known) if less else None
    return [_amounts(net, known[at], off=off[at] if off else None) for at, net in enumerate(nets)]


def number(value: Any) -> Decimal | None:
    """A JSON number, or a text that is one, as a decimal; None for anything else.

    >>> number("19.90"), number(True), number("a")
    (Decimal('19.90'), None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < _LARGEST else None


def _list_of(product: Any) -> Decimal | None:
    if not isinstance(product, dict):
        return None
    price, quantity = number(product.get("price")), product.get("quantity")
    count = Decimal(1) if quantity is None else number(quantity)
    return None if price is None or count is None else price * count


def _spread(goal: Decimal, weights: Sequence[Decimal]) -> list[Decimal] | None:
    whole = sum(weights, Decimal(0))
    if whole == 0:
        return list(weights) if goal == 0 else None
    shares = [(goal * each / whole).quantize(_UNIT) for each in weights]
    return [*shares[:-1], goal.quantize(_UNIT) - sum(shares[:-1], Decimal(0))]


def _amounts(
    net: Decimal | None, listed: Decimal | None = None, *, off: Decimal | None = None
) -> dict[str, str | None]:
    given = {"net_amount": net, "list_amount": listed, "discount_amount": off}
    return {name: None if value is None else format(value, "f") for name, value in given.items()}
