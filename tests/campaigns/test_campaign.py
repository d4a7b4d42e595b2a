"""A campaign's section of the configuration: its defaults, and one clear message for each mistake."""

from __future__ import annotations

import pytest

from regulars.campaigns.campaign import DEFAULT_HOLDOUT, campaign, known_arm
from regulars.kernel.errors import ConfigError, UnknownNameError


def test_a_hold_out_is_the_default() -> None:
    found = campaign("july", {"audience": "value > 3"})
    assert found.arms == (("treated", 0.9), ("control", DEFAULT_HOLDOUT))
    assert (found.window_days, found.budget, found.order) == (28, None, "value")


def test_the_example_of_the_interface() -> None:
    section = {
        "audience": "churn.probability > 0.6 and value.percentile > 50",
        "offer": "voucher-10",
        "channel": "email",
        "holdout": 0.1,
        "budget": 5000,
        "window": "28d",
        "sink": "mailing",
    }
    found = campaign("july_rescue", section)
    assert (found.name, found.offer, found.sink, found.budget) == ("july_rescue", "voucher-10", "mailing", 5000.0)
    assert found.reach_for_budget() is None  # a contact costs nothing, so the budget cuts nobody


def test_arms_that_sum_in_decimals_are_accepted() -> None:
    found = campaign("c", {"audience": "a", "arms": {"x": 0.1, "y": 0.2, "control": 0.7}})
    assert found.holdout == 0.7 and found.treated_share == 0.3


def test_a_budget_below_the_fixed_cost_reaches_nobody() -> None:
    assert campaign("c", {"audience": "a", "budget": 5, "fixed_cost": 9, "cost_per_contact": 1}).reach_for_budget() == 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"holdot": 0.2}, "Did you mean 'holdout'"),
        ({"audience": " "}, "has no audience"),
        ({"holdout": 1.5}, "is not a share"),
        ({"holdout": "much"}, "is not a share"),
        ({"arms": {"x": 0.5, "control": 0.4}}, "do not sum to 1"),
        ({"arms": {"x": 0.9}, "holdout": 0.1}, "both arms and holdout"),
        ({"window": "soon"}, "not a number of days"),
        ({"window": "0d"}, "not a number of days"),
        ({"budget": -1}, "is not an amount"),
        ({"budget": True}, "is not an amount"),
        ({"arms": 3}, "is not a table"),
    ],
)
def test_wrong_sections(change: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        campaign("july", {"audience": "value > 3"} | change)


def test_an_unknown_arm_is_guessed() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'control'"):
        known_arm(campaign("july", {"audience": "a"}), "contrl")
