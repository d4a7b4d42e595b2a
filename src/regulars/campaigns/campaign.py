"""What one campaign is: whom it addresses, with what, how many are left alone, and what it may cost.

A campaign is read from its section of `regulars.toml` once and never changes; every later stage (plan, assignment,
outcome, effect) takes it as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from regulars.kernel.errors import ConfigError, UnknownNameError, nearest

__all__ = ["CONTROL", "DEFAULT_HOLDOUT", "Campaign", "campaign", "known_arm"]

CONTROL = "control"
TREATED = "treated"
DEFAULT_HOLDOUT = 0.1

_KEYS = (
    "audience",
    "offer",
    "channel",
    "purpose",
    "holdout",
    "arms",
    "budget",
    "window",
    "sink",
    "order",
    "cost_per_contact",
    "fixed_cost",
    "value_per_response",
    "expected_response",
)


@dataclass(frozen=True, slots=True)
class Campaign:
    """One planned measure.

    Attributes:
        name: its key in `regulars.toml`, and its `campaign_id`.
        audience: a condition over customers.
        arms: (name, share) in the order of the configuration; shares sum to 1; `control` is left alone.
        window_days: outcomes count from the assignment until this many days after it.
        budget: the most that contacts and fixed cost together are expected to cost; None is no limit.
        order: the customer measure by which the best are taken when the budget is too small for all.
        cost_per_contact, fixed_cost, value_per_response: money of the project's currency.
        expected_response: the share of the addressed expected to respond because of the campaign.
    """

    name: str
    audience: str
    arms: tuple[tuple[str, float], ...]
    window_days: int = 28
    offer: str | None = None
    channel: str | None = None
    purpose: str | None = None
    budget: float | None = None
    sink: str | None = None
    order: str = "value"
    cost_per_contact: float = 0.0
    fixed_cost: float = 0.0
    value_per_response: float | None = None
    expected_response: float | None = None

    @property
    def holdout(self) -> float:
        """The share that is left alone.

        >>> campaign("july", {"audience": "churn > 0.6", "holdout": 0.2}).holdout
        0.2
        """
        return dict(self.arms).get(CONTROL, 0.0)

    @property
    def treated_share(self) -> float:
        """The share that is addressed, in whichever arm."""
        return float(1 - Fraction(str(self.holdout)))

    def reach_for_budget(self) -> int | None:
        """How many customers may be assigned so that the expected cost stays within the budget; None is no limit.

        Held-out customers cost nothing, so with a hold-out the same budget reaches more of them.

        >>> campaign("july", {"audience": "a", "budget": 90, "cost_per_contact": 1, "holdout": 0.1}).reach_for_budget()
        100
        """
        cost = Fraction(str(self.cost_per_contact)) * (1 - Fraction(str(self.holdout)))
        if self.budget is None or cost <= 0:
            return None
        left = Fraction(str(self.budget)) - Fraction(str(self.fixed_cost))
        return max(0, left // cost)


def campaign(name: str, section: Mapping[str, Any]) -> Campaign:
    """A campaign from its section of the configuration.

    Args:
        name: the section's name, `[campaigns.NAME]`.
        section: keys as documented on `Campaign`; `holdout` (default 0.1) or `arms` (name -> share); `window` as "28d".

    Raises:
        ConfigError: an unknown key, a missing audience, shares that do not sum to 1, a number out of range.

    >>> campaign("july", {"audience": "churn.probability > 0.6", "window": "4w"}).window_days
    28
    >>> campaign("july", {"audience": "a", "holdot": 0.2})
    Traceback (most recent call last):
    regulars.kernel.errors.ConfigError: [campaigns.july] has no key 'holdot'. Did you mean 'holdout'? \
Valid: arms, audience, budget, channel, cost_per_contact, expected_response, fixed_cost, holdout, offer, order, \
purpose, sink, value_per_response, window.
    """
    _no_unknown_keys(name, section)
    if not str(section.get("audience", "")).strip():
        raise ConfigError(
            f"[campaigns.{name}] has no audience.", fix='Add one, e.g. audience = "value.percentile > 50".'
        )
    return Campaign(
        name=name,
        audience=str(section["audience"]),
        arms=_arms(name, section),
        window_days=_days(name, section.get("window", "28d")),
        order=str(section.get("order", "value")),
        offer=_text(section.get("offer")),
        channel=_text(section.get("channel")),
        purpose=_text(section.get("purpose")),
        sink=_text(section.get("sink")),
        budget=_amount(name, section, key="budget"),
        value_per_response=_amount(name, section, key="value_per_response"),
        cost_per_contact=_amount(name, section, key="cost_per_contact") or 0.0,
        fixed_cost=_amount(name, section, key="fixed_cost") or 0.0,
        expected_response=_share(name, "expected_response", value=section.get("expected_response")),
    )


def known_arm(campaign: Campaign, arm: str) -> str:
    """The arm of that name (UnknownNameError with the nearest guess when the campaign has none)."""
    names = [name for name, _ in campaign.arms]
    if arm not in names:
        raise UnknownNameError("arm", arm, names)
    return arm


def _no_unknown_keys(name: str, section: Mapping[str, Any]) -> None:
    for key in section:
        if key not in _KEYS:
            raise ConfigError(
                f"[campaigns.{name}] has no key {key!r}.", allowed=sorted(_KEYS), guess=nearest(key, _KEYS)
            )


def _arms(name: str, section: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
    if "arms" in section and "holdout" in section:
        raise ConfigError(
            f"[campaigns.{name}] has both arms and holdout.", fix=f"Give the hold-out as the arm {CONTROL!r}."
        )
    arms = _named_arms(name, section) if "arms" in section else _two_arms(name, section)
    return tuple(arm for arm in arms if arm[1] > 0)


def _two_arms(name: str, section: Mapping[str, Any]) -> list[tuple[str, float]]:
    share = _share(name, "holdout", value=section.get("holdout", DEFAULT_HOLDOUT)) or 0.0
    return [(TREATED, float(1 - Fraction(str(share)))), (CONTROL, share)]


def _named_arms(name: str, section: Mapping[str, Any]) -> list[tuple[str, float]]:
    if not isinstance(section["arms"], Mapping):
        raise ConfigError(
            f"[campaigns.{name}] arms is not a table.", fix="Write arms = { treated = 0.9, control = 0.1 }."
        )
    arms = [(str(arm), _share(name, f"arms.{arm}", value=share) or 0.0) for arm, share in section["arms"].items()]
    if sum(Fraction(str(share)) for _, share in arms) != 1:
        raise ConfigError(f"The arms of [campaigns.{name}] do not sum to 1.", fix="Their shares must sum to 1.")
    return arms


def _days(name: str, window: object) -> int:
    found = re.fullmatch(r"([1-9][0-9]*)([dw])", str(window).strip())
    if not found:
        raise ConfigError(
            f"[campaigns.{name}] window = {window!r} is not a number of days.", fix='Write "28d" or "4w".'
        )
    return int(found[1]) * (7 if found[2] == "w" else 1)


def _amount(name: str, section: Mapping[str, Any], *, key: str) -> float | None:
    value = section.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ConfigError(f"[campaigns.{name}] {key} = {value!r} is not an amount.", fix="Write a number of 0 or more.")
    return float(value)


def _share(name: str, key: str, *, value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ConfigError(f"[campaigns.{name}] {key} = {value!r} is not a share.", fix="Write a number from 0 to 1.")
    return float(value)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
