"""The declared sources: what each is, where it lies, what it feeds, and whether anybody answers there now."""

from __future__ import annotations

from typing import Any

from regulars.capture.intake import Feed, Intake
from regulars.capture.offer import Reachable
from regulars.kernel.errors import RegularsError
from regulars.project.feeds import feeds, intake
from regulars.project.project import Project

__all__ = ["declared", "reached"]


def declared(project: Project) -> dict[tuple[str, str], dict[str, Any]]:
    """What regulars.toml says of each source and contract: kind, place (its secrets as names only) and what is read."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for name, section in project.config.named("sources").items():
        where = section.get("url") or section.get("path")
        for table in section.get("tables", []):
            row = found.setdefault(
                (name, str(table.get("contract"))), {"kind": section.get("kind", "files"), "where": where, "reads": []}
            )
            row["reads"].append(" ".join(str(table.get("from")).split()))
    return found


def reached(project: Project) -> list[dict[str, Any]]:
    """One check for each source: does it answer, and with what?"""
    with intake(project) as work:
        return [_check(project, work, name=name) for name in project.config.named("sources")]


def _check(project: Project, work: Intake, *, name: str) -> dict[str, Any]:
    try:
        found = feeds(project, name)
        says = "; ".join(dict.fromkeys(_says(work, each) for each in found)) or "feeds no table"
    except RegularsError as problem:
        return {"check": f"source {name}", "ok": False, "says": str(problem)}
    return {"check": f"source {name}", "ok": True, "says": says}


def _says(work: Intake, feed: Feed) -> str:
    request = work.request(feed)
    if isinstance(feed.reader, Reachable):
        return feed.reader.reach(request)
    if feed.reader.kind != "files":
        return feed.reader.kind
    count = len(list(feed.reader.offers(request, feed.mapping.pattern)))
    return f"{feed.mapping.pattern} names {count} file{'' if count == 1 else 's'}"
