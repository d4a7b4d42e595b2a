"""`run`: everything that is stale, in order, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any

from regulars.contracts.catalog import CONTRACTS
from regulars.contracts.results import RESULTS
from regulars.kernel.errors import ConditionError, ConfigError, DataError, GateError
from regulars.project.project import Project
from regulars.project.publish import Step, fresh
from regulars.project.registry import room_names
from regulars.project.steps import check, decide, junk, retention, score, segments, unify
from regulars.project.steps.capture import capture, waiting
from regulars.store.snapshots import publish_snapshot

__all__ = ["run"]


@dataclass(frozen=True, slots=True)
class _Work:
    step: Step
    do: Callable[[], dict[str, Any]]


def run(project: Project, plan: bool = False) -> dict[str, Any]:
    """Capture, unify, score, segment and decide what is stale; `plan` only tells what would be done.

    A step that may not run (a gate that did not pass, no data yet) is refused, one whose configuration is wrong has
    failed; neither stops the others, and each says why. The exit status is 1 when a step has failed.
    """
    steps = [_captured(project, plan), _retained(project, plan)]
    steps += [_done(project, work, plan=plan) for work in _works(project)]
    if not plan:
        steps.append(_published(project))
    return {
        "steps": steps,
        "stale": sum(each["status"] in ("stale", "done") for each in steps),
        "failed": sum(each["status"] == "failed" for each in steps),
    }


def _published(project: Project) -> dict[str, Any]:
    began, folder = perf_counter(), project.root / "published"
    before = (folder / "latest").resolve()
    project.outside.progress("publish: tables as Parquet for other tools", 0, 0)
    names = [*CONTRACTS, *RESULTS]
    after = publish_snapshot(project.warehouse, folder, names=names)
    status = "fresh" if after.resolve() == before else "done"
    return {"step": "publish", "status": status, "path": after, "seconds": _since(began)}


def _captured(project: Project, plan: bool) -> dict[str, Any]:
    began, files = perf_counter(), waiting(project)
    if plan or not files:
        return {"step": "capture", "status": "stale" if files else "fresh", "files": files, "seconds": 0.0}
    totals = capture(project)["totals"]
    why = f"{totals['held']} held; see: regulars quarantine" if totals["held"] else None
    return {"step": "capture", "status": "done", **totals, "why": why, "seconds": _since(began)}


def _retained(project: Project, plan: bool) -> dict[str, Any]:
    began, past = perf_counter(), retention.due(project)
    if plan or not past:
        return {"step": "retention", "status": "stale" if past else "fresh", **past, "seconds": _since(began)}
    told = retention.retain(project)
    return {"step": "retention", "status": "done", **told, "seconds": _since(began)}


def _works(project: Project) -> Iterator[_Work]:
    yield _Work(junk.step(project), partial(junk.junk, project))
    yield _Work(check.step(project), partial(check.check, project))
    yield _Work(unify.step(project), partial(unify.unify, project))
    for name in _in_order(room_names()):
        yield _Work(score.step(project, name), partial(score.score, project, name))
    if project.config.named("segments"):
        yield _Work(segments.step(project), partial(segments.rules, project))
    for name in project.config.named("policies"):
        yield _Work(decide.step(project, name), partial(decide.decide, project, name))


def _in_order(names: tuple[str, ...]) -> list[str]:
    """Rooms that read another's scores or segments come after it; descriptions first."""
    return sorted(names, key=lambda name: (name != "segments", name))


def _done(project: Project, work: _Work, *, plan: bool) -> dict[str, Any]:
    began = perf_counter()
    if fresh(project, work.step):
        return {"step": work.step.name, "status": "fresh", "seconds": 0.0}
    if plan:
        return {"step": work.step.name, "status": "stale", "seconds": 0.0}
    try:
        result = work.do()
    except (GateError, DataError) as problem:
        return {"step": work.step.name, "status": "refused", "why": str(problem), "seconds": _since(began)}
    except (ConditionError, ConfigError) as problem:
        return {"step": work.step.name, "status": "failed", "why": str(problem), "seconds": _since(began)}
    finally:
        project.engine.tidy()
    told: dict[str, Any] = {
        key: result[key] for key in ("records", "customers", "rows", "actions", "failing") if key in result
    }
    return {"step": work.step.name, "status": "done", **told, "seconds": _since(began)}


def _since(began: float) -> float:
    return round(perf_counter() - began, 2)
