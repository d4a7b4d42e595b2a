"""How does text become HTML? By `tag` only: whatever is not Markup already is escaped, so that no data is ever code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

__all__ = ["Markup", "join", "table", "tag"]

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_VOID = frozenset({"meta", "link", "br"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def tag(name: str, /, *inner: object, **attributes: object) -> Markup:
    """One element; underscores in names of attributes become dashes, None leaves an attribute or a child out.

    >>> tag("p", "a < b", class_="sub", aria_label='say "x"')
    '<p class="sub" aria-label="say &quot;x&quot;">a &lt; b</p>'
    >>> tag("p", tag("b", "x"), None)
    '<p><b>x</b></p>'
    """
    pairs = [(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items() if value is not None]
    head = "".join([name, *(f' {key}="{_safe(value)}"' for key, value in pairs)])
    return Markup(f"<{head}>") if name in _VOID else Markup(f"<{head}>{join(inner)}</{name}>")


def join(parts: Iterable[object], between: str = "") -> Markup:
    """Children one after the other, escaped where they are not Markup.

    >>> join(["<", Markup("<br>")], " ")
    '&lt; <br>'
    """
    return Markup(between.join(each if isinstance(each, Markup) else _safe(each) for each in parts if each is not None))


def table(head: Sequence[object], rows: Iterable[Sequence[object]], *, class_: str | None = None) -> Markup:
    """A table; the first column names the row, all others are figures.

    >>> table(["month", "n"], [["May", 3]])
    '<div class="scroll"><table><thead><tr><th scope="col">month</th><th scope="col">n</th></tr></thead>\
<tbody><tr><th scope="row">May</th><td>3</td></tr></tbody></table></div>'
    """
    heads = tag("thead", tag("tr", *(tag("th", each, scope="col") for each in head)))
    body = [tag("tr", tag("th", row[0], scope="row"), *(tag("td", each) for each in row[1:])) for row in rows]
    return tag("div", tag("table", heads, tag("tbody", *body), class_=class_), class_="scroll")


def _safe(value: object) -> str:
    return escape(_CONTROL.sub("", str(value)), quote=True)
