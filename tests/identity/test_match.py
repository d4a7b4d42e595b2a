"""The laws of matching: idempotent, blind to row order, and a merge undone gives back what was there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.identity.keep import new_key
from regulars.identity.match import Rules, Unified, unify
from regulars.kernel.errors import UnknownNameError

NAMES = ["source", "customer_id", "email", "phone"]
SCHEMA = pa.schema([(name, pa.string()) for name in NAMES])
START = datetime(2026, 1, 1)
Row = tuple[str, str, str | None, str | None]


def table(rows: Sequence[Row]) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(NAMES, row, strict=True)) for row in rows], SCHEMA)


def run(
    rows: Sequence[Row],
    before: Unified | None = None,
    *,
    seen: Sequence[tuple[str, str]] = (),
    day: int = 0,
    keys: Sequence[str] = ("email", "phone"),
    rules: Rules | None = None,
) -> Unified:
    pairs = table([(*pair, None, None) for pair in seen])
    at = START + timedelta(days=day)
    return unify(table(rows), pairs, existing=before and before.links, keys=keys, at=at, rules=rules)


def keys_of(found: Unified) -> dict[tuple[str, str], str]:
    rows = found.links.to_pylist()
    return {(row["source"], row["customer_id"]): row["customer_key"] for row in rows}


JO = ("crm", "1", "jo@shop.nl", None)
JO_TILL = ("till", "9", "JO@shop.nl ", "06-21345678")
JO_WEB = ("web", "5", None, "0621345678")
KIM = ("crm", "2", "kim@shop.nl", None)


def test_records_that_share_a_key_through_others_are_one_customer() -> None:
    found = run([JO, JO_TILL, JO_WEB, KIM], seen=[("web", "77"), ("crm", "2")])
    keys = keys_of(found)
    assert keys["crm", "1"] == keys["till", "9"] == keys["web", "5"] == new_key("crm", "1")
    assert len(set(keys.values())) == 3
    assert found.report == {
        "records": 5,
        "customers": 3,
        "merged": 2,
        "split": 0,
        "changed": 0,
        "over_shared": 0,
    }
    methods = {row["customer_id"]: row["method"] for row in found.links.to_pylist()}
    assert methods == {"1": "email", "9": "email", "5": "phone", "2": "id", "77": "id"}


def test_without_keys_each_id_is_a_customer() -> None:
    assert run([JO, JO_TILL, JO_WEB], keys=()).report["customers"] == 3


def test_an_over_shared_key_links_nobody_and_is_reported() -> None:
    rows = [("crm", str(number), "desk@shop.nl", None) for number in range(4)]
    found = run(rows, rules=Rules(max_share=3))
    assert found.report["customers"] == 4 and found.report["over_shared"] == 1
    assert found.over_shared.to_pylist() == [{"key": "email", "value": "desk@shop.nl", "records": 4}]
    assert run(rows, rules=Rules(max_share=4)).report["customers"] == 1


def test_country_of_the_project_reads_numbers_without_one() -> None:
    rows = [("crm", "1", None, "+31 6 21345678"), ("till", "2", None, "06-21345678")]
    assert run(rows).report["customers"] == 2
    assert run(rows, rules=Rules(country="NL")).report["customers"] == 1


def test_an_unknown_key_is_named_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'email'"):
        run([JO], keys=["emial"])


def test_the_oldest_record_keeps_the_key_when_an_earlier_name_joins() -> None:
    first = run([JO_TILL])
    second = run([JO, JO_TILL], first, day=1)
    assert set(keys_of(second).values()) == {new_key("till", "9")}
    assert (second.report["merged"], second.report["changed"]) == (1, 0)


def test_a_split_leaves_the_key_with_the_oldest_record() -> None:
    first = run([JO_TILL])
    second = run([JO, JO_TILL, JO_WEB], first, day=1)
    third = run([JO, ("till", "9", None, "06-21345678"), JO_WEB], second, day=2)
    keys = keys_of(third)
    assert keys["till", "9"] == keys["web", "5"] == new_key("till", "9")
    assert keys["crm", "1"] == new_key("crm", "1")
    assert (third.report["split"], third.report["changed"]) == (1, 1)


def test_a_key_never_serves_two_customers_when_its_first_record_left_and_came_back() -> None:
    first = run([JO, JO_TILL])
    second = run([JO_TILL], first, day=1)
    third = run([("crm", "1", "other@shop.nl", None), JO_TILL], second, day=2)
    assert keys_of(second)["till", "9"] == new_key("crm", "1")
    assert keys_of(third)["till", "9"] == new_key("crm", "1")
    assert keys_of(third)["crm", "1"] == new_key("crm", "1", attempt=1)


_row = st.tuples(
    st.sampled_from(["crm", "till"]),
    st.sampled_from("123456"),
    st.sampled_from([None, "jo@a.nl", "kim@a.nl", "lee@a.nl", "info@a.nl"]),
    st.sampled_from([None, "0621345678", "0621345679"]),
)
_rows = st.lists(_row, min_size=1, max_size=12, unique_by=lambda row: row[:2])


@settings(max_examples=60, deadline=None)
@given(_rows, _rows, st.randoms(use_true_random=False))
def test_idempotent_blind_to_order_and_counted(rows: list[Row], earlier: list[Row], random: object) -> None:
    before = run(earlier)
    found = run(rows, before, day=1)
    again = run(rows, found, day=2)
    assert again.links.equals(found.links)
    assert (again.report["merged"], again.report["split"], again.report["changed"]) == (0, 0, 0)
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert run(shuffled, before, day=1).links.equals(found.links)
    held = {pair: key for pair, key in keys_of(before).items() if pair in keys_of(found)}
    groups = len(set(held.values())) + len(keys_of(found)) - len(held)
    assert found.report["customers"] == groups - found.report["merged"] + found.report["split"]


@settings(max_examples=60, deadline=None)
@given(_rows, _rows)
def test_merge_and_unmerge_is_the_identity(rows: list[Row], others: list[Row]) -> None:
    given_ids = {row[:2] for row in rows}
    first = run([row for row in rows if row[0] == "till"] or rows)
    before = run(rows, first, day=1)
    bridged = [(*row[:2], "bridge@a.nl", None) for row in rows]
    merged = run([*bridged, *(row for row in others if row[:2] not in given_ids)], before, day=2)
    assert len({keys_of(merged)[pair] for pair in given_ids}) == (1 if len(rows) <= 10 else len(rows))
    restored = keys_of(run(rows, merged, day=3))
    assert restored == keys_of(before)
