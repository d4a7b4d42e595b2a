"""One small case for each builder of the room `activate`, run on every engine by the engine suite."""

from __future__ import annotations

from collections.abc import Callable

import ibis.expr.types as ir
import pyarrow as pa

from regulars.activate.push import outgoing

Bring = Callable[[pa.Table], ir.Table]

TREATMENT = pa.table(
    {
        "message_id": ["m1", "m2", "m3", "m4"],
        "campaign_id": ["july"] * 4,
        "customer_key": ["c1", "c2", "c3", "c4"],
        "arm": ["treated", "control", "treated", "letter"],
        "offer_id": ["voucher-10"] * 4,
        "channel": ["email"] * 4,
    }
)
CUSTOMERS = pa.table(
    {
        "customer_key": ["c1", "c2", "c3", "c4"],
        "email": ["=cmd()", "bo@shop.nl", "cy@shop.nl", None],
        "attr_card": ["gold", None, "blue", "red"],
    }
)
LINKS = pa.table(
    {
        "source": ["crm", "crm", "crm", "till", "crm", "crm"],
        "customer_id": ["20", "10", "2", "3", "4", "1"],
        "customer_key": ["c1", "c1", "c2", "c3", "c4", "c1"],
        "until": pa.array([None, None, None, None, None, 0], pa.timestamp("us")),
    }
)


def example_outgoing(bring: Bring) -> ir.Table:
    """What goes out of the launch above, by the ids of the source crm."""
    links = bring(LINKS)
    return outgoing(bring(TREATMENT), bring(CUSTOMERS), source_customer=links, id_of="crm", columns=["email", "card"])


CASES: dict[str, Callable[[Bring], ir.Table]] = {"regulars.activate.push:outgoing": example_outgoing}
