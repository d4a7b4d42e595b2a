"""Laws of names and words: what things are called, what is documented, what stands at the top of a module."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.source import Function, Module, public

EMPTY_NAMES = {"utils", "util", "helpers", "helper", "misc", "common"}
OTHER_CUTS = {
    "asof",
    "as_of_date",
    "cutoff",
    "cut_off",
    "cutoff_date",
    "cut_date",
    "observation_date",
    "reference_date",
}


def names(module: Module) -> Iterator[str]:
    """No module is named utils, helpers, misc or common."""
    if found := EMPTY_NAMES & set(module.name.split(".")):
        yield module.at(1, f"{found.pop()!r} says nothing: name the module by the business word it holds")


def as_of(module: Module) -> Iterator[str]:
    """The cut date is called `as_of` everywhere."""
    for node in ast.walk(module.tree):
        word = node.arg if isinstance(node, ast.arg) else node.id if isinstance(node, ast.Name) else ""
        if word in OTHER_CUTS:
            yield module.at(node, f"{word!r} is called as_of here")


def empty_rooms(module: Module) -> Iterator[str]:
    """A room's `__init__` is empty; the root's is the only one with names."""
    if module.package and module.name != "regulars" and module.text.strip():
        yield module.at(1, "the __init__ of a room is empty: move this into a module with a name")


def sorted_names(module: Module) -> Iterator[str]:
    """Every public module lists its public names, sorted; what it lists is there."""
    if (module.package and module.name != "regulars") or module.name.endswith("__main__"):
        return
    listed = _listed(module)
    if listed is None:
        yield module.at(1, "no __all__: list the public names, sorted")
        return
    if listed not in (sorted(listed), sorted(listed, key=_constants_first)):
        yield module.at(1, f"__all__ is not sorted: {sorted(listed)}")
    if missing := set(listed) - _defined(module):
        yield module.at(1, f"__all__ names what is not there: {sorted(missing)}")
    if module.name == "regulars" and (extra := {each for each in _defined(module) if public(each)} - set(listed)):
        yield module.at(1, f"public names that __all__ lacks: {sorted(extra - {'annotations'})}")


def _constants_first(name: str) -> tuple[int, str]:
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def _listed(module: Module) -> list[str] | None:
    for node in module.tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(each, ast.Name) and each.id == "__all__" for each in targets):
            return [str(each) for each in ast.literal_eval(node.value)]  # type: ignore[union-attr]
    return None


def _defined(module: Module) -> set[str]:
    found: set[str] = set()
    for node in module.tree.body:
        if isinstance(node, Function | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(each.asname or each.name).split(".")[0] for each in node.names if _named(node)}
        else:
            found |= {
                each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
            }
    return found


def _named(node: ast.Import | ast.ImportFrom) -> bool:
    return not (isinstance(node, ast.ImportFrom) and node.module == "__future__")


def module_docs(module: Module) -> Iterator[str]:
    """A module's docstring says which question it answers."""
    if not module.package and not (ast.get_docstring(module.tree) or "").strip():
        yield module.at(1, "no docstring: say in one paragraph which question the module answers")


def public_docs(module: Module) -> Iterator[str]:
    """Public functions, classes and methods have a docstring; overrides of a base class may go without."""
    for node in module.tree.body:
        if isinstance(node, Function | ast.ClassDef) and public(node.name):
            yield from _undocumented(module, node)


def _undocumented(module: Module, node: Function | ast.ClassDef) -> Iterator[str]:
    if not ast.get_docstring(node):
        yield module.at(node, f"{node.name} is public and has no docstring")
    if isinstance(node, ast.ClassDef) and not node.bases:
        for each in node.body:
            if isinstance(each, Function) and public(each.name) and not ast.get_docstring(each):
                yield module.at(each, f"{node.name}.{each.name} is public and has no docstring")


def future(module: Module) -> Iterator[str]:
    """`from __future__ import annotations` stands on top."""
    if module.text.strip() and "from __future__ import annotations" not in module.text:
        yield module.at(1, "put `from __future__ import annotations` on top")
