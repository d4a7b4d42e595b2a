"""What does somebody read who stays in the terminal? The same findings as plain text, aligned, in at most 45 lines."""

from __future__ import annotations

from textwrap import wrap

from regulars.report.effects import found_out
from regulars.report.number import between, compact, count, label, money, percent, plain, signed
from regulars.report.origins import accounts
from regulars.report.quality import matched, passed
from regulars.report.story import Campaign, Figure, Policy, Story

__all__ = ["summary"]

_WIDTH, _LINES = 100, 45
_NAMES, _FEW = 22, 12


def summary(story: Story) -> str:
    """The report as text, at most 45 lines of at most 100 characters.

    >>> summary(Story("shop", "EUR", "2024-01-01", "2024-01-02T00:00")).splitlines()[0]
    'shop, data up to 2024-01-01, amounts in EUR'
    """
    head = f"{story.project}, data up to {story.as_of}, amounts in {story.currency}"
    made = [each.name for each in story.sources if each.simulated]
    lines = [head, *([f"simulated sources: {', '.join(made)}; figures marked * rest on them"] if made else [])]
    found = [*_sound(story), *_accounted(story)]
    parts = (_sold(story), _segments(story), _worth(story), _decisions(story), _effects(story), found)
    for part in parts:
        lines += ["", *part] if part and len(lines) + len(part) < _LINES else []
    lines += _assumed(story)[: _LINES - len(lines)]
    return "\n".join(_clean(line) for line in lines)


def _clean(line: str) -> str:
    shown = "".join(each if each.isprintable() else " " for each in line.replace("\u00a0", " "))
    return (shown if len(shown) <= _WIDTH else f"{shown[: _WIDTH - 3]}...").rstrip()


def _sold(story: Story) -> list[str]:
    if story.sales is None:
        return ["Sales: none yet. Make them: regulars capture"]
    totals, star = story.sales.totals, _star(story.sales.basis.simulated)
    average = totals.average_order_value
    rows = [
        ("revenue", money(totals.revenue), ""),
        ("orders", count(totals.orders), ""),
        ("order lines", count(totals.order_lines), ""),
        ("buyers", count(totals.buyers), ""),
        ("average order", money(average.value), between(average, money)),
    ]
    return [f"Sales, {totals.period}{star}", *(f"  {name:<14}{value:>14}  {rest}" for name, value, rest in rows)]


def _star(simulated: bool) -> str:
    return " *" if simulated else ""


def _segments(story: Story) -> list[str]:
    if story.segments is None:
        return ["Segments: none yet. Make them: regulars score segments"]
    found = story.segments
    whole = sum(each.revenue for each in found.groups) or 1.0
    people = sum(each.customers for each in found.groups) or 1
    worth = dict(story.value.segments) if story.value else {}
    head = f"  {'':<{_NAMES}}{'customers':>10}{'share':>9}{'revenue':>9}{'expected value':>16}  {'80 % interval'}"
    rows = [
        f"  {label(each.name)[: _NAMES - 1]:<{_NAMES}}{count(each.customers):>10}{percent(each.customers / people):>9}"
        f"{percent(each.revenue / whole):>9}" + _valued(each.name, worth)
        for each in found.groups[:_FEW]
    ]
    return [f"Segments (RFM), as of {found.as_of}{_star(found.basis.simulated)}", head, *rows]


def _valued(name: str, worth: dict[str, Figure]) -> str:
    found = worth.get(name)
    if found is None:
        return f"{'-':>16}"
    return f"{money(found.value):>16}  {money(found.low)} to {money(found.high)}"


def _worth(story: Story) -> list[str]:
    if story.value is None:
        return ["Value: not known yet. Make it: regulars score value"]
    found, star = story.value, _star(story.value.basis.simulated)
    total = f"{compact(found.total.value)} in {found.horizon_days} days ({between(found.total, compact)})"
    line = f"Value: {total}; the best fifth hold {percent(found.best_fifth, 0)}{star}"
    if story.card is None:
        return [line]
    said = f"{story.card.model}, {'may act' if story.card.passed else 'may not act'}. {story.card.why}"
    return [line, *_wrapped(said)]


def _decisions(story: Story) -> list[str]:
    if not story.policies:
        return ["Decisions: none yet. Make them: regulars decide POLICY"]
    return [line for each in story.policies[:3] for line in _policy(each)]


def _policy(policy: Policy) -> list[str]:
    rows = [
        f"  {label(each.name)[: _NAMES - 1]:<{_NAMES}}{count(each.customers):>10}{money(each.expected_profit):>16}"
        for each in policy.actions[:5]
    ]
    head = f"Decisions ({policy.name}){_star(policy.basis.simulated)}"
    return [f"{head:<{_NAMES + 2}}{'customers':>10}{'expected profit':>16}", *rows]


def _effects(story: Story) -> list[str]:
    if not story.campaigns and not story.withheld:
        return ["Campaigns: none yet. Make one: regulars plan CAMPAIGN"]
    lines = [line for each in story.campaigns[:2] for line in _campaign(each, story.currency)]
    held = sum(each.verdict == "withheld" for each in story.withheld)
    if story.withheld:
        lines.append(
            f"{held} of {len(story.withheld)} campaigns captured from elsewhere are withheld: nobody was left alone at random."
        )
    return lines


def _made_up(campaign: Campaign) -> bool:
    return campaign.effect.basis.simulated if campaign.effect else campaign.basis.simulated


def _campaign(campaign: Campaign, currency: str) -> list[str]:
    lines = _wrapped(found_out(campaign, currency) + _star(_made_up(campaign)), indent="")
    if campaign.launch:
        lines.append(f"  treated {count(campaign.launch.treated)}, left alone {count(campaign.launch.held_out)}, "
                     f"sent {count(campaign.launch.sent)}, failed {count(campaign.launch.failed)}")  # fmt: skip
    effect = campaign.effect
    if effect and effect.per_customer.value is not None:
        lines.append(f"  profit per customer {signed(effect.per_customer.value)} ({between(effect.per_customer, signed)}); "
                     f"sample-ratio p {plain(effect.srm_p)}")  # fmt: skip
    if effect and effect.truth and effect.profit.value is not None:
        each, total = signed(effect.truth.per_customer), signed(effect.truth.total)
        lines.append(f"  the truth of the simulation: {each} per customer, {total} in all")
    return lines


def _sound(story: Story) -> list[str]:
    star = _star(bool(story.matching and story.matching.basis.simulated))
    checks = [f"Quality: {passed(story.checks).partition(';')[0].rstrip('.')}."] if story.checks else []
    return checks + (_wrapped(f"Matching: {matched(story.matching)}{star}", indent="") if story.matching else [])


def _accounted(story: Story) -> list[str]:
    if not story.feeds:
        return ["Files: none yet. Take them in: regulars capture"]
    return _wrapped(accounts(story.feeds), indent="")


def _assumed(story: Story) -> list[str]:
    return [line for each in story.assumptions[:2] for line in _wrapped(f"Assumed: {each}", indent="")]


def _wrapped(text: str, *, indent: str = "  ") -> list[str]:
    return wrap(text, _WIDTH - 2, initial_indent=indent, subsequent_indent="  ")
