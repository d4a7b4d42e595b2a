"""Cuts the text of a condition into words, numbers, texts and signs, and points at the place where it cannot."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from regulars.kernel.errors import ConditionError

__all__ = ["KEYWORDS", "MAX_LENGTH", "Token", "refusal", "shown", "tokenize"]

MAX_LENGTH = 20_000
KEYWORDS = frozenset(
    ("and", "or", "not", "in", "between", "is", "null", "like", "case", "when", "then", "else", "end", "true", "false")
)

_MAX_INTEGER = 2**63 - 1
_PATTERN = re.compile(
    r"""(?P<space>\s+)
    |(?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<name>[^\W\d]\w*(?:\.\w+)*)
    |(?P<quoted>"(?:[^"]|"")+")
    |(?P<text>'(?:[^']|'')*')
    |(?P<sign><>|!=|<=|>=|[=<>+\-*/(),])""",
    re.VERBOSE,
)
_ADVICE = {
    "'": "a text that ends with another '",
    '"': 'a name that ends with another "',
    "!": "!=, or the word not",
    "&": "the word and",
    "|": "the word or, or concat(...) to join texts",
}


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a condition.

    Attributes:
        kind: number, name, quoted, text, sign, keyword or end.
        value: what it holds, quotes and doubled quotes taken off; keywords in small letters.
        at: where it begins, from 0.
    """

    kind: str
    value: int | float | str
    at: int


def tokenize(text: str) -> list[Token]:
    """All pieces of `text`, with an `end` piece behind them.

    Raises:
        ConditionError: the text is too long, or holds what the language does not have.

    >>> [token.value for token in tokenize("net_amount >= 10 AND y = 'yes'")]
    ['net_amount', '>=', 10, 'and', 'y', '=', 'yes', '']
    """
    _refuse_unfit(text)
    tokens, at = [], 0
    while at < len(text):
        found = _PATTERN.match(text, at)
        if found is None:
            expected = _ADVICE.get(text[at], "a name, a value or an operator")
            raise refusal(text, at, expected=expected, found=shown(text[at]))
        if found.lastgroup != "space":
            tokens.append(_token(text, found))
        at = found.end()
    return [*tokens, Token("end", "", len(text))]


def _refuse_unfit(text: str) -> None:
    if len(text) > MAX_LENGTH:
        raise ConditionError(
            f"The condition is {len(text):,} characters long; at most {MAX_LENGTH:,} are read.",
            fix="Keep long lists of ids in a table or a segment.",
        )
    for at, each in enumerate(text):
        if each == "\0" or "\ud800" <= each <= "\udfff":
            raise refusal(text, at, expected="characters that can be written", found=f"the character {ord(each):#06x}")


def _token(text: str, found: re.Match[str]) -> Token:
    kind, piece, at = str(found.lastgroup), found.group(), found.start()
    if kind == "number":
        return Token(kind, _number(text, piece, at=at), at)
    if kind == "text":
        return Token(kind, piece[1:-1].replace("''", "'"), at)
    if kind == "quoted":
        return Token(kind, piece[1:-1].replace('""', '"'), at)
    if kind == "name" and piece.lower() in KEYWORDS:
        return Token("keyword", piece.lower(), at)
    return Token(kind, "<>" if piece == "!=" else piece, at)


def _number(text: str, piece: str, *, at: int) -> int | float:
    if not piece.isascii():
        raise refusal(text, at, expected="a number in the digits 0 to 9", found=shown(piece))
    whole = piece.isdigit()
    if whole and (len(piece) > 19 or int(piece) > _MAX_INTEGER):
        raise refusal(text, at, expected=f"a whole number up to {_MAX_INTEGER}", found=shown(piece))
    value = int(piece) if whole else float(piece)
    if math.isinf(value):
        raise refusal(text, at, expected="a number below 1e308", found=shown(piece))
    return value


def shown(piece: str) -> str:
    """A piece as it appears in an error: quoted, and cut when it is long.

    >>> shown("x" * 99)
    "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...'"
    """
    return repr(piece if len(piece) <= 40 else piece[:40] + "...")


def refusal(text: str, at: int, *, expected: str, found: str) -> ConditionError:
    """The error for a place in the text: what was expected, what was found, and a line with a caret below the place.

    >>> print(refusal("a = )", 4, expected="a value", found="')'"))
    Cannot read the condition at position 5: expected a value, found ')'.
        a = )
            ^
    """
    start = max(text.rfind("\n", 0, at) + 1, at - 60)
    line = text[start : at + 40].split("\n", 1)[0]
    line = "".join(each if each.isprintable() else " " for each in line)
    caret = " " * (at - start) + "^"
    return ConditionError(
        f"Cannot read the condition at position {at + 1}: expected {expected}, found {found}.\n    {line}\n    {caret}"
    )
