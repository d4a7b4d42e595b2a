"""How names and texts that come from users enter DuckDB SQL: quoted here, and nowhere else.

DuckDB's string literals have no escapes but the doubled quote, so doubling is complete.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["case", "name", "text", "texts"]


def name(identifier: str) -> str:
    """A quoted identifier.

    >>> name('a"b')
    '"a""b"'
    """
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """A quoted string literal; NUL is dropped, which no literal can hold.

    >>> text("it's")
    "'it''s'"
    """
    return "'" + value.replace("\0", "").replace("'", "''") + "'"


def texts(values: Iterable[str]) -> str:
    """A list of literals between brackets, for IN and for list parameters.

    >>> texts(["a", "b"])
    "('a', 'b')"
    """
    return "(" + ", ".join(text(value) for value in values) + ")"


def case(branches: Iterable[tuple[str, str]], otherwise: str = "NULL") -> str:
    """CASE over (condition, value) pairs; `otherwise` alone when there are none.

    >>> case([("x > 1", "'big'")])
    "CASE WHEN x > 1 THEN 'big' ELSE NULL END"
    """
    arms = " ".join(f"WHEN {condition} THEN {value}" for condition, value in branches)
    return f"CASE {arms} ELSE {otherwise} END" if arms else otherwise
