"""What is known and expected of the customers, gathered for the report: sales, segments, migration, value, and its proof."""

from __future__ import annotations

import calendar
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np

from regulars.analyses.segments.cells import BOXES
from regulars.analyses.value.report import figures
from regulars.project.origin import sources_of
from regulars.project.project import Project
from regulars.project.steps.ask import ask
from regulars.report.spread import bins, curve, height, median
from regulars.report.story import (
    Backtest,
    Basis,
    Calibrated,
    Card,
    Figure,
    FoldScore,
    Group,
    Item,
    Month,
    Move,
    Moves,
    Sales,
    Segments,
    Totals,
    Value,
)

__all__ = ["basis_of", "card_of", "cards", "margins", "migration", "resting", "sales", "segments", "value"]

_FIFTH = 0.2
_TOP = 10
_ORDER = tuple(dict.fromkeys(box.name for box in BOXES))


def basis_of(project: Project, tables: Iterable[str], *, assumed: Iterable[str] = ()) -> Basis:
    """What a part rests on: the sources behind its tables."""
    sources = sources_of(project, tables)
    return resting(project, sources, assumed=assumed)


def resting(project: Project, sources: Iterable[str], *, assumed: Iterable[str] = ()) -> Basis:
    """The basis that these sources are."""
    named = tuple(sorted(sources))
    made = tuple(name for name in named if name in project.config.simulated)
    return Basis(named, bool(made), tuple(assumed), made)


def margins(project: Project) -> tuple[str, ...]:
    """What is assumed of lines without a cost; empty where all have one."""
    lines = project.warehouse.table("order_line")
    found = project.engine.arrow(lines.aggregate(n=lines.count(), bare=lines.cost_amount.isnull().sum())).to_pylist()[0]
    if not found["bare"]:
        return ()
    margin = project.config.section("profit").get("default_margin")
    said = f"taken as {margin:.0%} of revenue" if margin is not None else "not known; no default margin is declared"
    return (f"{found['bare']:,} of {found['n']:,} order lines have no recorded cost: their margin is {said}.",)


def cards(project: Project) -> dict[str, Any]:
    """The newest card of each analysis, as its JSON."""
    rows = project.engine.arrow(project.warehouse.table("card").select("analysis", "as_of", "body")).to_pylist()
    return {row["analysis"]: json.loads(row["body"]) for row in sorted(rows, key=lambda row: row["as_of"])}


def sales(project: Project, basis: Basis) -> Sales | None:
    """Totals, months and departments, from the cube; None where nothing was sold."""
    names = ["revenue", "orders", "order_lines", "buyers", "average_order_value"]
    asked = ask(project, names)
    if not asked["totals"]["order_lines"]:
        return None
    lines = project.warehouse.table("order_line")
    first: date = project.engine.arrow(lines.aggregate(day=lines.business_date.min()))["day"][0].as_py()
    months = ask(project, ["revenue"], by=["month"])["rows"]
    departments = ask(project, ["revenue"], by=["department"], top=_TOP)["rows"]
    return Sales(
        _totals(asked["totals"], f"{first} to {asked['as_of']}"),
        tuple(_month(row, first, last=asked["as_of"]) for row in months if row["month"]),
        tuple(Item(row["department"] or "(none)", float(row["revenue"] or 0)) for row in departments),
        basis,
    )


def _totals(totals: Mapping[str, Any], period: str) -> Totals:
    value, low, high = (_number(totals.get(f"average_order_value{end}")) for end in ("", "_low", "_high"))
    return Totals(float(totals["revenue"] or 0), totals["orders"], totals["order_lines"], totals["buyers"],
                  Figure(value, low, high, n=totals["buyers"]), period)  # fmt: skip


def _month(row: Mapping[str, Any], first: date, *, last: date) -> Month:
    year, month = (int(part) for part in row["month"].split("-"))
    whole = first <= date(year, month, 1) and date(year, month, calendar.monthrange(year, month)[1]) <= last
    return Month(row["month"], float(row["revenue"] or 0), finished=whole)


def segments(card: Mapping[str, Any] | None, basis: Basis) -> Segments | None:
    """RFM segments with their sizes and revenue, from the card of the segments."""
    rows = {row["segment"]: row for row in card["extra"]["sizes"] if row["segmentation"] == "rfm"} if card else {}
    if card is None or not rows:
        return None
    groups = [
        Group(name, rows[name]["customers"], float(rows[name]["revenue"] or 0)) for name in _ORDER if name in rows
    ]
    return Segments(card["as_of"], card["parameters"]["window_days"], tuple(groups), basis)


