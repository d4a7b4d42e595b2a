"""Which figures rest on data that failed its check? Read from the table `quality`, where `check` wrote its last run."""

from __future__ import annotations

from typing import Any

from regulars.project.project import Project
from regulars.semantics.cube import Answer

__all__ = ["failing_notes", "latest_checks", "quality_page"]


def latest_checks(project: Project) -> list[dict[str, Any]]:
    """The rows of the last `check`, as the table `quality` has them; none before the first one."""
    return project.warehouse.once("latest checks", lambda: _latest(project))


def _latest(project: Project) -> list[dict[str, Any]]:
    rows = project.warehouse.table("quality")
    found = rows.filter(rows.checked_at == rows.checked_at.max().as_scalar())
    ordered = found.order_by("contract", "source", "dimension", "column")
    result: list[dict[str, Any]] = project.engine.arrow(ordered.select(*_NAMES)).to_pylist()
    return result


def failing_notes(project: Project, found: Answer) -> list[str]:
    """A sentence for each failing check that a metric or dimension of the answer rests on."""
    asked = {each.name for each in found.plan.metrics} | {each.name for each in found.plan.by}
    notes = []
    for row in latest_checks(project):
        touched = [each for each in f"{row['metrics']} {row['dimensions']}".split() if each in asked]
        if not row["ok"] and touched:
            notes.append(
                f"{', '.join(dict.fromkeys(touched))} rests on data that failed its check on {row['checked_at']:%Y-%m-%d}: "
                f"{row['dimension']} of {row['contract']} from {row['source']}; {row['why'] or 'see: regulars check'}."
            )
    return notes


def quality_page(project: Project) -> list[dict[str, Any]]:
    """Every check of the last run with its trend: what a page on data quality shows.

    Returns:
        One row for each contract, source, dimension and column: the columns of `quality` (metrics and dimensions as
        lists), `before` (the share of the run before, null on the first), `change`, and `trend`: (checked_at, share) of
        all runs, oldest first.
    """
    rows = project.warehouse.table("quality")
    history = project.engine.arrow(rows.select(*_NAMES).order_by("checked_at")).to_pylist()
    trends: dict[tuple[Any, ...], list[tuple[Any, Any]]] = {}
    for row in history:
        trends.setdefault(_check_of(row), []).append((row["checked_at"], row["share"]))
    return [_with_trend(row, trends[_check_of(row)]) for row in latest_checks(project)]


def _check_of(row: dict[str, Any]) -> tuple[Any, ...]:
    return (row["contract"], row["source"], row["dimension"], row["column"])


def _with_trend(row: dict[str, Any], trend: list[tuple[Any, Any]]) -> dict[str, Any]:
    before = trend[-2][1] if len(trend) > 1 else None
    known = before is not None and row["share"] is not None
    lists = {name: (row[name] or "").split() for name in ("columns", "metrics", "dimensions")}
    return {**row, **lists, "before": before, "change": row["share"] - before if known else None, "trend": trend}


_NAMES = ("contract", "source", "dimension", "column", "checked_at", "passed", "tested", "share", "threshold", "ok", "why",
          "columns", "metrics", "dimensions")  # fmt: skip
