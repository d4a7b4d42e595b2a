"""How sure is a sum of customers' values? The interval of the run that made them, where it made one for the same customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from regulars.engines.portable import money

if TYPE_CHECKING:
    from regulars.semantics.plan import Plan

__all__ = ["VALUE", "group_ends", "with_group_ends"]

VALUE = "customer_value"
_NEAR = 0.001  # sums of rounded scores and the run's own sum differ by roundings only


def group_ends(groups: ir.Table, grouping: str) -> ir.Table:
    """The latest run's groups of one kind: (item, value, low, high), one row for each item."""
    own = groups.filter(groups.grouping == grouping)
    latest = own.mutate(latest=own.as_of.max().over())
    now = latest.filter(latest.as_of == latest.latest)
    return now.group_by("item").aggregate(value=now.value.max(), low=now.low.min(), high=now.high.max())


def with_group_ends(found: ir.Table, plan: Plan) -> ir.Table:
    """Cells with `customer_value__low` and `customer_value__high`; null where the run knows no interval for the cell.

    It knows one for everybody, and for the segments of a segmentation when the question splits by that alone and filters
    nothing. Where the sum has changed since the run (customers merged, segments anew) there is none.
    """
    split = bool(plan.by) and plan.members[0] in found.columns
    grouping = _grouping(plan, split)
    none = ibis.null("decimal(18, 4)")
    if grouping is None:
        return found.mutate(**{f"{VALUE}__low": none, f"{VALUE}__high": none})
    ends = group_ends(plan.tables.table("value.groups"), grouping)
    ends = ends.rename({f"ends__{name}": name for name in ends.columns})
    item = found[plan.members[0]] if split else ibis.literal("all")
    beside = found.left_join(ends, [item == ends.ends__item])
    part = beside[f"{VALUE}__part"].cast("float64")
    same = (part - beside.ends__value.cast("float64")).abs() <= part.abs() * _NEAR + 0.01
    limits = {f"{VALUE}__{end}": same.ifelse(money(beside[f"ends__{end}"]), none) for end in ("low", "high")}
    return beside.mutate(**limits).drop(*ends.columns)


def _grouping(plan: Plan, split: bool) -> str | None:
    if plan.condition is not None or (plan.question.top is not None and plan.by):
        return None
    if not split:
        return "all"
    link = plan.by[0].link or ""
    return link.removeprefix("segment.") if len(plan.by) == 1 and link.startswith("segment.") else None
