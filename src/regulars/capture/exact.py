"""What the operands of expressions look like, and which expressions are therefore plain sums of decimals.

A sum or difference of amounts with few digits is computed in decimals: the same value that the float way gives after its
rounding, at a fraction of the work. Everything else is left to `conditions`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast

import ibis.expr.types as ir

from regulars.capture.dialect import Dialect
from regulars.capture.moment import moment
from regulars.capture.reading import canonical
from regulars.capture.sql import case, text
from regulars.conditions.tree import Arithmetic, Name, Negative, Node
from regulars.contracts.model import Kind

__all__ = ["DTYPE", "ODD", "Look", "column_sql", "exact_sum", "graded", "summands"]

ODD, _COMMON, _FOUR, _THREE = range(4)  # some odd; all common; all with few digits and at most four, three decimals
DTYPE = "decimal(13, 4)"
_WHOLE = 9  # digits before the point: far below where a float loses the fourth decimal
_ENOUGH = {Kind.MONEY: _FOUR, Kind.QUANTITY: _THREE}
Look = Callable[[list[str]], Sequence[int | None]]  # aggregates over the base layer -> their values


def graded(
    pairs: Sequence[tuple[str, str]], look: Look, *, spoken: Mapping[str, Dialect]
) -> dict[tuple[str, str], int]:
    """How plain all values of each operand are, `ODD` when some need the long way.

    Args:
        pairs: (column of the base layer, "number" or "day").
        look: asked once for all of them.
        spoken: column -> under which it is read.
    """
    if not pairs:
        return {}
    found = look([f"min({_grade(column, wanted, dialect=spoken[column])})" for column, wanted in pairs])
    return {pair: _THREE if level is None else level for pair, level in zip(pairs, found, strict=True)}


def _grade(column: str, wanted: str, *, dialect: Dialect) -> str:
    nothing = (f"{column} IS NULL", "NULL")
    if wanted == "day":
        return case([nothing, (f"{moment(column, dialect).fast_local} IS NOT NULL", str(_COMMON))], str(ODD))
    short = f"[+-]?[0-9]{{1,{_WHOLE}}}([{dialect.decimal}][0-9]{{1,%d}})?"
    forms = [(short % 3, _THREE), (short % 4, _FOUR), (canonical(Kind.NUMBER, dialect), _COMMON)]
    arms = [(f"regexp_full_match({column}, {text(form)})", str(level)) for form, level in forms]
    return case([nothing, *arms], str(ODD))


def summands(
    node: Node, kind: Kind | None, *, columns: Mapping[str, str], grades: Mapping[tuple[str, str], int]
) -> list[str]:
    """The columns that an expression only adds and subtracts, if that is exact in decimals; else none."""
    if kind not in _ENOUGH or isinstance(node, Name):
        return []
    names = _names(node)
    if names is None:
        return []
    found = [columns[each] for each in names]
    return found if all(grades[each, "number"] >= _ENOUGH[kind] for each in found) else []


def _names(node: Node) -> list[str] | None:
    match node:
        case Name(name):
            return [name]
        case Negative(value):
            return _names(value)
        case Arithmetic("+" | "-", left, right):
            both = (_names(left), _names(right))
            return None if both[0] is None or both[1] is None else both[0] + both[1]
    return None


def exact_sum(node: Node, value_of: Callable[[str], ir.DecimalValue]) -> ir.DecimalValue:
    """The value of an expression that has `summands`."""
    match node:
        case Negative(value):
            return -exact_sum(value, value_of)
        case Arithmetic(sign, left, right):
            first, second = exact_sum(left, value_of), exact_sum(right, value_of)
            return first + second if sign == "+" else first - second
    return value_of(cast(Name, node).name)


def column_sql(column: str, dialect: Dialect) -> str:
    """SQL of a summand as a decimal."""
    plain = column if dialect.decimal == "." else f"replace({column}, ',', '.')"
    return f"CAST({plain} AS DECIMAL(13, 4))"
