"""What goes out: the addressed customers of a launch, named by another system's own ids, and the receipt for each.

Held-out customers are never in it. A customer whom that system does not know is not sent and gets an error instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Protocol

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from regulars.kernel.errors import ConfigError, nearest

__all__ = ["CONTROL", "RECEIPT", "Sink", "deliver", "outgoing"]

CONTROL = "control"
_ALWAYS = ("customer_id", "message_id", "campaign_id", "arm", "offer_id", "channel")

RECEIPT = pa.schema(
    [("message_id", pa.string()), ("sent_at", pa.timestamp("us")), ("receipt", pa.string()), ("error", pa.string())]
)


class Sink(Protocol):
    """A place that rows are sent to; modules of `activate/sinks` end with `SINK = ...()`."""

    API: ClassVar[int]
    kind: str

    def send(self, rows: pa.Table, settings: Mapping[str, Any], *, name: str) -> pa.Table:
        """Send once under `name`; sending the same name again sends nothing and gives the same receipts.

        Returns:
            message_id, receipt, error; one row per row sent.
        """


def outgoing(
    treatment: ir.Table,
    golden_customer: ir.Table,
    *,
    source_customer: ir.Table,
    id_of: str,
    columns: Sequence[str] = (),
) -> ir.Table:
    """One row per addressed customer with what the sink is told.

    Args:
        treatment: the rows of one launch; those of the arm `control` are left out.
        source_customer: source, customer_id, customer_key.
        id_of: the source whose ids name the customers; of several ids of one customer the smallest is taken.
        columns: attributes of `golden_customer` that go with it, by their names without `attr_`.

    Returns:
        customer_id (null where the source has none), message_id, campaign_id, arm, offer_id, channel, the columns asked
        for, error.

    Raises:
        ConfigError: a column that customers do not have.
    """
    places = {name: _place(name, golden_customer.columns) for name in columns if name not in _ALWAYS}
    current = source_customer.filter((source_customer.source == id_of) & source_customer.until.isnull())
    ids = current.group_by("customer_key").agg(customer_id=current.customer_id.min())
    attributes = golden_customer.select("customer_key", **{name: golden_customer[at] for name, at in places.items()})
    sent = treatment.filter(treatment.arm != CONTROL).select(
        "customer_key", "message_id", "campaign_id", "arm", "offer_id", "channel"
    )
    joined = sent.left_join(ids, "customer_key").drop("customer_key_right")
    whole = joined.left_join(attributes, "customer_key").drop("customer_key_right")
    error = whole.customer_id.isnull().ifelse(ibis.literal(f"no id in {id_of}"), ibis.null("string"))
    return whole.mutate(error=error).select(*_ALWAYS, *places, "error")


def deliver(rows: pa.Table, sink: Sink, *, settings: Mapping[str, Any], name: str, sent_at: datetime) -> pa.Table:
    """Send the rows without an error and give one receipt for each row.

    Args:
        rows: as by `outgoing`, fetched.
        settings: the sink's section; its `path` already resolved against the project's folder.
        name: the launch's name, from which the sink makes its own (a file's name, an idempotency key).
        sent_at: UTC instant written on what was sent.

    Returns:
        message_id, sent_at (null where it was not sent), receipt, error, ordered by message_id.
    """
    ordered = rows.sort_by("message_id")
    known = pc.is_null(ordered["error"])
    good, bad = ordered.filter(known).drop_columns("error"), ordered.filter(pc.invert(known))
    receipts = sink.send(good, settings, name=name)
    failed = pc.is_valid(receipts["error"])
    at = pc.if_else(failed, pa.scalar(None, pa.timestamp("us")), pa.scalar(sent_at, pa.timestamp("us")))
    told = receipts.append_column("sent_at", at).select(RECEIPT.names).cast(RECEIPT)
    empty = {"sent_at": pa.nulls(bad.num_rows, pa.timestamp("us")), "receipt": pa.nulls(bad.num_rows, pa.string())}
    untold = pa.table({"message_id": bad["message_id"], **empty, "error": bad["error"]}).cast(RECEIPT)
    return pa.concat_tables([told, untold]).sort_by("message_id")


def _place(name: str, columns: Sequence[str]) -> str:
    for place in (name, f"attr_{name}"):
        if place in columns:
            return place
    allowed = sorted(column.removeprefix("attr_") for column in columns)
    raise ConfigError(f"Customers have no column {name!r} for a sink.", allowed=allowed, guess=nearest(name, allowed))
