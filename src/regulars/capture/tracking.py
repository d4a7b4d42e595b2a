"""Which contracts do tracked events feed? The tables of a source of kind `events` that declares none, as in regulars.toml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["KINDS", "default_tables"]

# What a visitor did, by the name of the event in Segment's specification of e-commerce; other names stay as they are.
KINDS = {
    "Products Searched": "search",
    "Product List Viewed": "list",
    "Product Viewed": "product",
    "Product Added": "cart",
    "Cart Viewed": "cart",
    "Checkout Started": "checkout",
    "Order Completed": "order",
}


def default_tables(section: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The tables, in the order in which they load.

    Args:
        section: the source's section; `orders` adds order lines, `refs` says whose ids userId and product_id are.

    >>> [each["contract"] for each in default_tables({"orders": True})]
    ['customer', 'identity_link', 'visit', 'order_line']
    """
    refs: Mapping[str, str] = section.get("refs", {})
    tables = [_identity_link(), _visit()]
    if "customer_id" not in refs:  # otherwise another source has these customers
        tables.insert(0, _customer())
    if section.get("orders"):
        tables.append(_order_line())
    return [{**each, "refs": _of(refs, each["columns"])} for each in tables]


def _of(refs: Mapping[str, str], columns: Mapping[str, Any]) -> dict[str, str]:
    return {name: source for name, source in refs.items() if name in columns}


def _first(*names: str) -> dict[str, str]:
    return {"expr": f"coalesce({', '.join(names)})"}


def _kind() -> str:
    known = " ".join(f"when type = 'track' and event = '{name}' then '{kind}'" for name, kind in KINDS.items())
    return f"case when type = 'page' or type = 'screen' then 'page' {known} when type = 'track' then event end"


def _visit() -> dict[str, Any]:
    return {
        "contract": "visit",
        "from": "visits",
        "columns": {
            "event_id": "messageId",
            "visitor_id": _first("anonymousId", "userId"),
            "occurred_at": "timestamp",
            "kind": {"expr": _kind()},
            "customer_id": "userId",
            "channel": {"expr": "case when type = 'screen' or context.channel = 'mobile' then 'app' else 'web' end"},
            "url": _first("context.page.url", "properties.url"),
            "referrer": _first("context.page.referrer", "properties.referrer"),
            "ip": "context.ip",
            "user_agent": "context.userAgent",
            "product_id": _first("properties.product_id", "properties.productId", "properties.sku"),
            "query": "properties.query",
            "campaign_id": _first("context.campaign.id", "context.campaign.name"),
            "consent": "consent",
        },
    }


def _customer() -> dict[str, Any]:
    return {
        "contract": "customer",
        "from": "people",
        "columns": {
            "customer_id": "userId",
            "name": "traits.name",
            "given_name": _first("traits.firstName", "traits.first_name"),
            "family_name": _first("traits.lastName", "traits.last_name"),
            "company": "company",
            "email": "traits.email",
            "phone": "traits.phone",
            "gender": "traits.gender",
            "birth_date": "birthday",
            "street": "traits.address.street",
            "postcode": _first("traits.address.postalCode", "traits.address.postal_code"),
            "city": "traits.address.city",
            "region": "traits.address.state",
            "country": "traits.address.country",
            "language": "traits.language",
            "account_id": "accountId",
            "created_at": "createdAt",
        },
        "version": "sequence",
    }


def _identity_link() -> dict[str, Any]:
    return {
        "contract": "identity_link",
        "from": "links",
        "columns": {"visitor_id": "visitorId", "customer_id": "userId", "at": "timestamp"},
    }


def _order_line() -> dict[str, Any]:
    return {
        "contract": "order_line",
        "from": "products",
        "columns": {
            "order_id": _first("properties.order_id", "properties.orderId"),
            "line_id": "line",
            "ordered_at": "timestamp",
            "net_amount": "net_amount",
            "customer_id": "userId",
            "product_id": _first("product.product_id", "product.productId", "product.sku"),
            "quantity": "quantity",
            "list_amount": "list_amount",
            "discount_amount": "discount_amount",
            "currency": "properties.currency",
            "channel": {"expr": "case when context.channel = 'mobile' then 'app' else 'web' end"},
            "coupon_id": _first("product.coupon", "properties.coupon"),
            "campaign_id": _first("context.campaign.id", "context.campaign.name"),
        },
        "where": "event = 'Order Completed'",
    }
