"""Where does a name in a condition lie: a dimension, a customer's attribute, segment or score, or a fact's column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis.expr.types as ir

from regulars.conditions.check import unknown_name
from regulars.conditions.resolve import as_day, as_number
from regulars.kernel.errors import UsageError
from regulars.semantics.context import Context
from regulars.semantics.dimension import Dimension, label_of, member_of, reachable
from regulars.semantics.fact import Fact, reaches

__all__ = ["Place", "Resolver", "names_for", "place_of"]

_TEXTS = {"number": as_number, "day": as_day}
_FIELDS = ("value", "low", "high", "percentile")


@dataclass(frozen=True, slots=True)
class Place:
    """One name of a condition: the link that adds it, the column, and the dimension where it is one."""

    column: str
    link: str | None = None
    dimension: Dimension | None = None


def _score_places(context: Context) -> dict[str, Place]:
    found: dict[str, Place] = {}
    for analysis, measures in context.scores.items():
        for measure in measures:
            link = f"score.{analysis}.{measure}"
            found[f"{analysis}.{measure}"] = Place(f"{link}__value", link)
            for field in _FIELDS:
                found[f"{analysis}.{measure}.{field}"] = Place(f"{link}__{field}", link)
                if measure == measures[0]:
                    found.setdefault(f"{analysis}.{field}", Place(f"{link}__{field}", link))
    return found


def names_for(fact: Fact, known: Mapping[str, Dimension], *, context: Context) -> dict[str, Place]:
    """Every name that a condition over this fact may use, with its place."""
    found = {name: Place(each.column, each.link, each) for name, each in known.items() if _row_has(each, fact)}
    for name, place in _score_places(context).items():
        if place.link and reaches(fact, place.link):
            found.setdefault(name, place)
    for column in sorted(fact.columns):
        found.setdefault(column, Place(column))
    return found


def _row_has(dimension: Dimension, fact: Fact) -> bool:
    # a plan figure is for one member of one level; it has no region beside its channel that could be filtered
    return dimension.column in fact.columns if fact.name == "targets" else reachable(dimension, fact)


def place_of(name: str, fact: Fact, *, known: Mapping[str, Dimension], context: Context) -> Place:
    """The place of one name.

    Raises:
        UsageError: the name is a dimension that this fact cannot reach.
        ConditionError: there is no such name.
    """
    names = names_for(fact, known, context=context)
    if name in names:
        return names[name]
    if name in known:
        raise UsageError(
            f"--where {name!r}: one row is {fact.grain}, and it has no single {name}.", allowed=sorted(names)
        )
    raise unknown_name(name, {*names, *known}, where="--where")


@dataclass(frozen=True, slots=True)
class Resolver:
    """Gives the condition's compiler the value behind a name, in rows that have the links already."""

    rows: ir.Table
    fact: Fact
    known: Mapping[str, Dimension]
    context: Context

    def __call__(self, name: str, wanted: str) -> ir.Value:
        """The value of `name` in each row; periods are their labels, days are days."""
        value = self._value(place_of(name, self.fact, known=self.known, context=self.context))
        if wanted in _TEXTS and value.type().is_string():
            return _TEXTS[wanted](value)
        return value

    def _value(self, place: Place) -> ir.Value:
        if place.dimension is None or place.dimension.grain in (None, "day"):
            return self.rows[place.column]
        member = member_of(place.dimension, self.rows, context=self.context)
        return label_of(place.dimension, member, context=self.context)
