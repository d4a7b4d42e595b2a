"""What becomes of each incoming row: loaded, a duplicate, superseded by a newer copy, or in conflict with what is known."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from regulars.contracts.model import Load
from regulars.engines.portable import same

__all__ = ["absent", "judged"]


def judged(staged: ir.Table, current: ir.Table, *, key: Sequence[str], load: Load) -> ir.Table:
    """The staged rows with a `verdict` and the address of the row that a loaded one replaces.

    `append`: the same key with the same content is a duplicate, with other content a conflict. `upsert` and `snapshot`:
    the newest copy in the file counts (by version, then by place in the file); it is loaded unless its content is known
    already or its version is older than the known one.

    Args:
        staged: one file's typed rows; columns of the contract, content, version (float64), record.
        current: the open rows of the same source and contract, unique by key.
        key: the contract's key columns.
        load: how the table is loaded.

    Returns:
        record, `verdict` (load, duplicate, superseded, conflict), `old_batch`, `old_record`: one row for each staged one.
    """
    ranked = _ranked(staged.select(*dict.fromkeys((*key, "content", "version", "record"))), key, load=load)
    known = current.select(**{f"old_{name}": current[name] for name in (*key, "content", "version", "batch", "record")})
    joined = ranked.left_join(known, [same(ranked[name], known[f"old_{name}"]) for name in key])
    verdict = _of_append(joined) if load is Load.APPEND else _of_upsert(joined)
    return joined.mutate(verdict=verdict).select("record", "verdict", "old_batch", "old_record")


def _ranked(staged: ir.Table, key: Sequence[str], *, load: Load) -> ir.Table:
    order = [staged.record] if load is Load.APPEND else [staged.version.fill_null(-1e300).desc(), staged.record.desc()]
    window = ibis.window(group_by=list(key), order_by=order)
    return staged.mutate(copy=ibis.row_number().over(window), first_content=staged.content.first().over(window))


def _of_append(rows: ir.Table) -> ir.StringValue:
    known = rows.old_batch.notnull()
    return ibis.cases(
        (known & (rows.content == rows.old_content), "duplicate"),
        (known, "conflict"),
        ((rows.copy > 0) & (rows.content == rows.first_content), "duplicate"),
        (rows.copy > 0, "conflict"),
        else_="load",
    )


def _of_upsert(rows: ir.Table) -> ir.StringValue:
    known = rows.old_batch.notnull()
    return ibis.cases(
        ((rows.copy > 0) & (rows.content == rows.first_content), "duplicate"),
        (rows.copy > 0, "superseded"),
        (known & (rows.content == rows.old_content), "duplicate"),
        (known & (rows.version < rows.old_version), "superseded"),
        else_="load",
    )


def absent(staged: ir.Table, current: ir.Table, *, key: Sequence[str]) -> ir.Table:
    """The current rows whose key the new snapshot no longer has: batch and record of each."""
    there = staged.select(**{f"new_{name}": staged[name] for name in key}, there=ibis.literal(True)).distinct()
    joined = current.left_join(there, [same(current[name], there[f"new_{name}"]) for name in key])
    return joined.filter(joined.there.isnull()).select("batch", "record")
