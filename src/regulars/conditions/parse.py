"""Reads a condition or expression into a tree, by precedence, without ever running anything.

Binding, from loose to tight: `or`, `and`, `not`, comparisons (which cannot be chained), `+ -`, `* /`, unary minus.
"""

from __future__ import annotations

from collections.abc import Callable

from regulars.conditions.tokens import Token, refusal, shown, tokenize
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
    children,
)
from regulars.kernel.errors import ConditionError, nearest

__all__ = ["FUNCTIONS", "MAX_DEPTH", "parse"]

FUNCTIONS = ("coalesce", "concat")
MAX_DEPTH = 60

_OR, _AND, _NOT, _COMPARE, _ADD, _MULTIPLY, _MINUS = range(1, 8)
_BINDING = {"or": _OR, "and": _AND, "+": _ADD, "-": _ADD, "*": _MULTIPLY, "/": _MULTIPLY}
_BINDING |= dict.fromkeys(("=", "<>", "<", "<=", ">", ">=", "in", "between", "is", "like", "not"), _COMPARE)
_CONSTANTS = {"true": True, "false": False, "null": None}
_MEANT = {"<": "<= or <>", ">": ">=", "=": "a value (equality is one =, at least is >=)"}


def parse(text: str) -> Node:
    """The tree of a condition or expression.

    Raises:
        ConditionError: with the position, what was expected there, and the line with a caret below the place.

    >>> parse("value.percentile > 80")
    Comparison(operator='>', left=Name(name='value.percentile'), right=Literal(value=80))
    """
    return _Parser(text).whole()


