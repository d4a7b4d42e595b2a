"""The project's source as the laws see it: modules with their names, texts and trees, functions with their bodies."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One Python file of `src`, or an example that a test made up."""

    name: str  # regulars.kernel.errors; a package's is that of its folder
    text: str
    package: bool = False

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed text."""
        return ast.parse(self.text)

    @cached_property
    def functions(self) -> list[tuple[str, Function, ast.AST | None]]:
        """(qualified name, function, the class or function around it or None), outermost first."""
        return list(_functions(self.tree, "", None))

    @property
    def top(self) -> str:
        """The room's floor: `kernel` of regulars.kernel.errors, "" of the root."""
        return self.name.split(".")[1] if "." in self.name else ""

    def at(self, node: ast.AST | int, says: str) -> str:
        """A finding: the place and what to do."""
        line = node if isinstance(node, int) else getattr(node, "lineno", 1)
        return f"{self.name}:{line}: {says}"


def _functions(node: ast.AST, prefix: str, owner: ast.AST | None) -> Iterator[tuple[str, Function, ast.AST | None]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            yield prefix + child.name, child, owner
            yield from _functions(child, f"{prefix}{child.name}.", child)
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.", child)
        else:
            yield from _functions(child, prefix, owner)


def modules() -> list[Module]:
    """Every module of `src/regulars`."""
    return [_module(path) for path in sorted((SRC / "regulars").rglob("*.py"))]


def _module(path: Path) -> Module:
    parts = path.relative_to(SRC).with_suffix("").parts
    package = parts[-1] == "__init__"
    return Module(".".join(parts[:-1] if package else parts), path.read_text(encoding="utf-8"), package)


def body(function: Function) -> list[ast.stmt]:
    """The statements after the docstring."""
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return function.body[1:] if documented else function.body


def body_length(function: Function) -> int:
    """Lines of a function's body without its docstring."""
    rows = body(function)
    return (rows[-1].end_lineno or 0) - rows[0].lineno + 1 if rows else 0


def public(name: str) -> bool:
    """True when no part of a qualified name begins with an underscore."""
    return not any(part.startswith("_") for part in name.split("."))


def dotted(node: ast.AST) -> str:
    """`a.b.c` of an attribute chain, else ""."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def committed() -> list[Path]:
    """Files that are, or would be, committed; all files that are not ignored."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    if found.returncode == 0 and found.stdout:
        return [path for name in found.stdout.split("\0") if name and (path := ROOT / name).is_file()]
    return [path for path in ROOT.rglob("*") if path.is_file() and not _made(path)]


def _made(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    hidden = any(part.startswith(".") and part != ".ci" for part in parts[:-1])
    return hidden or parts[0] in ("site", "demo") or any(part.endswith((".egg-info", "__pycache__")) for part in parts)
