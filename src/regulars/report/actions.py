"""What should be done with each customer? Every policy: how many get which action, by which rule, for what profit."""

from __future__ import annotations

from functools import partial

from regulars.report.bars import Bar, bars
from regulars.report.customers import share
from regulars.report.markup import Markup, table, tag
from regulars.report.number import compact, count, label, money, percent
from regulars.report.panel import Panel, figure, missing, notes, section
from regulars.report.story import Action, Policy, Story

__all__ = ["actions", "decided"]

_COLOURS = {"invest": "invest", "average": "average", "leave": "leave"}


def actions(story: Story) -> Markup:
    """The section on decisions."""
    title = "What to do with each customer?"
    if not story.policies:
        return section("actions", title, missing("Nothing is decided yet.", "decide POLICY"))
    parts = [part for each in story.policies for part in _policy(each, story.currency)]
    return section("actions", title, *parts)


def decided(policy: Policy) -> str:
    """The policy's decisions in one sentence."""
    whole = sum(each.customers for each in policy.actions)
    parts = [
        f"{each.name.replace('_', ' ')} {count(each.customers)} ({percent(share(each.customers, whole), 0)})"
        for each in policy.actions
    ]
    return f"The policy {policy.name} decides, of {count(whole)} customers: {', '.join(parts)}."


def _policy(policy: Policy, currency: str) -> list[Markup | None]:
    lead = tag("p", decided(policy), class_="lead")
    charts = [_counts(policy), _profits(policy, currency), _rules(policy, currency)]
    return [lead, tag("div", *(each for each in charts if each), class_="grid"), notes(policy.basis.assumed)]


def _counts(policy: Policy) -> Markup:
    whole = sum(each.customers for each in policy.actions)
    first = policy.actions[0]
    title = f"{label(first.name)}: {count(first.customers)} customers ({percent(share(first.customers, whole), 0)})"
    says = f"Customers by action of the policy {policy.name}, as of {policy.as_of}, n = {count(whole)}."
    rows = [Bar(label(each.name), each.customers, class_=_colour(each)) for each in policy.actions]
    body = [[label(each.name), count(each.customers), percent(share(each.customers, whole))] for each in policy.actions]
    draw = partial(bars, rows, form=count, says=f"{title}. {says}")
    return figure(Panel(title, says, policy.basis), draw, table=table(["Action", "Customers", "Share"], body))


def _profits(policy: Policy, currency: str) -> Markup | None:
    known = [each for each in policy.actions if each.expected_profit is not None]
    if not known:
        return None
    best = max(known, key=lambda each: each.expected_profit or 0.0)
    title = f"{label(best.name)} stands for {compact(best.expected_profit)} {currency} of expected profit"
    says = f"Expected profit by action in {currency}, as of {policy.as_of}; the model's expectation, without interval."
    rows = [Bar(label(each.name), each.expected_profit or 0.0, class_=_colour(each)) for each in known]
    body = [[label(each.name), money(each.expected_profit)] for each in known]
    draw = partial(bars, rows, form=compact, says=f"{title}. {says}")
    return figure(Panel(title, says, policy.basis), draw, table=table(["Action", f"Expected profit, {currency}"], body))


def _rules(policy: Policy, currency: str) -> Markup:
    rows = [[label(each.name), tag("code", each.rule), _each(each)] for each in policy.actions]
    words = table(["Action", "Rule", f"Expected profit per customer, {currency}"], rows, class_="words")
    title = "The rules, tried in this order; the first that matches decides"
    says = f"Policy {policy.name} of regulars.toml."
    return figure(Panel(title, says, policy.basis, wide=True), None, table=words)


def _each(each: Action) -> str:
    return money(each.expected_profit / each.customers) if each.expected_profit is not None and each.customers else "-"


def _colour(each: Action) -> str:
    return _COLOURS.get(each.name, "other")
