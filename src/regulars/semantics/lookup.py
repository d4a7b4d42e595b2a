"""How does a row of facts find the one row that describes it: many-to-one joins that can never multiply rows.

Every looked-up table is reduced to one row for each key first, in a fixed order, so that a doubled product or customer
leaves totals as they are. Looked-up columns are named `<prefix>__<column>`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

__all__ = ["looked_up", "one_row_each"]


def one_row_each(rows: ir.Table, keys: Sequence[str], *, columns: Sequence[str] | None = None) -> ir.Table:
    """One row for each value of `keys`: the one known last; ties go by batch and record.

    Args:
        rows: a stored table, system columns included.
        keys: the columns that name the thing; rows with a null there are left out.
        columns: the further columns to keep; None = all.
    """
    kept = rows.columns if columns is None else (*keys, *columns)
    present = rows.filter([rows[key].notnull() for key in keys])
    order = [present.known_from.desc(), present.batch.desc(), present.record.desc()]
    number = ibis.row_number().over(group_by=list(keys), order_by=order)
    numbered = present.select(*dict.fromkeys(kept), row_of_key=number)
    return numbered.filter(numbered.row_of_key == 0).drop("row_of_key")


def looked_up(rows: ir.Table, table: ir.Table, *, on: Mapping[str, str], prefix: str) -> ir.Table:
    """`rows` with the columns of `table` beside them, as many rows as before.

    Args:
        rows: the facts.
        table: one row for each key.
        on: column of `rows` -> column of `table`; the latter are left out of the result.
        prefix: put before each column of `table`, with two underscores.
    """
    named = table.rename({f"{prefix}__{name}": name for name in table.columns})
    same = [rows[left] == named[f"{prefix}__{right}"] for left, right in on.items()]
    added = [name for name in named.columns if name.removeprefix(f"{prefix}__") not in on.values()]
    joined = rows.left_join(named, same)
    return joined.select(*rows.columns, *added)
