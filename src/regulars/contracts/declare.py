"""The words in which contracts are written: one short function for each kind of column; a table reads as a list.

Every function takes the column's name and the sentence that describes it, and gives a `Column`.
"""

from __future__ import annotations

from regulars.contracts.model import Column, Kind

__all__ = ["day", "flag", "instant", "integer", "money", "number", "quantity", "text", "texts"]


def text(name: str, says: str, *, required: bool = False, ref: str | None = None, shortened: bool = False) -> Column:
    """A text or an id; `ref` is the contract whose ids it holds.

    >>> text("store_id", "The store.", ref="store").ref
    'store'
    """
    return Column(name, Kind.TEXT, says, required=required, ref=ref, shortened=shortened)


def texts(name: str, says: str, *, required: bool = False) -> Column:
    """Several ids or words in one text, separated by a space.

    >>> texts("offered_product_ids", "What was offered.").kind.value
    'texts'
    """
    return Column(name, Kind.TEXTS, says, required=required)


def money(name: str, says: str, *, required: bool = False) -> Column:
    """An amount of money, DECIMAL(18, 4).

    >>> money("net_amount", "What was paid.").kind.dtype
    'decimal(18, 4)'
    """
    return Column(name, Kind.MONEY, says, required=required)


def quantity(name: str, says: str, *, required: bool = False) -> Column:
    """A quantity, DECIMAL(18, 3).

    >>> quantity("quantity", "Pieces.").kind.dtype
    'decimal(18, 3)'
    """
    return Column(name, Kind.QUANTITY, says, required=required)


def number(name: str, says: str, *, required: bool = False) -> Column:
    """A float: a share, a score, a probability, a duration.

    >>> number("propensity", "A share.").kind.dtype
    'float64'
    """
    return Column(name, Kind.NUMBER, says, required=required)


def integer(name: str, says: str, *, required: bool = False) -> Column:
    """A count.

    >>> integer("baskets", "A count.").kind.dtype
    'int64'
    """
    return Column(name, Kind.INTEGER, says, required=required)


def flag(name: str, says: str, *, required: bool = False) -> Column:
    """True, false or not known.

    >>> flag("won", "Whether the deal was won.").kind.dtype
    'boolean'
    """
    return Column(name, Kind.FLAG, says, required=required)


def instant(name: str, says: str, *, required: bool = False) -> Column:
    """A moment, in UTC.

    >>> instant("ordered_at", "When.").kind.dtype
    'timestamp'
    """
    return Column(name, Kind.INSTANT, says, required=required)


def day(name: str, says: str, *, required: bool = False) -> Column:
    """A calendar day.

    >>> day("starts_on", "The first day.").kind.dtype
    'date'
    """
    return Column(name, Kind.DAY, says, required=required)
