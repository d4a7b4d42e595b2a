"""What an analysis is: a room that reads tables through a lab, proves itself, and gives back tables and a card.

A room never meets the warehouse. The lab it is handed cuts every table at `as_of` (event time and known time), hands out
what came after only as an outcome and only while a backtest or a fit asks, and runs expressions. The runner in `project/`
stores what the room returns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Protocol

import ibis.expr.types as ir
import pyarrow as pa

__all__ = ["Card", "Estimate", "Fold", "Gate", "Lab", "Measure", "Proof", "Result", "Room"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One number that a room gives each subject; the first of a room is its headline."""

    name: str
    unit: str  # "money", "probability", "count", "share", ...
    says: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval; `interval` is its level in percent, and low = high = None when none is declared."""

    value: float
    low: float | None = None
    high: float | None = None
    interval: int = 80
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Fold:
    """One origin of a backtest: fitted on what was known at `origin`, judged on the days after it up to `until`."""

    origin: date
    until: date
    customers: int
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a score may act, and why in one sentence."""

    passed: bool
    why: str


@dataclass(frozen=True, slots=True)
class Proof:
    """A rolling-origin backtest: the protocol said beforehand, each fold, the metrics pooled, the naive baseline beside."""

    protocol: str
    folds: tuple[Fold, ...]
    metrics: Mapping[str, Estimate]
    baseline: Mapping[str, Estimate]
    gate: Gate
    details: Mapping[str, Any] = field(default_factory=dict)  # JSON-able: curves and bins that the card draws


@dataclass(frozen=True, slots=True)
class Card:
    """The record of one fit: question, population, model, parameters, proof, limits. All JSON-able."""

    analysis: str
    question: str
    as_of: date
    model_version: str
    rows: int
    population: str
    chosen: str
    parameters: Mapping[str, Any]
    proof: Proof | None
    gate: Gate
    assumptions: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """What a room gives back: tables by name ("score", "segment", or a result table as "value.groups"), and its card.

    "score" has the columns subject, subject_id, item, analysis, measure, value, low, high, interval, percentile, as_of,
    model_version; "segment" has customer_key, segmentation, segment, as_of.
    """

    tables: Mapping[str, ir.Table]
    card: Card


class Lab(Protocol):
    """All that a room may touch."""

    @property
    def as_of(self) -> date:
        """The cut: nothing later is in any table."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """The room's section of regulars.toml, over the room's defaults."""

    @property
    def currency(self) -> str:
        """The currency of all money."""

    @property
    def default_margin(self) -> float | None:
        """The margin share of lines without a cost; None: nothing is assumed."""

    @property
    def seed(self) -> int:
        """For every draw."""

    def at(self, day: date) -> Lab:
        """The same lab with an earlier cut: what we would have seen on that day."""

    def table(self, name: str) -> ir.Table:
        """A table cut at `as_of`: rows with business_date <= as_of, known by then when a backtest asks."""

    def outcome(self, name: str, until: date) -> ir.Table:
        """Rows with as_of < business_date <= until; only inside backtest and fit."""

    def arrow(self, rows: ir.Table) -> pa.Table:
        """Run an expression and fetch it."""

    def keep(self, rows: ir.Table) -> ir.Table:
        """Run an expression once and keep it on the engine, because several others read it."""

    def bring(self, rows: pa.Table) -> ir.Table:
        """Local rows (grouped scores, parameters) as a table of the engine, to be joined there."""

    def progress(self, text: str, done: int, total: int) -> None:
        """Say how far long work is."""


class Room(Protocol):
    """One business question. Its module `model.py` ends with `ROOM = ...()`; the registry finds it there."""

    API: ClassVar[int]
    name: str
    question: str
    reads: tuple[str, ...]  # tables, the first of them sets the default as-of (the last day it has)
    measures: tuple[Measure, ...]
    gated: bool  # False for rooms that only describe what was recorded
    defaults: Mapping[str, Any]  # the room's settings and their default values

    def backtest(self, lab: Lab) -> Proof | None:
        """Judge the room on the user's own past."""

    def score(self, lab: Lab, proof: Proof | None) -> Result:
        """Fit on everything up to as_of and score everybody."""
