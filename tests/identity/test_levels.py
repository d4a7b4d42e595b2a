"""Households, accounts and visitors: who belongs together above the customer, and whose events are whose."""

from __future__ import annotations

from decimal import Decimal

import ibis

from tests.engines.cases_identity import CASES, events, figures, golden_by_rules, homes

CON = ibis.duckdb.connect()


def test_a_household_is_named_or_shares_name_and_address() -> None:
    of = {row["customer_key"]: row for row in CON.to_pyarrow(homes(ibis.memtable)).to_pylist()}
    home = {key: row["household_key"] for key, row in of.items()}
    assert home["c1"] == home["c2"] is not None
    assert home["c3"] not in (None, home["c1"])
    assert home["c4"] == home["c5"] is not None
    assert home["c6"] is home["c7"] is None


def test_an_account_is_named_or_shares_company_and_postcode() -> None:
    of = {row["customer_key"]: row["account_key"] for row in CON.to_pyarrow(homes(ibis.memtable)).to_pylist()}
    assert of["c4"] == of["c7"] is not None
    assert of["c1"] is of["c5"] is None  # a company without a place may be any of its name
    assert of["c6"] not in (None, of["c7"])


def test_events_go_to_the_customer_of_the_moment_and_backwards_to_the_first() -> None:
    of = {row["event_id"]: row["customer_id"] for row in CON.to_pyarrow(events(ibis.memtable)).to_pylist()}
    assert of == {"e1": "1", "e2": "1", "e3": "2", "e4": "9", "e5": None, "e6": None, "e7": None}


def test_a_kiosk_is_found() -> None:
    shared = CON.to_pyarrow(CASES["regulars.identity.visitor:shared_visitors"](ibis.memtable)).to_pylist()
    assert shared == [{"source": "web", "visitor_id": "kiosk", "customers": 5}]


def test_attributes_may_have_rules_of_their_own() -> None:
    of = {row["customer_key"]: row for row in CON.to_pyarrow(golden_by_rules(ibis.memtable)).to_pylist()}
    assert (of["c1"]["email"], of["c1"]["email_source"]) == ("jo@shop.nl", "crm")
    assert of["c1"]["city"] == "Leiden" and of["c1"]["city_since"] is not None
    assert of["c3"]["city_since"] is None


def test_main_figures_count_customers_not_ids() -> None:
    (row,) = CON.to_pyarrow(figures(ibis.memtable)).to_pylist()
    assert (row["buyers"], row["repeat_buyers"], row["orders_per_buyer"]) == (2, 1, 1.5)
    assert row["revenue_per_buyer"] == Decimal("10.25")
