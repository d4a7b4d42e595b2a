"""What does the whole loop say on one page? One HTML file, no script, no foreign host, made of the story alone."""

from __future__ import annotations

from regulars.report.actions import actions, decided
from regulars.report.customers import customers, sales
from regulars.report.effects import effects, found_out
from regulars.report.markup import Markup, tag
from regulars.report.number import between, compact, count, label, money, percent, signed
from regulars.report.origins import origins, words
from regulars.report.panel import section, tile, tiles
from regulars.report.quality import matched, passed, quality
from regulars.report.story import Story
from regulars.report.style import STYLE
from regulars.report.trust import trust
from regulars.report.worth import worth

__all__ = ["findings", "mark_of", "page"]

_CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_MARK = "<!-- regulars report "
_PARTS = (
    ("sales", "Sales"), ("customers", "Customers"), ("worth", "Value"), ("trust", "Proof"), ("actions", "Decisions"),
    ("campaigns", "Campaigns"), ("quality", "Quality"), ("origins", "Sources"), ("words", "Definitions"),
)  # fmt: skip
_HATCH = (
    '<svg class="hidden" aria-hidden="true"><defs><pattern id="hatch" width="7" height="7" '
    'patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V7"></path></pattern></defs></svg>'
)


def page(story: Story) -> str:
    """The report as one HTML document.

    >>> page(Story("shop", "EUR", "2024-01-01", "2024-01-02T00:00")).startswith("<!doctype html>")
    True
    """
    head = tag(
        "head",
        Markup('<meta charset="utf-8">'),
        tag("meta", http_equiv="Content-Security-Policy", content=_CSP),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", f"{story.project}: the customers, as of {story.as_of}"),
        tag("link", rel="icon", href="data:,"),
        tag("style", Markup(STYLE)),
    )
    body = tag("body", tag("a", "Skip to the findings", href="#overview", class_="skip"), Markup(_HATCH),
               _header(story), _main(story), _footer(story))  # fmt: skip
    return f"<!doctype html>\n{_MARK}{story.mark} -->\n{tag('html', head, body, lang='en')}\n"


def mark_of(text: str) -> str | None:
    """The fingerprint that a report bears in its first lines; None of any other text.

    >>> mark_of(page(Story("shop", "EUR", "2024-01-01", "2024-01-02T00:00", mark="abc")))
    'abc'
    """
    _, found, rest = text[:400].partition(_MARK)
    return rest.split(" ", 1)[0] if found else None


def findings(story: Story) -> list[str]:
    """The findings, one sentence each, in the order of the loop; only of the parts that there are."""
    found = [_customers(story), _value(story), _trust(story)]
    found += [decided(each) for each in story.policies]
    found += [found_out(each, story.currency) for each in story.campaigns]
    found += [passed(story.checks)] if story.checks else []
    found += [matched(story.matching)] if story.matching else []
    return [each for each in found if each]


def _customers(story: Story) -> str | None:
    groups = story.segments.groups if story.segments else ()
    best = max(groups, key=lambda each: each.revenue, default=None)
    revenue, people = sum(each.revenue for each in groups), sum(each.customers for each in groups)
    if best is None or not revenue:
        return None
    return (
        f"{label(best.name)}: {percent(best.customers / people, 0)} of customers, "
        f"{percent(best.revenue / revenue, 0)} of revenue."
    )


def _value(story: Story) -> str | None:
    if story.value is None:
        return None
    return (
        f"The best fifth of customers hold {percent(story.value.best_fifth, 0)} of the "
        f"{compact(story.value.total.value)} {story.currency} expected in the next {story.value.horizon_days} days "
        f"({between(story.value.total, compact)})."
    )


def _trust(story: Story) -> str | None:
    if story.card is None:
        return None
    return f"The value forecast ({story.card.model}) {'has' if story.card.passed else 'has not'} passed its backtest."


def _header(story: Story) -> Markup:
    links = [tag("a", name, href=f"#{anchor}") for anchor, name in _PARTS]
    says = f"Data up to {story.as_of}; amounts in {story.currency}; made {story.generated_at} UTC by Regulars."
    made = [each.name for each in story.sources if each.simulated]
    told = "Figures that rest on it bear the same badge."
    badge = (
        tag("p", tag("span", "simulated", class_="badge made"), f" Simulated: {', '.join(made)}. {told}")
        if made
        else None
    )
    nav = tag("nav", *links, aria_label="Parts of this page")
    return tag("header", tag("h1", story.project), tag("p", says, class_="sub"), badge, nav)


def _main(story: Story) -> Markup:
    parts = [sales, customers, worth, trust, actions, effects, quality, origins, words]
    return tag("main", _overview(story), *(part(story) for part in parts), id="main")


def _overview(story: Story) -> Markup:
    told = findings(story)
    listed = tag("ul", *(tag("li", each) for each in told), class_="lead") if told else None
    return section("overview", "The findings", tiles(_tiles(story)), listed)


def _tiles(story: Story) -> list[Markup]:
    found = []
    if story.sales:
        totals, basis = story.sales.totals, story.sales.basis
        average = totals.average_order_value
        found += [
            tile(f"Revenue, {story.currency}", compact(totals.revenue), more=totals.period, basis=basis),
            tile("Known buyers", count(totals.buyers), more=totals.period, basis=basis),
            tile("Orders", count(totals.orders), more=f"{count(totals.order_lines)} lines", basis=basis),
            tile(f"Average order, {story.currency}", money(average.value), more=between(average, money), basis=basis),
        ]
    if story.value:
        total = story.value.total
        more = f"{between(total, compact)}; margin of {story.value.horizon_days} days"
        found.append(
            tile(f"Expected value, {story.currency}", compact(total.value), more=more, basis=story.value.basis)
        )
    measured = [(each, each.effect) for each in story.campaigns if each.effect and each.effect.profit.value is not None]
    for campaign, effect in measured[:1]:
        more = f"{campaign.name}: {between(effect.profit, signed)}"
        found.append(
            tile(f"Campaign profit, {story.currency}", signed(effect.profit.value), more=more, basis=effect.basis)
        )
    return found


def _footer(story: Story) -> Markup:
    says = (
        "Intervals of recorded averages, of values and forecasts are 80 %, those of campaign effects 95 %. This page loads "
        "nothing from elsewhere."
    )
    return tag("footer", tag("p", says, class_="note"), tag("p", f"Fingerprint {story.mark or '-'}", class_="note"))
