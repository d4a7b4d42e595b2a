"""What a name in a condition stands for: the seam between the language and the tables it is asked about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import ibis.expr.types as ir

from regulars.conditions.check import unknown_name

__all__ = ["Resolver", "as_day", "as_number", "resolver_of"]

# Checked by ourselves before the cast, because engines differ in what else is a number to them ("1d", "1_000", "inf").
_NUMBER = r"\A\s*[+-]?([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})([eE][+-]?[0-9]{1,2})?\s*\z"
_DAY = r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\z"


class Resolver(Protocol):
    """Gives the value that a name stands for.

    `wanted` says what the condition would like: "any", "number" (arithmetic, or a comparison with a number), "text" or
    "day". It is a wish: a date column stays a date when "text" is wanted; a text column becomes a number when "number"
    is. An unknown name is a `ConditionError`.
    """

    def __call__(self, name: str, wanted: str) -> ir.Value:
        """The value of `name`."""


def as_number(value: ir.StringValue) -> ir.FloatingValue:
    """A text as float64, equal on every engine; null where it is no number.

    >>> import ibis
    >>> con = ibis.duckdb.connect()
    >>> [con.to_pyarrow(as_number(ibis.literal(text))).as_py() for text in (" 1.5", "1_0")]
    [1.5, None]
    """
    return value.re_search(_NUMBER).ifelse(value.strip(), None).try_cast("float64")


def as_day(value: ir.StringValue) -> ir.DateValue:
    """An ISO text (YYYY-MM-DD) as a date; null where it is none.

    >>> import ibis
    >>> ibis.duckdb.connect().to_pyarrow(as_day(ibis.literal("2024-02-29"))).as_py()
    datetime.date(2024, 2, 29)
    """
    return value.re_search(_DAY).ifelse(value, None).try_cast("date")


@dataclass(frozen=True, slots=True)
class _Columns:
    table: ir.Table
    aliases: Mapping[str, str]

    def __call__(self, name: str, wanted: str) -> ir.Value:
        column = self.aliases.get(name, name)
        if column not in self.table.columns:
            raise unknown_name(name, {*self.table.columns, *self.aliases})
        value = self.table[column]
        if not value.type().is_string():
            return value
        return {"number": as_number, "day": as_day}.get(wanted, _unchanged)(value)


def _unchanged(value: ir.StringValue) -> ir.Value:
    return value


def resolver_of(table: ir.Table, aliases: Mapping[str, str] = MappingProxyType({})) -> Resolver:
    """The resolver of a plain table: names are its columns, or aliases of them.

    Args:
        table: any table.
        aliases: further name -> column.

    >>> import ibis
    >>> resolver_of(ibis.table({"price": "string"}, name="t"))("price", "number").type().is_floating()
    True
    """
    return _Columns(table, aliases)
