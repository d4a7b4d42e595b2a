"""What are charts drawn with? Scales with round ticks, and the few shapes of SVG that all charts share.

Charts are plain SVG: shapes bear classes, and the style sheet colours them for light, dark and print.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil, floor, log10

from regulars.report.markup import Markup, tag

__all__ = ["SIGNS", "Form", "Scale", "canvas", "fit", "line", "rect", "scale", "sign", "text", "width_of"]

Form = Callable[[float | None], str]

_LETTER = 6.7  # mean width of a letter at 12 px
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
SIGNS = ("dot", "diamond", "cross")


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to pixels, with round ticks; both ends are ticks."""

    ticks: tuple[float, ...]
    start: float
    end: float

    def at(self, value: float) -> float:
        """The pixel of a value.

        >>> Scale((0.0, 10.0), 0.0, 100.0).at(5)
        50.0
        """
        low, high = self.ticks[0], self.ticks[-1]
        return round(self.start + (value - low) / (high - low) * (self.end - self.start), 1)


def scale(values: Iterable[float], *, start: float, end: float, zero: bool = True, most: int = 5) -> Scale:
    """A scale that holds all values, with at most about `most` round ticks.

    Args:
        zero: whether 0 must be on it, as with bars.

    >>> scale([3.0, 97.0], start=0, end=1).ticks
    (0.0, 20.0, 40.0, 60.0, 80.0, 100.0)
    """
    found = [*values, *([0.0] if zero else [])] or [0.0]
    low, high = min(found), max(found)
    if low == high:
        low, high = (low, low + 1.0) if zero else (low - 0.5, high + 0.5)
    step = _step((high - low) / most)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return Scale(tuple(round(step * each, 10) for each in range(first, last + 1)), start, end)


def _step(rough: float) -> float:
    power = 10.0 ** floor(log10(rough))
    return power * next(each for each in _STEPS if each * power >= rough * 0.999)


def width_of(texts: Iterable[str]) -> float:
    """About how wide the longest of the texts is, in pixels.

    >>> width_of(["ab", "abcd"])
    26.8
    """
    return max((len(each) * _LETTER for each in texts), default=0.0)


def fit(words: str, width: float) -> str:
    """The words, cut where they are wider than `width` pixels.

    >>> fit("PRODUCE", 200), len(fit("a very long department name", 60))
    ('PRODUCE', 7)
    """
    most = max(int(width / _LETTER), 2)
    return words if len(words) <= most else words[: most - 1].rstrip() + "\u2026"


def canvas(width: float, height: float, *shapes: object, says: str) -> Markup:
    """An SVG image with its sentence for those who cannot see it."""
    box = f"0 0 {width:g} {height:g}"
    style = f"max-width:{width * 1.15:g}px"
    return tag("svg", *shapes, viewBox=box, role="img", aria_label=says, class_=f"w{width:g}", style=style)


def text(x: float, y: float, *words: object, at: str = "start", class_: str | None = None) -> Markup:
    """Words at a point; `at` is start, middle or end."""
    return tag("text", *words, x=f"{x:g}", y=f"{y:g}", text_anchor=None if at == "start" else at, class_=class_)


def rect(corner: tuple[float, float], size: tuple[float, float], *, class_: str, says: str | None = None) -> Markup:
    """A bar; its sentence shows when it is pointed at."""
    (x, y), (width, height) = corner, size
    sides = {"width": f"{max(width, 0):.1f}", "height": f"{max(height, 0):.1f}"}
    return tag("rect", tag("title", says) if says else None, x=f"{x:.1f}", y=f"{y:.1f}", **sides, class_=class_)


def line(start: tuple[float, float], end: tuple[float, float], *, class_: str) -> Markup:
    """A straight line."""
    (x1, y1), (x2, y2) = start, end
    return tag("path", d=f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}", class_=class_)


def sign(shape: str, at: tuple[float, float], *, class_: str) -> Markup:
    """A marker: dot, diamond or cross, so that no series is told by its colour alone."""
    x, y = at
    if shape == "dot":
        return tag("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r="5", class_=class_)
    paths = {
        "diamond": f"M{x:.1f} {y - 6:.1f}l6 6l-6 6l-6 -6z",
        "cross": f"M{x - 5:.1f} {y - 5:.1f}l10 10m0 -10l-10 10",
    }
    return tag("path", d=paths[shape], class_=f"{class_} {shape}")
