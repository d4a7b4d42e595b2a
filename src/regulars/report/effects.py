"""What did the campaigns do? Plan, launch and effect of each, with the truth beside it where it is known; and why others
are withheld."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from regulars.report.curves import Mark, Row, legend, marks
from regulars.report.markup import Markup, table, tag
from regulars.report.number import between, count, money, percent, plain, signed
from regulars.report.panel import Panel, figure, missing, notes, section
from regulars.report.story import Campaign, Effect, Figure, Launch, Plan, Story, Withheld

__all__ = ["effects", "found_out"]

_SAID = {
    "worked": "It worked",
    "harmed": "It did harm",
    "undecided": "It cannot be told from chance",
    "withheld": "The result is withheld",
}


def effects(story: Story) -> Markup:
    """The section on campaigns."""
    title = "What did the campaigns do?"
    if not story.campaigns and not story.withheld:
        return section("campaigns", title, missing("No campaign is planned yet.", "plan CAMPAIGN"))
    parts = [_campaign(each, story.currency) for each in story.campaigns]
    others = _others(story.withheld) if story.withheld else None
    return section("campaigns", title, *parts, others)


def found_out(campaign: Campaign, currency: str) -> str:
    """What came of a campaign, in one sentence."""
    effect = campaign.effect
    if effect is None:
        return f"The campaign {campaign.name} has no measured effect yet."
    said = _SAID.get(effect.verdict, effect.verdict)
    if effect.profit.value is None:
        return f"Campaign {campaign.name}. {said}: {effect.why}"
    return (
        f"Campaign {campaign.name}. {said}: profit {signed(effect.profit.value)} {currency} after all costs "
        f"({between(effect.profit, signed)})."
    )


def _campaign(campaign: Campaign, currency: str) -> Markup:
    lead = tag("p", found_out(campaign, currency), class_="lead")
    who = tag(
        "p", "Audience: ", tag("code", campaign.audience), f"; outcomes of {campaign.window_days} days.", class_="note"
    )
    parts = [*_measured(campaign, currency), _steps(campaign, currency)]
    return tag("div", lead, who, tag("div", *(each for each in parts if each), class_="grid"), notes(_notes(campaign)))


def _notes(campaign: Campaign) -> list[str]:
    plan, effect = campaign.plan, campaign.effect
    found = [
        *(plan.notes if plan else ()),
        *(effect.notes if effect else ()),
        *campaign.basis.assumed,
        *(effect.basis.assumed if effect else ()),
    ]
    return list(dict.fromkeys(found))


def _steps(campaign: Campaign, currency: str) -> Markup:
    rows = [*_planned(campaign.plan, currency), *_launched(campaign.launch)]
    if not rows:
        return missing(f"{campaign.name} is not planned yet.", f"plan {campaign.name}")
    title = _sent(campaign.launch) if campaign.launch else "Planned, not launched"
    says = "What was planned on the audience's own past, and what was launched."
    if campaign.launch is None:
        says += f" Launch it: regulars launch {campaign.name}"
    return figure(
        Panel(title, says, campaign.basis, wide=campaign.effect is None), None, table=table(["Step", "Figure"], rows)
    )


def _sent(launch: Launch) -> str:
    return f"{count(launch.sent)} customers were addressed, {count(launch.held_out)} left alone at random"


def _planned(plan: Plan | None, currency: str) -> list[list[str]]:
    if plan is None:
        return []
    return [
        ["Customers that match the audience", count(plan.matching)],
        ["Planned to be addressed", count(plan.treated)],
        ["Planned to be left alone", count(plan.held_out)],
        [f"Planned cost, {currency}", money(plan.cost) + (f" of {money(plan.budget)}" if plan.budget else "")],
        [f"Least difference that is found with 80 % power, {currency} per customer", money(plan.detectable)],
        [f"Difference that pays for it, {currency} per customer", money(plan.break_even)],
        [f"Expected profit, {currency}", money(plan.expected_profit)],
        ["Chance to see the expected effect", percent(plan.power, 0)],
    ]


def _launched(launch: Launch | None) -> list[list[str]]:
    if launch is None:
        return []
    return [
        ["Assigned (UTC)", launch.assigned_at],
        ["Treated", count(launch.treated)],
        ["Left alone", count(launch.held_out)],
        ["Sent, with a receipt each", count(launch.sent)],
        ["Failed", count(launch.failed)],
    ]


def _measured(campaign: Campaign, currency: str) -> list[Markup]:
    if campaign.effect is None:
        return [missing("Its effect is not measured yet.", f"effect {campaign.name}")]
    if campaign.effect.profit.value is None:
        return [_arms(campaign, campaign.effect, currency=currency)]
    return [_difference(campaign, campaign.effect, currency=currency), _total(campaign.effect, currency),
            _arms(campaign, campaign.effect, currency=currency)]  # fmt: skip


def _difference(campaign: Campaign, effect: Effect, *, currency: str) -> Markup:
    shown, true = effect.per_customer, effect.truth.per_customer if effect.truth else None
    sure = (shown.low or 0.0) > 0 or (shown.high or 0.0) < 0
    title = f"{signed(shown.value)} {currency} of profit per addressed customer"
    title += "" if sure else ", not to be told from 0"
    says = (
        f"Difference of means, addressed less left alone, in {currency} per customer in {campaign.window_days} days; profit "
        f"is margin less contacts, before fixed cost; {shown.interval} % interval; n = {count(shown.n)}."
    )
    return _interval("profit per customer", Panel(title, says, effect.basis), found=shown, true=true)


def _total(effect: Effect, currency: str) -> Markup:
    shown, true = effect.profit, effect.truth.total if effect.truth else None
    title = f"In all {signed(shown.value)} {currency}: {_SAID.get(effect.verdict, effect.verdict).lower()}"
    says = f"Profit after all costs, in {currency}. {effect.why} Sample-ratio check: p = {plain(effect.srm_p)}."
    return _interval("profit in all", Panel(title, says, effect.basis), found=shown, true=true)


def _marks(found: Figure, truth: float | None) -> tuple[Mark, ...]:
    measured = Mark(1, found.value or 0.0, found.low, found.high)
    return (measured,) if truth is None else (measured, Mark(2, truth))


def _interval(name: str, panel: Panel, *, found: Figure, true: float | None) -> Markup:
    said = f"{panel.title}. {panel.says}" + (
        f" The truth of the simulation is {signed(true)}." if true is not None else ""
    )
    draw = partial(marks, [Row(name, _marks(found, true))], form=money, says=said, zero=True)
    key = legend("", f"measured, {found.interval} % interval", "" if true is None else "truth of the simulation")
    row = [name, *(signed(each) for each in (found.value, found.low, found.high, true))]
    return figure(panel, draw, table=table(["Measure", "Difference", "Low", "High", "Truth"], [row]), key=key)


def _arms(campaign: Campaign, effect: Effect, *, currency: str) -> Markup:
    rows = [
        [
            each.name,
            count(each.assigned),
            count(each.sent),
            percent(each.response_rate),
            money(each.margin),
            money(each.cost),
        ]
        for each in effect.arms
    ]
    head = [
        "Arm",
        "Assigned",
        "Sent",
        "Responders / assigned",
        f"Margin per customer, {currency}",
        f"Contacts, {currency}",
    ]
    says = f"Counted as assigned, over {campaign.window_days} days." + (
        f" {effect.why}" if effect.profit.value is None else ""
    )
    title = "The arms as they went"
    return figure(Panel(title, says, effect.basis, wide=False), None, table=table(head, rows))


def _others(found: Sequence[Withheld]) -> Markup:
    held = sum(each.verdict == "withheld" for each in found)
    title = f"{held} of {len(found)} campaigns captured from elsewhere are withheld"
    says = "A response proves nothing without customers who were left alone at random: no effect is claimed for these."
    rows = [[each.name, count(each.customers), each.verdict, each.why] for each in found]
    words = tag(
        "details",
        tag("summary", "Show each and its reason"),
        table(["Campaign", "Customers", "Verdict", "Why"], rows, class_="words"),
    )
    reasons = list(dict.fromkeys(each.why for each in found))
    told = notes(reasons[:3])
    return tag("figure", tag("h3", title), tag("p", says, class_="sub"), told, words, class_="card")
