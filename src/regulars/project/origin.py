"""Where tables come from: the sources behind a figure, and whether any of them is made up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from regulars.conditions.check import names_of
from regulars.conditions.parse import parse
from regulars.contracts.catalog import CONTRACTS
from regulars.project.project import Project

__all__ = ["captured_behind", "links_of", "sources_behind", "sources_of"]

# Who is who is drawn from every source; a figure does not rest on a source because it named a customer there.
_RULES = "segment rules"
_IDENTITY = {"source_customer": (), "golden_customer": ("customer",)}


def sources_of(project: Project, tables: Iterable[str]) -> list[str]:
    """Names of the sources that fed the tables, directly or through the steps that wrote them; sorted."""
    wanted = captured_behind(project, tables)
    batches = project.warehouse.table("batch")
    rows = batches.filter(batches.contract.isin(sorted(wanted)) & (batches.loaded > 0)) if wanted else batches.limit(0)
    found: list[str] = project.engine.arrow(rows.select("source").distinct())["source"].to_pylist()
    return sorted(found)


def sources_behind(project: Project, tables: Iterable[str], *, links: Mapping[str, Iterable[str]]) -> list[str]:
    """Names of the sources that fed the tables, and what their rows were described with; sorted.

    Args:
        tables: what was measured.
        links: what it was split or filtered by: a described table, "golden" with its attributes, a segmentation or a
            score, each with the columns that were taken of it.
    """
    whole = _opened(project, links)
    described = {table for link in whole for table in _described(link)}
    found = {*sources_of(project, {*tables, *described}), *_winners(project, whole.get("golden", ()))}
    return sorted(found)


def links_of(project: Project, conditions: Iterable[str]) -> dict[str, set[str]]:
    """What conditions over customers rest on, as `sources_behind` takes it."""
    rules = project.config.named("segments")
    columns = project.warehouse.table("golden_customer").columns
    found: dict[str, set[str]] = {}
    for name in sorted({name for text in conditions for name in names_of(parse(text))}):
        attribute = next((each for each in (name, f"attr_{name}") if each in columns), None)
        if attribute:
            found.setdefault("golden", set()).add(attribute)
        else:
            found[f"segment.{name}" if name in rules else "score." if "." in name else "segment."] = set()
    return found


def _opened(project: Project, links: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """The links with each rule segment replaced by what its condition rests on."""
    rules = project.config.named("segments")
    found: dict[str, set[str]] = {}
    todo = [(name, set(columns)) for name, columns in links.items()]
    opened: set[str] = set()
    while todo:
        link, columns = todo.pop()
        rule = link.removeprefix("segment.")
        if link.startswith("segment.") and rule in rules:
            todo += links_of(project, [rules[rule]["where"]]).items() if rule not in opened else ()
            opened.add(rule)
        else:  # `golden@sale` is the customer as of the sale: the same sources
            found.setdefault(link.partition("@")[0], set()).update(columns)
    return found


def _described(link: str) -> tuple[str, ...]:
    if link.startswith(("segment.", "score.")):
        return (link.partition(".")[0],)
    if link == "conversion":
        return ("prospect",)
    return (link,) if link in CONTRACTS and CONTRACTS[link].captured and link != "customer" else ()


def _winners(project: Project, attributes: Iterable[str]) -> set[str]:
    """The sources whose values of these attributes are the customers' own now: each attribute has its winner."""
    golden = project.warehouse.table("golden_customer")
    columns = [f"{name}_source" for name in attributes if f"{name}_source" in golden.columns]
    rows = [project.engine.arrow(golden.select(source=column).distinct())["source"].to_pylist() for column in columns]
    return {name for each in rows for name in each if name}


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
    done = runs.filter(
        (runs.status == "done") & (runs.step != _RULES)
    )  # a rule segment rests on what its condition names
    rows = project.engine.arrow(done.select("reads", "writes")).to_pylist()
    found: dict[str, set[str]] = {}
    for row in rows:
        for name in (row["writes"] or "").split():
            found.setdefault(name, set()).update((row["reads"] or "").split())
    return found
