"""Visits, conversations, deals, plans, and what tells things apart: every figure worked out by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import ibis
import pytest

from regulars.kernel.errors import UsageError
from regulars.semantics.amounts import at_home
from regulars.semantics.calendar import hour_of
from regulars.semantics.cube import Answer, answer
from regulars.semantics.notes import notes_of
from regulars.semantics.question import Question
from regulars.semantics.touched import touched
from tests.semantics.company import AS_OF, CONTEXT, SHOP, Company, Row, company, line, links

DAY = date(2017, 6, 1)


def ask(tables: Company, *metrics: str, **more: Any) -> Answer:
    return answer(Question(metrics, **more), tables, context=CONTEXT)


def rows(found: Answer) -> list[dict[str, Any]]:
    return found.rows.to_pyarrow().to_pylist()


def totals(found: Answer) -> dict[str, Any]:
    return found.totals.to_pyarrow().to_pylist()[0]


def by(found: Answer, name: str, metric: str) -> dict[str | None, Any]:
    return {row[name]: row[metric] for row in rows(found)}


def event(number: str, visitor: str, minute: int, **more: Any) -> Row:
    at = datetime(2017, 6, 1, 8) + timedelta(minutes=minute)
    return {"event_id": number, "visitor_id": visitor, "occurred_at": at, "business_date": DAY, "kind": "page",
            "customer_source": "shop" if more.get("customer_id") else None, **more}  # fmt: skip


VISITS = [
    event("1", "v1", 0), event("2", "v1", 29), event("3", "v1", 59),  # a pause of 30 minutes: a second visit
    event("4", "v2", 0), event("5", "v2", 5, kind="purchase"),
    event("6", "v3", 0, customer_id="a"),
    event("7", "v4", 0),  # stitched to b, who bought that day
    event("8", "v5", 0, customer_id="c"),  # c bought on another day
]  # fmt: skip


@pytest.fixture(scope="module")
def house() -> Company:
    return company(**house_rows())


def house_rows() -> dict[str, list[Row]]:
    return {
        "visit": VISITS,
        "source_customer": links("a", "b", "c"),
        "identity_link": [{"visitor_id": "v4", "customer_id": "b", "customer_source": "shop", "at": datetime(2017, 6, 2)}],
        "order_line": [
            line("o1", "1", DAY, net="10.00", customer="a"), line("o2", "1", DAY, net="5.00", customer="b"),
            line("o3", "1", date(2017, 6, 2), net="5.00", customer="c"),
        ],
        "contact": [
            contact("k1", 1, case_id="x", resolved=False, complaint=True, talk_seconds=100.0, hold_seconds=20.0),
            contact("k2", 2, case_id="x", resolved=True, complaint=False, talk_seconds=60.0),
            contact("k3", 3, resolved=True, talk_seconds=30.0, after_seconds=10.0, count=3),
            contact("k4", 4, resolved=True, direction="out"),
            contact("k5", 5, abandoned=True, talk_seconds=9.0),
        ],
        "opportunity": [
            deal("d1", 100, won=True, days=10), deal("d2", 300, won=True, days=30), deal("d3", 50, won=False, days=5),
        ],
        "target": [
            plan("p1", 40), plan("p2", 7, level="channel", item="store"), plan("p3", 99, metric="orders"),
            plan("p4", 1000, scenario="dream"),
        ],
    }  # fmt: skip


def contact(number: str, day: int, **more: Any) -> Row:
    at = datetime(2017, 6, day, 9)
    return {"contact_id": number, "started_at": at, "business_date": at.date(), "channel": "call", **more}


def deal(number: str, amount: int, *, won: bool, days: int) -> Row:
    closed = date(2017, 3, 1) + timedelta(days=days)
    return {"opportunity_id": number, "changed_at": datetime(2017, 5, 1), "stage": "closed", "won": won,
            "opened_on": date(2017, 3, 1), "closed_on": closed, "amount": Decimal(amount)}  # fmt: skip


def plan(number: str, value: float, *, metric: str = "revenue", **more: Any) -> Row:
    return {"target_id": number, "metric": metric, "period_start": DAY, "period_end": date(2017, 6, 30),
            "business_date": DAY, "value": value, **more}  # fmt: skip


def test_visits_and_how_many_ended_in_an_order(house: Company) -> None:
    found = totals(ask(house, "visits", "visitors", "conversion_rate"))
    assert (found["visits"], found["visitors"], found["conversion_rate_n"]) == (6, 5, 6)
    assert found["conversion_rate"] == pytest.approx(3 / 6)  # v2 by its event, v3 by its customer, v4 by its link
    assert found["conversion_rate_low"] < 0.5 < found["conversion_rate_high"]


def test_service(house: Company) -> None:
    found = totals(ask(house, "complaint_rate", "first_contact_resolution", "handle_time", "contacts"))
    assert found["complaint_rate"] == 0.5 and found["complaint_rate_n"] == 2
    assert found["first_contact_resolution"] == pytest.approx(3 / 4)  # case x no, the three of k3 yes; k4 was ours
    assert found["handle_time"] == pytest.approx((120 + 60 + 3 * 40) / 5)  # k5 gave up, k4 has no talk
    assert found["contacts"] == 7


def test_deals(house: Company) -> None:
    found = totals(ask(house, "sales_velocity", "win_rate"))
    assert found["sales_velocity"] == Decimal("20.0000")  # 2 won x 200 on average / 20 days
    assert found["win_rate"] == pytest.approx(2 / 3)


def test_plan_figures_are_of_the_first_metric_and_of_one_level(house: Company) -> None:
    found = totals(ask(house, "revenue", "target", "target_variance"))
    assert (found["target"], found["target_variance"]) == (Decimal("40.0000"), Decimal("-20.0000"))
    channel = ask(house, "revenue", "target", "target_variance", by=("channel",))
    assert by(channel, "channel", "target") == {"store": Decimal("7.0000"), None: None}
    assert by(channel, "channel", "target_variance") == {"store": Decimal("-7.0000"), None: None}
    month = ask(house, "orders", "target", "target_variance", by=("month",))
    assert by(month, "month", "target_variance") == {"2017-06": pytest.approx(-96.0)}
    alone = ask(house, "target", by=("target_metric",))
    assert by(alone, "target_metric", "target") == {"orders": 99.0, "revenue": 40.0}
    with pytest.raises(UsageError, match="name that first"):
        ask(house, "target")
    with pytest.raises(UsageError, match="one member of one dimension"):
        ask(house, "revenue", "target", by=("channel", "region"))


def test_hours_are_local(house: Company) -> None:
    found = ask(house, "visits", by=("hour",))
    assert by(found, "hour", "visits") == {"10": 6}  # 8 and 8:59 UTC in summer
    con = ibis.duckdb.connect()
    for zone, instant, hour in (
        ("Europe/Amsterdam", "2017-03-26 00:59:59", 1), ("Europe/Amsterdam", "2017-03-26 01:00:00", 3),
        ("Europe/Amsterdam", "2017-10-29 00:59:59", 2), ("Europe/Amsterdam", "2017-10-29 01:00:00", 2),
        ("America/New_York", "2017-01-01 02:00:00", 21), ("Asia/Kolkata", "2017-01-01 18:29:59", 23),
        ("UTC", "2017-01-01 05:00:00", 5),
    ):  # fmt: skip
        assert int(con.execute(hour_of(ibis.literal(instant).cast("timestamp"), zone))) == hour, (zone, instant)


def test_two_sources_that_use_one_number_are_told_apart() -> None:
    shop = company(
        order_line=[
            line("o1", "1", DAY, net="1.00", product_id="p1"),
            line("o2", "1", DAY, net="2.00", product_id="p1", source="web") | {"product_source": "web"},
            line("o3", "1", DAY, net="4.00", product_id="p1", source="web"),  # refs: the shop's number
            line("o4", "1", DAY, net="8.00", product_id="p2", source="web") | {"product_source": "web"},
        ],
        product=[{"product_id": "p1", "name": "Tea"}, {"product_id": "p1", "name": "Saw", "source": "web"}],
    )
    found = ask(shop, "revenue", by=("product",))
    assert by(found, "product", "revenue") == {"p2": Decimal(8), "shop:p1": Decimal(5), "web:p1": Decimal(2)}
    assert by(ask(shop, "revenue", by=("product_name",)), "product_name", "revenue") == {
        "Tea": Decimal(5), "Saw": Decimal(2), None: Decimal(8),
    }  # fmt: skip
    behind = found.rows_of({"product": "shop:p1"}).to_pyarrow().to_pylist()
    assert {(row["source"], row["record"]) for row in behind} == {("shop", 1), ("web", 3)}
    top = ask(shop, "revenue", by=("product",), top=1)
    assert by(top, "product", "revenue") == {"p2": Decimal(8), "(other)": Decimal(7)}


def test_unit_costs_of_the_time_of_the_sale_come_before_the_assumed_margin() -> None:
    cost = {"product_id": "p1", "name": "Tea"}
    shop = company(
        order_line=[
            line("o1", "1", date(2017, 1, 5), net="10.00", product_id="p1") | {"quantity": Decimal(2)},
            line("o2", "1", date(2017, 7, 5), net="10.00", product_id="p1", cost_amount=Decimal("9.00")),
            line("o3", "1", date(2017, 7, 5), net="10.00", product_id="p1") | {"quantity": Decimal(2)},
            line("o4", "1", date(2017, 7, 5), net="10.00", product_id="p9"),
        ],
        product=[
            cost | {"unit_cost": Decimal("1.50"), "known_from": datetime(2017, 1, 1)},
            cost | {"unit_cost": Decimal("2.00"), "known_from": datetime(2017, 7, 1)},
        ],
    )
    found = ask(shop, "product_cost", "margin")
    assert totals(found)["product_cost"] == Decimal("23.5000")  # 2 x 1.50 + 9 + 2 x 2.00 + 7.50 assumed
    assert totals(found)["margin"] == Decimal("16.5000")
    assert found.checks is not None
    said = notes_of(found.checks.to_pyarrow().to_pylist(), 0.25)
    assert said == ["1 order lines have no cost: a margin of 25% is assumed for them."]


def test_what_described_a_customer_at_the_time_of_the_sale() -> None:
    moved = {"customer_id": "a", "known_from": datetime(2017, 1, 10)}
    shop = company(
        order_line=[line(f"o{n}", "1", date(2017, n, 5), net="1.00", customer="a") for n in (1, 2, 6, 9)],
        source_customer=links("a"),
        golden_customer=[{"customer_key": "key-a", "city": "Gouda", "city_source": "shop"}],
        customer=[
            moved | {"city": "Delft"}, moved | {"city": "Gouda", "known_from": datetime(2017, 7, 1)},
            moved | {"city": "Breda", "known_from": datetime(2017, 3, 1), "updated_at": datetime(2017, 2, 1)},
            moved | {"known_from": datetime(2017, 8, 1)},  # an empty field is no news
        ],
    )  # fmt: skip
    found = ask(shop, "revenue", by=("city@sale",))
    assert by(found, "city@sale", "revenue") == {"Delft": 1, "Breda": 2, "Gouda": 1}
    assert by(ask(shop, "revenue", by=("city",)), "city", "revenue") == {"Gouda": 4}
    assert found.checks is not None
    assert notes_of(found.checks.to_pyarrow().to_pylist())[0].startswith(
        "1 rows are older than what is known of their customer"
    )


def test_the_list_that_a_customer_came_from() -> None:
    shop = company(
        order_line=[line("o1", "1", DAY, net="3.00", customer="a"), line("o2", "1", DAY, net="4.00", customer="b")],
        source_customer=links("a", "b"),
        prospect=[
            {"prospect_id": "1", "list_id": "L1", "origin": "broker", "acquired_on": date(2017, 1, 1),
             "converted_customer_id": "a", "converted_customer_source": "shop"},
            {"prospect_id": "2", "list_id": "L2", "origin": "fair", "acquired_on": date(2017, 2, 1),
             "converted_customer_id": "a", "converted_customer_source": "shop"},
        ],
    )  # fmt: skip
    assert by(ask(shop, "revenue", by=("list",)), "list", "revenue") == {"L1": 3, None: 4}
    assert by(ask(shop, "revenue", by=("origin",)), "origin", "revenue") == {"broker": 3, None: 4}


def test_a_sum_of_values_has_the_interval_of_its_run_while_it_is_the_same_sum() -> None:
    groups = [
        {"grouping": "all", "item": "all", "value": Decimal("112.75"), "low": 90.0, "high": 140.0, "as_of": AS_OF},
        {"grouping": "rfm", "item": "champions", "value": Decimal("100.25"), "low": 80.0, "high": 120.0,
         "as_of": AS_OF},
        {"grouping": "rfm", "item": "regular", "value": Decimal("50.00"), "low": 40.0, "high": 60.0, "as_of": AS_OF},
    ]  # fmt: skip
    shop = company(**{**SHOP, "value.groups": groups})
    found = ask(shop, "customer_value", by=("rfm",))
    assert (totals(found)["customer_value_low"], totals(found)["customer_value_high"]) == (90, 140)
    assert by(found, "rfm", "customer_value_low") == {"champions": 80, "regular": None}  # its segment has changed since
    assert totals(ask(shop, "customer_value", where="city = 'Delft'"))["customer_value_low"] is None


def test_what_a_wrong_column_touches() -> None:
    metrics, split = touched("order_line", ["net_amount"])
    assert {"revenue", "margin", "average_order_value"} <= set(metrics) and "units" not in metrics and split == []
    metrics, split = touched("order_line", ["product_id"])
    assert metrics == ["product_cost", "margin"] and {"product", "department", "brand"} <= set(split)
    assert "revenue" in touched("order_line")[0] and "nps" not in touched("order_line")[0]
    assert touched("product", ["category"]) == ([], ["category"])
    assert "city" in touched("customer", ["city"])[1]


def test_amounts_of_several_currencies_meet_in_one_place() -> None:
    shop = company(**SHOP)
    lines = at_home(shop.table("order_line"), shop.table("rate"), currency="EUR").to_pyarrow().to_pylist()
    amounts = {row["order_id"]: row["net_amount"] for row in lines if row["order_id"] in ("o4", "o6", "o7")}
    assert amounts == {"o4": Decimal("7.5000"), "o6": Decimal("27.0000"), "o7": None}  # 30 USD at .9; no rate of GBP
    assert len(lines) == len(SHOP["order_line"]) and {row["currency"] for row in lines} == {"EUR"}
