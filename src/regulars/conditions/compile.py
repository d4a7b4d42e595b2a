"""Compiles a tree to an Ibis value, with the names handed in and every literal as a parameter, never as SQL text.

Sides of a comparison meet in one family (number, text, day, moment, yes/no): a text meets a number as a number and a
day as a day; a moment meets a day by its day. Arithmetic is done in floats, and division by zero gives null, so that
every engine gives the same answer. Null follows SQL: a comparison with null is unknown, and unknown does not match.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import ibis
import ibis.expr.types as ir

from regulars.conditions.literals import like_regex, literal
from regulars.conditions.resolve import Resolver
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
from regulars.conditions.unparse import unparse
from regulars.kernel.errors import ConditionError

__all__ = ["compile_condition", "compile_value"]

_FAMILIES: tuple[tuple[str, Callable[[Any], bool]], ...] = (
    ("number", lambda dtype: dtype.is_numeric() and not dtype.is_boolean()),
    ("text", lambda dtype: dtype.is_string()),
    ("day", lambda dtype: dtype.is_date()),
    ("moment", lambda dtype: dtype.is_timestamp()),
    ("yes/no", lambda dtype: dtype.is_boolean()),
    ("null", lambda dtype: dtype.is_null()),
)
_COMPARE: dict[str, Callable[[Any, Any], ir.BooleanValue]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MOMENT = "%Y-%m-%d %H:%M:%S"


def compile_value(node: Node, resolve: Resolver) -> ir.Value:
    """The value of an expression.

    Args:
        node: the tree of `parse`.
        resolve: gives the value of a name.

    Raises:
        ConditionError: a name is unknown, or values of kinds meet that cannot be compared or computed.

    >>> import ibis
    >>> from regulars.conditions.parse import parse
    >>> compile_value(parse("1 + 2.5"), lambda name, wanted: ibis.literal(name)).type()
    Float64(nullable=True)
    """
    return _Compiler(resolve).value(node)


def compile_condition(node: Node, resolve: Resolver) -> ir.BooleanValue:
    """The truth of a condition: true, false or null (unknown).

    Args:
        node: the tree of `parse`.
        resolve: gives the value of a name.

    Raises:
        ConditionError: as `compile_value`; also when the expression is a number, text or day.

    >>> import ibis
    >>> from regulars.conditions.parse import parse
    >>> from regulars.conditions.resolve import resolver_of
    >>> t = ibis.table({"n": "int64"}, name="t")
    >>> compile_condition(parse("n between 1 and 3"), resolver_of(t)).type().is_boolean()
    True
    """
    return _Compiler(resolve).condition(node)


def _family(value: ir.Value) -> str:
    dtype = value.type()
    return next((name for name, fits in _FAMILIES if fits(dtype)), str(dtype))


def _wish(node: Node) -> str:
    """What a side of a comparison would like its other sides to be, as far as its form shows."""
    match node:
        case Literal(bool() | None):
            return "any"
        case Literal(str()) | Call("concat"):
            return "text"
        case Literal() | Arithmetic() | Negative():
            return "number"
        case Case(branches, otherwise):
            ends = [then for _, then in branches] + ([] if otherwise is None else [otherwise])
            return next((wish for each in ends if (wish := _wish(each)) != "any"), "any")
        case Call():
            return next((wish for each in children(node) if (wish := _wish(each)) != "any"), "any")
    return "any"


@dataclass(frozen=True, slots=True)
class _Compiler:
    resolve: Resolver

    def value(self, node: Node, wanted: str = "any") -> ir.Value:
        match node:
            case Literal(each):
                return literal(each, wanted)
            case Name(name):
                return self.resolve(name, wanted)
            case Arithmetic() | Negative():
                return self._arithmetic(node)
            case Call() | Case():
                return self._choice(node, wanted)
        return self._truth(node)

    def _choice(self, node: Call | Case, wanted: str) -> ir.Value:
        if isinstance(node, Case):
            return self._case(node, wanted)
        if node.function == "concat":
            return self._concat(node.arguments)
        return ibis.coalesce(*self._met(node.arguments, wanted))

    def condition(self, node: Node) -> ir.BooleanValue:
        value = self.value(node)
        family = _family(value)
        if family == "null":
            return ibis.null("boolean")
        if family != "yes/no":
            raise ConditionError(f"{unparse(node)} is a {family}, not a condition.", fix="Compare it with something.")
        return cast(ir.BooleanValue, value)

    def _truth(self, node: Node) -> ir.BooleanValue:
        match node:
            case Logic():
                return self._logic(node)
            case Not(condition):
                return ~self.condition(condition)
            case IsNull(value, negated):
                found = self.value(value)
                return found.notnull() if negated else found.isnull()
            case Comparison(sign, left, right):
                return self._compare(sign, self._met((left, right)))
        return self._predicate(cast(In | Between | Like, node))

    def _predicate(self, node: In | Between | Like) -> ir.BooleanValue:
        match node:
            case In(value, items):
                met = self._met((value, *items))
                truth = _balanced([self._compare("=", (met[0], each)) for each in met[1:]], operator.or_)
            case Between(value, low, high):
                met = self._met((value, low, high))
                truth = self._compare(">=", met[:2]) & self._compare("<=", (met[0], met[2]))
            case Like(value, pattern):
                truth = self._text(value).re_search(like_regex(pattern))
        return ~truth if node.negated else truth

    def _logic(self, node: Logic) -> ir.BooleanValue:
        join = operator.and_ if node.operator == "and" else operator.or_
        return _balanced([self.condition(each) for each in node.parts], join)

    def _compare(self, sign: str, sides: Sequence[ir.Value]) -> ir.BooleanValue:
        if any(_family(each) == "null" for each in sides):
            return ibis.null("boolean")
        return _COMPARE[sign](*sides)

    def _arithmetic(self, node: Arithmetic | Negative) -> ir.Value:
        if isinstance(node, Negative):
            return self._negative(node.value)
        left, right = self._number(node.left), self._number(node.right)
        match node.operator:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
        return left / right.nullif(0.0)

    def _negative(self, node: Node) -> ir.Value:
        if isinstance(node, Literal) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
            return literal(-node.value)
        return -self._number(node)

    def _number(self, node: Node) -> ir.FloatingValue:
        value = self.value(node, "number")
        family = _family(value)
        if family not in ("number", "null"):
            raise ConditionError(f"{unparse(node)} is a {family}; arithmetic needs numbers.")
        return value.cast("float64")

    def _text(self, node: Node) -> ir.StringValue:
        value = self.value(node, "text")
        if _family(value) == "moment":
            return cast(ir.TimestampValue, value).strftime(_MOMENT)
        if value.type().is_floating():
            fix = "Numbers with decimals have no one way to be written."
            raise ConditionError(f"{unparse(node)} is a number, not a text.", fix=fix)
        return value.cast("string")

    def _concat(self, arguments: Sequence[Node]) -> ir.Value:
        texts = [self._text(each).fill_null("") for each in arguments]
        return _balanced(texts, operator.add)

    def _case(self, node: Case, wanted: str) -> ir.Value:
        ends = [then for _, then in node.branches]
        *values, otherwise = self._met((*ends, node.otherwise or Literal(None)), wanted)
        if all(_family(each) == "null" for each in values) and _family(otherwise) == "null":
            return ibis.null()
        conditions = [self.condition(when) for when, _ in node.branches]
        return ibis.cases(*zip(conditions, values, strict=True), else_=otherwise)

    def _met(self, nodes: Sequence[Node], wanted: str = "any") -> list[ir.Value]:
        """The values of all nodes in one family and, for numbers, of one type."""
        wishes = [_wish(each) for each in nodes]
        wish = next((each for each in (wanted, *wishes) if each != "any"), "any")
        values = [self.value(each, wish) for each in nodes]
        goal = _goal({_family(each) for each in values})
        if goal in ("number", "day", "moment"):
            values = [self._again(*pair, goal=goal) for pair in zip(nodes, values, strict=True)]
        return _alike(nodes, values)

    def _again(self, node: Node, value: ir.Value, *, goal: str) -> ir.Value:
        if _family(value) != "text":
            return value
        return self.value(node, "day" if goal == "moment" and not isinstance(node, Literal) else goal)


def _goal(families: set[str]) -> str:
    return next((each for each in ("moment", "day", "number") if each in families), "text")


def _alike(nodes: Sequence[Node], values: list[ir.Value]) -> list[ir.Value]:
    families = {_family(each) for each in values} - {"null"}
    if families == {"day", "moment"}:
        return [cast(ir.TimestampValue, each).date() if _family(each) == "moment" else each for each in values]
    if len(families) > 1:
        said = ", ".join(f"{unparse(node)} is a {_family(each)}" for node, each in zip(nodes, values, strict=True))
        raise ConditionError(f"These cannot be compared or mixed: {said}.")
    return _of_one_type(values) if families == {"number"} else values


def _of_one_type(values: list[ir.Value]) -> list[ir.Value]:
    types = {each.type().copy(nullable=True) for each in values if _family(each) != "null"}
    if len(types) == 1:
        return values
    goal = "int64" if all(each.is_integer() for each in types) else "float64"
    return [each.cast(goal) for each in values]


def _balanced(values: Sequence[Any], join: Callable[[Any, Any], Any]) -> Any:
    """Joined in pairs of pairs: a thousand parts make a tree ten levels deep, not a thousand."""
    level = list(values)
    while len(level) > 1:
        pairs = [join(*level[at : at + 2]) for at in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0]
