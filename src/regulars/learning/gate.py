"""May a score act? Rules fixed beforehand, as data, judged on the figures of a backtest.

A rule looks at one figure, its value or an end of its interval, and says between which bounds it must lie. The gate's
sentence names the figures, also where it passes, so that nobody has to look for the reason.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from regulars.learning.protocol import Estimate, Gate

__all__ = ["Rule", "judge"]


@dataclass(frozen=True, slots=True)
class Rule:
    """`part` of the figure `metric` must lie strictly above `above` and at or below `below`.

    `says` reads after "because" and may name {value}, {low} and {high}.
    """

    metric: str
    says: str
    part: Literal["value", "low", "high"] = "value"
    above: float | None = None
    below: float | None = None

    def holds(self, figure: Estimate) -> bool:
        """Whether the figure obeys; a missing or undefined figure does not.

        >>> Rule("gain", "...", part="low", above=0.0).holds(Estimate(0.2, 0.1, 0.3))
        True
        """
        number = getattr(figure, self.part)
        if number is None or math.isnan(number):
            return False
        return (self.above is None or number > self.above) and (self.below is None or number <= self.below)

    def sentence(self, figure: Estimate) -> str:
        """`says` with the figures filled in."""
        shown = {
            part: "unknown" if number is None else f"{number:.3g}"
            for part, number in (("value", figure.value), ("low", figure.low), ("high", figure.high))
        }
        return self.says.format(**shown)


def judge(rules: Sequence[Rule], figures: Mapping[str, Estimate]) -> Gate:
    """All rules must hold; the sentence says what failed, else what was proved.

    >>> rule = Rule("bias", "the total was off by {value}", above=-0.2, below=0.2)
    >>> judge([rule], {"bias": Estimate(0.5)})
    Gate(passed=False, why='Fails: the total was off by 0.5.')
    >>> judge([rule], {}).why
    'Fails: bias was not measured.'
    """
    failed = [_said(rule, figures) for rule in rules if not _obeyed(rule, figures)]
    if failed:
        return Gate(False, "Fails: " + "; ".join(failed) + ".")
    return Gate(True, "Passes: " + "; ".join(_said(rule, figures) for rule in rules) + ".")


def _obeyed(rule: Rule, figures: Mapping[str, Estimate]) -> bool:
    return rule.metric in figures and rule.holds(figures[rule.metric])


def _said(rule: Rule, figures: Mapping[str, Estimate]) -> str:
    if rule.metric not in figures:
        return f"{rule.metric} was not measured"
    return rule.sentence(figures[rule.metric])
