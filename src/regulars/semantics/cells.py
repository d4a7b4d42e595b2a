"""How do rows become cells: each fact is grouped on its own, then the facts' cells are laid over each other.

Facts never join each other (that would multiply rows): their cells are stacked and grouped once more by the shared
dimensions, so a null member meets the other fact's null member. Only parts are kept here; quotients come last.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from regulars.engines.portable import money, ratio
from regulars.semantics.dimension import label_of
from regulars.semantics.interval import variances
from regulars.semantics.metric import Measure, Metric, Uncertainty, Unit
from regulars.semantics.plan import Plan, placed

__all__ = ["OTHER", "THEN", "cells", "leaders", "overlaid", "value_of"]

OTHER = "(other)"
THEN = "then__"  # before the columns of the comparison's period


def cells(plan: Plan, keys: Sequence[str], *, first: ir.Table | None = None) -> ir.Table:
    """The parts of every metric in every cell, comparison and variances included.

    Args:
        plan: the question.
        keys: key columns of placed rows; none for the total.
        first: the leading members of a top question (`place` and the members); then `keys` is `["place"]`.
    """
    layers: list[ir.Table] = []
    for fact in plan.facts:
        rows = _ranked(placed(plan, fact), plan, first=first)
        layers.append(_parts(rows, keys, metrics=plan.of(fact)))
        sampled = [each for each in plan.of(fact) if each.uncertainty is Uncertainty.SAMPLING]
        if sampled:
            layers.append(variances(rows, keys, metrics=sampled))
        if plan.then is not None and "day" in rows.columns:
            before = _ranked(placed(plan, fact, then=True), plan, first=first)
            layers.append(_parts(before, keys, metrics=plan.of(fact), prefix=THEN))
    return overlaid(layers, keys)


def _ranked(rows: ir.Table, plan: Plan, *, first: ir.Table | None) -> ir.Table:
    if first is None:
        return rows
    named = first.rename({f"first__{name}": name for name in first.columns})
    same = [rows[name].identical_to(named[f"first__{name}"]) for name in plan.members]
    found = rows.left_join(named, same)
    return found.mutate(place=ibis.coalesce(found.first__place, plan.question.top))


def _parts(rows: ir.Table, keys: Sequence[str], *, metrics: Sequence[Metric], prefix: str = "") -> ir.Table:
    found = {f"{prefix}{metrics[0].fact}__rows": rows.count()}
    for each in metrics:
        found[f"{prefix}{each.name}__part"] = each.part
        if each.measure is Measure.RATIO:
            found[f"{prefix}{each.name}__whole"] = each.whole
            found[f"{prefix}{each.name}__n"] = each.whole if each.n is None else each.n
    sums = rows.group_by(list(keys)).aggregate(**found) if keys else rows.aggregate(**found)
    return sums.mutate(
        **{f"{prefix}{m.name}__exact": _exact(sums, m, prefix=prefix) for m in metrics if m.whole is not None}
    )


def _exact(sums: ir.Table, metric: Metric, *, prefix: str) -> ir.FloatingValue:
    # taken here, below the next grouping: engines would write it out anew wherever the interval uses it
    return ratio(sums[f"{prefix}{metric.name}__part"], sums[f"{prefix}{metric.name}__whole"]) * metric.scale


def overlaid(layers: Sequence[ir.Table], keys: Sequence[str]) -> ir.Table:
    """Tables of cells as one: a column of each, one row for each key; null where a layer has no such cell.

    Args:
        layers: tables with the key columns, one row for each key, and columns that no other layer has.
        keys: the key columns; none where every layer has one row.
    """
    if len(layers) == 1:
        return layers[0]
    types = {name: dtype for layer in layers for name, dtype in layer.schema().items()}
    values = [name for name in types if name not in keys]
    wide = [
        layer.select(*keys, **{n: layer[n] if n in layer.columns else ibis.null(types[n]) for n in values})
        for layer in layers
    ]
    stacked = ibis.union(*wide)
    one = {name: stacked[name].max() for name in values}
    return stacked.group_by(list(keys)).aggregate(**one) if keys else stacked.aggregate(**one)


def value_of(metric: Metric, rows: ir.Table, *, prefix: str = "") -> ir.NumericValue:
    """The metric from its parts: 0 where no row was recorded, null where it cannot be known."""
    part = rows[f"{prefix}{metric.name}__part"]
    if metric.measure is Measure.RATIO:
        quotient = rows[f"{prefix}{metric.name}__exact"]
        return money(quotient) if metric.unit is Unit.MONEY else quotient
    if metric.uncertainty is Uncertainty.MODEL or metric.fact == "targets":
        return _shaped(part, metric.unit)
    present = ibis.coalesce(rows[f"{prefix}{metric.fact}__rows"], 0) > 0
    return present.ifelse(_shaped(part, metric.unit), _shaped(ibis.literal(0), metric.unit))


def _shaped(value: ir.NumericValue, unit: Unit) -> ir.NumericValue:
    if unit is Unit.MONEY:
        return money(value)
    types = {Unit.COUNT: "int64", Unit.QUANTITY: "decimal(18, 3)"}
    return value.cast(types.get(unit, "float64"))


def leaders(plan: Plan) -> ir.Table:
    """The leading members by the first metric: `place` from 0, and the member columns; ties go by the members."""
    metric = plan.metrics[0]
    rows = placed(plan, metric.fact)
    parts = _parts(rows, plan.members, metrics=[metric])
    labels = [
        label_of(each, parts[name], context=plan.context) for each, name in zip(plan.by, plan.members, strict=True)
    ]
    order = [ibis.desc(value_of(metric, parts), nulls_first=False)]
    order += [ibis.asc(label, nulls_first=False) for label in labels]
    placing = parts.select(*plan.members, place=ibis.row_number().over(order_by=order).cast("int64"))
    return placing.filter(placing.place < plan.question.top)
