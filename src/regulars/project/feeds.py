"""From `[sources.*]` to feeds that capture can take in, in an order that lets the same files load the same way again."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from regulars.capture.dialect import dialect_from_config
from regulars.capture.intake import Feed, Intake
from regulars.capture.job import SPILL
from regulars.capture.mapping import mapping_from_config
from regulars.capture.offer import OwnTables
from regulars.capture.parse import Parser
from regulars.capture.wires import wires_from_config
from regulars.kernel.errors import ConfigError, UnknownNameError
from regulars.kernel.points import reach
from regulars.project.listed import listed
from regulars.project.project import Project, home
from regulars.project.registry import source as reader_of

__all__ = ["feeds", "intake"]

_JSON = {
    "decimal": ".",
    "dates": "iso",
}  # many clients, one form: what one of them writes proves nothing for the others
_PASSWORD = re.compile(r"://[^/@:]*:(?!\$\{[A-Za-z_][A-Za-z0-9_]*\}@)[^@]+@")
_NOT_FILLED = ("tables", "write_key")  # a write key is the server's matter: capture goes without


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
    _no_password(name, section)
    reader = reader_of(section.get("kind", "files"))
    written = {**_JSON, **section} if isinstance(reader, OwnTables) else section
    dialect = dialect_from_config(name, written, timezone=project.config.section("project")["timezone"])
    tables = section.get("tables") or (reader.tables(section) if isinstance(reader, OwnTables) else [])
    filled = {key: _filled(project, value) for key, value in section.items() if key not in _NOT_FILLED}
    filled["tables"] = tables
    found: list[Feed] = []
    for table in tables:
        mapping = mapping_from_config(name, table)
        place = f"{mapping.contract} from {mapping.pattern}"
        again = sum(each.place.startswith(place) for each in found)
        found.append(Feed(mapping, dialect, f"{place} #{again + 1}" if again else place, reader, filled))
    _one_snapshot_each(name, found)
    _no_cursor_elsewhere(name, found)
    return found


def _no_password(name: str, section: dict[str, Any]) -> None:
    if _PASSWORD.search(str(section.get("url", ""))):
        fix = 'Write url = "${NAME}", or the password alone as ${NAME}, and set NAME in the environment.'
        raise ConfigError(f"[sources.{name}]: url holds a password, which does not belong into regulars.toml.", fix=fix)


def _no_cursor_elsewhere(name: str, found: list[Feed]) -> None:
    if any(each.mapping.cursor and each.reader.kind != "sql" for each in found):
        problem = f"[sources.{name}] has a cursor, which only sources of kind sql have."
        raise ConfigError(problem, fix="Leave it out: what is new is told by its content.")


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


def _founded(project: Project) -> str | None:
    day = project.config.section("project").get("founded")
    try:
        return date.fromisoformat(day).isoformat() if day else None
    except ValueError as problem:
        raise ConfigError(f"[project] founded is {day!r}.", fix="Write a day, as 1998-05-01.") from problem


@contextmanager
def intake(project: Project) -> Iterator[Intake]:
    """The intake of an open project, with a parsing child that lives as long as it is used."""
    with Parser(on_point=reach, environment=project.outside.environ) as parser:
        taking = Intake(
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
            forgotten=listed(project.root, project.config),
            whole_addresses=project.config.section("privacy")["ip"] == "keep",
            wires=wires_from_config(project.config.values.get("quality", {}).get("delivery", {})),
            founded=_founded(project),
        )
        try:
            yield taking
        finally:
            taking.opened.close()
            parser.close()
            shutil.rmtree(taking.scratch / SPILL, ignore_errors=True)
