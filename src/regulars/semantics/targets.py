"""What was planned: plan figures of the metric that is asked for, at the level at which the question splits.

A plan figure counts whole on the first day of its period. Without a split by a thing only figures for the whole count, so
that a plan for the company and one for each region never add up to twice the plan.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from regulars.engines.protocol import Tables

__all__ = ["LEVELS", "targets", "targets_of"]

LEVELS = frozenset(
    (
        "department",
        "category",
        "subcategory",
        "product",
        "product_name",
        "brand",
        "country",
        "region",
        "district",
        "store",
        "store_name",
        "channel",
        "payment_method",
        "campaign",
        "campaign_name",
        "partner",
        "partner_name",
        "agent",
        "team",
        "reason",
        "list",
        "origin",
        "customer",
    )
)
"""Dimensions for whose members a plan figure may be: `level` is the dimension's name, `item` the member."""


def targets(tables: Tables) -> ir.Table:
    """Plan figures; `day` is the first day of the period."""
    rows = tables.table("target")
    return rows.mutate(
        contract=ibis.literal("target"), day=rows.period_start, target_metric=rows.metric, cluster=rows.target_id,
        customer_group=ibis.null("int64"),
    )  # fmt: skip


def targets_of(rows: ir.Table, *, metric: str | None, levels: Sequence[tuple[str, str]], scenario: bool) -> ir.Table:
    """The plan figures that a question is about.

    Args:
        rows: from `targets`.
        metric: the metric that is planned; None = as the question filters it.
        levels: (dimension, column) of the things that the question splits by; the figure's item becomes the column.
        scenario: whether the question names scenarios itself; if not, the figures without one count, and where there are
            none, those of the first scenario by name.
    """
    if metric is not None:
        rows = rows.filter(rows.target_metric == metric)
    if not scenario:
        named = ibis.coalesce(rows.scenario, "")
        rows = rows.filter(named == named.min().as_scalar())
    if not levels:
        return rows.filter(rows.level.isnull())
    (name, column), *_ = levels
    return rows.filter(rows.level == name).mutate(**{column: rows.item})
