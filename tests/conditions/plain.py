"""The language once more in plain Python, one row at a time: the judge of what the engines answer. Null is None."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from regulars.conditions.tree import (
    Arithmetic,
    Between,
    Call,
    Case,
    Comparison,
    In,
    IsNull,
    Like,
    Literal,
    Logic,
    Name,
    Negative,
    Node,
    Not,
)

__all__ = ["plain"]

Row = Mapping[str, Any]

_SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


def plain(node: Node, row: Row) -> Any:
    """The value of `node` for one row."""
    return _RULES[type(node)](node, row)


def _name(node: Name, row: Row) -> Any:
    value = row[node.name]
    return float(value) if isinstance(value, Decimal) else value


def _meet(left: Any, right: Any) -> tuple[Any, Any]:
    for one, other, back in ((left, right, False), (right, left, True)):
        if isinstance(one, str) and not isinstance(other, str):
            return (other, _read(one, other)) if back else (_read(one, other), other)
    if isinstance(left, datetime) != isinstance(right, datetime) and isinstance(left, date):
        return _day(left), _day(right)
    return left, right


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _read(text: str, other: Any) -> Any:
    try:
        if isinstance(other, datetime):
            return datetime.fromisoformat(text) if len(text) > 10 else date.fromisoformat(text)
        return date.fromisoformat(text) if isinstance(other, date) else float(text)
    except ValueError:
        return None


def _sign(sign: str, left: Any, right: Any) -> Any:
    if left is None or right is None:
        return None
    left, right = _meet(left, right)
    if left is None or right is None:
        return None
    if isinstance(left, date):
        left, right = _meet(left, right)
    return _SIGNS[sign](left, right)


def _comparison(node: Comparison, row: Row) -> Any:
    return _sign(node.operator, plain(node.left, row), plain(node.right, row))


def _arithmetic(node: Arithmetic, row: Row) -> Any:
    sides = [plain(node.left, row), plain(node.right, row)]
    numbers = [_read(each, 0) if isinstance(each, str) else each for each in sides]
    if None in numbers:
        return None
    left, right = (float(each) for each in numbers)
    if node.operator == "/":
        return left / right if right else None
    return _SIGNS[node.operator](left, right)


def _negative(node: Negative, row: Row) -> Any:
    return _arithmetic(Arithmetic("-", Literal(0), node.value), row)


def _no(negated: bool, truth: Any) -> Any:
    return truth if truth is None or not negated else not truth


def _any(truths: Sequence[Any]) -> Any:
    return True if True in truths else (None if None in truths else False)


def _all(truths: Sequence[Any]) -> Any:
    return False if False in truths else (None if None in truths else True)


def _logic(node: Logic, row: Row) -> Any:
    truths = [plain(each, row) for each in node.parts]
    return _all(truths) if node.operator == "and" else _any(truths)


def _in(node: In, row: Row) -> Any:
    value = plain(node.value, row)
    return _no(node.negated, _any([_sign("=", value, plain(each, row)) for each in node.items]))


def _between(node: Between, row: Row) -> Any:
    value, low, high = (plain(each, row) for each in (node.value, node.low, node.high))
    return _no(node.negated, _all([_sign(">=", value, low), _sign("<=", value, high)]))


def _like(node: Like, row: Row) -> Any:
    value = plain(node.value, row)
    pieces = re.findall(r"\\.|.", node.pattern, re.DOTALL)
    signs = {"%": ".*", "_": "."}
    regex = "".join(signs.get(each, re.escape(each.removeprefix("\\"))) for each in pieces)
    return None if value is None else _no(node.negated, re.fullmatch(regex, value, re.DOTALL) is not None)


def _call(node: Call, row: Row) -> Any:
    values = [plain(each, row) for each in node.arguments]
    if node.function == "concat":
        return "".join("" if each is None else str(each) for each in values)
    return next((each for each in values if each is not None), None)


def _case(node: Case, row: Row) -> Any:
    for when, then in node.branches:
        if plain(when, row) is True:
            return plain(then, row)
    return None if node.otherwise is None else plain(node.otherwise, row)


_RULES: dict[type, Callable[[Any, Row], Any]] = {
    Literal: lambda node, row: node.value,
    Name: _name,
    Negative: _negative,
    Arithmetic: _arithmetic,
    Comparison: _comparison,
    Between: _between,
    In: _in,
    Like: _like,
    IsNull: lambda node, row: (plain(node.value, row) is None) != node.negated,
    Not: lambda node, row: _no(True, plain(node.condition, row)),
    Logic: _logic,
    Call: _call,
    Case: _case,
}
