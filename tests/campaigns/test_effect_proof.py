"""The full counts behind `effect`: intervals cover the truth, tests keep their level, and faults are caught."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from regulars.campaigns.arithmetic import rate_difference, ratio_mismatch_p
from regulars.campaigns.effect import effect
from regulars.campaigns.trust import MISMATCH_LEVEL
from tests.campaigns.test_effect import design, drawn

COUNT = 2000

pytestmark = pytest.mark.proof


def test_intervals_cover_in_93_to_97_percent_of_campaigns() -> None:
    for holdout in (0.1, 0.5):
        judged = [effect(drawn(seed, size=1000, lift=0.7, holdout=holdout), design()) for seed in range(COUNT)]
        found = [
            each.effects[0] for each in judged if each.verdict != "withheld"
        ]  # one draw in a thousand looks faulty
        plain = np.mean([each.low <= 0.7 <= each.high for each in found])
        sharp = np.mean([each.adjusted_low <= 0.7 <= each.adjusted_high for each in found])
        assert len(found) >= 0.995 * COUNT
        print(
            f"coverage, hold-out {holdout:.0%}: {plain:.2%}, with the past taken out {sharp:.2%} of {COUNT} campaigns"
        )
        assert 0.93 <= plain <= 0.97 and 0.93 <= sharp <= 0.97


def test_campaigns_without_effect_are_called_in_at_most_6_percent() -> None:
    verdicts = [effect(drawn(seed, size=1000), design()).verdict for seed in range(COUNT)]
    called = np.mean([each in ("worked", "harmed") for each in verdicts])
    print(f"false verdicts: {called:.2%} of {COUNT} campaigns without effect")
    assert 0.04 <= called <= 0.06


def test_the_sample_ratio_alarm_is_rare_and_strong() -> None:
    random = np.random.default_rng(1)
    sizes = random.binomial(10_000, 0.1, COUNT)
    shares = {"treated": 0.9, "control": 0.1}
    alarms = [ratio_mismatch_p({"control": int(n), "treated": 10_000 - int(n)}, shares) < MISMATCH_LEVEL for n in sizes]
    lost = [
        ratio_mismatch_p({"control": int(n), "treated": int((10_000 - n) * 0.85)}, shares) < MISMATCH_LEVEL
        for n in sizes
    ]
    print(
        f"sample ratio: {np.mean(alarms):.2%} false alarms, {np.mean(lost):.2%} found when 15 % of the treated are lost"
    )
    assert np.mean(alarms) <= 0.003 and np.mean(lost) >= 0.9


def test_intervals_of_rare_rates_cover() -> None:
    random = np.random.default_rng(2)
    covered = []
    for _ in range(COUNT):
        treated, control = random.random(900) < 0.01, random.random(100) < 0.004
        found = rate_difference(treated.astype(float), control.astype(float))
        covered.append(found.low <= 0.006 <= found.high)
    print(f"rare rates: {np.mean(covered):.2%} of {COUNT} intervals cover")
    assert np.mean(covered) >= 0.93


def test_arrow_tables_of_any_chunking_give_the_same() -> None:
    rows = drawn(1)
    pieces = pa.concat_tables([rows.slice(0, 300), rows.slice(300)])
    assert effect(pieces, design()).effects == effect(rows, design()).effects
