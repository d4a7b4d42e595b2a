"""Is the data in order, and is each customer there once? The checks of every source, and how well records were matched."""

from __future__ import annotations

from collections.abc import Sequence

from regulars.report.markup import Markup, table, tag
from regulars.report.number import count, percent
from regulars.report.panel import Panel, figure, missing, section
from regulars.report.story import Basis, Check, Figure, Matching, Story

__all__ = ["matched", "passed", "quality"]

_DIMENSIONS = ("completeness", "validity", "uniqueness", "consistency", "timeliness", "references")


def quality(story: Story) -> Markup:
    """The section on data quality and matching."""
    title = "Is the data in order?"
    if not story.checks:
        return section("quality", title, missing("The data was not checked yet.", "check"), _matching(story))
    lead = tag("p", passed(story.checks), class_="lead")
    parts = [_matrix(story.checks), _failing(story.checks), _matching(story)]
    return section("quality", title, lead, tag("div", *(each for each in parts if each), class_="grid"))


def passed(checks: Sequence[Check]) -> str:
    """All checks in one sentence.

    >>> passed([Check("visit", "web", "validity", None, True, 1.0, 0.99)])
    'All 1 checks pass.'
    """
    wrong = [each for each in checks if not each.ok]
    if not wrong:
        return f"All {count(len(checks))} checks pass."
    first = ", ".join(dict.fromkeys(f"{each.dimension} of {each.contract} ({each.source})" for each in wrong[:3]))
    more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    return f"{count(len(checks) - len(wrong))} of {count(len(checks))} checks pass; not: {first}{more}."


def matched(found: Matching) -> str:
    """How well records were matched, in one sentence."""
    said = [f"estimated at {_both(found.estimated)}"] if found.estimated else []
    said += [f"in truth {_both(found.true)}"] if found.true else []
    how = f"; precision and recall of pairs are {', and are '.join(said)}" if said else ""
    return f"{count(found.records)} records are {count(found.customers)} customers{how}."


def _both(pair: tuple[Figure, Figure]) -> str:
    return f"{percent(pair[0].value, 1)} and {percent(pair[1].value, 1)}"


def _matrix(checks: Sequence[Check]) -> Markup:
    places = sorted({(each.source, each.contract) for each in checks})
    rows = [[f"{source}: {contract}", *(_cell(checks, source, contract=contract, dimension=each) for each in _DIMENSIONS)]
            for source, contract in places]  # fmt: skip
    says = (
        "The share that passes, by source and contract; of several columns the worst. - : nothing to test. In bold: below "
        "what [quality] asks for."
    )
    panel = Panel("Every source, against its contract", says, Basis(), wide=True)
    return figure(panel, None, table=table(["Source", *(each.capitalize() for each in _DIMENSIONS)], rows))


def _cell(checks: Sequence[Check], source: str, *, contract: str, dimension: str) -> object:
    here = [each for each in checks if (each.source, each.contract, each.dimension) == (source, contract, dimension)]
    known = [each for each in here if each.share is not None or not each.ok]
    if not known:
        return "-"
    worst = min(known, key=lambda each: (each.ok, each.share if each.share is not None else 0.0))
    shown = percent(worst.share, 1)
    return shown if worst.ok else tag("strong", f"{shown} fails", class_="fails")


def _failing(checks: Sequence[Check]) -> Markup | None:
    wrong = [each for each in checks if not each.ok]
    if not wrong:
        return None
    rows = [
        [f"{each.source}: {each.contract}", _named(each), f"{percent(each.share, 1)} of {percent(each.threshold, 1)}",
         each.why or "-", ", ".join(each.touches) or "-"]
        for each in wrong
    ]  # fmt: skip
    says = "What is wrong, and which figures rest on it."
    words = table(["Source", "Check", "Reached", "Why", "Touches"], rows, class_="words")
    title = f"{count(len(wrong))} checks fail" if len(wrong) > 1 else "One check fails"
    return figure(Panel(title, says, Basis(), wide=True), None, table=words)


def _named(each: Check) -> str:
    return f"{each.dimension}, {each.column}" if each.column else each.dimension


def _matching(story: Story) -> Markup | None:
    found = story.matching
    if found is None:
        return None
    if not (found.estimated or found.true):
        return figure(Panel(matched(found), _counted(found), found.basis), None, table=table(["", ""], _counts(found)))
    rows = [[name, _told(at, found.estimated), _told(at, found.true)] for at, name in enumerate(_QUALITY)]
    says = (
        f"{_counted(found)} Precision: of the pairs of records that were made one customer, the share that are one; recall: "
        "of the pairs that are one customer, the share that were found."
    )
    if found.estimated:
        says += " Estimated: from the model's own probabilities, without knowing the truth, and without equal keys."
    if found.true:
        says += " True: against who is who in the simulation, which matching never sees."
    shown = table(["", "Estimated", "True"], rows)
    return figure(Panel(matched(found), says, found.basis, wide=True), None, table=shown)


def _counted(found: Matching) -> str:
    return f"Matching is {found.method}; {', '.join(f'{name}: {number}' for name, number in _counts(found))}."


def _counts(found: Matching) -> list[list[str]]:
    return [[name.lower(), count(number)] for name, number in found.counts]


_QUALITY = ("Precision of pairs", "Recall of pairs")


def _told(place: int, pair: tuple[Figure, Figure] | None) -> str:
    if pair is None:
        return "-"
    each = pair[place]
    if each.low is None or each.high is None:
        return percent(each.value, 1)
    return f"{percent(each.value, 1)} ({percent(each.low, 1)} to {percent(each.high, 1)})"
