"""How good is what was loaded? Counts for each source of a table: filled, set aside, unique, new, consistent, referring.

Every builder takes the open rows of one table and gives one row per source, so that a share is two counts, never a guess.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from regulars.store.rule import Rule

__all__ = [
    "accounted",
    "arrived",
    "consistent",
    "days_of",
    "filled",
    "news_of",
    "referred",
    "referring",
    "repeated",
    "unique",
]


def filled(rows: ir.Table, columns: Sequence[str]) -> ir.Table:
    """Completeness.

    Returns:
        source, tested (rows), and for each of `columns` how many rows have a value in it.
    """
    counts = {name: rows[name].count() for name in columns}
    return rows.group_by("source").aggregate(tested=rows.count(), **counts)


def accounted(batch: ir.Table) -> ir.Table:
    """Validity, from the batch rows.

    Returns:
        source, contract, read, set_aside (rows in quarantine), held (files that wait for a person).
    """
    return batch.group_by("source", "contract").aggregate(
        read=batch.read.sum(), set_aside=batch.quarantined.sum(), held=batch.held.cast("int64").sum()
    )


def unique(rows: ir.Table, key: Sequence[str]) -> ir.Table:
    """Uniqueness of the key among open rows; nulls in a key are equal.

    Returns:
        source, tested (rows), passed (different keys).
    """
    keys = rows.group_by("source", *key).aggregate(n=rows.count())
    return keys.group_by("source").aggregate(tested=keys.n.sum(), passed=keys.count())


def repeated(rows: ir.Table, columns: Sequence[str]) -> ir.Table:
    """Rows that say the same under different keys.

    Args:
        columns: the contract's columns without its key.

    Returns:
        source, copies (rows beyond the first of each content); only sources that have some.
    """
    contents = rows.group_by("source", *columns).aggregate(n=rows.count())
    several = contents.filter(contents.n > 1)
    return several.group_by("source").aggregate(copies=(several.n - 1).sum())


def days_of(rows: ir.Table) -> ir.Table:
    """The business days on which each source has rows: (source, day)."""
    dated = rows.filter(rows.business_date.notnull())
    return dated.select("source", day=dated.business_date).distinct()


def news_of(rows: ir.Table) -> ir.Table:
    """How far each delivery reached: (source, batch, day), the last business day in it."""
    dated = rows.filter(rows.business_date.notnull())
    return dated.group_by("source", "batch").aggregate(day=dated.business_date.max())


def arrived(batch: ir.Table) -> ir.Table:
    """The days on which deliveries came: (source, contract, day); held files have brought nothing yet."""
    taken = batch.filter(~batch.held)
    return taken.select("source", "contract", day=taken.known_from.date()).distinct()


def consistent(rows: ir.Table, rules: Sequence[Rule]) -> ir.Table:
    """Consistency inside each row.

    Returns:
        source, and for rule number i `tested_i` and `broken_i`: rows that it can be tested in, rows that break it.
    """
    counts: dict[str, ir.Value] = {}
    for number, rule in enumerate(rules):
        counts[f"tested_{number}"] = rule.tested(rows).cast("int64").sum()
        counts[f"broken_{number}"] = rule.broken(rows).fill_null(False).cast("int64").sum()
    return rows.group_by("source").aggregate(**counts)


def referring(rows: ir.Table, id_column: str, *, source_column: str) -> ir.Table:
    """How many different ids a column holds.

    Returns:
        source, of (the source whose ids they are), tested (different ids).
    """
    ids = _ids(rows, id_column, source_column=source_column)
    return ids.group_by("source", "of").aggregate(tested=ids.count())


def referred(rows: ir.Table, target: ir.Table, *, id_column: str, source_column: str, key: str) -> ir.Table:
    """Which of those ids are there, and in whose table.

    Args:
        target: the open rows of the table that the ids refer to.
        key: its key column.

    Returns:
        source, of (the source whose ids they are said to be), home (a source of `target` that has ids of the same text),
        found (how many).
    """
    ids = _ids(rows, id_column, source_column=source_column)
    there = target.filter(target[key].notnull()).select(home=target.source, key_there=target[key]).distinct()
    met = ids.inner_join(there, ids.id == there.key_there)
    return met.group_by("source", "of", "home").aggregate(found=met.count())


def _ids(rows: ir.Table, id_column: str, *, source_column: str) -> ir.Table:
    named = rows.filter(rows[id_column].notnull())
    of = ibis.coalesce(named[source_column], named.source)
    return named.select(source=named.source, of=of, id=named[id_column]).distinct()
