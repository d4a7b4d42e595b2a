"""Literals and patterns of a condition as typed Ibis literals: what a text means beside a number or a day."""

from __future__ import annotations

import re
from datetime import date, datetime

import ibis
import ibis.expr.types as ir

from regulars.kernel.errors import ConditionError

__all__ = ["like_regex", "literal"]

_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?\s*")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?")


def literal(value: float | str | bool | None, wanted: str = "any") -> ir.Value:
    """One literal: whole numbers int64, other numbers float64; a text as what is `wanted` of it.

    Raises:
        ConditionError: a text that is no number, day or moment where one is wanted.

    >>> literal("2024-03-31", "day").type().is_date(), literal(3).type().is_int64()
    (True, True)
    """
    if value is None:
        return ibis.null()
    if isinstance(value, bool):
        return ibis.literal(value, "boolean")
    if isinstance(value, str):
        return _text(value, wanted)
    return ibis.literal(value, "int64" if isinstance(value, int) else "float64")


def _text(value: str, wanted: str) -> ir.Value:
    if wanted == "number":
        if not _NUMBER.fullmatch(value):
            raise ConditionError(
                f"{value!r} stands where a number is needed.", fix="Write numbers like 12.5, without quotes."
            )
        return ibis.literal(float(value), "float64")
    if wanted in ("day", "moment"):
        return _time(value, wanted)
    return ibis.literal(value, "string")


def _time(value: str, wanted: str) -> ir.Value:
    try:
        if _DAY.fullmatch(value):
            return ibis.literal(date.fromisoformat(value), "date")
        if wanted == "moment" and _MOMENT.fullmatch(value):
            return ibis.literal(datetime.fromisoformat(value), "timestamp")
    except ValueError as wrong:
        raise ConditionError(f"{value!r} is no date: {wrong}.") from wrong
    also = ", moments as 'YYYY-MM-DD HH:MM:SS'" if wanted == "moment" else ""
    raise ConditionError(f"{value!r} stands where a date is needed.", fix=f"Write dates as 'YYYY-MM-DD'{also}.")


def like_regex(pattern: str) -> str:
    r"""The regular expression of a `like` pattern, in the syntax that RE2 and Java share.

    >>> like_regex("a%")
    '(?s)\\Aa.*\\z'
    >>> like_regex("100\\%") == r"(?s)\A100\%\z"
    True
    """
    pieces, escaped = [], False
    for each in pattern:
        if escaped or each not in "%_\\":
            pieces.append(_quoted(each))
            escaped = False
        elif each == "\\":
            escaped = True
        else:
            pieces.append(".*" if each == "%" else ".")
    return r"(?s)\A" + "".join(pieces) + r"\z"


def _quoted(character: str) -> str:
    plain = character.isalnum() or character == "_" or not (character.isascii() and character.isprintable())
    return character if plain or character == " " else "\\" + character
