"""Which numbers mean two things? Ids that two sources use for products, stores, partners or campaigns of their own.

Such an id is told apart by the source whose id it is, as `SOURCE:ID`; all other ids stand alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

__all__ = ["HOMES", "ambiguous_ids", "told_apart"]

HOMES: Mapping[str, str] = {
    "product": "product_source",
    "store": "store_source",
    "partner": "partner_source",
    "campaign": "campaign_source",
    "offer": "offer_source",
    "agent": "source",
    "team": "source",
}
"""Dimension by number -> the column that says whose numbers they are."""

_OURS = "regulars"  # what we launched comes back through other systems under the same number


def ambiguous_ids(facts: Sequence[ir.Table], column: str, *, home: str) -> ir.Table:
    """Ids that more than one source uses: one column, `twice`.

    Args:
        facts: every fact of the question, not yet filtered.
        column: the id's column.
        home: the column that says whose id it is.
    """
    pairs = [rows.select(twice=rows[column], of=ibis.coalesce(rows[home], rows.source)).distinct() for rows in facts]
    every = ibis.union(*pairs, distinct=True) if len(pairs) > 1 else pairs[0]
    every = every.filter(every.twice.notnull() & (every.of != _OURS))
    counted = every.group_by("twice").aggregate(homes=every.count())
    return counted.filter(counted.homes > 1).select("twice")


def told_apart(rows: ir.Table, twice: ir.Table, *, column: str, home: str, name: str) -> ir.Table:
    """The rows with a further column `name`: the id, or SOURCE:ID where the id is in `twice`."""
    named = twice.rename({f"{name}__twice": "twice"})
    found = rows.left_join(named, [rows[column] == named[f"{name}__twice"]])
    of = ibis.coalesce(found[home], found.source)
    label = found[f"{name}__twice"].notnull().ifelse(of + ":" + found[column], found[column])
    return found.mutate(**{name: label}).drop(f"{name}__twice")
