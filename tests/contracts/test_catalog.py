"""The contracts keep the promises that the warehouse, the parser and the reference page rest on."""

from __future__ import annotations

import ibis
import pytest

from regulars.contracts.catalog import CONTRACTS, contract
from regulars.contracts.model import SYSTEM_COLUMNS, Contract, Kind, Load, source_of
from regulars.contracts.results import RESULTS
from regulars.kernel.errors import UnknownNameError

ALL = [*CONTRACTS.values(), *RESULTS.values()]
CAPTURED = [each for each in CONTRACTS.values() if each.captured]
EVERY = pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
EVERY_CAPTURED = pytest.mark.parametrize("table", CAPTURED, ids=lambda table: table.name)

CAPTURED_NAMES = [
    "customer",
    "product",
    "store",
    "partner",
    "order_line",
    "payment",
    "subscription",
    "usage",
    "visit",
    "contact",
    "case",
    "survey",
    "campaign",
    "offer",
    "message",
    "response",
    "opportunity",
    "prospect",
    "cost",
    "consent",
    "identity_link",
    "promotion",
    "stock",
    "market",
    "target",
    "calendar",
    "rate",
]
WRITTEN_NAMES = [
    "golden_customer",
    "source_customer",
    "quarantine",
    "score",
    "segment",
    "decision",
    "treatment",
    "forecast",
    "run",
    "batch",
    "value_change",
    "card",
    "erasure",
    "match_record",
    "match_pair",
    "match_model",
    "match_decision",
    "junk",
    "quality",
]
UPSERTS = {
    "customer",
    "product",
    "store",
    "partner",
    "subscription",
    "campaign",
    "offer",
    "prospect",
    "target",
    "calendar",
}


def test_all_tables_are_there_in_the_order_of_the_page() -> None:
    assert list(CONTRACTS) == CAPTURED_NAMES + WRITTEN_NAMES
    assert [each.name for each in CAPTURED] == CAPTURED_NAMES


def test_default_loads() -> None:
    assert {each.name for each in CAPTURED if each.load is Load.UPSERT} == UPSERTS
    assert {each.name for each in CAPTURED if each.load is Load.APPEND} == set(CAPTURED_NAMES) - UPSERTS


@EVERY
def test_columns_are_unique_and_described_by_one_sentence(table: Contract) -> None:
    assert len(set(table.names)) == len(table.names)
    for column in table.columns:
        assert column.says.endswith("."), column.name
        assert "\n" not in column.says and len(column.says) < 120, column.name
        assert column.name == column.name.lower() and column.name.isidentifier()


@EVERY
def test_key_and_time_are_columns(table: Contract) -> None:
    assert table.key and set(table.key) <= set(table.names)
    if table.time:
        assert table.column(table.time).kind in (Kind.INSTANT, Kind.DAY)
        assert table.captured or table.column(table.time).required


@EVERY
def test_schema_is_one_that_engines_know_and_system_columns_keep_their_type(table: Contract) -> None:
    schema = ibis.schema(table.schema)
    assert set(table.names) | set(SYSTEM_COLUMNS) <= set(schema.names)
    for name in set(table.names) & set(SYSTEM_COLUMNS):
        assert table.column(name).kind.dtype == SYSTEM_COLUMNS[name]


@EVERY_CAPTURED
def test_sources_of_ids_clash_with_nothing(table: Contract) -> None:
    added = [source_of(name) for name in table.refs] + ["business_date", "content", *SYSTEM_COLUMNS]
    assert len(set(added)) == len(added)
    assert not set(added) & set(table.names)


@EVERY_CAPTURED
def test_refs_name_captured_tables_whose_first_key_is_that_id(table: Contract) -> None:
    for name, target in table.refs.items():
        assert target in CAPTURED_NAMES
        assert name.endswith(CONTRACTS[target].key[0]), name


@EVERY_CAPTURED
def test_every_id_of_a_known_table_has_a_ref(table: Contract) -> None:
    own = table.key[0] if table.name not in ("stock", "identity_link") else None
    owners = {CONTRACTS[name].key[0]: name for name in CAPTURED_NAMES if name not in ("stock", "identity_link")}
    for column in table.columns:
        target = owners.get(column.name)
        if target and column.kind is Kind.TEXT and column.name.endswith("_id") and column.name != own:
            assert column.ref == target, column.name
        if column.name == own:
            assert column.ref is None


@EVERY_CAPTURED
def test_names_tell_kinds(table: Contract) -> None:
    for column in table.columns:
        if column.name.endswith("_at") or column.name == "at":
            assert column.kind is Kind.INSTANT, column.name
        if column.name.endswith("_on"):
            assert column.kind is Kind.DAY, column.name
        if column.name.endswith("_ids"):
            assert column.kind is Kind.TEXTS, column.name
        if column.name.endswith("_amount"):
            assert column.kind is Kind.MONEY, column.name


def test_what_may_be_null_in_a_key() -> None:
    open_keys = {(each.name, name) for each in CAPTURED for name in each.key if not each.column(name).required}
    assert open_keys == {("opportunity", "changed_at"), ("stock", "store_id"), ("calendar", "region")}


def test_an_order_line_may_be_anonymous_but_has_an_amount_and_a_time() -> None:
    line = contract("order_line")
    required = {column.name for column in line.columns if column.required}
    assert required == {"order_id", "line_id", "ordered_at", "net_amount"}


def test_prospects_have_all_attributes_of_customers() -> None:
    attributes = set(contract("customer").names) - {"customer_id"}
    assert attributes <= set(contract("prospect").names)
    golden = set(contract("golden_customer").names)
    assert golden == attributes | {f"{name}_{end}" for name in attributes for end in ("source", "since")} | {
        "customer_key",
        "household_key",
        "account_key",
        "first_seen",
        "last_seen",
    }


def test_results_are_snapshots_that_regulars_writes() -> None:
    assert all(not each.captured and each.load is Load.SNAPSHOT for each in RESULTS.values())
    assert RESULTS["retention.cohorts"].names == ("cohort", "age", "customers", "active", "revenue", "censored")


def test_an_unknown_table_is_named_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError) as caught:
        contract("order_lines")
    assert caught.value.guess == "order_line"
    assert "customer" in caught.value.allowed
