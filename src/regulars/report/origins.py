"""Where do the figures come from? Sources, the account of every row read, what was assumed, and what the words mean."""

from __future__ import annotations

from collections.abc import Sequence

from regulars.report.markup import Markup, table, tag
from regulars.report.number import count
from regulars.report.panel import Panel, figure, missing, notes, section
from regulars.report.story import Basis, Feed, Source, Story

__all__ = ["accounts", "origins", "words"]

_COUNTS = ("files", "read", "loaded", "duplicate", "superseded", "skipped", "quarantined", "held")


def origins(story: Story) -> Markup:
    """The section on sources, accounts and assumptions."""
    title = "Where do the figures come from?"
    if not story.feeds:
        return section("origins", title, missing("No file is captured yet.", "capture"))
    assumed = _assumed(story.assumptions) if story.assumptions else None
    return section("origins", title, tag("p", accounts(story.feeds), class_="lead"),
                   tag("div", _sources(story.sources), assumed, _feeds(story.feeds), class_="grid"))  # fmt: skip


def accounts(feeds: Sequence[Feed]) -> str:
    """The whole account in one sentence."""
    sums = {name: sum(getattr(each, name) for each in feeds) for name in _COUNTS}
    told = ", ".join(
        f"{count(sums[name])} {name}" for name in ("loaded", "duplicate", "superseded", "skipped", "quarantined")
    )
    held = f" Held files, which have read nothing: {count(sums['held'])}." if sums["held"] else ""
    return f"{count(sums['files'])} files, {count(sums['read'])} rows read = {told}.{held}"


def _sources(sources: Sequence[Source]) -> Markup:
    made = [each.name for each in sources if each.simulated]
    title = f"{len(made)} of {len(sources)} sources: simulated" if made else "No source is simulated"
    says = "Simulated feeds are made up for the demo; every figure that touches one bears a badge."
    rows = [
        [each.name, "simulated" if each.simulated else "recorded", ", ".join(each.contracts), count(each.rows)]
        for each in sources
    ]
    panel = Panel(title, says, Basis(simulated=bool(made)))
    return figure(panel, None, table=table(["Source", "Kind", "Feeds", "Rows"], rows, class_="words"))


def _assumed(assumptions: Sequence[str]) -> Markup:
    title = f"{len(assumptions)} assumptions stand behind these figures"
    return tag("figure", tag("h3", title), notes(assumptions), class_="one")


def _feeds(feeds: Sequence[Feed]) -> Markup:
    aside = sum(each.quarantined for each in feeds)
    title = f"{count(aside)} rows were set aside, none was lost" if _adds_up(feeds) else "The account does not add up"
    says = "Read = loaded + duplicate + superseded + skipped + quarantined, per source and contract."
    rows = [[f"{each.source}: {each.contract}", *(count(getattr(each, name)) for name in _COUNTS)] for each in feeds]
    panel = Panel(title, says, Basis(), wide=True)
    return figure(panel, None, table=table(["Source", *(name.capitalize() for name in _COUNTS)], rows))


def _adds_up(feeds: Sequence[Feed]) -> bool:
    return all(
        each.read == each.loaded + each.duplicate + each.superseded + each.skipped + each.quarantined for each in feeds
    )


def words(story: Story) -> Markup:
    """The section on definitions."""
    if not story.definitions:
        return section("words", "What do the words mean?", missing("No figure is defined yet.", "ask revenue"))
    terms = [part for each in story.definitions for part in (tag("dt", each.term), tag("dd", each.says))]
    return section("words", "What do the words mean?", tag("div", tag("dl", *terms, class_="terms"), class_="card"))
