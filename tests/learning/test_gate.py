"""The gate: every rule must hold, and the sentence says why."""

from __future__ import annotations

import pytest

from regulars.learning.gate import Rule, judge
from regulars.learning.protocol import Estimate

RULES = (
    Rule("gain", "it gains {value} ({low} to {high})", part="low", above=0.0),
    Rule("bias", "it is off by {value}", above=-0.2, below=0.2),
)


@pytest.mark.parametrize(
    ("gain", "bias", "passed"),
    [
        (Estimate(0.2, 0.1, 0.3), Estimate(0.1), True),
        (Estimate(0.2, 0.0, 0.4), Estimate(0.1), False),
        (Estimate(0.2, 0.1, 0.3), Estimate(-0.21), False),
        (Estimate(0.2), Estimate(0.1), False),
        (Estimate(float("nan"), float("nan"), 0.3), Estimate(0.1), False),
    ],
)
def test_all_rules_must_hold(gain: Estimate, bias: Estimate, passed: bool) -> None:
    assert judge(RULES, {"gain": gain, "bias": bias}).passed is passed


def test_the_sentence_names_what_failed_only() -> None:
    gate = judge(RULES, {"gain": Estimate(0.2, 0.1, 0.3), "bias": Estimate(0.5)})
    assert gate.why == "Fails: it is off by 0.5."
    assert judge(RULES, {"bias": Estimate(0.0)}).why == "Fails: gain was not measured."
