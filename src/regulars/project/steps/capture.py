"""`capture`: what is new in the sources comes into the warehouse, every row accounted for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from regulars.capture.intake import Feed, Taken
from regulars.capture.remark import Remark
from regulars.kernel.errors import UsageError
from regulars.project.feeds import feeds, intake
from regulars.project.project import Project

__all__ = ["capture", "waiting"]

_COUNTS = ("read", "loaded", "duplicate", "superseded", "skipped", "quarantined")


def capture(
    project: Project, source: str | None = None, *, release: bool = False, reason: str | None = None
) -> dict[str, Any]:
    """Take in every new file.

    Args:
        source: only this one.
        release: load held files all the same; what cannot be read is set aside, and nothing is guessed.
        reason: why; it is written beside the batch.

    Raises:
        UsageError: a release without a reason.
        UnknownNameError: there is no such source.
        DataError: a file does not fit its mapping; the files before it stay loaded.
    """
    if release and not (reason or "").strip():
        problem = "A held file is not released without a reason."
        raise UsageError(problem, fix='Say why, for the record: --release --reason "checked with the shop".')
    found = feeds(project, source)
    with intake(project) as work:
        taken = list(work.take(found, release=(reason or "").strip() if release else ""))
    return (
        {"batches": [_told(each) for each in taken], "totals": _totals(taken)}
        | {what: [_remarked(each) for each in work.remarks if each.what == what] for what in ("left", "vanished")}
        | {"outdated": _outdated(project, found)}
    )


def _outdated(project: Project, found: Iterable[Feed]) -> list[dict[str, Any]]:
    """Files that were loaded under another mapping or locale than the one of now, which `replay` would read again."""
    settings = {(feed.mapping.source, feed.place): feed.settings for feed in found}
    files: dict[tuple[str, str], int] = {}
    for receipt in project.book.receipts(state="loaded"):
        if settings.get((receipt.source, receipt.mapping), receipt.settings) != receipt.settings:
            files[receipt.source, receipt.contract] = files.get((receipt.source, receipt.contract), 0) + 1
    return [
        {"source": source, "contract": contract, "files": count, "fix": f"regulars replay {source}"}
        for (source, contract), count in files.items()
    ]


def waiting(project: Project) -> int:
    """How many files a capture would read now."""
    with intake(project) as work:
        return work.waiting(feeds(project))


def _told(taken: Taken) -> dict[str, Any]:
    return {**asdict(taken.batch), "new": taken.new, "notes": list(taken.notes)}


def _remarked(remark: Remark) -> dict[str, str]:
    told = {"source": remark.source, "contract": remark.contract, "file": remark.file}
    return told | ({"why": remark.why} if remark.why else {})


def _totals(taken: Iterable[Taken]) -> dict[str, Any]:
    new = [each.batch for each in taken if each.new]
    counts = {name: sum(getattr(batch, name) for batch in new) for name in _COUNTS}
    return {"files": len(new), **counts, "held": sum(each.batch.held for each in taken)}
