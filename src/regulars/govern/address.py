"""Network addresses, shortened so that they name a network and no longer a household: IPv4 to /24, IPv6 to /48."""

from __future__ import annotations

import re

__all__ = ["shortened"]

_QUAD = re.compile(r"([0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3})[.][0-9]{1,3}")
_GROUPS = re.compile(r"^\[?([0-9a-f:]+)")
_WIDTH, _KEPT = 8, 3


def shortened(text: str) -> str:
    """One address or several, separated by commas, each cut; what is no address stays as it is.

    >>> shortened("203.0.113.77"), shortened("2001:0DB8:85a3::8a2e:370:7334"), shortened("203.0.113.7:443, ::1")
    ('203.0.113.0', '2001:db8:85a3::', '203.0.113.0:443, 0:0:0::')
    >>> shortened("::ffff:198.51.100.9"), shortened("unknown")
    ('::ffff:198.51.100.0', 'unknown')
    """
    return ", ".join(_one(each.strip()) for each in text.split(","))


def _one(text: str) -> str:
    low = text.lower()
    if low.count(":") < 2 or low.startswith("::ffff:"):
        return _QUAD.sub(r"\1.0", text)
    found = _GROUPS.match(low)
    head, double, tail = (found[1] if found else "").partition("::")
    left = head.split(":") if head else []
    right = tail.split(":") if tail else []
    middle = ["0"] * (_WIDTH - len(left) - len(right)) if double else []
    groups = [*left, *middle, *right][:_KEPT]
    return ":".join(each.lstrip("0") or "0" for each in groups) + "::"
