"""What rooms, sources and sinks there are: our own folders, and what other packages offer by entry points."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from regulars.capture.offer import Source
from regulars.kernel.errors import ConfigError, UnknownNameError
from regulars.learning.protocol import Room

__all__ = ["room", "room_names", "sink", "source", "source_kinds"]

API = 1


@cache
def room_names() -> tuple[str, ...]:
    """Names of the analyses that are there, without importing any of them."""
    return tuple(sorted({*_modules("regulars.analyses"), *_offered("regulars.analyses")}))


def room(name: str) -> Room:
    """The room of that name, imported now.

    Raises:
        UnknownNameError: there is none.
    """
    if name not in room_names():
        raise UnknownNameError("analysis", name, room_names())
    found: Room = _load("regulars.analyses", name, ours="regulars.analyses.{}.model", attribute="ROOM")
    return found


def source_kinds() -> tuple[str, ...]:
    """Kinds of sources that can be read."""
    return tuple(sorted({*_modules("regulars.capture.sources"), *_offered("regulars.sources")}))


def source(kind: str) -> Source:
    """The source kind of that name.

    Raises:
        ConfigError: there is none.
    """
    if kind not in source_kinds():
        raise ConfigError(f"There is no source of kind {kind!r} yet.", allowed=source_kinds())
    found: Source = _load("regulars.sources", kind, ours="regulars.capture.sources.{}", attribute="SOURCE")
    return found


def sink(kind: str) -> Any:
    """The sink of that kind.

    Raises:
        ConfigError: it is not there yet.
    """
    kinds = sorted({*_modules("regulars.activate.sinks"), *_offered("regulars.sinks")})
    if kind not in kinds:
        raise ConfigError(f"There is no sink of kind {kind!r} yet.", allowed=kinds)
    return _load("regulars.sinks", kind, ours="regulars.activate.sinks.{}", attribute="SINK")


def _load(group: str, name: str, *, ours: str, attribute: str) -> Any:
    offered = _offered(group)
    found = offered[name].load() if name in offered else getattr(import_module(ours.format(name)), attribute)
    if found.API != API:
        raise ConfigError(
            f"The plug-in {name!r} speaks version {found.API} of our protocol; this release speaks {API}."
        )
    return found


def _offered(group: str) -> dict[str, Any]:
    return {each.name: each for each in entry_points(group=group)}


def _modules(package: str) -> list[str]:
    spec = find_spec(package)
    places = list(spec.submodule_search_locations or []) if spec else []
    names = [each for place in places for each in Path(place).iterdir() if not each.name.startswith(("_", "."))]
    return [each.stem for each in names if each.suffix == ".py" or (each / "model.py").exists()]
