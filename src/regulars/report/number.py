"""How is a number written? One form for each kind, the same on the page and in the terminal."""

from __future__ import annotations

from collections.abc import Callable

from regulars.report.story import Figure

__all__ = ["MISSING", "between", "compact", "count", "label", "money", "percent", "plain", "signed", "with_interval"]

MISSING = "-"
_SPACE = "\u00a0"


def money(value: float | None) -> str:
    """An amount, without cents from 100 on; the currency stands in the head of the figure.

    >>> money(4596039.58), money(12.5), money(-3.0), money(None)
    ('4,596,040', '12.50', '-3.00', '-')
    """
    if value is None:
        return MISSING
    return f"{value:,.0f}" if abs(value) >= 100 or value == 0 else f"{value:,.2f}"


def compact(value: float | None) -> str:
    """A large amount in millions or thousands, for tiles and axes.

    >>> compact(4596039.58).replace("\\u00a0", " "), compact(250_000).replace("\\u00a0", " "), compact(99_999)
    ('4.60 M', '250 k', '99,999')
    """
    if value is None or abs(value) < 100_000:
        return money(value)
    return f"{value / 1e6:,.2f}{_SPACE}M" if abs(value) >= 1e6 else f"{value / 1e3:,.0f}{_SPACE}k"


def count(value: float | None) -> str:
    """A whole number.

    >>> count(1469307), count(None)
    ('1,469,307', '-')
    """
    return MISSING if value is None else f"{value:,.0f}"


def percent(share: float | None, digits: int = 1) -> str:
    """A share as a percentage.

    >>> percent(0.2).replace("\\u00a0", " "), percent(0.614, 0).replace("\\u00a0", " ")
    ('20.0 %', '61 %')
    """
    return MISSING if share is None else f"{100 * share:.{digits}f}{_SPACE}%"


def signed(value: float | None) -> str:
    """An amount with its sign, for differences.

    >>> signed(1.234), signed(-250.0)
    ('+1.23', '-250')
    """
    return MISSING if value is None else ("+" if value > 0 else "") + money(value)


def plain(value: float | None) -> str:
    """Any other number, to four significant digits.

    >>> plain(-1.23456), plain(12345.6), plain(0.5)
    ('-1.235', '12,346', '0.5')
    """
    if value is None:
        return MISSING
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def between(figure: Figure, form: Callable[[float | None], str]) -> str:
    """The interval in words; empty where there is none.

    >>> between(Figure(5.0, 1.0, 9.0), count).replace("\\u00a0", " ")
    '80 % interval 1 to 9'
    """
    if figure.low is None or figure.high is None:
        return ""
    return f"{figure.interval}{_SPACE}% interval {form(figure.low)} to {form(figure.high)}"


def with_interval(figure: Figure, form: Callable[[float | None], str]) -> str:
    """The figure with its interval.

    >>> with_interval(Figure(5.0, 1.0, 9.0), count).replace("\\u00a0", " ")
    '5 (80 % interval 1 to 9)'
    """
    said = between(figure, form)
    return f"{form(figure.value)} ({said})" if said else form(figure.value)


def label(name: str | None) -> str:
    """The name of a segment or an action as people read it.

    >>> label("cannot_lose"), label(None)
    ('Cannot lose', 'Not there')
    """
    if name is None:
        return "Not there"
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]
