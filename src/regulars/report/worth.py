"""What are the customers worth? The total with its joint interval, how it is spread, who holds it, and by segment."""

from __future__ import annotations

from functools import partial

from regulars.report.bars import Bar, bars, columns
from regulars.report.curves import concentration
from regulars.report.markup import Markup, table, tag
from regulars.report.number import between, compact, count, label, money, percent
from regulars.report.panel import Panel, figure, missing, notes, section
from regulars.report.story import Bin, Story, Value

__all__ = ["definition", "worth"]

_TITLE = "What are they worth?"


def worth(story: Story) -> Markup:
    """The section on residual value."""
    if story.value is None:
        return section("worth", _TITLE, missing("Customers are not valued yet.", "score value"))
    found, currency = story.value, story.currency
    charts = [_segments(found, currency), _spread(found, currency), _held(found)]
    lead = (
        f"{count(found.total.n)} customers are expected to bring a margin of {compact(found.total.value)} {currency} over "
        f"the next {found.horizon_days} days ({between(found.total, compact)}), as of {found.as_of}."
    )
    grid = tag("div", *charts, class_="grid")
    return section("worth", _TITLE, tag("p", lead, class_="lead"), grid, notes(found.basis.assumed))


def definition(found: Value) -> str:
    """What residual value is here, in one clause."""
    return (
        f"margin of purchases in the {found.horizon_days} days after {found.as_of}, discounted at "
        f"{percent(found.discount_rate, 0)} a year"
    )


def _segments(found: Value, currency: str) -> Markup:
    if not found.segments:
        return missing("Value by segment is not known yet.", "score segments")
    best, figure_ = max(found.segments, key=lambda each: each[1].value or 0.0)
    part = (figure_.value or 0.0) / (found.total.value or 1.0)
    title = f"{label(best)} hold {percent(part, 0)} of expected value"
    says = (
        f"Residual value in {currency} by RFM segment: {definition(found)}; n = {count(found.total.n)}. Whiskers: joint "
        f"{figure_.interval} % intervals."
    )
    rows = [Bar(label(name), each.value or 0.0, each.low, each.high) for name, each in found.segments]
    body = [[label(name), count(each.n), *(money(end) for end in (each.value, each.low, each.high)),
             money((each.value or 0.0) / each.n if each.n else None)] for name, each in found.segments]  # fmt: skip
    head = ["Segment", "Customers", f"Value, {currency}", "Low", "High", "Per customer"]
    draw = partial(bars, rows, form=compact, says=f"{title}. {says}")
    return figure(Panel(title, says, found.basis, wide=True), draw, table=table(head, body))


def _spread(found: Value, currency: str) -> Markup:
    title = f"Half of the customers are worth less than {money(found.median)} {currency}"
    says = (
        f"Customers by residual value in {currency}: {definition(found)}; n = {count(found.total.n)}. Grey: all above."
    )
    rows = [Bar(_edge(each), each.customers, class_="other" if each.high is None else "main") for each in found.bins]
    body = [[_span(each), count(each.customers)] for each in found.bins]
    draw = partial(columns, rows, form=count, says=f"{title}. {says}", gap=0.08)
    return figure(Panel(title, says, found.basis), draw, table=table([f"Value, {currency}", "Customers"], body))


def _edge(each: Bin) -> str:
    low = f"{each.low:,.4g}"
    return low if each.high is not None else f"{low}+"


def _span(each: Bin) -> str:
    return f"{each.low:,.4g} to {each.high:,.4g}" if each.high is not None else f"{each.low:,.4g} and more"


def _held(found: Value) -> Markup:
    title = f"The best fifth of customers hold {percent(found.best_fifth, 0)} of expected value"
    says = (
        "Share of expected value that the best customers hold, ranked by expected value; dashed: if all were equal. "
        f"n = {count(found.total.n)}."
    )
    shares = [(each / 10, _at(found, each / 10)) for each in range(1, 11)]
    body = [[percent(x, 0), percent(y)] for x, y in shares]
    draw = partial(concentration, found.curve, says=f"{title}. {says}")
    return figure(
        Panel(title, says, found.basis), draw, table=table(["Best share of customers", "Share of value"], body)
    )


def _at(found: Value, share: float) -> float:
    return next((y for x, y in found.curve if x >= share - 1e-9), 1.0)
