"""What do the segments say? One sentence and four figures, from the card alone.

A figure is a JSON-able mapping: kind (bars or matrix), title, says, columns and rows. Bars have a label and numbers in
each row; a matrix has its row labels in the first column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from regulars.analyses.segments.cells import BOXES
from regulars.analyses.segments.lifecycle import STAGES
from regulars.learning.protocol import Card

__all__ = ["Figure", "figures", "headline"]

Figure = Mapping[str, Any]

_ORDER: dict[str, tuple[str, ...]] = {
    "rfm": tuple(dict.fromkeys(box.name for box in BOXES)),
    "value_tier": tuple("ABCDE"),
    "lifecycle": tuple(STAGES),
}
_TITLES = {"rfm": "RFM segments", "value_tier": "Value tiers", "lifecycle": "Lifecycle stages"}
_SAYS = {
    "rfm": "Named by recency, frequency and monetary scores.",
    "value_tier": "Quintiles of margin, A the best.",
    "lifecycle": "Each customer against the own rhythm of buying.",
}


def headline(card: Card) -> str:
    """The one sentence to remember: the largest payers among the RFM segments."""
    rows = _sizes(card, "rfm")
    if not rows:
        return "Nobody bought anything yet."
    best = max(rows, key=lambda row: row["revenue"])
    customers, revenue = (sum(row[name] for row in rows) for name in ("customers", "revenue"))
    return (
        f"{best['customers']:,} of {customers:,} customers ({_share(best['customers'], customers):.0%}) are "
        f"{best['segment'].replace('_', ' ')} and gave {_share(best['revenue'], revenue):.0%} of the revenue of "
        f"{card.parameters['window_days']} days."
    )


def figures(card: Card) -> tuple[Figure, ...]:
    """Sizes and shares of revenue of each segmentation, and where RFM segments came from."""
    return (*(_bars(card, name) for name in _ORDER), _matrix(card, "rfm"))


def _bars(card: Card, segmentation: str) -> Figure:
    rows = _sizes(card, segmentation)
    customers, revenue = (sum(row[name] for row in rows) for name in ("customers", "revenue"))
    shares = [
        [row["segment"], row["customers"], _share(row["customers"], customers), _share(row["revenue"], revenue)]
        for row in rows
    ]
    columns = ["segment", "customers", "share of customers", "share of revenue"]
    return _figure("bars", _TITLES[segmentation], says=_SAYS[segmentation], columns=columns, rows=shares)


def _matrix(card: Card, segmentation: str) -> Figure:
    moves = [row for row in card.extra["migration"] if row["segmentation"] == segmentation]
    count = {(row["from_segment"], row["to_segment"]): row["customers"] for row in moves}
    order: list[str | None] = [*_ORDER[segmentation], None]
    rows = [[each or "not there", *(count.get((each, to), 0) for to in order)] for each in order]
    columns = ["from", *(to or "not there" for to in order)]
    says = f"Customers by segment on {card.extra['earlier']} (rows) and on {card.as_of} (columns)."
    return _figure("matrix", f"Migration of {_TITLES[segmentation]}", says=says, columns=columns, rows=rows)


def _figure(kind: str, title: str, *, says: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Figure:
    return {"kind": kind, "title": title, "says": says, "columns": list(columns), "rows": [list(row) for row in rows]}


def _sizes(card: Card, segmentation: str) -> list[Mapping[str, Any]]:
    found = {row["segment"]: row for row in card.extra["sizes"] if row["segmentation"] == segmentation}
    return [found[name] for name in _ORDER[segmentation] if name in found]


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
