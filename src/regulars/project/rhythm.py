"""How often does a feed bring news, and how old is its newest? The rhythm is the median pause between its deliveries."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median

import ibis.expr.types as ir

from regulars.engines.protocol import Engine
from regulars.store.quality import arrived, days_of, news_of

__all__ = ["Feed", "feeds_with_time", "feeds_without_time", "rhythm_of"]

_ENOUGH = 3  # pauses that make a rhythm


@dataclass(frozen=True, slots=True)
class Feed:
    """One contract from one source: the day of its newest row, and the days between two deliveries as a rule."""

    contract: str
    source: str
    newest: date
    rhythm: float | None


def rhythm_of(days: Iterable[date]) -> float | None:
    """The median pause between different days; None where fewer than three pauses are known.

    >>> rhythm_of([date(2024, 1, 1), date(2024, 1, 8), date(2024, 1, 15), date(2024, 1, 22), date(2024, 3, 1)])
    7.0
    """
    ordered = sorted(set(days))
    pauses = [(after - before).days for before, after in pairwise(ordered)]
    return float(median(pauses)) if len(pauses) >= _ENOUGH else None


def feeds_with_time(engine: Engine, contract: str, *, rows: ir.Table) -> list[Feed]:
    """The feeds of a contract with an event time. Deliveries count by the last day that each reached; where there are too
    few of them, the days with events do."""
    events = _days(engine, days_of(rows))
    news = _days(engine, news_of(rows))
    found = []
    for source, days in sorted(events.items()):
        rhythm = rhythm_of(news.get(source, ()))
        found.append(Feed(contract, source, max(days), rhythm_of(days) if rhythm is None else rhythm))
    return found


def feeds_without_time(engine: Engine, batch: ir.Table, *, contracts: Collection[str]) -> list[Feed]:
    """The feeds of contracts without an event time, by the days of their deliveries; only those with a rhythm."""
    rows = engine.arrow(arrived(batch)).to_pylist()
    days: dict[tuple[str, str], list[date]] = {}
    for row in rows:
        if row["contract"] in contracts:
            days.setdefault((row["contract"], row["source"]), []).append(row["day"])
    rhythms = {place: rhythm_of(each) for place, each in days.items()}
    return [Feed(*place, max(days[place]), rhythm) for place, rhythm in sorted(rhythms.items()) if rhythm is not None]


def _days(engine: Engine, rows: ir.Table) -> dict[str, list[date]]:
    found: dict[str, list[date]] = {}
    for row in engine.arrow(rows).to_pylist():
        found.setdefault(row["source"], []).append(row["day"])
    return found
