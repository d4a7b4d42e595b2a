"""From `[sources.*]` to feeds that capture can take in, in an order that lets the same files load the same way again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from regulars.capture.dialect import dialect_from_config
from regulars.capture.intake import Feed, Intake
from regulars.capture.mapping import mapping_from_config
from regulars.capture.parse import Parser
from regulars.kernel.errors import ConfigError, UnknownNameError
from regulars.kernel.points import reach
from regulars.project.project import Project, home
from regulars.project.registry import source as reader_of

__all__ = ["feeds", "intake"]


def feeds(project: Project, source: str | None = None) -> list[Feed]:
    """The feeds of all sources, or of one.

    Raises:
        UnknownNameError: there is no such source.
        ConfigError: a mapping is wrong, or of a kind that is not there yet.
    """
    sources = project.config.named("sources")
    if source is not None and source not in sources:
        raise UnknownNameError("source", source, sources, fix="Sources are written in regulars.toml.")
    names = [source] if source else list(sources)
    return [feed for name in names for feed in _of_source(project, name)]


def _of_source(project: Project, name: str) -> list[Feed]:
    section = project.config.named("sources")[name]
    reader = reader_of(section.get("kind", "files"))
    dialect = dialect_from_config(name, section, timezone=project.config.section("project")["timezone"])
    filled = {key: _filled(project, value) for key, value in section.items() if key != "tables"}
    found: list[Feed] = []
    for table in section.get("tables", []):
        mapping = mapping_from_config(name, table)
        place = f"{mapping.contract} from {mapping.pattern}"
        again = sum(each.place.startswith(place) for each in found)
        found.append(Feed(mapping, dialect, f"{place} #{again + 1}" if again else place, reader, filled))
    _one_snapshot_each(name, found)
    return found


def _filled(project: Project, value: Any) -> Any:
    return project.config.secret(value) if isinstance(value, str) else value


def _one_snapshot_each(name: str, found: list[Feed]) -> None:
    # What is absent from a snapshot is deleted: a second snapshot of the same contract would delete the first one's rows.
    for feed in found:
        same = [each for each in found if each.mapping.contract == feed.mapping.contract]
        if feed.mapping.load == "snapshot" and len(same) > 1:
            raise ConfigError(
                f"[sources.{name}] feeds {feed.mapping.contract} from {len(same)} tables, one of them a snapshot.",
                fix="Give each its own source, or load them by upsert.",
            )


@contextmanager
def intake(project: Project) -> Iterator[Intake]:
    """The intake of an open project, with a parsing child that lives as long as it is used."""
    with Parser(on_point=reach, environment=project.outside.environ) as parser:
        yield Intake(
            root=project.root,
            warehouse=project.warehouse,
            book=project.book,
            landing=project.landing,
            parser=parser,
            environ=project.outside.environ,
            business_timezone=project.config.section("project")["timezone"],
            now=lambda: project.now,
            progress=project.outside.progress,
            scratch=home(project.root) / "staging" / "parsed",
        )
