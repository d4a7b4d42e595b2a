"""Which name does each of the 125 cells of recency, frequency and monetary scores bear?

Boxes that touch nowhere and leave nothing out: every customer with three scores has exactly one name.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

__all__ = ["BOXES", "Box", "name_of", "segment_name"]

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Box:
    """A name and the scores, both ends included, that it covers."""

    name: str
    r: Span
    f: Span
    m: Span
    says: str

    @property
    def cells(self) -> str:
        """The scores that it covers, as `r 4-5, f 1, m 1-5`."""
        spans = (("r", self.r), ("f", self.f), ("m", self.m))
        return ", ".join(f"{axis} {low}" if low == high else f"{axis} {low}-{high}" for axis, (low, high) in spans)

    def holds(self, r: int, *, f: int, m: int) -> bool:
        """Whether a cell lies in the box."""
        spans = ((r, self.r), (f, self.f), (m, self.m))
        return all(low <= score <= high for score, (low, high) in spans)


_ANY = (1, 5)

BOXES: tuple[Box, ...] = (
    Box("champions", (4, 5), (4, 5), (4, 5), "bought lately, often and for much"),
    Box("loyal", (4, 5), (4, 5), (1, 3), "bought lately and often, for less"),
    Box("loyal", (3, 3), (4, 5), _ANY, "buy often, the last time some while ago"),
    Box("promising", (4, 5), (2, 3), _ANY, "bought lately, now and then"),
    Box("new", (4, 5), (1, 1), _ANY, "bought lately, and hardly before"),
    Box("needs_attention", (3, 3), (2, 3), _ANY, "middling, and not lately"),
    Box("fading", (3, 3), (1, 1), _ANY, "bought little, and not lately"),
    Box("cannot_lose", (1, 2), (4, 5), (4, 5), "bought often and for much, but long ago"),
    Box("at_risk", (1, 2), (4, 5), (1, 3), "bought often, but long ago"),
    Box("at_risk", (1, 2), (3, 3), _ANY, "bought now and then, but long ago"),
    Box("hibernating", (2, 2), (1, 2), _ANY, "bought little, and long ago"),
    Box("lost", (1, 1), (1, 2), _ANY, "bought little, and longest ago"),
)


def name_of(r: int, *, f: int, m: int) -> str:
    """The name of one cell.

    >>> name_of(5, f=5, m=5), name_of(1, f=4, m=5), name_of(3, f=1, m=2)
    ('champions', 'cannot_lose', 'fading')
    """
    return next(box.name for box in BOXES if box.holds(r, f=f, m=m))


def segment_name(r: ir.IntegerValue, *, f: ir.IntegerValue, m: ir.IntegerValue) -> ir.StringValue:
    """The same of columns."""
    return ibis.cases(*((_within(box, r, f=f, m=m), ibis.literal(box.name)) for box in BOXES))


def _within(box: Box, r: ir.IntegerValue, *, f: ir.IntegerValue, m: ir.IntegerValue) -> ir.BooleanValue:
    return r.between(*box.r) & f.between(*box.f) & m.between(*box.m)
