"""Which names does a condition use, and do they exist: asked before anything is compiled."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

from regulars.conditions.tree import Name, Node, walk
from regulars.kernel.errors import ConditionError, nearest

__all__ = ["check", "names_of", "unknown_name"]

_LISTED = 20


def names_of(node: Node) -> frozenset[str]:
    """All names in the tree.

    >>> from regulars.conditions.parse import parse
    >>> sorted(names_of(parse("value.high < 5 or segment.rfm = 'gone'")))
    ['segment.rfm', 'value.high']
    """
    return frozenset(each.name for each in walk(node) if isinstance(each, Name))


def check(node: Node, allowed: Iterable[str], *, where: str = "the condition") -> None:
    """Refuses a tree with a name that is not in `allowed`.

    Args:
        node: the tree.
        allowed: the names that exist.
        where: what is being checked, for the error: "the audience of campaign july".

    Raises:
        ConditionError: with the nearest name and the valid ones, at most 20 of them.

    >>> from regulars.conditions.parse import parse
    >>> check(parse("net_amout > 5"), ["net_amount", "channel"])
    Traceback (most recent call last):
    ...
    regulars.kernel.errors.ConditionError: There is no name 'net_amout' in the condition. Did you mean 'net_amount'? \
Valid: net_amount, channel.
    """
    names = frozenset(allowed)
    for name in sorted(names_of(node) - names):
        raise unknown_name(name, names, where=where)


def unknown_name(name: str, allowed: Iterable[str], *, where: str = "the condition") -> ConditionError:
    """The error for one unknown name; lists the valid names that look most like it.

    >>> unknown_name("x", ["a"]).allowed
    ('a',)
    """
    names = sorted(allowed)
    near = sorted(names, key=lambda each: -SequenceMatcher(None, name.lower(), each.lower()).ratio())[:_LISTED]
    more = f" ({len(names) - _LISTED} more names are valid.)" if len(names) > _LISTED else ""
    return ConditionError(
        f"There is no name {name!r} in {where}.{more}",
        allowed=near,
        guess=nearest(name, names),
        fix=None if nearest(name, names) else "A text is written in single quotes, a name in double quotes or plain.",
    )
