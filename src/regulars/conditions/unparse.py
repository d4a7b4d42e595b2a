"""Writes a tree as text again; reading that text gives the same tree."""

from __future__ import annotations

import re

from regulars.conditions.tokens import KEYWORDS
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

__all__ = ["unparse"]

_PLAIN = re.compile(r"[^\W\d]\w*(?:\.\w+)*")


def unparse(node: Node) -> str:
    """The text of a tree, with parentheses around every part that is not a single word.

    >>> from regulars.conditions.parse import parse
    >>> unparse(parse("a+1>2 AND not b is null"))
    '((a + 1) > 2) and (not (b is null))'
    """
    match node:
        case Literal(value):
            return _literal(value)
        case Name(name):
            return _name(name)
        case Logic() | Not() | Comparison() | Arithmetic() | Negative():
            return _operation(node)
        case Call(function, arguments):
            return f"{function}({', '.join(unparse(each) for each in arguments)})"
        case Case():
            return _case(node)
    return _predicate(node)


def _literal(value: float | str | bool | None) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    words = {True: "true", False: "false", None: "null"}
    return words[value] if value is None or isinstance(value, bool) else repr(value)


def _name(name: str) -> str:
    plain = _PLAIN.fullmatch(name) and name.lower() not in KEYWORDS
    return name if plain else '"' + name.replace('"', '""') + '"'


def _part(node: Node) -> str:
    text = unparse(node)
    return text if isinstance(node, Literal | Name | Call | Case) else f"({text})"


def _operation(node: Logic | Not | Comparison | Arithmetic | Negative) -> str:
    match node:
        case Logic(operator, parts):
            return f" {operator} ".join(_part(each) for each in parts)
        case Not(condition):
            return f"not {_part(condition)}"
        case Negative(value):
            return f"-{_part(value)}"
        case Comparison(operator, left, right) | Arithmetic(operator, left, right):
            return f"{_part(left)} {operator} {_part(right)}"


def _predicate(node: Between | In | Like | IsNull) -> str:
    value, no = _part(node.value), "not " if node.negated else ""
    match node:
        case Between(_, low, high):
            return f"{value} {no}between {_part(low)} and {_part(high)}"
        case In(_, items):
            return f"{value} {no}in ({', '.join(unparse(each) for each in items)})"
        case Like(_, pattern):
            return f"{value} {no}like {_literal(pattern)}"
        case IsNull():
            return f"{value} is {no}null"


def _case(node: Case) -> str:
    branches = "".join(f" when {unparse(when)} then {unparse(then)}" for when, then in node.branches)
    otherwise = "" if node.otherwise is None else f" else {unparse(node.otherwise)}"
    return f"case{branches}{otherwise} end"
