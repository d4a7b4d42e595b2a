"""What did we know of a thing when the sale happened? Descriptions by the versions that were known at each time.

A version holds from the moment it was known until the next one was. What is older than the first version takes the first
one: it arrived without a history, "as of load", and an answer says how many rows that concerns. A thing that was deleted
keeps its last description.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import ibis
import ibis.expr.types as ir

from regulars.engines.protocol import Tables
from regulars.semantics.customers import keys_of_customers
from regulars.semantics.lookup import one_row_each

__all__ = ["SALE", "customer_versions", "described_then", "version_spans", "with_customer_then"]

SALE = "@sale"  # behind a dimension's name: at the time of the sale
_EVER = (datetime(1000, 1, 1), datetime(9999, 12, 31))


def version_spans(versions: ir.Table, keys: Sequence[str], *, columns: Sequence[str]) -> ir.Table:
    """Versions with the time in which each of them holds; the spans of one thing follow each other without a gap.

    Args:
        versions: rows with the keys, known_from, batch and record; of several known at one instant the last counts.
        keys: the columns that name the thing; rows with a null there are left out.
        columns: what is to be kept of a version.

    Returns:
        The keys, the columns, `since` (when it was known), `first` and `until`: it holds where first <= at < until.
    """
    present = versions.filter([versions[key].notnull() for key in keys])
    order = [present.batch.desc(), present.record.desc()]
    number = ibis.row_number().over(group_by=[*keys, "known_from"], order_by=order)
    one = present.select(*dict.fromkeys((*keys, *columns)), since="known_from", copy=number)
    one = one.filter(one.copy == 0).drop("copy")
    moments = ibis.window(group_by=list(keys), order_by=one.since)
    before, after = one.since.lag().over(moments), one.since.lead().over(moments)
    return one.mutate(
        first=before.isnull().ifelse(ibis.literal(_EVER[0], type="timestamp"), one.since),
        until=ibis.coalesce(after, ibis.literal(_EVER[1], type="timestamp")),
    )


def customer_versions(tables: Tables, column: str) -> ir.Table:
    """The versions of one attribute of the customers: those of the source whose value the customer has now.

    Returns:
        customer_key, the column, known_from, batch, record.
    """
    golden = one_row_each(
        tables.table("golden_customer"), ["customer_key"], columns=[column, f"{column}_source"]
    ).select(its_key="customer_key", winner=f"{column}_source")
    rows = tables.versions("customer")
    links = keys_of_customers(tables.table("source_customer")).select(
        link_source="source", link_id="customer_id", customer_key="customer_key"
    )
    keyed = rows.inner_join(links, [rows.source == links.link_source, rows.customer_id == links.link_id])
    own = keyed.inner_join(golden, [keyed.customer_key == golden.its_key, keyed.source == golden.winner])
    own = own.filter(own[column].notnull())
    # the source's own word on when it changed comes before the day on which it told us
    changed = ibis.least(ibis.coalesce(own.updated_at, own.known_from), own.known_from)
    return own.select("customer_key", column, "batch", "record", known_from=changed)


def described_then(rows: ir.Table, spans: ir.Table, *, on: Mapping[str, str], prefix: str) -> ir.Table:
    """`rows` with the version that held at their instant `at` beside them, as many rows as before.

    Args:
        rows: facts with `at`.
        spans: from `version_spans`.
        on: column of `rows` -> key column of `spans`.
        prefix: put before each column of the version, with two underscores; `since` comes along.
    """
    named = spans.rename({f"{prefix}__{name}": name for name in spans.columns})
    same = [rows[left] == named[f"{prefix}__{right}"] for left, right in on.items()]
    held = [rows.at >= named[f"{prefix}__first"], rows.at < named[f"{prefix}__until"]]
    left_out = {*on.values(), "first", "until"}
    added = [name for name in named.columns if name.removeprefix(f"{prefix}__") not in left_out]
    return rows.left_join(named, [*same, *held]).select(*rows.columns, *added)


def with_customer_then(rows: ir.Table, tables: Tables, *, columns: Sequence[str]) -> ir.Table:
    """Facts with attributes of their customer as they were at the time, as `customer@sale__<attribute>`."""
    for column in columns:
        spans = version_spans(customer_versions(tables, column), ["customer_key"], columns=[column])
        named = spans.rename(**{f"since_{column}": "since"})
        rows = described_then(rows, named, on={"customer_key": "customer_key"}, prefix=f"customer{SALE}")
    return rows
