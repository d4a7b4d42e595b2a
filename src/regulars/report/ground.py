"""What does a figure rest on, and how sure is it? The two small things that every part of the report is made of."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Basis", "Figure"]


@dataclass(frozen=True, slots=True)
class Basis:
    """What a part rests on: sources, whether any of them is made up (and which), and what was assumed."""

    sources: tuple[str, ...] = ()
    simulated: bool = False
    assumed: tuple[str, ...] = ()
    made: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its interval; `interval` is its level in percent, n the customers behind it."""

    value: float | None
    low: float | None = None
    high: float | None = None
    interval: int = 80
    n: int | None = None
