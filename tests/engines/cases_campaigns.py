"""One small case for each builder of the room `campaigns`, run on every engine by the engine suite."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import ibis.expr.types as ir
import pyarrow as pa

from regulars.campaigns.assign import assignment, audience
from regulars.campaigns.assigned import assigned
from regulars.campaigns.campaign import campaign
from regulars.campaigns.outcome import Window, history, outcome

Bring = Callable[[pa.Table], ir.Table]

TEXT, INSTANT, MONEY = pa.string(), pa.timestamp("us"), pa.decimal128(18, 4)
LAUNCH = datetime(2026, 7, 1, 9)
JULY = campaign(
    "july",
    {"audience": "value > 3", "offer": "voucher-10", "channel": "email", "holdout": 0.4, "window": "28d"}
    | {"cost_per_contact": 0.5, "budget": 10, "fixed_cost": 1},
)
WINDOW = Window(days=28, default_margin=0.25, kinds=("click", "redeem"))


def schema(texts: str, **types: pa.DataType) -> pa.Schema:
    """Text columns by name, then the others with their types."""
    return pa.schema([(name, TEXT) for name in texts.split()] + list(types.items()))


_ASSIGNED = {"propensity": pa.float64(), "assigned_at": INSTANT, "sent_at": INSTANT}
TREATMENT_SCHEMA = schema(
    "message_id campaign_id customer_key decision_id arm offer_id channel receipt error", **_ASSIGNED
)
MESSAGE_SCHEMA = schema(
    "message_id campaign_id customer_source customer_id arm offer_id channel", **_ASSIGNED, cost_amount=MONEY
)
LINE_SCHEMA = schema(
    "source order_id customer_source customer_id status",
    ordered_at=INSTANT,
    business_date=pa.date32(),
    net_amount=MONEY,
    cost_amount=MONEY,
)
RESPONSE_SCHEMA = schema(
    "response_id kind message_id campaign_id customer_source customer_id order_id",
    occurred_at=INSTANT,
    business_date=pa.date32(),
    amount=MONEY,
)
LINK_SCHEMA = schema("source customer_id customer_key", until=INSTANT)


def day(number: int, hour: int = 12) -> datetime:
    """The instant `number` days after the day of the launch."""
    return datetime.fromordinal(LAUNCH.toordinal() + number).replace(hour=hour)


def treatment_row(key: str, arm: str, **changes: object) -> dict[str, object]:
    """A launched assignment of the campaign july."""
    sent = LAUNCH if arm != "control" else None
    row = {"message_id": f"m-{key}", "campaign_id": "july", "customer_key": key, "arm": arm, "propensity": 0.5}
    return row | {"assigned_at": LAUNCH, "sent_at": sent, "offer_id": "voucher-10", "channel": "email"} | changes


def line(order: str, customer: str | None, number: int, net: str, **changes: object) -> dict[str, object]:
    """An order line of the tills, `number` days after the launch."""
    at = day(number)
    row = {"source": "till", "order_id": order, "customer_source": "till", "customer_id": customer, "ordered_at": at}
    return row | {"business_date": at.date(), "net_amount": Decimal(net)} | changes


def answer(response: str, kind: str, number: int, **changes: object) -> dict[str, object]:
    """A response of the mailing system, `number` days after the launch."""
    at = day(number)
    row = {"response_id": response, "occurred_at": at, "kind": kind, "customer_source": "crm"}
    return row | {"business_date": at.date()} | changes


LINKS: list[dict[str, object]] = [
    {"source": "till", "customer_id": "1", "customer_key": "c1"},
    {"source": "till", "customer_id": "1b", "customer_key": "c1"},
    {"source": "till", "customer_id": "2", "customer_key": "c2"},
    {"source": "crm", "customer_id": "A", "customer_key": "c1"},
    {"source": "crm", "customer_id": "B", "customer_key": "c2"},
    {"source": "crm", "customer_id": "C", "customer_key": "c3"},
    {"source": "crm", "customer_id": "C", "customer_key": "c9", "until": day(-90)},
]
TREATMENT = [treatment_row("c1", "treated"), treatment_row("c2", "control")]
MESSAGES: list[dict[str, object]] = [
    {"message_id": "m-c1", "campaign_id": "july", "customer_id": "A", "assigned_at": day(1), "customer_source": "crm"},
    {"message_id": "n1", "campaign_id": "july", "customer_id": "C", "assigned_at": day(0), "customer_source": "crm"},
    {"message_id": "n2", "campaign_id": "may", "customer_id": "A", "assigned_at": day(-60), "arm": "treated"}
    | {"customer_source": "crm", "sent_at": day(-59), "cost_amount": Decimal("0.40"), "propensity": 0.9},
    {"message_id": "n3", "campaign_id": "may", "customer_id": "1b", "assigned_at": day(-60), "arm": "control"}
    | {"customer_source": "till", "propensity": 0.1},
    {"message_id": "n4", "campaign_id": "may", "customer_id": "B", "assigned_at": day(-60), "arm": "control"}
    | {"customer_source": "crm", "propensity": 0.1},
]
LINES = [
    line("o1", "1", 3, "40", cost_amount=Decimal("25.5")),
    line("o1", "1", 3, "0.0333"),
    line("o2", "1b", 5, "-10"),
    line("o3", "1", 28, "99"),
    line("o4", "2", 2, "20", status="cancelled"),
    line("o5", "2", 27, "8", status="paid"),
    line("o6", None, 2, "7"),
    line("o7", "1", -1, "12"),
    line("o8", "2", -20, "30", cost_amount=Decimal(10)),
    line("o9", "2", -40, "15"),
]
RESPONSES = [
    answer("r1", "open", 1, message_id="m-c1", customer_id="A"),
    answer("r2", "click", 1, message_id="m-c1"),
    answer("r3", "order", 3, customer_id="A", order_id="o1", amount=Decimal(41)),
    answer("r4", "order", 4, customer_id="A", order_id="x1", amount=Decimal("10.01")),
    answer("r5", "order", 4, customer_id="A", order_id="x1", amount=Decimal("10.01")),
    answer("r6", "order", 6, customer_id="B", amount=Decimal(4)),
    answer("r7", "order", 27, customer_id="B", amount=Decimal(8)),
    answer("r8", "open", 2, campaign_id="july", customer_id="C"),
    answer("r9", "redeem", 30, campaign_id="july", customer_id="C"),
]


def table(rows: list[dict[str, object]], columns: pa.Schema) -> pa.Table:
    """Rows as an Arrow table; what a row does not say is null."""
    return pa.Table.from_pylist(rows, columns)


def customers(count: int = 40) -> pa.Table:
    """Customers k0.. with a value of 0, 1, ... 9, and none for every eleventh."""
    values = [None if each % 11 == 10 else float(each % 10) for each in range(count)]
    return pa.table({"customer_key": [f"k{each}" for each in range(count)], "value": pa.array(values, pa.float64())})


def _audience(bring: Bring) -> ir.Table:
    return audience(bring(customers()), JULY, salt="secret")


def _assignment(bring: Bring) -> ir.Table:
    return assignment(bring(customers()), JULY, salt="secret", assigned_at=LAUNCH)


def example_assigned(bring: Bring) -> ir.Table:
    """The launched and the captured assignments above."""
    links = bring(table(LINKS, LINK_SCHEMA))
    message = bring(table(MESSAGES, MESSAGE_SCHEMA))
    return assigned(bring(table(TREATMENT, TREATMENT_SCHEMA)), message, source_customer=links)


def example_outcome(bring: Bring) -> ir.Table:
    """What those customers did."""
    return outcome(
        example_assigned(bring),
        bring(table(LINES, LINE_SCHEMA)),
        response=bring(table(RESPONSES, RESPONSE_SCHEMA)),
        source_customer=bring(table(LINKS, LINK_SCHEMA)),
        window=WINDOW,
    )


def example_history(bring: Bring) -> ir.Table:
    """The past of two customers and of one who never bought."""
    asked = [{"customer_key": key, "assigned_at": LAUNCH} for key in ("c1", "c2", "c3")]
    people = bring(table(asked, schema("customer_key", assigned_at=INSTANT)))
    links = bring(table(LINKS, LINK_SCHEMA))
    return history(people, bring(table(LINES, LINE_SCHEMA)), source_customer=links, window=WINDOW)


CASES: dict[str, Callable[[Bring], ir.Table]] = {
    "regulars.campaigns.assign:audience": _audience,
    "regulars.campaigns.assign:assignment": _assignment,
    "regulars.campaigns.assigned:assigned": example_assigned,
    "regulars.campaigns.outcome:outcome": example_outcome,
    "regulars.campaigns.outcome:history": example_history,
}
