"""Events as a source, through the whole capture: what reaches which contract, once, and what is set aside."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from regulars.capture.tracking import default_tables
from regulars.doors.call import call
from regulars.kernel.errors import ConfigError
from regulars.project.config import read_config
from regulars.project.project import Outside, Project
from regulars.store.spool import Spool, closed, folder_of, pending

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
TOML = '[project]\nname = "shop"\n[sources.web]\nkind = "events"\nwrite_key = "${WEB_KEY}"\n'


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Project]:
    (tmp_path / "regulars.toml").write_text(TOML + "orders = true\n")
    project = Project(tmp_path, Outside(os.environ, lambda: NOW), verb="test")  # capture goes without the write key
    yield project
    project.close()


def spool(project: Project) -> Path:
    return folder_of(project.root / ".regulars", "web")


def send(project: Project, *events: dict[str, Any], received: str = "2026-01-05T10:00:00.000Z") -> None:
    writer = Spool(spool(project), lambda: project.now, gather=0)
    stamps = {"receivedAt": received, "sentAt": None, "ip": None, "userAgent": None}
    writer.append(json.dumps({**stamps, "events": events}).encode()).result()
    writer.close()


def capture(project: Project) -> dict[str, Any]:
    totals: dict[str, Any] = call(project, "capture", args={})["totals"]
    return totals


def rows(project: Project, table: str, *columns: str) -> list[tuple[Any, ...]]:
    found = project.engine.arrow(project.warehouse.table(table).select(*columns).order_by(*columns)).to_pylist()
    return [tuple(row[name] for name in columns) for row in found]


def track(number: str, event: str = "Clicked", **more: Any) -> dict[str, Any]:
    return {"type": "track", "messageId": number, "event": event, "anonymousId": "a1", **more}


PRODUCTS = [{"product_id": "p1", "price": 20, "quantity": 1}, {"product_id": "p2", "price": 2.5, "quantity": 2}]
STORY: list[dict[str, Any]] = [
    {"type": "page", "messageId": "1", "anonymousId": "a1", "context": {"page": {"url": "https://shop.example/"}}},
    track("2", "Products Searched", properties={"query": "red shoes"}),
    track("3", "Product Viewed", properties={"product_id": "p1"}, context={"campaign": {"name": "spring"}}),
    track("4", "Product Added", properties={"sku": "p1"}, context={"consent": {"categoryPreferences": {"Ads": True}}}),
    {"type": "identify", "messageId": "5", "anonymousId": "a1", "userId": "k1", "traits": {"email": "a@example.org"}},
    {"type": "group", "messageId": "6", "userId": "k1", "groupId": "g1", "traits": {"name": "ACME"}},
    {"type": "alias", "messageId": "7", "previousId": "before", "userId": "k1"},
    track("8", "Order Completed", userId="k1", properties={"order_id": "o1", "revenue": 25, "products": PRODUCTS}),
    {"type": "screen", "messageId": "9", "userId": "k1"},
    track("10", "Product List Viewed", properties={"products": PRODUCTS}),
]


def test_a_story_of_events_reaches_every_contract(shop: Project) -> None:
    send(shop, *STORY)
    totals = capture(shop)
    assert totals["quarantined"] == totals["held"] == 0
    assert rows(shop, "visit", "event_id", "kind", "visitor_id", "customer_id", "channel") == [
        ("1", "page", "a1", None, "web"),
        ("10", "list", "a1", None, "web"),
        ("2", "search", "a1", None, "web"),
        ("3", "product", "a1", None, "web"),
        ("4", "cart", "a1", None, "web"),
        ("8", "order", "a1", "k1", "web"),
        ("9", "page", "k1", "k1", "app"),
    ]
    told = rows(shop, "visit", "event_id", "url", "query", "product_id", "campaign_id", "consent")
    assert ("1", "https://shop.example/", None, None, None, None) in told
    assert ("2", None, "red shoes", None, None, None) in told
    assert ("3", None, None, "p1", "spring", None) in told
    assert ("4", None, None, "p1", None, "Ads") in told
    assert rows(shop, "customer", "customer_id", "email", "account_id", "company") == [
        ("k1", "a@example.org", "g1", "ACME")
    ]
    assert rows(shop, "identity_link", "visitor_id", "customer_id") == [("a1", "k1"), ("before", "k1")]
    assert rows(shop, "order_line", "order_id", "line_id", "product_id", "quantity", "net_amount", "customer_id") == [
        ("o1", "1", "p1", 1, 20, "k1"),
        ("o1", "2", "p2", 2, 5, "k1"),
    ]


def test_sent_again_nothing_changes_and_nothing_is_left_behind(shop: Project) -> None:
    send(shop, *STORY)
    capture(shop)
    tables = ("visit", "identity_link", "order_line", "customer")
    before = {table: rows(shop, table, "content") for table in tables}
    for minute in range(2):
        send(shop, *STORY, received=f"2026-01-05T10:0{minute + 1}:00.000Z")
    assert capture(shop)["quarantined"] == 0
    assert {table: rows(shop, table, "content") for table in tables} == before
    assert pending(spool(shop)) == 0
    assert not list((spool(shop) / "lines").iterdir())
    assert capture(shop)["files"] == 0
    send(shop, track("2", "Other content"))
    assert capture(shop)["quarantined"] == 1
    assert rows(shop, "quarantine", "reason") == [("key_conflict",)]
    assert {table: rows(shop, table, "content") for table in tables} == before


def test_events_that_do_not_fit_never_hold_back_the_others(shop: Project) -> None:
    odd = [track(f"odd {at}", timestamp="01/02/2026") for at in range(100)]
    odd += [{"messageId": f"no type {at}", "userId": "k"} for at in range(50)]
    odd += [{"type": "track", "messageId": f"nobody {at}", "event": "e"} for at in range(50)]
    send(shop, *odd, track("good"))
    totals = capture(shop)
    assert (totals["held"], totals["quarantined"], totals["loaded"]) == (0, 200, 1)
    assert {reason for (reason,) in rows(shop, "quarantine", "reason")} == {"not_a_date", "missing_value"}


def test_one_clients_way_of_writing_proves_nothing_for_the_others(shop: Project) -> None:
    def order(number: str, **product: Any) -> dict[str, Any]:
        products = [{"product_id": "p", **product}]
        return track(number, "Order Completed", properties={"order_id": number, "products": products})

    send(shop, order("plain", price=10, quantity=2.5), order("point", price=10, quantity="1.234"),
         order("comma", price=10, quantity="1,5"), order("both", price="1.234,5", quantity=1), order("none"))  # fmt: skip
    assert capture(shop)["held"] == 0
    assert rows(shop, "order_line", "order_id", "quantity", "net_amount") == [
        ("plain", Decimal("2.5"), Decimal("25")),
        ("point", Decimal("1.234"), Decimal("12.34")),
    ]


def test_a_customer_keeps_what_was_told_before(shop: Project) -> None:
    send(shop, {"type": "identify", "messageId": "1", "userId": "k1", "traits": {"email": "a@example.org"}})
    capture(shop)
    send(shop, {"type": "identify", "messageId": "2", "userId": "k1", "traits": {"phone": "030 1"}})
    capture(shop)
    assert rows(shop, "customer", "customer_id", "email", "phone") == [("k1", "a@example.org", "030 1")]


def test_a_capture_that_failed_midway_is_taken_up_again(shop: Project) -> None:
    from regulars.kernel import points

    def stop(name: str) -> None:
        if name == "before-commit":
            raise KeyboardInterrupt

    send(shop, *STORY)
    points.install(stop)
    with pytest.raises(KeyboardInterrupt):
        capture(shop)
    points._hooks.clear()
    assert len(closed(spool(shop))) == 1
    capture(shop)
    assert len(rows(shop, "visit", "event_id")) == 7
    assert len(rows(shop, "order_line", "order_id")) == 2


def test_tables_of_ones_own(tmp_path: Path) -> None:
    own = """
