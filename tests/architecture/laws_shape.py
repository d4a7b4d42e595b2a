"""Laws of size and shape: modules, functions, parameters, classes, rooms."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from statistics import median

from tests.architecture.source import Function, Module, body_length, public

MODULE_LINES, BODY_LINES, MEDIAN_LINES, PARAMETERS, POSITIONAL, METHODS, COMPLEXITY = 400, 60, 8, 6, 2, 12, 8
_FORKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler)


def module_length(module: Module) -> Iterator[str]:
    """A module has at most 400 lines."""
    if (lines := module.text.count("\n")) > MODULE_LINES:
        yield module.at(1, f"{lines} lines, at most {MODULE_LINES}: split it by what its parts answer")


def body_size(module: Module) -> Iterator[str]:
    """A function's body has at most 60 lines."""
    for name, function, _ in module.functions:
        if (lines := body_length(function)) > BODY_LINES:
            yield module.at(function, f"{name} has {lines} lines, at most {BODY_LINES}: name its steps as functions")


def body_median(modules: list[Module]) -> Iterator[str]:
    """Half of all function bodies have at most 8 lines."""
    sizes = [body_length(function) for module in modules for _, function, _ in module.functions]
    if sizes and (middle := median(sizes)) > MEDIAN_LINES:
        yield f"the median body of {len(sizes)} functions has {middle:g} lines, at most {MEDIAN_LINES}: name more steps"


def parameters(module: Module) -> Iterator[str]:
    """A function takes at most six parameters."""
    for name, function, owner in module.functions:
        if (count := len(_positional(function, owner)) + len(function.args.kwonlyargs)) > PARAMETERS:
            yield module.at(function, f"{name} takes {count} parameters, at most {PARAMETERS}: hand in a dataclass")


def positional(module: Module) -> Iterator[str]:
    """Parameters are keyword-only after the second."""
    for name, function, owner in module.functions:
        dunder = function.name.startswith("__") and function.name != "__init__"
        if not dunder and len(_positional(function, owner)) > POSITIONAL:
            yield module.at(function, f"{name}: put a * after the second parameter")


def _positional(function: Function, owner: ast.AST | None) -> list[ast.arg]:
    plain = [*function.args.posonlyargs, *function.args.args]
    static = any(isinstance(each, ast.Name) and each.id == "staticmethod" for each in function.decorator_list)
    return plain[1:] if isinstance(owner, ast.ClassDef) and not static else plain


def nested(module: Module) -> Iterator[str]:
    """No function inside a function, but the wrapper that a decorator returns."""
    for name, function, owner in module.functions:
        wraps = any("wraps" in ast.dump(each) for each in function.decorator_list)
        if isinstance(owner, Function) and not wraps:
            yield module.at(function, f"{name} stands inside a function: move it to the module, hand in what it needs")


def complexity(module: Module) -> Iterator[str]:
    """Cyclomatic complexity is at most 8."""
    for name, function, _ in module.functions:
        if (count := _complexity(function)) > COMPLEXITY:
            yield module.at(
                function, f"{name} has complexity {count}, at most {COMPLEXITY}: use a table or name a step"
            )


def _complexity(function: Function) -> int:
    """Counted as ruff counts it (C901): statements that fork; expressions do not."""
    nodes = list(ast.walk(function))
    matches = sum(len(node.cases) - 1 for node in nodes if isinstance(node, ast.Match))
    return 1 + matches + sum(isinstance(node, _FORKS) for node in nodes)


def methods(module: Module) -> Iterator[str]:
    """A class has at most twelve public methods; more needs a decision record and an entry in allowed.py."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef):
            count = sum(isinstance(each, Function) and public(each.name) for each in node.body)
            if count > METHODS:
                yield module.at(
                    node, f"{node.name} has {count} public methods, at most {METHODS}: split it or decide so"
                )
