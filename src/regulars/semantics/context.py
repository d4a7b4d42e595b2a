"""Under which settings is a question answered: the cut date, the currency, the margin to assume, the names at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

__all__ = ["Context"]


@dataclass(frozen=True, slots=True)
class Context:
    """What the doors hand in with a question.

    Attributes:
        as_of: the last day that counts; the tables are cut there already.
        currency: the currency of the answer.
        default_margin: the share of revenue taken as margin where a line has no cost; None = such lines have none.
        week_start: the first day of the week, in lower case.
        segmentations: names of the segmentations that exist.
        scores: analysis -> its measures, the headline first; only those that were scored.
        timezone: the time zone of hours.
    """

    as_of: date
    currency: str
    default_margin: float | None = None
    week_start: str = "monday"
    segmentations: tuple[str, ...] = ()
    scores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    timezone: str = "UTC"
