"""What does every part of the page look like? Sections, figures with their table, tiles, badges, and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from regulars.report.markup import Markup, join, tag
from regulars.report.story import Basis

__all__ = ["Panel", "badges", "figure", "missing", "notes", "section", "tile", "tiles"]

_WIDE, _USUAL, _NARROW = 980.0, 480.0, 300.0


@dataclass(frozen=True, slots=True)
class Panel:
    """The words of one figure: the finding, the definition with period and n, and what it rests on."""

    title: str
    says: str
    basis: Basis
    wide: bool = False


def section(name: str, title: str, *parts: object) -> Markup:
    """One part of the page, under one heading."""
    return tag("section", tag("h2", title, id=f"{name}-title"), *parts, id=name, aria_labelledby=f"{name}-title")


def figure(panel: Panel, draw: Callable[..., Markup] | None, *, table: Markup, key: Markup | None = None) -> Markup:
    """A chart with its words above and its table below.

    Args:
        panel: the words.
        draw: gives the chart for a `width` in pixels; it is drawn once for each size of screen, the style sheet shows
            one. None: the table is the chart.
        table: the same figures as a table.
        key: the legend.
    """
    widths = (_WIDE, _USUAL, _NARROW) if panel.wide else (_USUAL, _NARROW)
    charts = [draw(width=width) for width in widths] if draw else []
    words = tag("figcaption", tag("h3", panel.title), tag("p", panel.says, class_="sub"), badges(panel.basis))
    below = tag("details", tag("summary", "Show as table"), table) if draw else table
    return tag("figure", words, key, *charts, below, class_="whole" if panel.wide else "one")


def badges(basis: Basis) -> Markup | None:
    """Says visibly that a figure is simulated or rests on assumptions."""
    found = []
    if basis.simulated:
        named = f"simulated: {', '.join(basis.made)}" if basis.made else "simulated"
        found.append(tag("span", named, class_="badge made", title="Rests on a simulated feed."))
    if basis.assumed:
        found.append(tag("span", "rests on assumptions", class_="badge guess", title=" ".join(basis.assumed)))
    return tag("p", *found) if found else None


def notes(texts: Sequence[str]) -> Markup | None:
    """Sentences beside the figures."""
    return tag("ul", *(tag("li", each) for each in texts), class_="note") if texts else None


def missing(what: str, verb: str) -> Markup:
    """Says what is not there yet, and how it is made."""
    return tag("p", f"{what} Make it: ", tag("code", f"regulars {verb}"), class_="missing")


def tile(name: str, value: str, *, more: str = "", basis: Basis | None = None) -> Markup:
    """One headline figure."""
    marks = badges(basis) if basis else None
    below = tag("dd", more, class_="more") if more else None
    return tag("div", tag("dt", name), tag("dd", value, class_="big"), below, tag("dd", marks) if marks else None)


def tiles(found: Sequence[Markup]) -> Markup:
    """Headline figures side by side."""
    return tag("dl", join(found), class_="tiles")