class _Parser:
    """One pass over the pieces of one text; `_here` is the next piece."""

    def __init__(self, text: str) -> None:
        self._text, self._tokens, self._next, self._depth = text, tokenize(text), 0, 0
        self._depths: dict[int, int] = {}
        self._nodes: list[Node] = []

    def whole(self) -> Node:
        node = self._expression(0)
        if self._here.kind != "end":
            raise self._wrong("an operator, and, or, or the end")
        return node

    @property
    def _here(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        self._next += 1
        return self._tokens[self._next - 1]

    def _is(self, *values: str) -> bool:
        return self._here.kind in ("keyword", "sign") and self._here.value in values

    def _accept(self, value: str) -> bool:
        found = self._is(value)
        self._next += found
        return found

    def _expect(self, value: str, then: str = "") -> None:
        if not self._accept(value):
            raise self._wrong(f"{value}{then}")

    def _wrong(self, expected: str) -> ConditionError:
        token = self._here
        if token.kind == "end":
            return refusal(self._text, token.at, expected=expected, found="the end")
        return refusal(self._text, token.at, expected=expected, found=shown(str(token.value)))

    def _made(self, node: Node) -> Node:
        """Keeps the depth of each node, so that long chains end in an error too, not in a stack that overflows."""
        depth = 1 + max((self._depths.get(id(each), 0) for each in children(node)), default=0)
        if depth > MAX_DEPTH:
            raise self._too_deep()
        self._depths[id(node)] = depth
        self._nodes.append(node)  # keeps the node alive, so that its id stays its own
        return node

    def _too_deep(self) -> ConditionError:
        return refusal(self._text, self._here.at, expected=f"at most {MAX_DEPTH} levels of nesting", found="more")

    def _expression(self, binding: int) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._too_deep()
        left, compared = self._prefix(binding), False
        while (power := self._power()) > binding:
            if power == _COMPARE and compared:
                raise self._wrong("and or or: comparisons cannot be chained")
            compared = power == _COMPARE
            left = self._made(self._infix(left, power))
        self._depth -= 1
        return left

    def _power(self) -> int:
        if self._here.kind not in ("keyword", "sign"):
            return 0
        return _BINDING.get(str(self._here.value), 0)

    def _infix(self, left: Node, power: int) -> Node:
        if power in (_OR, _AND):
            return self._logic(left, power)
        if power == _COMPARE:
            return self._comparison(left)
        operator = str(self._take().value)
        return Arithmetic(operator, left, self._expression(power))

    def _logic(self, first: Node, power: int) -> Node:
        operator, parts = str(self._here.value), [first]
        while self._accept(operator):
            parts.append(self._expression(power))
        return Logic(operator, tuple(parts))

    def _comparison(self, left: Node) -> Node:
        if self._accept("is"):
            negated = self._accept("not")
            self._expect("null", " or not null")
            return IsNull(left, negated)
        negated = self._accept("not")
        if self._accept("in"):
            return In(left, self._list("in"), negated)
        if self._accept("between"):
            return self._between(left, negated)
        if self._accept("like"):
            return Like(left, self._pattern(), negated)
        if negated:
            raise self._wrong("in, between or like after not")
        operator = str(self._take().value)
        if self._is("=", "<", ">"):
            raise self._wrong(_MEANT.get(operator, "a value"))
        return Comparison(operator, left, self._expression(_COMPARE))

    def _between(self, value: Node, negated: bool) -> Node:
        low = self._expression(_COMPARE)
        self._expect("and", " and the higher end")
        return Between(value, low, self._expression(_COMPARE), negated)

    def _pattern(self) -> str:
        token = self._here
        if token.kind != "text":
            raise self._wrong("a pattern in single quotes")
        pattern = str(self._take().value)
        if (len(pattern) - len(pattern.rstrip("\\"))) % 2:
            raise refusal(self._text, token.at, expected="a character behind the last backslash", found=shown(pattern))
        return pattern

    def _list(self, after: str) -> tuple[Node, ...]:
        self._expect("(", f" after {after}")
        items = [self._expression(_OR - 1)]
        while self._accept(","):
            items.append(self._expression(_OR - 1))
        self._expect(")", " or a comma")
        return tuple(items)

    def _prefix(self, binding: int) -> Node:
        token = self._here
        if token.kind in ("number", "text"):
            return self._made(Literal(self._take().value))
        if token.kind in ("name", "quoted"):
            return self._named()
        opened = self._opening(binding)
        if opened is None:
            raise self._wrong("a name or a value")
        self._take()
        return self._made(opened())

    def _opening(self, binding: int) -> Callable[[], Node] | None:
        openings: dict[str, Callable[[], Node]] = {
            "(": self._parenthesis,
            "-": lambda: Negative(self._expression(_MINUS)),
            "case": self._case,
        }
        if binding < _COMPARE:  # `a + not b` is no value
            openings["not"] = lambda: Not(self._expression(_NOT))
        word = str(self._here.value) if self._here.kind in ("keyword", "sign") else ""
        if word in _CONSTANTS:
            return lambda: Literal(_CONSTANTS[word])
        return openings.get(word)

    def _parenthesis(self) -> Node:
        node = self._expression(0)
        self._expect(")")
        return node

    def _named(self) -> Node:
        token = self._take()
        if token.kind == "name" and self._is("("):
            return self._made(self._call(token))
        return self._made(Name(str(token.value)))

    def _call(self, token: Token) -> Node:
        function = str(token.value).lower()
        if function not in FUNCTIONS:
            error = refusal(self._text, token.at, expected="one of the functions", found=shown(str(token.value)))
            raise ConditionError(error.problem, allowed=FUNCTIONS, guess=nearest(function, FUNCTIONS))
        return Call(function, self._list(function))

    def _case(self) -> Node:
        branches = [self._branch()]
        while self._is("when"):
            branches.append(self._branch())
        otherwise = self._expression(0) if self._accept("else") else None
        self._expect("end", ", when or else" if otherwise is None else "")
        return Case(tuple(branches), otherwise)

    def _branch(self) -> tuple[Node, Node]:
        self._expect("when", " and a condition")
        condition = self._expression(0)
        self._expect("then", " and a value")
        return condition, self._expression(0)
