"""The one way into a project, whichever door was used: through the server that owns it, else by taking its lock."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from regulars.doors import wire
from regulars.project.project import Outside, Project
from regulars.project.promise import promised
from regulars.project.verb import Verb, verb

__all__ = ["call", "perform"]


def perform(root: Path, name: str, *, args: Mapping[str, Any], outside: Outside) -> dict[str, Any]:
    """Do one verb on the project in `root`.

    While a server runs on the project the verb is sent to it; otherwise the warehouse is held for the verb's duration.

    Raises:
        RegularsError: whatever the verb met, the same through every door.
    """
    what = verb(name)
    if not what.opens:
        result: dict[str, Any] = _function(what)(root, outside, **args)
        return result
    if (line := wire.connect(root)) is not None:
        return wire.ask(line, name, args=args, progress=outside.progress)
    project = Project(root, outside, verb=name)
    try:
        return call(project, name, args=args)
    finally:
        project.close()


def call(project: Project, name: str, *, args: Mapping[str, Any]) -> dict[str, Any]:
    """Do one verb on an open project."""
    try:
        _finish(project)
        result: dict[str, Any] = _function(verb(name))(project, **args)
        return result
    finally:
        if "engine" in project.__dict__:
            project.engine.tidy()


def _finish(project: Project) -> None:
    """An erasure that was broken off ends before anything else is done."""
    if promised(project.root):
        import_module("regulars.project.steps.forget").finish(project)


def _function(what: Verb) -> Any:
    module, _, name = what.run.partition(":")
    return getattr(import_module(module), name)
