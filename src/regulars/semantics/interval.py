"""How far may a rate or mean be off: a delete-a-group jackknife over 64 hashed groups of customers.

Customers are the clusters, so that one busy customer does not count as many. With R the rate and R(g) the rate without
group g, the variance is 63/64 times the sum of (R(g) - R)^2 over the groups that are not empty (Kott, "Delete-a-group
jackknife", 2001). Shares of counted things get Wilson's interval with the effective number of observations
R (1 - R) / variance; other rates the normal one. Both use Student's quantile for (non-empty groups - 1) degrees.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

from regulars.engines.portable import hash_group, ratio
from regulars.semantics.metric import Metric

__all__ = ["bounds", "student", "variances"]

_GROUPS = 64
_Z = 1.2815515655446004  # of 80 %


def variances(rows: ir.Table, keys: Sequence[str], *, metrics: Sequence[Metric]) -> ir.Table:
    """Variance and number of non-empty groups of each ratio in each cell, in one grouped pass.

    Args:
        rows: the fact's rows with customer_group, cluster and the key columns.
        keys: the columns that make the cell; none for the total.
        metrics: ratios of that fact.

    Returns:
        The keys, and for each metric `<metric>__variance`, `<metric>__groups` and `<metric>__factor`
        (Student's quantile; null where fewer than two groups stand behind the cell).
    """
    grouped = rows.mutate(jackknife=ibis.coalesce(rows.customer_group, hash_group(rows.cluster)))
    parts = {f"{each.name}__part": each.part for each in metrics} | {
        f"{each.name}__whole": each.whole for each in metrics
    }
    sums = grouped.group_by([*keys, "jackknife"]).aggregate(**parts)
    moved = sums.mutate(**{each.name: _squared(sums, each, keys=keys) for each in metrics})
    found: dict[str, ir.Value] = {}
    for each in metrics:
        found[f"{each.name}__variance"] = moved[each.name].sum() * ((_GROUPS - 1) / _GROUPS)
        found[f"{each.name}__groups"] = moved[each.name].count()
    cells = moved.group_by(list(keys)).aggregate(**found) if keys else moved.aggregate(**found)
    return cells.mutate(**{f"{each.name}__factor": _factor(cells[f"{each.name}__groups"]) for each in metrics})


def _factor(groups: ir.IntegerValue) -> ir.FloatingValue:
    enough = groups >= 2
    return enough.ifelse(student(enough.ifelse(groups, 2).cast("float64") - 1.0), ibis.null("float64"))


def _squared(sums: ir.Table, metric: Metric, *, keys: Sequence[str]) -> ir.FloatingValue:
    part = ibis.coalesce(sums[f"{metric.name}__part"].cast("float64"), 0.0)
    whole = ibis.coalesce(sums[f"{metric.name}__whole"].cast("float64"), 0.0)
    cell = ibis.window(group_by=list(keys)) if keys else ibis.window()
    all_part, all_whole = part.sum().over(cell), whole.sum().over(cell)
    change = (ratio(all_part - part, all_whole - whole) - ratio(all_part, all_whole)) * metric.scale
    return ((part != 0.0) | (whole != 0.0)).ifelse(change * change, ibis.null("float64"))


def student(degrees: ir.NumericValue) -> ir.FloatingValue:
    """Student's quantile for an 80 % interval (Cornish-Fisher expansion; Abramowitz and Stegun 26.7.5).

    >>> import ibis
    >>> round(ibis.duckdb.connect().execute(student(ibis.literal(10.0))), 3)
    1.372
    """
    first = (_Z**3 + _Z) / 4
    second = (5 * _Z**5 + 16 * _Z**3 + 3 * _Z) / 96
    third = (3 * _Z**7 + 19 * _Z**5 + 17 * _Z**3 - 15 * _Z) / 384
    return _Z + first / degrees + second / degrees**2 + third / degrees**3


def bounds(metric: Metric, value: ir.FloatingValue, *, cells: ir.Table) -> Mapping[str, ir.FloatingValue]:
    """`low` and `high` of a ratio; null where fewer than two groups of customers stand behind it.

    Args:
        metric: the ratio.
        value: its value in `cells`.
        cells: has `<metric>__variance`, `<metric>__factor` and `<metric>__n`.
    """
    variance, factor = cells[f"{metric.name}__variance"], cells[f"{metric.name}__factor"]
    enough = factor.notnull() & value.notnull()
    if metric.counted:
        ends = _wilson(value, variance, factor=factor, n=cells[f"{metric.name}__n"].cast("float64"))
    else:
        spread = factor * variance.sqrt()
        ends = {"low": _cut(value - spread, metric, end=0), "high": _cut(value + spread, metric, end=1)}
    # an engine's least and greatest skip nulls, so what is not known is put back here
    return {end: enough.ifelse(limit, ibis.null("float64")) for end, limit in ends.items()}


def _wilson(
    share: ir.FloatingValue, variance: ir.FloatingValue, *, factor: ir.FloatingValue, n: ir.FloatingValue
) -> Mapping[str, ir.FloatingValue]:
    # at 0 or 1 the jackknife sees no spread at all: there the plain number of observations stands in
    effective = ibis.coalesce((share * (1.0 - share)) / variance.nullif(0.0), n)
    size = (effective > 0.0).ifelse(ibis.least(effective, n), n)
    square = factor * factor
    middle = (share + square / (size * 2.0)) / (square / size + 1.0)
    inside = share * (1.0 - share) / size + square / (size * size * 4.0)
    spread = factor * inside.sqrt() / (square / size + 1.0)
    low, high = ibis.greatest(middle - spread, 0.0), ibis.least(middle + spread, 1.0)
    return {"low": ibis.least(low, share), "high": ibis.greatest(high, share)}


def _cut(value: ir.FloatingValue, metric: Metric, *, end: int) -> ir.FloatingValue:
    bound = metric.bounds[end]
    if bound is None:
        return value
    limit = ibis.literal(float(bound))
    return (ibis.greatest if end == 0 else ibis.least)(value, limit)
