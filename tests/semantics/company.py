"""A tiny company for the tests of the cube: every contract as an Arrow table, empty but for the rows given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from regulars.contracts.catalog import CONTRACTS
from regulars.contracts.results import RESULTS
from regulars.semantics.context import Context

Row = dict[str, Any]
Bring = Callable[[pa.Table], ir.Table]

AS_OF = date(2017, 12, 31)
SCORES = {"value": ("residual_value", "expected_purchases", "p_alive"), "churn": ("probability",)}
CONTEXT = Context(
    as_of=AS_OF, currency="EUR", default_margin=0.25, segmentations=("rfm",), scores=SCORES,
    timezone="Europe/Amsterdam",
)  # fmt: skip
_KNOWN = datetime(2018, 1, 1)


class Company:
    """Tables under no cut at all: what is given is what there is."""

    def __init__(self, bring: Bring, rows: Mapping[str, Sequence[Row]]) -> None:
        self._bring, self._rows = bring, rows
        self._made: dict[str, ir.Table] = {}

    def table(self, name: str) -> ir.Table:
        if name not in self._made:
            self._made[name] = self._bring(arrow(name, self._rows.get(name, ())))
        return self._made[name]

    def versions(self, name: str) -> ir.Table:
        return self.table(name)


def arrow(name: str, rows: Sequence[Row]) -> pa.Table:
    schema = ibis.schema((CONTRACTS | RESULTS)[name].schema)
    filled = [
        {"source": "shop", "batch": f"b-{name}", "record": place + 1, "known_from": _KNOWN} | row
        for place, row in enumerate(rows)
    ]
    return pa.Table.from_pylist(filled, schema=schema.to_pyarrow())


def company(**rows: Sequence[Row]) -> Company:
    con = ibis.duckdb.connect()
    return Company(lambda table: con.create_table(ibis.util.gen_name("t"), table), rows)


def line(order: str, number: str, day: date, *, net: str, customer: str | None = None, **more: Any) -> Row:
    return {
        "order_id": order,
        "line_id": number,
        "ordered_at": datetime(day.year, day.month, day.day, 12),
        "business_date": day,
        "net_amount": Decimal(net),
        "quantity": Decimal(-1 if net.startswith("-") else 1),
        "customer_id": customer,
        "customer_source": "shop" if customer else None,
        "product_source": "shop" if more.get("product_id") else None,
        "store_source": "shop" if more.get("store_id") else None,
        "campaign_source": "shop" if more.get("campaign_id") else None,
        **more,
    }


def links(*customers: str) -> list[Row]:
    return [{"customer_id": each, "customer_key": f"key-{each}", "probability": 1.0} for each in customers]


def message(number: str, customer: str, *, arm: str = "treated", **more: Any) -> Row:
    at = datetime(2017, 3, 1, 9)
    sent = None if arm == "control" else at
    return {
        "message_id": number, "campaign_id": "c1", "campaign_source": "shop", "customer_id": customer,
        "customer_source": "shop", "assigned_at": at, "business_date": at.date(), "arm": arm, "sent_at": sent,
        "channel": "email", **more,
    }  # fmt: skip


def response(number: str, day: int, **more: Any) -> Row:
    at = datetime(2017, 3, day, 10)
    return {
        "response_id": number, "occurred_at": at, "business_date": at.date(), "kind": "redeem",
        "customer_source": "shop" if more.get("customer_id") else None, **more,
    }  # fmt: skip


SHOP: dict[str, list[Row]] = {
    "order_line": [
        line("o1", "1", date(2017, 1, 5), net="10.00", customer="a", product_id="p1", store_id="s1", channel="store",
             cost_amount=Decimal("6.00")),
        line("o1", "2", date(2017, 1, 5), net="5.00", customer="a", product_id="p2", store_id="s1", channel="store"),
        line("o2", "1", date(2017, 2, 7), net="20.00", customer="b", product_id="p1", channel="web"),
        line("o3", "1", date(2017, 2, 9), net="-5.00", customer="a", product_id="p2", channel="web"),
        line("o4", "1", date(2017, 3, 1), net="7.50", product_id="p3", channel="store", store_id="s2"),
        line("o5", "1", date(2017, 3, 2), net="99.00", customer="b", product_id="p1", status="cancelled"),
        line("o6", "1", date(2017, 3, 3), net="30.00", customer="c", product_id="p4", channel="web", currency="USD"),
        line("o7", "1", date(2017, 3, 4), net="40.00", customer="c", channel="web", currency="GBP"),
    ],
    "rate": [
        {"currency": "USD", "day": date(2017, 1, 1), "business_date": date(2017, 1, 1), "rate": 0.5},
        {"currency": "USD", "day": date(2017, 3, 1), "business_date": date(2017, 3, 1), "rate": 0.9},
        {"currency": "USD", "day": date(2017, 4, 1), "business_date": date(2017, 4, 1), "rate": 2.0},
    ],
    "product": [
        {"product_id": "p1", "name": "Tea", "department": "Food", "category": "Drinks", "brand": "Own"},
        {"product_id": "p2", "name": "Jam", "department": "Food", "category": "Spreads"},
        {"product_id": "p3", "name": "Cup", "department": "Home", "category": "China", "brand": "Own"},
        # the same product twice: the row known last counts, and totals stay
        {"product_id": "p2", "name": "Jam, new", "department": "Food", "category": "Spreads",
         "known_from": datetime(2018, 2, 1)},
    ],
    "store": [
        {"store_id": "s1", "name": "First", "region": "North", "country": "NL"},
        {"store_id": "s2", "name": "Second", "region": "South", "country": "NL"},
    ],
    "source_customer": links("a", "b", "c", "d"),
    "golden_customer": [
        {"customer_key": "key-a", "city": "Delft", "birth_date": date(1980, 1, 1)},
        {"customer_key": "key-b", "city": "Gouda"},
        {"customer_key": "key-c", "city": None},
    ],
    "segment": [
        {"customer_key": "key-a", "segmentation": "rfm", "segment": "champions", "as_of": date(2017, 6, 30)},
        {"customer_key": "key-a", "segmentation": "rfm", "segment": "regular", "as_of": AS_OF},
        {"customer_key": "key-b", "segmentation": "rfm", "segment": "champions", "as_of": AS_OF},
    ],
    "score": [
        {"subject": "customer", "subject_id": f"key-{who}", "analysis": "value", "measure": "residual_value",
         "value": value, "percentile": percentile, "as_of": AS_OF}
        for who, value, percentile in (("a", 12.5, 20.0), ("b", 100.25, 90.0))
    ],
    "campaign": [
        {"campaign_id": "c1", "name": "Spring", "starts_on": date(2017, 3, 1), "fixed_cost": Decimal("50.00"),
         "cost_per_contact": Decimal("0.50")},
    ],
    "message": [
        message("m1", "a"), message("m2", "b", cost_amount=Decimal("0.75")), message("m3", "c"),
        message("m4", "d", arm="control"),
    ],
    "treatment": [
        {"message_id": "t1", "campaign_id": "own", "customer_key": "key-d", "arm": "treated", "propensity": 0.9,
         "assigned_at": datetime(2017, 4, 1), "sent_at": datetime(2017, 4, 1), "channel": "email"},
    ],
    "response": [
        response("r1", 5, message_id="m1", message_source="shop"),
        response("r2", 6, message_id="m1", message_source="shop"),
        response("r3", 5, customer_id="b", campaign_id="c1", campaign_source="shop"),
        response("r4", 5, message_id="m3", message_source="shop", kind="open"),
    ],
    "cost": [
        {"cost_id": "x1", "incurred_on": date(2017, 3, 9), "business_date": date(2017, 3, 9),
         "amount": Decimal("10.00"), "kind": "campaign", "campaign_id": "c1", "campaign_source": "shop"},
    ],
    "survey": [
        {"answer_id": f"n{place}", "answered_at": datetime(2017, 5, 1), "business_date": date(2017, 5, 1),
         "instrument": "NPS", "score": score, "customer_id": who, "customer_source": "shop"}
        for place, (score, who) in enumerate(((10.0, "a"), (9.0, "b"), (3.0, "c"), (8.0, "d")))
    ],
    "contact": [
        {"contact_id": "k1", "started_at": datetime(2017, 5, 1), "business_date": date(2017, 5, 1), "channel": "call",
         "complaint": True, "customer_id": "a", "customer_source": "shop"},
        {"contact_id": "k2", "started_at": datetime(2017, 5, 1), "business_date": date(2017, 5, 1), "channel": "call",
         "count": 5},
    ],
    "opportunity": [
        {"opportunity_id": "d1", "changed_at": datetime(2017, 1, 1), "stage": "open", "opened_on": date(2017, 1, 1),
         "amount": Decimal(100), "customer_id": "a", "customer_source": "shop"},
        {"opportunity_id": "d1", "changed_at": datetime(2017, 2, 1), "stage": "won", "opened_on": date(2017, 1, 1),
         "closed_on": date(2017, 2, 1), "won": True, "amount": Decimal(90), "customer_id": "a",
         "customer_source": "shop"},
        {"opportunity_id": "d2", "changed_at": datetime(2017, 2, 1), "stage": "lost", "opened_on": date(2017, 1, 1),
         "closed_on": date(2017, 2, 1), "won": False, "customer_id": "b", "customer_source": "shop"},
        {"opportunity_id": "d3", "changed_at": datetime(2017, 2, 1), "stage": "open", "opened_on": date(2017, 2, 1),
         "amount": Decimal(70)},
    ],
    "visit": [
        {"event_id": f"e{place}", "visitor_id": who, "occurred_at": datetime(2017, 6, 1), "kind": "page",
         "business_date": date(2017, 6, 1)}
        for place, who in enumerate(("v1", "v1", "v2"))
    ],
    "target": [
        {"target_id": "t1", "metric": "stock_turn", "period_start": date(2017, 6, 1), "period_end": date(2017, 6, 30),
         "business_date": date(2017, 6, 1), "value": 4.0},
    ],
}  # fmt: skip
