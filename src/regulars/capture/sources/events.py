"""Events that came over HTTP as a source: closed segments of the spool, rendered to JSON lines, loaded like any file.

A segment and its lines are removed once every table of the source has taken them in; the landing keeps them.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from regulars.capture.mapping import TableMapping, mapping_from_config
from regulars.capture.offer import Offer, Request
from regulars.capture.tracked import VIEWS, render
from regulars.capture.tracking import default_tables
from regulars.kernel.errors import ConfigError, nearest
from regulars.store.seen import MEMORY, Seen
from regulars.store.spool import close_open, closed, folder_of

__all__ = ["SOURCE", "Events"]

_REMEMBER = timedelta(days=30)  # no client sends an event again after that


@dataclass(frozen=True, slots=True)
class _Place:
    """One source's spool as one of its tables sees it; `takers` names all tables, each by its mapping."""

    spool: Path
    views: tuple[str, ...]
    takers: frozenset[str]
    own: str
    first: bool

    def lines(self, segment: Path) -> Path:
        return self.spool / "lines" / segment.stem


class Events:
    """The source kind `events`: what `serve` took in at /v1/track and its neighbours."""

    API: ClassVar[int] = 1
    kind: ClassVar[str] = "events"
    row_by_row: ClassVar[bool] = True

    def tables(self, section: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The tables of a source that declares none."""
        return default_tables(section)

    def offers(self, request: Request, pattern: str) -> list[Offer]:
        """The lines of each closed segment that has any for the view `pattern`, the oldest first.

        Raises:
            ConfigError: there is no such view.
        """
        if pattern not in VIEWS:
            problem = f'[sources.{request.mapping.source}]: from = "{pattern}" is no view of events.'
            raise ConfigError(problem, allowed=VIEWS, guess=nearest(pattern, VIEWS))
        place = _place(request, pattern)
        if place.first:  # all tables of one capture see the same segments
            close_open(place.spool)
        found = [_offer(place, segment, pattern=pattern, request=request) for segment in closed(place.spool)]
        return [each for each in found if each is not None]


def _place(request: Request, pattern: str) -> _Place:
    source = request.mapping.source
    mappings = [mapping_from_config(source, each) for each in request.section.get("tables", ())]
    mappings = mappings or [request.mapping]
    names = [_name(each) for each in mappings]
    own = _name(request.mapping)
    views = tuple(dict.fromkeys([each.pattern for each in mappings] + [pattern]))
    spool = folder_of(request.root / ".regulars", source)
    return _Place(spool, views, frozenset(names), own, own == names[0])


def _name(mapping: TableMapping) -> str:
    plain = json.dumps(mapping.to_json(), sort_keys=True, default=str)
    return hashlib.sha256(plain.encode()).hexdigest()[:16]


def _offer(place: _Place, segment: Path, *, pattern: str, request: Request) -> Offer | None:
    lines = _rendered(place, segment, request=request) / f"{pattern}.jsonl"
    done = partial(_taken, place, segment)
    if not lines.stat().st_size:
        done()
        return None
    stat = lines.stat()
    name = f"events/{request.mapping.source}/{segment.stem}.{pattern}.jsonl"
    return Offer(name, stat.st_size, round(stat.st_mtime * 1e6), fetch=lambda: lines, done=done)


def _rendered(place: _Place, segment: Path, *, request: Request) -> Path:
    folder = place.lines(segment)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    missing = [each for each in place.views if not (folder / f"{each}.jsonl").exists()]
    if missing:
        part = folder / "part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        with Seen(place.spool / MEMORY) as seen:
            seen.forget_events((request.now() - _REMEMBER).isoformat())
            render(segment, part, views=missing, seen=seen)
        for each in missing:
            (part / f"{each}.jsonl").replace(folder / f"{each}.jsonl")
        part.rmdir()
    return folder


def _taken(place: _Place, segment: Path) -> None:
    folder = place.lines(segment)
    (folder / f"{place.own}.taken").touch()
    if place.takers <= {each.stem for each in folder.glob("*.taken")}:
        segment.unlink(missing_ok=True)  # first: without it nobody looks at its lines again
        shutil.rmtree(folder, ignore_errors=True)


SOURCE = Events()
