"""How is a result laid out as text: aligned tables that wrap long words of text, pairs, paragraphs, formats of figures."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

__all__ = ["Page", "figure"]

_MOST = 60
_GAP = "  "
_NARROWEST = 14  # a column of text is not folded to less
_SHOWN = 400  # signs of a text


class Page:
    """Lines of text of at most `width` signs, as far as figures allow."""

    def __init__(self, width: int) -> None:
        self.width, self.lines = width, list[str]()

    def text(self, said: str, *, indent: str = "") -> None:
        """A paragraph."""
        self.lines += textwrap.wrap(said, self.width, initial_indent=indent, subsequent_indent=indent or "") or [""]

    def gap(self) -> None:
        """One empty line, unless there is one."""
        if self.lines and self.lines[-1]:
            self.lines.append("")

    def pairs(self, pairs: Mapping[str, Any], *, units: Mapping[str, str] | None = None) -> None:
        """A name and a value on each line; what is not known is left out."""
        units = units or {}
        shown = {name: figure(value, units.get(name, "")) for name, value in pairs.items() if _told(value)}
        wide = max((len(name) for name in shown), default=0)
        for name, value in shown.items():
            rest = textwrap.wrap(value, max(self.width - wide - 2, 20)) or [""]
            self.lines += [f"{name:<{wide}}{_GAP}{rest[0]}", *(" " * (wide + 2) + each for each in rest[1:])]

    def table(
        self, rows: Sequence[Mapping[str, Any]], heads: Mapping[str, str], *, units: Mapping[str, str] | None = None,
        foot: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """Rows under their heads; columns that are empty everywhere are left out.

        Args:
            rows: what is shown, at most 60 of them.
            heads: column -> head.
            units: column -> money, count, share, quantity.
            foot: the totals.
        """
        shown = [*rows[:_MOST], *([foot] if foot else [])]
        keys = [key for key in heads if any(_told(row.get(key)) for row in shown)]
        units = units or {}
        cells = [[figure(row.get(key), units.get(key, "")) for key in keys] for row in shown]
        right = [all(_is_number(row.get(key)) for row in rows or shown) for key in keys]
        widths = self._widths([[heads[key] for key in keys], *cells], right)
        self._row([heads[key] for key in keys], widths, right=right)
        for place, row in enumerate(cells):
            if foot and place == len(cells) - 1:
                self.lines.append(_GAP.join("-" * width for width in widths))
            self._row(row, widths, right=right)
        if len(rows) > _MOST:
            self.lines.append(f"... and {len(rows) - _MOST:,} more; --json gives all.")

    def _widths(self, cells: Sequence[Sequence[str]], right: Sequence[bool]) -> list[int]:
        widths = [max(len(row[place]) for row in cells) for place in range(len(right))]
        while (over := sum(widths) + len(_GAP) * (len(widths) - 1) - self.width) > 0:
            texts = [place for place, is_right in enumerate(right) if not is_right and widths[place] > _NARROWEST]
            if not texts:
                break
            widest = max(texts, key=lambda place: widths[place])
            rival = max([widths[place] for place in texts if place != widest], default=_NARROWEST)
            widths[widest] -= min(over, max(widths[widest] - max(rival, _NARROWEST), 1))
        return widths

    def _row(self, cells: Sequence[str], widths: Sequence[int], *, right: Sequence[bool]) -> None:
        folded = [textwrap.wrap(cell, width) or [""] for cell, width in zip(cells, widths, strict=True)]
        for level in range(max((len(each) for each in folded), default=0)):
            parts = [each[level] if level < len(each) else "" for each in folded]
            line = [
                part.rjust(width) if is_right else part.ljust(width)
                for part, width, is_right in zip(parts, widths, right, strict=True)
            ]
            self.lines.append(_GAP.join(line).rstrip())


def figure(value: Any, unit: str = "") -> str:
    """A value as people read it.

    >>> figure(1249.5, "money"), figure(0.0516, "share"), figure(3.0, "count"), figure(None), figure(True)
    ('1,249.50', '5.2 %', '3', '-', 'yes')
    """
    if value is None or isinstance(value, bool):
        return {None: "-", True: "yes", False: "no"}[value]
    if isinstance(value, int | float | Decimal):
        return _number(value, unit)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {figure(each)}" for key, each in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(figure(each) for each in value)
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes") if (value.hour, value.minute) != (0, 0) else value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    said = str(value)
    return said if len(said) <= _SHOWN else said[:_SHOWN] + "..."


def _number(value: float | Decimal, unit: str) -> str:
    if unit == "money":
        return f"{value:,.2f}"
    if unit == "share":
        return f"{100 * float(value):.1f} %"
    if isinstance(value, int) or unit == "count" or (isinstance(value, Decimal) and value == value.to_integral_value()):
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(float(value)) >= 1 else f"{value:.4g}"


def _told(value: Any) -> bool:
    return value is not None and value != "" and not (isinstance(value, list | dict | tuple) and not value)


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float | Decimal) and not isinstance(value, bool))
