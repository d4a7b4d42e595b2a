"""What is left out of figures although it was captured? Rows that a rule or a person marked as junk, each by its key.

A mark names a row by contract, source and key, so that it outlives a corrected copy of the row. A row that a person has
kept is no junk, whatever a rule says. Nothing is deleted: without its marks a row counts again.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from regulars.contracts.model import Contract, source_of

__all__ = ["HAND", "JUNK", "KEPT", "busy", "key_text", "marked", "of_customers", "without_junk"]

JUNK, KEPT = "junk", "kept"  # states of a mark
HAND = "by hand"  # the rule of marks that a person made


def key_text(rows: ir.Table, key: Sequence[str]) -> ir.StringValue:
    """The key of each row as one text, its parts separated by a space; a null part is empty.

    >>> import ibis
    >>> rows = ibis.memtable({"order_id": ["B1"], "line_id": ["2"]})
    >>> ibis.duckdb.connect().execute(rows.select(key=key_text(rows, ("order_id", "line_id")))).key[0]
    'B1 2'
    """
    parts = [rows[name].cast("string").fill_null("") for name in key]
    text = parts[0]
    for part in parts[1:]:
        text = text + " " + part
    return text


def marked(junk: ir.Table, contract: str) -> ir.Table:
    """The rows of a contract that count as junk: (source, key), each once; what a person has kept is left out."""
    own = junk.filter(junk.contract == contract)
    kept = own.filter(own.state == KEPT).select("source", "key")
    return own.filter(own.state == JUNK).select("source", "key").distinct().anti_join(kept, ["source", "key"])


def without_junk(rows: ir.Table, junk: ir.Table, *, contract: Contract) -> ir.Table:
    """The rows of a contract's table less those that are marked.

    Args:
        rows: the contract's table.
        junk: the table `junk` under the same `known` cut.
    """
    marks = marked(junk, contract.name).rename(marked_source="source", marked_key="key")
    same = [rows.source == marks.marked_source, key_text(rows, contract.key) == marks.marked_key]
    return rows.anti_join(marks, same)


def of_customers(rows: ir.Table, customers: ir.Table, *, key: Sequence[str]) -> ir.Table:
    """The rows of a fact that belong to marked customers: (source, key).

    Args:
        rows: a captured table with customer_id.
        customers: source and customer_id of the customers.
        key: the fact's key columns.
    """
    of = ibis.coalesce(rows[source_of("customer_id")], rows.source)
    ids = customers.select(id_source="source", id_number="customer_id").distinct()
    found = rows.semi_join(ids, [of == ids.id_source, rows.customer_id == ids.id_number])
    return found.select("source", key=key_text(found, key))


def busy(visits: ir.Table, by: str, *, per_minute: int) -> ir.Table:
    """Events of a day on which their visitor (or address) had more than `per_minute` events in one minute.

    Args:
        visits: the table `visit`.
        by: visitor_id or ip; addresses that were shortened at the door (a last part of 0 or nothing) stand for many
            people and are left aside.

    Returns:
        (source, key) of each event.
    """
    named = visits.filter(visits[by].notnull())
    if by == "ip":
        named = named.filter(~named.ip.re_search(r"(\.0|::?|:0|/[0-9]+)$"))
    minute = named.mutate(minute=named.occurred_at.truncate("m"))
    counted = minute.group_by("source", by, "business_date", "minute").aggregate(events=minute.count())
    fast = counted.filter(counted.events > per_minute).select("source", by, "business_date").distinct()
    found = named.semi_join(fast, ["source", by, "business_date"])
    return found.select("source", key=found.event_id)
