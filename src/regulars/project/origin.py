"""Where tables come from: the sources behind a figure, and whether any of them is made up."""

from __future__ import annotations

from collections.abc import Iterable

from regulars.contracts.catalog import CONTRACTS
from regulars.project.project import Project

__all__ = ["captured_behind", "sources_of"]

# Who is who is drawn from every source; a figure does not rest on a source because it named a customer there.
_IDENTITY = {"source_customer": (), "golden_customer": ("customer",)}


def sources_of(project: Project, tables: Iterable[str]) -> list[str]:
    """Names of the sources that fed the tables, directly or through the steps that wrote them; sorted."""
    wanted = captured_behind(project, tables)
    batches = project.warehouse.table("batch")
    rows = batches.filter(batches.contract.isin(sorted(wanted)) & (batches.loaded > 0)) if wanted else batches.limit(0)
    found: list[str] = project.engine.arrow(rows.select("source").distinct())["source"].to_pylist()
    return sorted(found)


def captured_behind(project: Project, tables: Iterable[str]) -> set[str]:
    """The captured contracts that the tables rest on."""
    read_by = _reads(project)
    found: set[str] = set()
    todo, seen = list(tables), set[str]()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in CONTRACTS and CONTRACTS[name].captured:
            found.add(name)
        else:
            todo.extend(_IDENTITY.get(name, tuple(read_by.get(name, ()))))
    return found


def _reads(project: Project) -> dict[str, set[str]]:
    runs = project.warehouse.table("run")
    rows = project.engine.arrow(runs.filter(runs.status == "done").select("reads", "writes")).to_pylist()
    found: dict[str, set[str]] = {}
    for row in rows:
        for name in (row["writes"] or "").split():
            found.setdefault(name, set()).update((row["reads"] or "").split())
    return found
