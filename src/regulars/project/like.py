"""A project over the exports of a well-known system: mappings that are ready, one TOML file for each system."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from regulars.kernel.errors import UnknownNameError

__all__ = ["like", "looks_like", "systems"]

_READY = Path(__file__).parent / "ready"
# columns that only this system's exports have, all in one file
_SIGNS = {
    "business-central": (("Document No.", "Sell-to Customer No."), ("Entry No.", "Document Type", "Customer No.")),
    "mailchimp": (("Email Address", "LEID", "EUID"),),
    "matomo": (("idVisit", "visitorId"),),
    "shopify": (("Lineitem quantity", "Lineitem name"), ("Accepts Email Marketing", "Total Spent"), ("Handle", "Variant SKU")),
    "shopware": (("order_number", "amount_total", "sales_channel_id"), ("customer_number", "customer_group")),
    "woocommerce": (("Order Number", "Email (Billing)"), ("SKU", "Regular price", "Categories")),
}  # fmt: skip
_HEAD = """\
# Ready for {system}: look at the lines with '# ?', put the exports into data/, then: regulars capture

[project]
name = {name}
currency = "EUR"  # ? the currency of reports, and of amounts that name none
timezone = "UTC"  # ? the time zone of your business days, for example "Europe/Berlin"

"""


def systems() -> tuple[str, ...]:
    """The systems that there are mappings for, sorted.

    >>> systems()
    ('business-central', 'mailchimp', 'matomo', 'shopify', 'shopware', 'woocommerce')
    """
    return tuple(sorted(each.stem for each in _READY.glob("*.toml")))


def like(system: str, name: str) -> str:
    """The text of `regulars.toml` for a system's exports; `name` is the project's, quoted.

    Raises:
        UnknownNameError: there is no such mapping.
    """
    if system not in systems():
        raise UnknownNameError("ready mapping", system, systems())
    return _HEAD.format(system=system, name=name) + (_READY / f"{system}.toml").read_text(encoding="utf-8")


def looks_like(columns: Iterable[str]) -> str | None:
    """The system whose export has these columns, or None.

    >>> looks_like(["Name", "Lineitem quantity", "Lineitem name"]), looks_like(["Name"])
    ('shopify', None)
    """
    there = set(columns)
    found = [system for system, signs in _SIGNS.items() if any(there.issuperset(each) for each in signs)]
    return found[0] if len(found) == 1 else None
