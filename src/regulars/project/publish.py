"""The one executor: what a step made becomes visible together with the record of its run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.project.project import Project
from regulars.store.runs import Run, fingerprint, last_run, run_row, table_state
from regulars.store.warehouse import Publication

__all__ = ["Step", "fresh", "publish", "stamp"]

_RAW = ("junk", "junk by hand", "check")  # steps that see what is marked as junk
CODE = 1  # raised whenever the meaning of a written table changes: everything is then done again


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the loop: its name, the tables that it reads and the settings that its result depends on.

    `ignores` names steps whose writes do not make this one stale, because it does not look at what they write.
    """

    name: str
    reads: tuple[str, ...]
    settings: Mapping[str, Any]
    ignores: tuple[str, ...] = ()


def stamp(project: Project, step: Step) -> str:
    """The fingerprint of a step now: code version, settings, and the state of every table that it reads."""
    reads = step.reads if step.name in _RAW else (*step.reads, "junk")
    return fingerprint(
        CODE, step.name, dict(step.settings), table_state(project.warehouse, reads, ignores=step.ignores)
    )


def fresh(project: Project, step: Step) -> bool:
    """Whether the step's last run saw exactly what it would see now."""
    before = last_run(project.warehouse, step.name)
    return before is not None and before["fingerprint"] == stamp(project, step)


def publish(project: Project, step: Step, *, publications: Sequence[Publication], started: datetime) -> dict[str, int]:
    """Write the step's tables and its run row in one transaction; returns the rows written by table."""
    now, mark = project.now, stamp(project, step)
    run_id = "r" + fingerprint(step.name, started.isoformat())
    writes = " ".join(dict.fromkeys(each.table for each in publications))
    warehouse = project.warehouse
    rows = warehouse.commit(publications, run=run_id, at=now)
    run = Run(step.name, started, now, " ".join(step.reads), writes, sum(rows.values()), mark,
              project.engine.snapshot(), "done")  # fmt: skip
    warehouse.commit([Publication("run", run_row(warehouse, run), append=True)], run=run_id, at=now)
    return rows
