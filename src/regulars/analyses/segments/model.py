"""Who are our customers, and how do they move between groups? RFM, value tiers and lifecycle stages, and the migration.

Nothing is fitted: rules are applied to what was recorded. Both dates of the migration are computed from what is known
now, so that a late file or a merge of customers is no move.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, ClassVar

import ibis
import ibis.expr.types as ir

from regulars.analyses.segments.cells import BOXES
from regulars.analyses.segments.features import Spans, buyer, migration, rfm, segment
from regulars.analyses.segments.lifecycle import STAGES
from regulars.kernel.errors import ConfigError
from regulars.learning.card import model_version
from regulars.learning.protocol import Card, Gate, Lab, Measure, Proof, Result

__all__ = ["ROOM", "Segments", "days_of"]

_LIMITS = (
    "A quintile compares customers with each other: when all buy less, nobody's score falls.",
    "Equal customers have equal scores, so a quintile may hold more or less than a fifth.",
    "Amounts are added in the currency that they have.",
)


def days_of(span: str, *, setting: str) -> int:
    """A span such as "91d" or "13w" in days.

    Raises:
        ConfigError: anything else.

    >>> days_of("91d", setting="migration"), days_of("13w", setting="migration")
    (91, 91)
    """
    text = str(span).strip()
    number, unit = text[:-1], {"d": 1, "w": 7}.get(text[-1:])
    if unit is None or not number.isdecimal() or int(number) == 0:
        raise ConfigError(
            f"segments.{setting} is {span!r}.", allowed=("91d", "13w"), fix="Give a number of days or weeks."
        )
    return int(number) * unit


class Segments:
    """The room: three segmentations of everyone who ever bought."""

    API: ClassVar[int] = 1
    name = "segments"
    question = "Who are our customers, and how do they move between groups?"
    reads = ("order_line", "source_customer")
    measures: tuple[Measure, ...] = ()
    gated = False
    defaults: Mapping[str, Any] = {"migration": "91d", "window": "365d", "recent": "91d", "rhythm": "90d"}

    def backtest(self, lab: Lab) -> Proof | None:
        """None: there is nothing to prove of what was recorded."""
        return None

    def score(self, lab: Lab, proof: Proof | None) -> Result:
        """The tables segment, segments.rfm and segments.migration, and the card."""
        settings = {name: days_of(lab.settings.get(name, span), setting=name) for name, span in self.defaults.items()}
        spans = Spans(settings["window"], settings["recent"], settings["rhythm"])
        earlier = lab.as_of - timedelta(days=settings["migration"])
        buyers, past = _buyers(lab, lab.as_of, spans=spans), _buyers(lab, earlier, spans=spans)
        now = segment(buyers, as_of=lab.as_of, spans=spans)
        moves = migration(segment(past, as_of=earlier, spans=spans), now)
        extra = _sizes(lab, buyers, now=now) | {"earlier": earlier.isoformat(), "migration": _rows(lab, moves)}
        tables = {"segment": now, "segments.rfm": rfm(buyers, as_of=lab.as_of), "segments.migration": moves}
        return Result(tables, _card(lab, settings, extra=extra))


def _buyers(lab: Lab, as_of: date, *, spans: Spans) -> ir.Table:
    lines, links = lab.table("order_line"), lab.table("source_customer")
    # Three segmentations, their sizes and the migration read it: the lines are gone through once for each date.
    return lab.keep(buyer(lines, links, as_of=as_of, default_margin=lab.default_margin, spans=spans))


def _sizes(lab: Lab, buyers: ir.Table, *, now: ir.Table) -> dict[str, Any]:
    joined = now.inner_join(buyers.select("customer_key", "monetary"), "customer_key")
    grouped = joined.group_by("segmentation", "segment").agg(
        customers=joined.count().cast("int64"), revenue=joined["monetary"].sum().cast("float64")
    )
    return {"sizes": _rows(lab, grouped)}


def _rows(lab: Lab, rows: ir.Table) -> list[dict[str, Any]]:
    ordered = rows.order_by([ibis.asc(name, nulls_first=True) for name in rows.columns if name != "revenue"])
    return [dict(row) for row in lab.arrow(ordered).to_pylist()]


def _card(lab: Lab, settings: Mapping[str, int], *, extra: Mapping[str, Any]) -> Card:
    rules = {"cells": {f"{box.name} ({box.cells})": box.says for box in BOXES}, "stages": dict(STAGES)}
    parameters = {f"{name}_days": days for name, days in settings.items()}
    return Card(
        analysis="segments",
        question=Segments.question,
        as_of=lab.as_of,
        model_version=model_version("segments", "rules", parameters=parameters | rules, as_of=lab.as_of),
        rows=sum(row["customers"] for row in extra["sizes"] if row["segmentation"] == "rfm"),
        population="customers who bought at least once",
        chosen="rules",
        parameters=parameters,
        proof=None,
        gate=Gate(passed=True, why="describes what was recorded; predicts nothing"),
        assumptions=_assumptions(lab, settings),
        limits=_LIMITS,
        extra={**extra, **rules, "currency": lab.currency},
    )


def _assumptions(lab: Lab, settings: Mapping[str, int]) -> tuple[str, ...]:
    margin = "Lines without a cost have no margin."
    if lab.default_margin is not None:
        margin = f"Lines without a cost have a margin of {lab.default_margin:.0%} of their net amount."
    return (
        f"Frequency, monetary and the value tier count the last {settings['window']} days; recency looks back at all.",
        "Monetary is revenue less returns; the value tier is the quintile of margin.",
        margin,
    )


ROOM = Segments()