def migration(card: Mapping[str, Any] | None, basis: Basis) -> Moves | None:
    """Moves between RFM segments, from the card of the segments."""
    if card is None:
        return None
    rows = [row for row in card["extra"]["migration"] if row["segmentation"] == "rfm"]
    moves = tuple(Move(row["from_segment"], row["to_segment"], row["customers"]) for row in rows)
    there = {name for each in moves for name in (each.before, each.after)}
    order = tuple(name for name in _ORDER if name in there)
    return Moves(card["extra"]["earlier"], card["as_of"], order, moves, basis)


def value(project: Project, card: Mapping[str, Any] | None, *, basis: Basis) -> Value | None:
    """Residual value: its total, spread, concentration, and by segment; None before the first scores."""
    held, groups = _residual(project), _groups(project)
    if card is None or not len(held) or ("all", "all") not in groups:
        return None
    points = curve(held)
    return Value(
        as_of=card["as_of"],
        horizon_days=card["parameters"]["horizon_days"],
        discount_rate=card["parameters"]["discount_rate"],
        total=groups["all", "all"],
        median=median(held),
        bins=bins(held),
        curve=points,
        best_fifth=height(points, _FIFTH),
        segments=tuple((name, groups["rfm", name]) for name in _ORDER if ("rfm", name) in groups),
        basis=basis,
    )


def _residual(project: Project) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    score = project.warehouse.table("score")
    rows = score.filter((score.analysis == "value") & (score.measure == "residual_value") & score.value.notnull())
    return np.sort(np.asarray(project.engine.arrow(rows.select("value"))["value"].to_numpy(), dtype=np.float64))


def _groups(project: Project) -> dict[tuple[str, str], Figure]:
    rows = project.engine.arrow(project.warehouse.table("value.groups")).to_pylist()
    return {
        (row["grouping"], row["item"]): Figure(
            float(row["value"]), _number(row["low"]), _number(row["high"]), int(row["interval"]), row["customers"]
        )
        for row in sorted(rows, key=lambda row: row["as_of"])
    }


def card_of(card: Mapping[str, Any] | None, basis: Basis) -> Card | None:
    """The card of the value, as the report tells it."""
    if card is None:
        return None
    return Card(
        model=card["chosen"],
        version=card["model_version"],
        as_of=card["as_of"],
        passed=card["gate"]["passed"],
        why=card["gate"]["why"],
        assumptions=tuple(card["assumptions"]),
        limits=tuple(card["limits"]),
        backtest=_backtest(card) if card["proof"] else None,
        basis=basis,
    )


def _backtest(card: Mapping[str, Any]) -> Backtest:
    proof, drawn = card["proof"], figures(card)
    naive = proof["baseline"]
    return Backtest(
        protocol=proof["protocol"],
        baseline=proof["details"]["baseline"],
        days_proven=proof["details"]["days_proven"],
        folds=tuple(_fold(each, drawn["folds"]) for each in proof["folds"]),
        metrics=tuple(
            (name, _figure(each), _figure(naive[name]) if name in naive else None)
            for name, each in proof["metrics"].items()
        ),
        pit=tuple(drawn["pit"]["model"]),
        naive_pit=tuple(drawn["pit"]["baseline"]),
        calibration=tuple(
            Calibrated(each["class"], each["customers"], each["actual"], each["expected"], each["naive"])
            for each in drawn["calibration"]
        ),
    )


def _fold(fold: Mapping[str, Any], drawn: Iterable[Mapping[str, Any]]) -> FoldScore:
    shown = next(each for each in drawn if each["origin"] == fold["origin"])
    return FoldScore(
        origin=fold["origin"],
        until=fold["until"],
        customers=fold["customers"],
        log_score=shown["log_score"],
        naive_log_score=shown["naive_log_score"],
        mae=shown["mae"],
        naive_mae=shown["naive_mae"],
        bias=shown["bias_purchases"],
    )


def _figure(each: Mapping[str, Any]) -> Figure:
    return Figure(each["value"], each["low"], each["high"], each["interval"], each["n"])


def _number(number: Any) -> float | None:
    return None if number is None else float(number)
