"""From spooled requests to lines: clocks, deliveries that come twice, people's traits, links, order lines, damage."""

from __future__ import annotations

import json
import zlib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.capture.basket import amounts
from regulars.capture.tracked import VIEWS, agreed, happened, render
from regulars.store.seen import Seen

SENT, RECEIVED = "2026-01-05T10:00:00.000Z", "2026-01-05T10:00:02.000Z"


def request(*events: dict[str, Any], sent: str | None = SENT, received: str = RECEIVED, **stamps: str) -> bytes:
    plain = {"receivedAt": received, "sentAt": sent, "ip": None, "userAgent": None, **stamps, "events": events}
    text = json.dumps(plain).encode()
    return b"%08x %b\n" % (zlib.crc32(text), text)


def rendered(folder: Path, *requests: bytes, name: str = "1", views: tuple[str, ...] = VIEWS) -> dict[str, list[Any]]:
    (folder / f"{name}.segment").write_bytes(b"".join(requests))
    (folder / name).mkdir(exist_ok=True)
    with Seen(folder / "seen") as seen:
        render(folder / f"{name}.segment", folder / name, views=views, seen=seen)
    texts = {view: (folder / name / f"{view}.jsonl").read_text().splitlines() for view in views}
    return {view: [_read(line) for line in found] for view, found in texts.items()}


