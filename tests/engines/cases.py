"""Which builders are there, and which case shows each of them at work?

A builder is a public function of a module outside engines/ that is annotated `-> ir.Table` and has no project, warehouse
or engine among its parameters (with one it fetches its tables itself, and is tested with its step). Its case stands in a
file `cases_<room>.py` beside this one: CASES["regulars.room.module:builder"] is a function of `bring`, which puts a small
Arrow table on the engine under test. NEEDS, where a file has it, names the capability without which a case cannot run.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable
from pathlib import Path

import ibis.expr.types as ir
import pyarrow as pa

from regulars.engines.protocol import Capability

Bring = Callable[[pa.Table], ir.Table]
Case = Callable[[Bring], ir.Table]

EXECUTES = {"Engine", "Project", "Warehouse"}

HERE = Path(__file__).parent
SRC = HERE.parents[1] / "src"


def builders() -> set[str]:
    """`module:function` of every builder in `src`."""
    files = (path for path in (SRC / "regulars").rglob("*.py") if "engines" not in path.relative_to(SRC).parts)
    return {f"{_name(path)}:{name}" for path in files for name in builders_of(path.read_text(encoding="utf-8"))}


def builders_of(text: str) -> list[str]:
    """The builders in one module's text."""
    return [f.name for f in ast.parse(text).body if isinstance(f, ast.FunctionDef) and _is_builder(f)]


def _is_builder(function: ast.FunctionDef) -> bool:
    said = function.args
    taken = [each.annotation for each in (*said.posonlyargs, *said.args, *said.kwonlyargs) if each.annotation]
    words = {word.id for each in taken for word in ast.walk(each) if isinstance(word, ast.Name)}
    gives = ast.unparse(function.returns) if function.returns else ""
    return function.name[0] != "_" and gives in ("ir.Table", "'ir.Table'") and not words & EXECUTES


def _name(path: Path) -> str:
    parts = path.relative_to(SRC).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def cases() -> dict[str, Case]:
    """Every case of every `cases_<room>.py`; a key that two files claim is an error."""
    found: dict[str, Case] = {}
    for path in sorted(HERE.glob("cases_*.py")):
        own: dict[str, Case] = importlib.import_module(f"tests.engines.{path.stem}").CASES
        if twice := found.keys() & own.keys():
            raise AssertionError(f"{path.name}: {sorted(twice)} have a case already")
        found |= own
    return found


def needs() -> dict[str, Capability]:
    """Cases that some engines cannot run, with what they would need."""
    names = [path.stem for path in sorted(HERE.glob("cases_*.py"))]
    return {
        k: v
        for name in names
        for k, v in getattr(importlib.import_module(f"tests.engines.{name}"), "NEEDS", {}).items()
    }
