"""What is a metric: a name, a sentence that defines it, and the aggregates over one fact that it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

__all__ = ["Measure", "Metric", "Uncertainty", "Unit", "distinct_of", "sum_of"]


class Measure(StrEnum):
    """How a metric behaves over cells; decides how a total is computed."""

    ADDITIVE = "additive"  # cells sum to the total
    SEMI_ADDITIVE = "semi_additive"  # over everything but time
    RATIO = "ratio"  # from its two parts
    DISTINCT = "distinct"  # counted again
    PERCENTILE = "percentile"  # taken again


class Uncertainty(StrEnum):
    """Where a metric's interval comes from."""

    NONE = "none"  # a recorded fact
    SAMPLING = "sampling"  # customers are the sample
    MODEL = "model"  # a model's own interval


class Unit(StrEnum):
    """What the number is."""

    MONEY = "money"
    COUNT = "count"
    QUANTITY = "quantity"
    SHARE = "share"  # 0 to 1
    POINTS = "points"  # a scale of its own
    SECONDS = "seconds"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Attributes:
        name: its name everywhere.
        says: the definition, one or two sentences.
        fact: the fact that it counts.
        measure: its behaviour over cells.
        unit: what the number is.
        part: an aggregate over the fact (an Ibis deferred expression); a ratio's numerator.
        whole: a ratio's denominator, None for other metrics.
        n: how many observations stand behind a ratio; None = `whole`.
        uncertainty: where its interval comes from.
        needs: links of the fact that its aggregates read, as LINK or LINK:COLUMN; rates name the customer, who is the
            cluster of their interval.
        scale: a ratio is multiplied by it.
        bounds: the smallest and largest possible value, None where open.
        versus: it is the first metric of the question less its own part.
    """

    name: str
    says: str
    fact: str
    measure: Measure
    unit: Unit
    part: Any
    whole: Any = None
    n: Any = None
    uncertainty: Uncertainty = Uncertainty.NONE
    needs: frozenset[str] = frozenset()
    scale: float = 1.0
    bounds: tuple[float | None, float | None] = (None, None)
    versus: bool = False

    @property
    def counted(self) -> bool:
        """Whether it is a share of counted things, so that its interval is Wilson's.

        >>> from regulars.semantics.metrics import METRICS
        >>> METRICS["repeat_rate"].counted, METRICS["return_rate"].counted
        (True, False)
        """
        return self.unit is Unit.SHARE and self.n is None


def sum_of(name: str, says: str, *, fact: str, part: Any, unit: Unit = Unit.MONEY, needs: str = "") -> Metric:
    """A recorded, additive metric; `needs` parted by spaces.

    >>> sum_of("sales", "What was sold.", fact="sale_lines", part=None).measure.value
    'additive'
    """
    return Metric(name, says, fact, Measure.ADDITIVE, unit, part, needs=frozenset(needs.split()))


def distinct_of(name: str, says: str, *, fact: str, part: Any, needs: str = "") -> Metric:
    """A recorded count of different things; `needs` parted by spaces.

    >>> distinct_of("buyers", "Who bought.", fact="sale_lines", part=None).measure.value
    'distinct'
    """
    return Metric(name, says, fact, Measure.DISTINCT, Unit.COUNT, part, needs=frozenset(needs.split()))
