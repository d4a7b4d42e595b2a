"""Who bought how recently, how often and for how much, and how does that compare with all others?

Scores are quintiles by value: 1 + floor(5 x share of customers strictly worse), in whole numbers. Equal customers have
equal scores in any row order, so that a quintile may hold more or less than a fifth where many are equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from regulars.analyses.segments.cells import segment_name
from regulars.analyses.segments.lifecycle import stage
from regulars.engines.portable import money
from regulars.features.purchase import purchase_day

__all__ = ["Spans", "buyer", "migration", "rfm", "segment"]

_TIERS = "EDCBA"


@dataclass(frozen=True, slots=True)
class Spans:
    """Lengths of time, in days.

    Attributes:
        window: purchases of this long count for frequency, monetary and the value tier.
        recent: what is lately, in the lifecycle.
        rhythm: the days between purchases of a customer who had too few to know it.
    """

    window: int = 365
    recent: int = 91
    rhythm: int = 90


def buyer(
    order_line: ir.Table,
    source_customer: ir.Table,
    *,
    as_of: date,
    default_margin: float | None,
    spans: Spans,
) -> ir.Table:
    """What the segmentations need to know of everyone who bought by `as_of`; a purchase is as in `features.purchase`.

    Returns:
        customer_key; recency_days: from the last purchase to `as_of`; frequency: purchase days in the window;
        monetary: revenue in the window, less returns (money); margin: the same of margin, null where none is known;
        since_days: from the first purchase; lately, before: purchase days in the last `recent` days and in as many
        before them; earlier: those before the last `recent` days, over earlier_days from the first to the last of them;
        pause_days: from the last of those to the first of the last `recent` days.
    """
    cut = order_line.filter(order_line["business_date"] <= ibis.literal(as_of))
    days = purchase_day(cut, source_customer, default_margin=default_margin)
    return _aged(_by_customer(days, as_of, spans=spans), as_of)


def _by_customer(days: ir.Table, as_of: date, *, spans: Spans) -> ir.Table:
    bought, day = days["revenue"] > 0, days["day"]
    window = day > ibis.literal(as_of - timedelta(days=spans.window))
    lately = day > ibis.literal(as_of - timedelta(days=spans.recent))
    before = ~lately & (day > ibis.literal(as_of - timedelta(days=2 * spans.recent)))
    totals = days.group_by("customer_key").agg(
        first_day=day.min(where=bought),
        last_day=day.max(where=bought),
        frequency=(bought & window).sum().cast("int64"),
        monetary=money(days["revenue"].sum(where=window)).coalesce(_nothing()),
        margin=money(days["margin"].sum(where=window)),
        known=days["margin"].count(),
        lately=(bought & lately).sum().cast("int64"),
        before=(bought & before).sum().cast("int64"),
        earlier=(bought & ~lately).sum().cast("int64"),
        earlier_last=day.max(where=bought & ~lately),
        lately_first=day.min(where=bought & lately),
    )
    return totals.filter(totals["last_day"].notnull())


def _nothing() -> ir.DecimalScalar:
    return ibis.literal(0).cast("decimal(18, 4)")


def _aged(totals: ir.Table, as_of: date) -> ir.Table:
    today = ibis.literal(as_of)
    return totals.select(
        "customer_key",
        "frequency",
        "monetary",
        "lately",
        "before",
        "earlier",
        margin=ibis.ifelse(totals["known"] > 0, totals["margin"].coalesce(_nothing()), ibis.null("decimal(18, 4)")),
        recency_days=today.delta(totals["last_day"], unit="day").cast("int64"),
        since_days=today.delta(totals["first_day"], unit="day").cast("int64"),
        earlier_days=totals["earlier_last"].delta(totals["first_day"], unit="day").cast("int64"),
        pause_days=totals["lately_first"].delta(totals["earlier_last"], unit="day").cast("int64"),
    )


def rfm(buyers: ir.Table, *, as_of: date) -> ir.Table:
    """Recency, frequency and monetary scores, 5 the best.

    Args:
        buyers: what `buyer` gave.
        as_of: the date it was made for.

    Returns:
        customer_key, recency_days, frequency, monetary, r, f, m (int64, 1..5), rfm (text, as "545"), as_of.
    """
    r, f, m = (-buyers["recency_days"], buyers["frequency"], buyers["monetary"])
    scored = buyers.mutate(r=_score(buyers, r), f=_score(buyers, f), m=_score(buyers, m))
    digits = [scored[axis].cast("string") for axis in "rfm"]
    return scored.select(
        "customer_key",
        "recency_days",
        "frequency",
        "monetary",
        "r",
        "f",
        "m",
        rfm=digits[0] + digits[1] + digits[2],
        as_of=ibis.literal(as_of),
    )


def _score(buyers: ir.Table, value: ir.NumericValue) -> ir.IntegerValue:
    worse = ibis.rank().over(order_by=value) * 5
    everybody = buyers.count().over()
    steps = [(worse >= everybody * fifth).ifelse(1, 0) for fifth in range(1, 5)]
    return (steps[0] + steps[1] + steps[2] + steps[3] + 1).cast("int64")


def segment(buyers: ir.Table, *, as_of: date, spans: Spans) -> ir.Table:
    """Rows of the table `segment`: segmentations rfm, value_tier and lifecycle.

    value_tier is the quintile of margin in the window, A the best; a customer none of whose margin is known has none.

    Args:
        buyers: what `buyer` gave for `as_of` and `spans`.

    Returns:
        customer_key, segmentation, segment, as_of.
    """
    scored = rfm(buyers, as_of=as_of)
    graded = buyers.filter(buyers["margin"].notnull())
    tier = ibis.literal(_TIERS).substr(_score(graded, graded["margin"]) - 1, 1)
    return ibis.union(
        _named(scored, "rfm", name=segment_name(scored["r"], f=scored["f"], m=scored["m"]), as_of=as_of),
        _named(graded, "value_tier", name=tier, as_of=as_of),
        _named(buyers, "lifecycle", name=stage(buyers, rhythm=spans.rhythm, recent=spans.recent), as_of=as_of),
    )


def _named(rows: ir.Table, segmentation: str, *, name: ir.StringValue, as_of: date) -> ir.Table:
    return rows.select("customer_key", segmentation=ibis.literal(segmentation), segment=name, as_of=ibis.literal(as_of))


def migration(before: ir.Table, after: ir.Table) -> ir.Table:
    """How many customers went from which segment to which.

    Args:
        before: rows of `segment` at the earlier date: customer_key, segmentation, segment.
        after: the same at the later date.

    Returns:
        segmentation, from_segment (null: was not there), to_segment (null: is not there any more), customers. Sums over
        from_segment are the sizes after, sums over to_segment those before.
    """
    nothing = ibis.null("string")
    key = ["customer_key", "segmentation"]
    both = ibis.union(
        before.select(*key, from_segment=before["segment"], to_segment=nothing),
        after.select(*key, from_segment=nothing, to_segment=after["segment"]),
    )
    moves = both.group_by(key).agg(from_segment=both["from_segment"].max(), to_segment=both["to_segment"].max())
    ways = moves.group_by("segmentation", "from_segment", "to_segment")
    return ways.agg(customers=moves.count().cast("int64"))
