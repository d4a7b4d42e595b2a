"""Who buys, what and when? Sales by month and department, RFM segments, and how customers moved between them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from regulars.report.bars import Bar, bars, columns
from regulars.report.markup import Markup, table, tag
from regulars.report.number import compact, count, label, money, percent
from regulars.report.panel import Panel, figure, missing, notes, section
from regulars.report.story import Group, Month, Moves, Sales, Segments, Story

__all__ = ["customers", "sales", "share"]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def share(part: float, whole: float) -> float:
    """A part of a whole; 0 of nothing."""
    return part / whole if whole else 0.0


def sales(story: Story) -> Markup:
    """The section on recorded sales."""
    if story.sales is None:
        return section("sales", "What was sold?", missing("No sales are captured yet.", "capture"))
    found = story.sales
    charts = [_months(found, story.currency), _departments(found, story.currency)]
    lead = _sold(found, story.currency)
    return section("sales", "What was sold?", tag("p", lead, class_="lead"), tag("div", *charts, class_="grid"),
                   notes(found.basis.assumed))  # fmt: skip


def _sold(found: Sales, currency: str) -> str:
    totals = found.totals
    return (
        f"{count(totals.buyers)} known customers bought for {compact(totals.revenue)} {currency} in "
        f"{count(totals.orders)} orders ({count(totals.order_lines)} order lines), {totals.period}."
    )


def _months(found: Sales, currency: str) -> Markup:
    rows = [_month(each, first=number == 0) for number, each in enumerate(found.months)]
    title = _best_month(found.months, currency)
    says = f"Revenue by month in {currency}, {found.totals.period}."
    if any(not each.finished for each in found.months):
        says += " A hatched month is only in part in the data."
    body = [[each.month + ("" if each.finished else " (in part)"), money(each.revenue)] for each in found.months]
    draw = partial(columns, rows, form=compact, says=f"{title}. {says}")
    return figure(
        Panel(title, says, found.basis, wide=True), draw, table=table(["Month", f"Revenue, {currency}"], body)
    )


def _best_month(months: Sequence[Month], currency: str) -> str:
    done = [each for each in months if each.finished]
    if not done:
        return "No month is whole yet"
    best, least = (pick(done, key=_revenue) for pick in (max, min))
    return (
        f"{_named(best.month)} was the strongest month with {compact(best.revenue)} {currency}, "
        f"{_named(least.month)} the weakest with {compact(least.revenue)}"
    )


def _revenue(each: Month) -> float:
    return each.revenue


def _named(month: str) -> str:
    year, _, number = month.partition("-")
    return f"{_MONTHS[int(number) - 1]} {year}" if number.isdecimal() and 1 <= int(number) <= 12 else month


def _month(each: Month, *, first: bool) -> Bar:
    name, _, year = _named(each.month).partition(" ")
    return Bar(
        name, each.revenue, class_="main" if each.finished else "hatched", below=year if first or name == "Jan" else ""
    )


def _departments(found: Sales, currency: str) -> Markup:
    total = sum(each.revenue for each in found.departments)
    rows = [
        Bar(each.name, each.revenue, class_="other" if each.name == "(other)" else "main") for each in found.departments
    ]
    best = max(found.departments, key=lambda each: each.revenue, default=None)
    title = (
        f"{best.name} brings {percent(share(best.revenue, total), 0)} of revenue"
        if best
        else "No departments are known"
    )
    says = f"Revenue by department in {currency}, the largest and all others in one, {found.totals.period}."
    body = [[each.name, money(each.revenue), percent(share(each.revenue, total))] for each in found.departments]
    return figure(
        Panel(title, says, found.basis, wide=True),
        partial(bars, rows, form=money, says=f"{title}. {says}"),
        table=table(["Department", f"Revenue, {currency}", "Share"], body),
    )


def customers(story: Story) -> Markup:
    """The section on segments and their migration."""
    title = "Who are the customers?"
    if story.segments is None:
        return section("customers", title, missing("Customers are not segmented yet.", "score segments"))
    found = story.segments
    lead = tag("p", _leading(found), class_="lead")
    charts = [_sizes(found), _revenues(found, story.currency)]
    moved = _moved(story.moves) if story.moves else missing("Their migration is not known yet.", "score segments")
    return section("customers", title, lead, tag("div", *charts, moved, class_="grid"), notes(found.basis.assumed))


def _leading(found: Segments) -> str:
    customers_, revenue = (sum(getattr(each, name) for each in found.groups) for name in ("customers", "revenue"))
    best = max(found.groups, key=lambda each: each.revenue)
    return (
        f"{label(best.name)} are {percent(share(best.customers, customers_), 0)} of {count(customers_)} customers and gave "
        f"{percent(share(best.revenue, revenue), 0)} of the revenue of {found.window_days} days, as of {found.as_of}."
    )


def _sizes(found: Segments) -> Markup:
    whole = sum(each.customers for each in found.groups)
    largest = max(found.groups, key=lambda each: each.customers)
    title = f"{label(largest.name)} is the largest segment: {count(largest.customers)} of {count(whole)} customers"
    says = f"Customers by RFM segment (recency, frequency and monetary quintiles), as of {found.as_of}, n = {count(whole)}."
    rows = [Bar(label(each.name), each.customers) for each in found.groups]
    body = [[label(each.name), count(each.customers), percent(share(each.customers, whole))] for each in found.groups]
    draw = partial(bars, rows, form=count, says=f"{title}. {says}")
    return figure(Panel(title, says, found.basis), draw, table=table(["Segment", "Customers", "Share"], body))


def _revenues(found: Segments, currency: str) -> Markup:
    whole = sum(each.revenue for each in found.groups)
    best = max(found.groups, key=lambda each: each.revenue)
    title = f"{label(best.name)} gave {percent(share(best.revenue, whole), 0)} of revenue"
    says = f"Share of revenue ({compact(whole)} {currency} in {found.window_days} days) by RFM segment, as of {found.as_of}."
    rows = [Bar(label(each.name), share(each.revenue, whole)) for each in found.groups]
    body = [_revenue_row(each, whole) for each in found.groups]
    draw = partial(bars, rows, form=percent, says=f"{title}. {says}")
    return figure(
        Panel(title, says, found.basis), draw, table=table(["Segment", f"Revenue, {currency}", "Share"], body)
    )


def _revenue_row(each: Group, whole: float) -> list[str]:
    return [label(each.name), money(each.revenue), percent(share(each.revenue, whole))]


def _moved(found: Moves) -> Markup:
    cells = {(each.before, each.after): each.customers for each in found.moves}
    both = [each for each in found.moves if each.before and each.after]
    there, stayed = (
        sum(each.customers for each in both),
        sum(each.customers for each in both if each.before == each.after),
    )
    title = f"{percent(share(stayed, there), 0)} of customers stayed in their segment between {found.earlier} and {found.later}"
    says = (
        f"Customers by RFM segment on {found.earlier} (rows) and on {found.later} (columns), n = {count(there)}; framed: "
        "stayed. The darker, the larger the share of its row."
    )
    names: list[str | None] = [*found.order, None]
    head = tag(
        "thead", tag("tr", tag("th", "From / to", scope="col"), *(tag("th", label(to), scope="col") for to in names))
    )
    rows = [_moves_row(before, names, cells=cells) for before in names if any((before, to) in cells for to in names)]
    heat = tag("div", tag("table", head, tag("tbody", *rows), class_="heat"), class_="scroll", tabindex="0", role="region",
               aria_label=title)  # fmt: skip
    return figure(Panel(title, says, found.basis, wide=True), None, table=heat)


def _moves_row(
    before: str | None, names: Sequence[str | None], *, cells: dict[tuple[str | None, str | None], int]
) -> Markup:
    whole = sum(cells.get((before, to), 0) for to in names)
    found = [_cell(cells.get((before, to), 0), whole, stayed=before is not None and before == to) for to in names]
    return tag("tr", tag("th", label(before), scope="row"), *found)


def _cell(customers_: int, whole: int, *, stayed: bool) -> Markup:
    part = share(customers_, whole)
    kind = " ".join(name for name, holds in (("stay", stayed), ("none", not customers_)) if holds)
    style = f"background:rgba(var(--heat),{0.5 * part:.2f})" if customers_ else None
    return tag("td", count(customers_) if customers_ else "-", class_=kind or None, style=style,
               title=f"{percent(part)} of the row")  # fmt: skip