def _read(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return line.strip()


def track(number: str = "m1", **more: Any) -> dict[str, Any]:
    return {"type": "track", "messageId": number, "event": "Clicked", "anonymousId": "a1", **more}


def identify(number: str, traits: dict[str, Any], person: str = "k1", **more: Any) -> dict[str, Any]:
    return {"type": "identify", "messageId": number, "userId": person, "traits": traits, **more}


@pytest.mark.parametrize(
    ("original", "sent", "wanted"),
    [
        ("2026-01-05T09:59:58Z", "2026-01-05T10:00:00Z", "2026-01-05T10:00:00.000Z"),  # 2 s before sending
        ("2026-01-05T12:59:58+01:00", "2026-01-05T12:00:00Z", "2026-01-05T10:00:00.000Z"),  # a clock 2 h ahead
        ("1999-12-31T23:59:58Z", "2000-01-01T00:00:00Z", "2026-01-05T10:00:00.000Z"),  # an empty battery
        ("2026-01-05T09:00:00", None, "2026-01-05T09:00:00.000Z"),
        ("2026-01-05T09:00:00.123456789Z", "no instant", "2026-01-05T09:00:00.123Z"),
        (None, "2026-01-05T10:00:00Z", RECEIVED),
        ("05/01/2026", "2026-01-05T10:00:00Z", "no ISO instant: 05/01/2026"),
        (1767607200, None, "no ISO instant: 1767607200"),
        ("0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z", "no ISO instant: 0001-01-01T00:00:00Z"),
    ],
)
def test_a_clients_clock_is_corrected(original: Any, sent: Any, wanted: str) -> None:
    assert happened(original, sent, received=RECEIVED) == wanted


def test_a_delivery_that_comes_twice_gives_the_very_same_line(tmp_path: Path) -> None:
    event = track(timestamp="2026-01-05T09:59:00Z")
    first = rendered(tmp_path, request(event, ip="203.0.113.0"))["visits"]
    later = request(event, sent="2026-01-05T10:05:00Z", received="2026-01-05T10:05:09Z", ip="198.51.100.0")
    second = rendered(tmp_path, later, later, name="2")["visits"]
    assert second == first * 2


def test_other_content_under_the_same_number_stays_other_content(tmp_path: Path) -> None:
    lines = rendered(tmp_path, request(track(event="A")), request(track(event="B"), received="2026-01-05T11:00:00Z"))
    assert [line["event"] for line in lines["visits"]] == ["A", "B"]
    assert lines["visits"][1]["receivedAt"] == "2026-01-05T11:00:00Z"


def test_every_event_is_in_exactly_one_place(tmp_path: Path) -> None:
    events = [{"type": kind, "messageId": kind, "userId": "k"} for kind in ("track", "page", "screen", "identify", "x")]
    lines = rendered(tmp_path, request(*events, {"messageId": "none"}))
    assert [line.get("type") for line in lines["visits"]] == ["track", "page", "screen", "x", None]
    assert [line["type"] for line in lines["people"]] == ["identify"]
    assert len(lines["events"]) == 6


def test_traits_add_up_and_the_later_one_wins(tmp_path: Path) -> None:
    told = [
        identify("1", {"email": "a@example.org", "plan": "x"}, timestamp="2026-01-05T09:00:00Z"),
        identify("2", {"phone": "030 1"}, timestamp="2026-01-05T09:30:00Z"),
        identify("3", {"email": "old@example.org"}, timestamp="2026-01-05T08:00:00Z"),
        {"type": "group", "messageId": "4", "userId": "k1", "groupId": "g1", "traits": {"name": "ACME"}},
    ]
    lines = rendered(tmp_path, request(*told))["people"]
    assert lines[-1]["traits"] == {"email": "a@example.org", "plan": "x", "phone": "030 1"}
    assert (lines[-1]["accountId"], lines[-1]["company"]) == ("g1", "ACME")
    assert [line["sequence"] for line in lines] == sorted({line["sequence"] for line in lines})


def test_a_company_and_the_dates_of_a_person_are_read_in_every_form(tmp_path: Path) -> None:
    forms: list[tuple[dict[str, Any], str, Any]] = [
        ({"company": {"name": "A"}}, "company", "A"),
        ({"company": "B"}, "company", "B"),
        ({"createdAt": "2020-01-01T00:00:00+01:00"}, "createdAt", "2019-12-31T23:00:00.000Z"),
        ({"createdAt": 1577836800}, "createdAt", "2020-01-01T00:00:00.000Z"),
        ({"createdAt": 1577836800000}, "createdAt", "2020-01-01T00:00:00.000Z"),
        ({"createdAt": 1e300}, "createdAt", "no ISO instant: 1e+300"),
        ({"createdAt": "01/02/2020"}, "createdAt", "no ISO instant: 01/02/2020"),
        ({"birthday": "1990-05-01T00:00:00.000Z"}, "birthday", "1990-05-01"),
        ({"birthday": "01.02.1990"}, "birthday", "no ISO day: 01.02.1990"),
    ]
    told = [identify(str(at), traits, person=str(at)) for at, (traits, _, _) in enumerate(forms)]
    lines = rendered(tmp_path, request(*told))["people"]
    assert [line[name] for line, (_, name, _) in zip(lines, forms, strict=True)] == [wanted for _, _, wanted in forms]


def test_a_person_with_a_broken_text_is_told_of_nobody(tmp_path: Path) -> None:
    lines = rendered(tmp_path, request(identify("1", {"email": "a\0b"}), identify("2", {"email": "\ud800"})))["people"]
    assert len(lines) == 2  # capture sets them aside
    assert rendered(tmp_path, request(identify("3", {"city": "Ulm"})), name="2")["people"][0]["traits"] == {
        "city": "Ulm"
    }


def test_a_visitor_is_linked_once(tmp_path: Path) -> None:
    events = (identify("1", {}, anonymousId="a1"), identify("2", {}, anonymousId="a1"), identify("3", {}))
    alias = {"type": "alias", "messageId": "4", "previousId": "old", "userId": "k1"}
    pairs = [(line["visitorId"], line["userId"]) for line in rendered(tmp_path, request(*events, alias))["links"]]
    assert pairs == [("a1", "k1"), ("old", "k1")]
    assert rendered(tmp_path, request(identify("5", {}, anonymousId="a1")), name="2")["links"] == []


def test_the_door_s_address_and_agent_fill_only_gaps(tmp_path: Path) -> None:
    own = track("2", context={"ip": "192.0.2.0", "userAgent": "own"})
    lines = rendered(tmp_path, request(track("1"), own, ip="203.0.113.0", userAgent="door"))["visits"]
    assert [line["context"] for line in lines] == [
        {"ip": "203.0.113.0", "userAgent": "door"},
        {"ip": "192.0.2.0", "userAgent": "own"},
    ]


def test_consent_is_told_where_somebody_asked() -> None:
    asked = [{"Ads": True, "B c": True}, {"Ads": False}, {"Ads": "yes"}, {}, None, []]
    assert [agreed({"consent": {"categoryPreferences": each}}) for each in asked] == [
        "Ads B-c", "none", "none", None, None, None,
    ]  # fmt: skip
    assert agreed(None) is None


def test_damage_before_the_tail_becomes_a_line_that_is_set_aside(tmp_path: Path) -> None:
    bad = bytearray(request(track("2")))
    bad[-10] ^= 1
    lines = rendered(tmp_path, request(track("1")), bytes(bad), request(track("3")), views=("visits",))["visits"]
    assert [line if isinstance(line, str) else line["messageId"] for line in lines][::2] == ["1", "3"]
    assert lines[1].startswith("damaged on disk: ")


def test_an_order_gives_a_line_for_each_product(tmp_path: Path) -> None:
    products = [{"product_id": "p1", "price": 20, "quantity": 1}, {"sku": "p2", "price": "2.50", "quantity": 2}, "?"]
    order = track(event="Order Completed", properties={"order_id": "o1", "revenue": 25, "products": products[:2]})
    broken = track("m2", event="Order Completed", properties={"order_id": "o2", "products": products})
    lines = rendered(tmp_path, request(order, broken))["products"]
    assert [(line["line"], line["quantity"], line["net_amount"]) for line in lines] == [
        (1, "1", "20.0000"), (2, "2", "5.0000"), (1, "1", None), (2, "2", None), (3, None, None),
    ]  # fmt: skip
    assert "products" not in lines[0]["properties"]


PRICES = st.decimals(min_value="0.01", max_value="9999", places=2)
ITEMS = st.lists(st.tuples(PRICES, st.integers(1, 20)), min_size=1, max_size=12)


@given(ITEMS, st.one_of(st.none(), PRICES), st.one_of(st.none(), PRICES))
def test_the_lines_sum_to_the_order(
    items: list[tuple[Decimal, int]], revenue: Decimal | None, discount: Decimal | None
) -> None:
    order = {
        "revenue": None if revenue is None else str(revenue),
        "discount": None if discount is None else str(discount),
    }
    found = amounts(order, [{"price": str(price), "quantity": count} for price, count in items])
    nets = [Decimal(str(each["net_amount"])) for each in found]
    whole = sum((price * count for price, count in items), Decimal(0))
    assert sum(nets) == (revenue if revenue is not None else whole - (discount or 0))
    for each in found:  # where they are told, list less discount is net
        if each["list_amount"] is not None and discount and (revenue is None or revenue == whole - discount):
            assert abs(
                Decimal(each["list_amount"]) - Decimal(str(each["discount_amount"])) - Decimal(str(each["net_amount"]))
            ) <= Decimal("0.0003")


@pytest.mark.parametrize("price", [None, "", "abc", True, "NaN", "Infinity", "1e99", {}])
def test_a_price_that_is_none_leaves_the_order_without_amounts(price: Any) -> None:
    found = amounts({"revenue": 10}, [{"price": 10}, {"price": price}])
    assert [each["net_amount"] for each in found] == [None, None]
