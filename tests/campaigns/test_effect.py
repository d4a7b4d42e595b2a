"""The judgement on a campaign: known differences, intervals that cover, and everything that withholds a result."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regulars.campaigns.effect import Outcome, as_mapping, effect
from regulars.campaigns.trust import Design
from regulars.kernel.errors import UnknownNameError

END = datetime(2026, 7, 29)
HALF = {"treated": 0.5, "control": 0.5}
HILLSTROM = "../shared/data/hillstrom/hillstrom.parquet"


def sample(arm: np.ndarray, margin: np.ndarray, **changes: object) -> pa.Table:
    """Rows as the builder gives them; what is not said is nothing."""
    size = len(arm)
    columns: dict[str, object] = {
        "arm": arm,
        "propensity": np.full(size, 1 / len(set(arm.tolist()))),
        "until": pa.array([END] * size, pa.timestamp("us")),
        "sent": arm != "control",
        "crossed": np.zeros(size, bool),
        "cost_amount": pa.nulls(size, pa.decimal128(18, 4)),
        "revenue": margin * 4,
        "margin": margin,
        "orders": (margin > 0).astype(float),
        "responded": np.zeros(size),
    }
    columns |= {f"pre_{name}": np.zeros(size) for name in ("revenue", "margin", "orders")}
    return pa.table(columns | changes)


def design(shares: dict[str, float] | None = None, **changes: float) -> Design:
    return Design("july", END, shares or {}, **changes)


def drawn(seed: int, size: int = 1000, lift: float = 0.0, holdout: float = 0.5) -> pa.Table:
    """A skewed outcome that follows the past in part, with a true difference of `lift` for those addressed."""
    random = np.random.default_rng(seed)
    arm = np.where(random.random(size) < holdout, "control", "treated")
    level = random.gamma(2.0, 5.0, size)
    past, now = random.poisson(level), random.poisson(level) + lift * (arm == "treated")
    chance = np.where(arm == "control", holdout, 1 - holdout)
    return sample(arm, now.astype(float), pre_margin=past.astype(float), propensity=chance)


def hillstrom(root: Path) -> pa.Table:
    path = root / HILLSTROM
    if not path.exists():
        pytest.skip("the Hillstrom data is not beside the checkout")
    data = pq.read_table(path)
    names = {"No E-Mail": "control", "Mens E-Mail": "mens", "Womens E-Mail": "womens"}
    arm = np.array([names[each] for each in data["segment"].to_pylist()])
    spend = data["spend"].to_numpy()
    return sample(
        arm,
        spend * 0.25,
        revenue=spend,
        orders=data["conversion"],
        responded=data["visit"],
        pre_revenue=data["history"],
    )


@pytest.mark.parametrize(
    ("metric", "mens", "womens", "tolerance"),
    [("response_rate", 0.0766, 0.0452, 6e-5), ("orders", 0.00680, 0.00311, 6e-6), ("revenue", 0.7698, 0.4244, 6e-5)],
)
def test_hillstrom(root: Path, metric: str, mens: float, womens: float, tolerance: float) -> None:
    found = effect(hillstrom(root), design(), metric=metric)
    assert {each.arm: each.value for each in found.effects} == pytest.approx(
        {"mens": mens, "womens": womens}, abs=tolerance
    )
    assert found.srm_p and found.srm_p > 0.5
    assert all(each.low < each.value < each.high and each.verdict == "worked" for each in found.effects)


def test_hillstrom_arms(root: Path) -> None:
    found = {each.arm: each for each in effect(hillstrom(root), design()).arms}
    assert {arm: round(each.response_rate, 4) for arm, each in found.items()} == {
        "mens": 0.1828,
        "womens": 0.1514,
        "control": 0.1062,
    }
    assert round(found["mens"].revenue, 4) == 1.4226 and round(found["control"].orders, 5) == 0.00573
    women = effect(hillstrom(root), design(), metric="response_rate", against="womens").effects
    assert [(each.arm, each.verdict) for each in women] == [("mens", "worked"), ("control", "harmed")]


def test_profit_is_margin_less_contacts_and_fixed_cost() -> None:
    arm = np.array(["treated"] * 4 + ["control"] * 4)
    rows = sample(arm, np.array([10.0, 12, 14, 16, 1, 2, 3, 4]))
    found = effect(rows, design(HALF, cost_per_contact=0.5, fixed_cost=3))
    assert found.profit.margin == pytest.approx(4 * 10.5)
    assert found.profit.cost == pytest.approx(5)
    assert found.profit.value == pytest.approx(42 - 5)
    assert found.effects[0].value == pytest.approx(10.0)
    assert found.profit.low is not None and found.profit.low == pytest.approx(4 * found.effects[0].low - 3)
    assert found.verdict == found.effects[0].verdict == "worked"


def test_fixed_cost_decides_the_verdict_on_profit() -> None:
    rows = drawn(1, lift=3.0)
    assert effect(rows, design(HALF)).verdict == "worked"
    assert effect(rows, design(HALF, fixed_cost=5000)).verdict == "harmed"


def test_recorded_costs_come_before_the_planned_ones() -> None:
    rows = drawn(2)
    costs = pa.array([1.25] * rows.num_rows).cast(pa.decimal128(18, 4))
    rows = rows.set_column(rows.column_names.index("cost_amount"), "cost_amount", costs)
    assert effect(rows, design(HALF, cost_per_contact=9)).arms[0].cost == pytest.approx(
        1.25 * effect(rows, design(HALF)).arms[0].assigned
    )


def intervals(lift: float, count: int, **changes: float) -> list[Outcome]:
    return [effect(drawn(seed, lift=lift, **changes), design()) for seed in range(count)]


def test_intervals_cover_the_truth() -> None:
    found = intervals(0.7, 200, size=600, holdout=0.2)
    plain = sum(each.effects[0].low <= 0.7 <= each.effects[0].high for each in found)
    sharp = sum(each.effects[0].adjusted_low <= 0.7 <= each.effects[0].adjusted_high for each in found)
    assert 180 <= plain <= 199 and 180 <= sharp <= 199


def test_a_campaign_without_effect_seldom_worked() -> None:
    verdicts = [each.verdict for each in intervals(0.0, 200, size=600, holdout=0.5)]
    assert 0 < sum(each != "undecided" for each in verdicts) <= 20


def test_the_past_sharpens_the_interval() -> None:
    found = effect(drawn(3, size=4000), design()).effects[0]
    assert found.variance_cut is not None and 0.5 < found.variance_cut < 0.9  # the correlation is 25 / 35
    assert found.adjusted_high - found.adjusted_low < found.high - found.low


def test_wrong_arm_sizes_withhold_the_result() -> None:
    rows = drawn(4, size=2000, holdout=0.42)
    planned = pa.array(np.full(rows.num_rows, 0.5))
    found = effect(rows.set_column(rows.column_names.index("propensity"), "propensity", planned), design())
    assert found.verdict == "withheld" and "planned shares" in found.why
    assert found.srm_p is not None and found.srm_p < 0.001
    assert found.effects[0].value is None and found.profit.value is None


def test_nobody_left_alone_withholds_the_result() -> None:
    rows = sample(np.array(["treated"] * 50), np.ones(50))
    found = effect(rows, design())
    assert found.verdict == "withheld"
    assert found.why == "Every customer of this campaign was addressed; nobody was left alone at random."


def test_arms_without_propensity_must_have_been_alike() -> None:
    rows = drawn(5)
    blank = pa.nulls(rows.num_rows, pa.float64())
    unknown = rows.set_column(rows.column_names.index("propensity"), "propensity", blank)
    told = effect(unknown, design())
    assert told.verdict != "withheld" and "No propensity was recorded" in told.notes[0] and told.srm_p is None
    better = np.where(np.array(rows["arm"].to_pylist()) == "treated", 5.0, 0.0) + rows["pre_margin"].to_numpy()
    chosen = unknown.set_column(rows.column_names.index("pre_margin"), "pre_margin", pa.array(better))
    found = effect(chosen, design())
    assert found.verdict == "withheld" and "not alike" in found.why


def test_an_open_window_withholds_the_result_and_says_until_when() -> None:
    found = effect(drawn(6), Design("july", END - timedelta(days=3), HALF))
    assert (found.verdict, found.why) == (
        "withheld",
        "The window is open until 2026-07-29; the data ends on 2026-07-26.",
    )


def test_customers_in_two_arms_are_left_out_and_counted() -> None:
    rows = drawn(7)
    crossed = np.arange(rows.num_rows) < 5
    found = effect(rows.set_column(rows.column_names.index("crossed"), "crossed", pa.array(crossed)), design())
    assert sum(each.assigned for each in found.arms) == rows.num_rows - 5
    assert found.notes[0].startswith("5 customers")


def test_unequal_propensities_are_weighed() -> None:
    random = np.random.default_rng(8)
    rich = random.random(20000) < 0.5
    chance = np.where(rich, 0.8, 0.3)  # the rich were addressed more often
    arm = np.where(random.random(20000) < chance, "treated", "control")
    margin = random.normal(0, 1, 20000) + 10 * rich + 0.5 * (arm == "treated")
    own = np.where(arm == "treated", chance, 1 - chance)
    found = effect(sample(arm, margin, propensity=own), design())
    assert found.effects[0].low < 0.5 < found.effects[0].high and found.verdict == "worked"
    assert found.effects[0].high < 1.5  # unweighted, the difference would be about 5.5
    assert found.srm_p is not None and found.srm_p > 0.001


def test_row_order_changes_nothing() -> None:
    rows = drawn(9)
    turned = rows.take(pa.array(np.random.default_rng(0).permutation(rows.num_rows)))
    assert effect(turned, design()).effects[0].value == pytest.approx(
        effect(rows, design()).effects[0].value, rel=1e-12
    )


def test_names_that_are_not_there() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'revenue'"):
        effect(drawn(1), design(), metric="revenu")
    with pytest.raises(UnknownNameError, match="There is no arm 'letter'"):
        effect(drawn(1), design(), against="letter")


def test_one_json_object() -> None:
    found = as_mapping(effect(drawn(1), design()))
    assert found["effect"] == found["effects"][0]
    assert {"arms", "effects", "profit", "srm_p", "verdict", "why"} <= set(found)


def test_nobody_at_all() -> None:
    found = effect(drawn(1).slice(0, 0), design())
    assert (found.verdict, found.effects, found.arms) == ("withheld", (), ())


def test_the_shares_of_the_draw_come_before_those_of_the_configuration() -> None:
    rows = drawn(10, holdout=0.3)
    assert effect(rows, design(HALF)).verdict != "withheld"
    blank = rows.set_column(rows.column_names.index("propensity"), "propensity", pa.nulls(rows.num_rows, pa.float64()))
    assert effect(blank, design(HALF)).verdict == "withheld"


def test_arms_of_other_names_ask_for_the_one_left_alone() -> None:
    rows = sample(np.array(["letter", "no letter"] * 20), np.arange(40.0))
    assert "say which of letter, no letter was left alone" in effect(rows, design()).why
    assert [each.arm for each in effect(rows, design(), against="no letter").effects] == ["letter"]


def test_a_clock_change_does_not_keep_a_window_open() -> None:
    rows = drawn(11)
    assert effect(rows, Design("july", END - timedelta(hours=1), HALF)).verdict != "withheld"


def test_a_kind_of_response_is_a_rate_and_rare_ones_keep_an_interval() -> None:
    arm = np.array(["treated"] * 300 + ["control"] * 300)
    rows = sample(arm, np.zeros(600)).append_column("response:redeem", pa.array(np.arange(600) < 3).cast(pa.int64()))
    found = effect(rows, design(HALF), metric="response:redeem").effects[0]
    assert found.value == pytest.approx(0.01) and found.low < 0 < found.high
    nobody = effect(rows, design(HALF), metric="response_rate").effects[0]
    assert nobody.low == pytest.approx(-nobody.high) and nobody.high == pytest.approx(0.0126, abs=2e-4)
