"""Where does each customer stand in the own rhythm of buying: new, active, growing, declining, at risk, lapsed or back?

The rhythm is the customer's own mean number of days between purchases up to the start of the recent days, from three
purchases on; with fewer, the room's setting. It is never taken below 7 or above 180 days. The rules are tried in order;
the first that fits gives the stage.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

__all__ = ["AT_RISK_AFTER", "LAPSED_AFTER", "LONGEST", "SHORTEST", "STAGES", "stage"]

SHORTEST, LONGEST = 7, 180
AT_RISK_AFTER = 3  # rhythms of silence; one in twenty waits longer when purchases come at random (exp(-3))
LAPSED_AFTER = 6  # one in four hundred (exp(-6))

STAGES: dict[str, str] = {
    "new": "the first purchase lies in the recent days",
    "lapsed": "silent for more than 6 rhythms",
    "at_risk": "silent for more than 3 rhythms",
    "reactivated": "bought in the recent days after a pause of more than 6 rhythms",
    "growing": "half as many purchase days again as in the period before, and at least 2 more",
    "declining": "the reverse: the period before had half as many again, and at least 2 more",
    "active": "all others",
}


def stage(buyers: ir.Table, *, rhythm: int, recent: int) -> ir.StringValue:
    """The stage of each row.

    Args:
        buyers: recency_days, since_days, lately, before, earlier, earlier_days, pause_days (see `features.buyer`).
        rhythm: days between purchases where the own rhythm is not known.
        recent: the length in days of the recent period, and of the one before it.
    """
    own, silent = _rhythm(buyers, rhythm), buyers["recency_days"]
    lately, before = buyers["lately"], buyers["before"]
    long_known = buyers["since_days"] >= 2 * recent
    grown = long_known & (2 * lately >= 3 * before) & (lately - before >= 2)
    shrunk = long_known & (2 * before >= 3 * lately) & (before - lately >= 2)
    tests = (
        buyers["since_days"] < recent,
        silent > LAPSED_AFTER * own,
        silent > AT_RISK_AFTER * own,
        buyers["pause_days"] > LAPSED_AFTER * own,
        grown,
        shrunk,
    )
    return ibis.cases(*zip(tests, STAGES, strict=False), else_="active")


def _rhythm(buyers: ir.Table, rhythm: int) -> ir.IntegerValue:
    mean = (buyers["earlier_days"] / (buyers["earlier"] - 1).nullif(0)).floor().cast("int64")
    own = (buyers["earlier"] >= 3).ifelse(mean, rhythm)
    return ibis.least(ibis.greatest(own, SHORTEST), LONGEST)
