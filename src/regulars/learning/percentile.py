"""Where does a score stand among all scores? A percentile that no order of rows and no tie can move.

Equal rounded scores get equal percentiles: the share of subjects below plus half the share of equals, times 100. So a
score that everybody shares stands at 50, and the mean of all percentiles is 50.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from regulars.engines.portable import rounded

__all__ = ["with_percentile"]


def with_percentile(scores: ir.Table, *, value: str = "value", digits: int = 6) -> ir.Table:
    """Round `value` at `digits` decimals and add `percentile`, float64 from 0 to 100.

    Args:
        scores: any table with the numeric column `value`; null values get a null percentile and count nobody.

    Returns:
        The columns of `scores`, `value` rounded, and `percentile`.
    """
    even = scores.mutate(**{value: rounded(scores[value], digits)})
    known = even.filter(even[value].notnull())
    sizes = known.group_by(value).agg(equal=ibis._.count())
    upto = ibis.window(order_by=sizes[value], preceding=None, following=0)
    everybody = ibis.window()
    ranks = sizes.select(
        at=sizes[value],
        percentile=100.0
        * (sizes["equal"].sum().over(upto).cast("float64") - sizes["equal"].cast("float64") / 2.0)
        / sizes["equal"].sum().over(everybody).cast("float64"),
    )
    return even.left_join(ranks, even[value] == ranks["at"]).drop("at")
