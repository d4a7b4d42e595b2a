"""Sizes, cost and power before a launch, by the formulae and by simulation of what they promise."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest

from regulars.campaigns.arithmetic import difference
from regulars.campaigns.campaign import campaign
from regulars.campaigns.plan import as_mapping, detectable, plan, power

PAID = {"audience": "a", "holdout": 0.2, "cost_per_contact": 0.5, "fixed_cost": 100}


def past(size: int, seed: int = 1) -> pa.Table:
    random = np.random.default_rng(seed)
    level = random.gamma(2.0, 5.0, size)
    margin, before = random.poisson(level).astype(float), random.poisson(level).astype(float)
    return pa.table({"margin": margin, "pre_margin": before, "orders": (margin > 5).astype(np.int64)})


def test_counts_and_cost() -> None:
    found = plan(campaign("july", PAID), past(1000), matching=1500)
    assert (found.matching, found.reach, found.treated, found.held_out) == (1500, 1000, 800, 200)
    assert found.cost == 500
    assert found.notes == ("The budget carries 1000 of 1500 customers: the best by value.",)
    assert found.expected.profit is None and found.expected.break_even == pytest.approx(500 / 800)


def test_the_least_effect_is_the_one_of_the_formula() -> None:
    rows = past(1000)
    found = plan(campaign("july", PAID), rows, matching=1000)
    deviation = rows["margin"].to_numpy().std(ddof=1)
    assert found.mde.profit == pytest.approx((1.959964 + 0.841621) * deviation * (1 / 800 + 1 / 200) ** 0.5, rel=1e-5)
    assert found.mde.profit_adjusted is not None and found.mde.profit_adjusted < 0.8 * found.mde.profit


def test_the_power_of_the_least_effect_is_80_percent_in_trials() -> None:
    random = np.random.default_rng(2)
    effect = detectable(3.0, (400, 100))
    assert effect is not None
    trials = [difference(random.normal(effect, 3, 400), random.normal(0, 3, 100)) for _ in range(400)]
    assert 0.72 <= np.mean([each.low > 0 or each.high < 0 for each in trials]) <= 0.88


def test_a_stated_effect_gives_profit_and_power() -> None:
    section = PAID | {"expected_response": 0.1, "value_per_response": 30}
    found = plan(campaign("july", section), past(1000), matching=1000)
    assert found.expected.effect_per_customer == pytest.approx(3)
    assert found.expected.margin == pytest.approx(2400) and found.expected.profit == pytest.approx(1900)
    assert found.expected.power is not None and 0.9 < found.expected.power < 1
    assert plan(campaign("july", PAID), past(1000), matching=1000, stated_effect=0.6).expected.power < 0.2


def test_without_a_hold_out_nothing_can_be_found() -> None:
    found = plan(campaign("july", PAID | {"holdout": 0}), past(100), matching=100, stated_effect=1.0)
    assert (found.mde.profit, found.expected.power) == (None, None)
    assert "withheld" in found.notes[0]


def test_nobody_matches() -> None:
    found = plan(campaign("july", PAID), past(0), matching=0)
    assert (found.reach, found.cost, found.mde.profit) == (0, 0.0, None)


def test_power_at_no_effect_is_the_level() -> None:
    assert power(0.0, 1.0) == pytest.approx(0.05)


def test_one_json_object() -> None:
    found = json.loads(json.dumps(as_mapping(plan(campaign("july", PAID), past(50), matching=60))))
    assert found["counts"] == {"matching": 60, "reach": 50, "treated": 40.0, "held_out": 10.0}
    assert {"mde", "cost", "expected"} <= set(found)
