"""Scores by value, stages by the own rhythm, and a migration whose margins are the sizes."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.analyses.segments.features import migration, rfm, segment
from tests.engines.cases_segments import AS_OF, BOUGHT, CASES, EARLIER, SPANS, buyers, segments

CON = ibis.duckdb.connect()


def _segments(segmentation: str, as_of: date = AS_OF) -> dict[str, str]:
    rows = CON.to_pyarrow(segments(ibis.memtable, as_of=as_of)).to_pylist()
    return {row["customer_key"]: row["segment"] for row in rows if row["segmentation"] == segmentation}


@pytest.mark.parametrize("who", [who for who in BOUGHT if who != "once"])
def test_each_rhythm_has_its_stage(who: str) -> None:
    assert _segments("lifecycle")[who] == who


def test_one_purchase_is_judged_by_the_rhythm_of_the_settings() -> None:
    assert _segments("lifecycle")["once"] == "active"
    assert _segments("lifecycle", AS_OF + timedelta(days=71))["once"] == "at_risk"
    assert _segments("lifecycle", AS_OF + timedelta(days=341))["once"] == "lapsed"


def test_frequency_and_monetary_count_the_window_and_recency_looks_back_at_all() -> None:
    rows = {row["customer_key"]: row for row in CON.to_pyarrow(rfm(buyers(ibis.memtable), as_of=AS_OF)).to_pylist()}
    assert (rows["lapsed"]["recency_days"], rows["lapsed"]["frequency"]) == (470, 0)
    assert rows["lapsed"]["monetary"] == Decimal("0.0000")
    assert rows["reactivated"]["frequency"] == 1
    assert rows["active"]["rfm"] == "555" and rows["lapsed"]["rfm"] == "111"
    assert rows["once"]["as_of"] == AS_OF


def test_unknown_margin_has_no_tier_and_a_default_margin_gives_all_one() -> None:
    assert set(BOUGHT) - set(_segments("value_tier")) == {"once"}  # its only line has no cost
    filled = buyers(ibis.memtable, default_margin=0.2)
    rows = CON.to_pyarrow(segment(filled, as_of=AS_OF, spans=SPANS)).to_pylist()
    tiers = {row["customer_key"]: row["segment"] for row in rows if row["segmentation"] == "value_tier"}
    assert set(tiers) == set(BOUGHT)
    assert tiers["active"] == "A" and tiers["lapsed"] == "E"


def test_margins_of_the_migration_are_the_sizes_at_both_dates() -> None:
    moves = CON.to_pyarrow(CASES["regulars.analyses.segments.features:migration"](ibis.memtable)).to_pylist()
    for segmentation in ("rfm", "value_tier", "lifecycle"):
        origins, ends = Counter(), Counter()
        for row in moves:
            if row["segmentation"] == segmentation:
                origins[row["from_segment"]] += row["customers"]
                ends[row["to_segment"]] += row["customers"]
        gone, came = ends.pop(None, 0), origins.pop(None, 0)
        assert ends == Counter(_segments(segmentation).values())
        assert origins == Counter(_segments(segmentation, EARLIER).values())
        assert gone == 0 and came >= 1


def test_who_left_the_table_is_counted_too() -> None:
    schema = pa.schema([(name, pa.string()) for name in ("customer_key", "segmentation", "segment")])
    before = ibis.memtable(pa.table([["a", "b"], ["x", "x"], ["p", "q"]], schema=schema))
    after = ibis.memtable(pa.table([["b", "c"], ["x", "x"], ["p", "p"]], schema=schema))
    moves = CON.to_pyarrow(migration(before, after)).to_pylist()
    found = {(row["from_segment"], row["to_segment"]): row["customers"] for row in moves}
    assert found == {("p", None): 1, ("q", "p"): 1, (None, "p"): 1}


_people = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 4), st.integers(-2, 3)), min_size=1, max_size=40)
_SCHEMA = pa.schema(
    [
        ("customer_key", pa.string()),
        ("recency_days", pa.int64()),
        ("frequency", pa.int64()),
        ("monetary", pa.decimal128(18, 4)),
    ]
)


def _scored(people: list[tuple[int, tuple[int, int, int]]]) -> dict[str, dict[str, int]]:
    rows = [(f"c{at}", days, times, Decimal(amount)) for at, (days, times, amount) in people]
    table = pa.Table.from_pylist([dict(zip(_SCHEMA.names, row, strict=True)) for row in rows], _SCHEMA)
    found = CON.to_pyarrow(rfm(ibis.memtable(table), as_of=AS_OF)).to_pylist()
    return {row["customer_key"]: row for row in found}


@settings(max_examples=20, deadline=None)
@given(_people, st.randoms(use_true_random=False))
def test_scores_follow_the_definition_in_any_row_order(people: list[tuple[int, int, int]], random: object) -> None:
    numbered = list(enumerate(people))
    found = _scored(numbered)
    for at, (days, times, amount) in numbered:
        worse = [sum(other[0] > days for other in people), sum(other[1] < times for other in people)]
        worse.append(sum(other[2] < amount for other in people))
        row = found[f"c{at}"]
        assert [row["r"], row["f"], row["m"]] == [1 + 5 * each // len(people) for each in worse]
    random.shuffle(numbered)  # type: ignore[attr-defined]
    assert _scored(numbered) == found
