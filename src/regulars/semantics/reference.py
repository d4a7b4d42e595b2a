"""The reference page of metrics and dimensions, written from their declarations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from regulars.semantics.dimension import DIMENSIONS, Dimension, reachable
from regulars.semantics.fact import FACTS
from regulars.semantics.metrics import METRICS

__all__ = ["reference"]

_INTRODUCTION = """# Metrics and dimensions

A total is never a sum of cells: a rate is computed from its two parts, a distinct count is counted again, and additive
metrics are summed over the facts. A missing value is a member of its own, so that cells of additive metrics always add
up to the total. Rates and means carry an 80 % interval (`_low`, `_high`) and the number of observations behind them
(`_n`); customers are the sample. Amounts in another currency are converted with the latest rate at or before the
business day; amounts without a rate are left out, and the answer says how many.

A metric may be split by every dimension that each row of its fact reaches exactly once; another one is refused. Metrics
of several facts stand side by side where all of them reach the dimension."""

_CLOSING = """Every customer attribute is a dimension, as `customer.NAME`, and as NAME where nothing else is called so.
Every segmentation is one, as `segment.NAME` and as NAME.

What describes a product, a store or a customer is there a second time with `@sale` behind its name: as it was at the
time of the sale (of the contact, the visit, the answer), by the versions that were known. What is older than the first
version takes the first one, and the answer says how many rows that concerns.

Products, stores, partners, campaigns and offers are named by their number. A number that two sources use for different
things is shown as SOURCE:NUMBER; in a condition it means both.

Rows that are marked as junk are left out, and the answer says how many."""


def reference() -> str:
    """The page as Markdown.

    >>> "| revenue | What was sold" in reference()
    True
    """
    parts = [_INTRODUCTION, "## Metrics", _metrics(), "## Dimensions", _dimensions(), _CLOSING, "## Facts", _facts()]
    return "\n\n".join(parts) + "\n"


def _metrics() -> str:
    rows = [(m.name, m.says, m.measure.replace("_", "-"), m.unit, m.uncertainty, m.fact) for m in METRICS.values()]
    return _table(("metric", "definition", "class", "unit", "uncertainty", "fact"), rows)


def _dimensions() -> str:
    rows = [(d.name, d.says, d.part_of or "", ", ".join(_reached(d))) for d in DIMENSIONS.values()]
    return _table(("dimension", "definition", "part of", "facts"), rows)


def _reached(dimension: Dimension) -> list[str]:
    return [name for name, fact in FACTS.items() if reachable(dimension, fact)]


def _facts() -> str:
    return _table(("fact", "one row is", "tables"), [(f.name, f.grain, ", ".join(f.contracts)) for f in FACTS.values()])


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(each) + " |" for each in lines)
