"""`capture`: what is new in the sources comes into the warehouse, every row accounted for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from regulars.capture.intake import Taken
from regulars.project.feeds import feeds, intake
from regulars.project.project import Project

__all__ = ["capture", "waiting"]

_COUNTS = ("read", "loaded", "duplicate", "superseded", "skipped", "quarantined")


def capture(project: Project, source: str | None = None, *, release: bool = False) -> dict[str, Any]:
    """Take in every new file.

    Args:
        source: only this one.
        release: load held files in spite of their rejects.

    Raises:
        UnknownNameError: there is no such source.
        DataError: a file does not fit its mapping; the files before it stay loaded.
    """
    found = feeds(project, source)
    with intake(project) as work:
        taken = list(work.take(found, release=release))
    return {"batches": [_told(each) for each in taken], "totals": _totals(taken)}


def waiting(project: Project) -> int:
    """How many files a capture would read now."""
    with intake(project) as work:
        return work.waiting(feeds(project))


def _told(taken: Taken) -> dict[str, Any]:
    return {**asdict(taken.batch), "new": taken.new, "notes": list(taken.notes)}


def _totals(taken: Iterable[Taken]) -> dict[str, Any]:
    new = [each.batch for each in taken if each.new]
    counts = {name: sum(getattr(batch, name) for batch in new) for name in _COUNTS}
    return {"files": len(new), **counts, "held": sum(each.batch.held for each in taken)}
