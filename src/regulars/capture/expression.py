"""`expr` and `where` of a mapping: parsed, compiled by `conditions`, over operands that are read under the locale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

import ibis
import ibis.expr.types as ir

from regulars.capture.dialect import Dialect
from regulars.capture.exact import DTYPE, ODD, Look, column_sql, exact_sum, graded, summands
from regulars.capture.moment import moment
from regulars.capture.reading import number
from regulars.conditions.check import unknown_name
from regulars.conditions.compile import compile_condition, compile_value
from regulars.conditions.parse import parse
from regulars.conditions.tree import Node
from regulars.contracts.model import Kind
from regulars.engines.portable import money, rounded

__all__ = ["Formula", "Operands", "formulas", "operands_of"]


@dataclass(slots=True)
class Formula:
    """One expression: its tree and the kind of column it fills (None for `where`); `direct` once it is known to be typed."""

    node: Node
    kind: Kind | None
    direct: bool = False


@dataclass(frozen=True, slots=True)
class Operands:
    """The columns that expressions are computed from.

    `select` adds them to a SELECT, `bad` is SQL: an operand has a text that cannot be read; "false" if none has.
    """

    select: str
    bad: str
    values: Mapping[str, ir.Value]
    table: ir.Table
    used: tuple[tuple[str, str], ...] = ()  # (column of the base layer, "number" or "day")

    def compiled(self, found: Mapping[str, Formula]) -> str:
        """SQL of the operands' table with one column `x_<name>` more for each formula."""
        if not found:
            return "SELECT * FROM operands"
        # One flat SELECT comes back, so the operands' own columns can stand before it.
        sql = str(
            ibis.to_sql(self.table.select(**{f"x_{each}": self.values[each] for each in found}), dialect="duckdb")
        )
        return "SELECT *, " + sql.removeprefix("SELECT")


def formulas(wanted: Mapping[str, tuple[str, Kind]], where: str | None) -> dict[str, Formula]:
    """The trees of a mapping's expressions by the column they fill; `where` under its own name.

    Raises:
        ConditionError: one of them cannot be read.
    """
    found = {column: Formula(parse(expr), kind) for column, (expr, kind) in wanted.items()}
    return found | ({"where": Formula(parse(where), None)} if where else {})


class _Names:
    """Resolves raw column names, remembering which were wanted as numbers and days."""

    def __init__(self, columns: Mapping[str, str], table: ir.Table) -> None:
        self._columns, self._table = columns, table
        self.used: set[tuple[str, str]] = set()

    def __call__(self, name: str, wanted: str) -> ir.Value:
        if name not in self._columns:
            raise unknown_name(name, self._columns)
        column = self._columns[name]
        if wanted in ("number", "day"):
            self.used.add((column, wanted))
            return self._table[f"{wanted}_{column}"]
        return self._table[column]


def operands_of(
    found: Mapping[str, Formula], columns: Mapping[str, str], *, spoken: Mapping[str, Dialect], look: Look
) -> Operands:
    """The operands of some formulas.

    Args:
        found: the formulas; `direct` is set on those that give typed values.
        columns: raw column name -> column of the base layer.
        spoken: column of the base layer -> under which its numbers and days are read.
        look: asks once what the operands' values look like, so that common ones are read by a plain cast.
    """
    table = _table(columns)
    names = _Names(columns, table)
    values = {each: _value(formula, names) for each, formula in found.items()}
    pairs = sorted(names.used)
    grades = graded(pairs, look, spoken=spoken)
    sums = {
        each: summands(formula.node, formula.kind, columns=columns, grades=grades) for each, formula in found.items()
    }
    for each, wanted in sums.items():
        if wanted:
            values[each] = _summed(found[each], columns, table=table)
    odd = {each for each in pairs if grades[each] == ODD}
    reads = [f"{_read(*each, dialect=spoken[each[0]], odd=each in odd)} AS {each[1]}_{each[0]}" for each in pairs]
    reads += [f"{column_sql(each, spoken[each])} AS exact_{each}" for each in sorted({*chain(*sums.values())})]
    bad = " OR ".join(f"({column} IS NOT NULL AND {wanted}_{column} IS NULL)" for column, wanted in sorted(odd))
    return Operands("".join(f", {each}" for each in reads), bad or "false", values, table, tuple(pairs))


def _summed(formula: Formula, columns: Mapping[str, str], *, table: ir.Table) -> ir.Value:
    value = exact_sum(formula.node, lambda raw: table[f"exact_{columns[raw]}"])
    return value.cast("decimal(18, 4)" if formula.kind is Kind.MONEY else "decimal(18, 3)")


def _table(columns: Mapping[str, str]) -> ir.Table:
    schema = {"record": "int64"}
    for column in dict.fromkeys(columns.values()):
        schema |= {column: "string", f"number_{column}": "float64", f"day_{column}": "date"}
        schema |= {f"exact_{column}": DTYPE}
    return ibis.table(schema, name="operands")


def _value(formula: Formula, names: _Names) -> ir.Value:
    if formula.kind is None:
        return compile_condition(formula.node, names)
    value = compile_value(formula.node, names)
    if value.type().is_string() or value.type().is_null():
        return value.cast("string")
    formula.direct = True
    return _ended(value, formula.kind)


def _ended(value: ir.Value, kind: Kind) -> ir.Value:
    if kind is Kind.MONEY:
        return money(value)
    if kind is Kind.QUANTITY:
        return rounded(value, 3).cast("decimal(18, 3)")
    return value.cast(kind.dtype)


def _read(column: str, wanted: str, *, dialect: Dialect, odd: bool) -> str:
    if wanted == "number":
        reading = number(column, Kind.NUMBER, dialect=dialect)
        return reading.value if odd else reading.sure
    when = moment(column, dialect)
    return f"CAST({when.local if odd else when.sure_local} AS DATE)"