[[sources.web.tables]]
contract = "visit"
from = "events"
columns = { event_id = "messageId", visitor_id = "anonymousId", occurred_at = "receivedAt", kind = "properties.what" }
where = "event = 'Door'"
"""
    (tmp_path / "regulars.toml").write_text(TOML + own)
    project = Project(tmp_path, Outside(os.environ, lambda: NOW), verb="test")
    send(project, track("1", "Door", properties={"what": "entry"}), track("2"))
    assert capture(project)["skipped"] == 1
    assert rows(project, "visit", "event_id", "kind") == [("1", "entry")]
    project.close()


def test_ids_of_another_source_make_no_customers() -> None:
    tables = {
        each["contract"]: each["refs"] for each in default_tables({"refs": {"customer_id": "crm"}, "orders": True})
    }
    own = {"customer_id": "crm"}
    assert tables == {"identity_link": own, "visit": own, "order_line": own}


def test_a_view_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "regulars.toml").write_text(TOML + '[[sources.web.tables]]\ncontract = "visit"\nfrom = "visit"\n')
    assert read_config(tmp_path, {}).values
    project = Project(tmp_path, Outside(os.environ, lambda: NOW), verb="test")
    with pytest.raises(ConfigError, match="visits"):
        capture(project)
    project.close()
