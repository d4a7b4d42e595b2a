"""Laws of imports: no circle, hidden ones counted; drivers and heavy libraries only in the rooms that own them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatch

from tests.architecture.source import Module

# library -> the modules that may import it
OWNERS: dict[str, tuple[str, ...]] = {
    "duckdb": ("regulars.engines.*",),
    "pyspark": ("regulars.engines.*",),
    "sqlite3": ("regulars.store.*",),
    "pandas": ("regulars.learning.*", "regulars.analyses.*.model", "regulars.report.*"),
    "fastapi": ("regulars.doors.*",),
    "pydantic": ("regulars.doors.rest.*",),
    "starlette": ("regulars.doors.*",),
    "uvicorn": ("regulars.doors.*",),
    "socket": ("regulars.doors.*",),
    "http": ("regulars.doors.*", "regulars.capture.sources.*", "regulars.activate.sinks.*"),
    "urllib.request": ("regulars.capture.sources.*", "regulars.activate.sinks.*", "regulars.doors.*"),
}


def imported(module: Module) -> Iterator[tuple[ast.stmt, str]]:
    """Every import of a module, wherever it stands: (statement, dotted name), `from a import b` as `a.b`."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node, f"{node.module}.{each.name}") for each in node.names)


def drivers(module: Module) -> Iterator[str]:
    """Drivers, pandas and web libraries are imported by their owners only."""
    for node, name in imported(module):
        for library, owners in OWNERS.items():
            inside = name == library or name.startswith(library + ".")
            if inside and not any(fnmatch(module.name + ".", f"{owner}.") or _under(module, owner) for owner in owners):
                yield module.at(node, f"{library} belongs to {', '.join(owners)}: hand in a table, or ask that room")


def _under(module: Module, owner: str) -> bool:
    return owner.endswith(".*") and (module.name + ".").startswith(owner[:-1])


def rooms_apart(module: Module) -> Iterator[str]:
    """An analysis never imports another one; it reads that one's tables by name."""
    own = module.name.split(".")
    if own[1:2] != ["analyses"] or len(own) < 3:
        return
    for node, name in imported(module):
        other = name.split(".")
        if other[:2] == ["regulars", "analyses"] and len(other) > 2 and other[2] != own[2]:
            yield module.at(node, f"{own[2]} imports {other[2]}: read its table by name")


def cycles(modules: list[Module]) -> Iterator[str]:
    """No import cycle, imports inside functions and under TYPE_CHECKING counted."""
    names = {module.name for module in modules}
    graph = {module.name: {hit for _, name in imported(module) if (hit := _resolve(name, names))} for module in modules}
    while leaves := [name for name, targets in graph.items() if not (targets - {name}) & graph.keys()]:
        for name in leaves:
            del graph[name]
    tangled = {name for name, targets in graph.items() if _reaches(graph, name, targets)}
    if tangled:
        yield f"import cycle among {sorted(tangled)}: move what both need one floor down"


def _resolve(name: str, names: set[str]) -> str | None:
    while name and name not in names:
        name = name.rpartition(".")[0]
    return name if name.startswith("regulars") else None


def _reaches(graph: dict[str, set[str]], goal: str, start: set[str]) -> bool:
    seen: set[str] = set()
    queue = list(start - {goal})
    while queue:
        name = queue.pop()
        if name == goal:
            return True
        queue += [each for each in graph.get(name, ()) if each not in seen]
        seen |= graph.get(name, set())
    return goal in seen
