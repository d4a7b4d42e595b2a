"""Laws of conduct: one error family, no code from data, money rounded once, clock and environment at the edge."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture.allowed import BOUNDARIES, EDGES
from tests.architecture.source import SRC, Module, dotted

PROTOCOL_ERRORS = {"AttributeError", "KeyError", "StopIteration"}  # what Python's own protocols ask for
CODE_FROM_DATA = {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}
PICKLES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
CLOCK = {
    "time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "datetime.today", "date.today",
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
    "os.environ", "os.getenv", "uuid.uuid1", "uuid.uuid4", "uuid4", "ibis.now", "ibis.today",
    "ibis.random", "ibis.uuid",
}  # fmt: skip
AMOUNT = re.compile(r"(.+_amount|amount|margin|unit_cost|list_price|fixed_cost|cost_per_contact|monthly_fee)$")


def family() -> set[str]:
    """The names of the error family."""
    tree = ast.parse((SRC / "regulars" / "kernel" / "errors.py").read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.ClassDef)}


def errors(module: Module) -> Iterator[str]:
    """Only errors of the family in kernel/errors.py are raised, and none is made elsewhere."""
    if module.name == "regulars.kernel.errors":
        return
    allowed = family() | PROTOCOL_ERRORS | ({"SystemExit"} if module.top == "doors" else set())
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call | ast.Name):
            name = dotted(node.exc.func if isinstance(node.exc, ast.Call) else node.exc).rpartition(".")[2]
            if name[:1].isupper() and name not in allowed:
                yield module.at(
                    node, f"raises {name}: raise one of kernel/errors.py, with what is allowed and what to do"
                )
        if isinstance(node, ast.ClassDef) and any(dotted(base).endswith(("Error", "Exception")) for base in node.bases):
            yield module.at(node, f"{node.name}: the error family lives in kernel/errors.py")


def broad_except(module: Module) -> Iterator[str]:
    """A broad `except` stands only at the one boundary of a door or a sink, or cleans up and raises again."""
    broad = [node for node in ast.walk(module.tree) if isinstance(node, ast.ExceptHandler) and _broad(node)]
    boundary = module.name.startswith(BOUNDARIES)
    for node in broad[1:] if boundary else broad:
        yield module.at(node, "a broad except: name the errors that are expected here")


def _broad(node: ast.ExceptHandler) -> bool:
    if isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None:
        return False
    kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return any(kind is None or dotted(kind) in ("Exception", "BaseException") for kind in kinds)


def no_code(module: Module) -> Iterator[str]:
    """No eval, exec, pickle or shell: data is never code."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and dotted(node.func) in CODE_FROM_DATA:
            yield module.at(node, f"{dotted(node.func)}: data is never code; use the closed language of conditions/")
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found = {each.name.split(".")[0] for each in node.names} | {
                (getattr(node, "module", "") or "").split(".")[0]
            }
            if hit := found & PICKLES:
                yield module.at(node, f"{hit.pop()}: models are stored as JSON, never as a pickle")
        elif isinstance(node, ast.keyword) and node.arg == "shell" and getattr(node.value, "value", None) is True:
            yield module.at(node.value, "shell=True: pass the arguments as a list")


def clock(module: Module) -> Iterator[str]:
    """The clock, the environment and chance are passed in from the doors."""
    if module.name.startswith(EDGES):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute | ast.Name) and dotted(node) in CLOCK and isinstance(node.ctx, ast.Load):
            yield module.at(node, f"{dotted(node)}: take it as an argument; the doors pass it in")
        elif isinstance(node, ast.Call) and _unseeded(node):
            yield module.at(node, f"{dotted(node.func)}: chance needs a seed that is passed in")


def _unseeded(node: ast.Call) -> bool:
    name = dotted(node.func)
    if name.endswith("default_rng"):
        return not node.args and not node.keywords
    return (
        name.startswith(("random.", "np.random.", "numpy.random.", "secrets."))
        and name.rpartition(".")[2][:1].islower()
    )


def money(module: Module) -> Iterator[str]:
    """No naked product or quotient of a money column: it ends in money() or ratio()."""
    if "ibis" in module.text:
        yield from _naked(module, module.tree)


def _naked(module: Module, node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in ("money", "ratio"):
        return
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div) and (hit := _amount(node)):
        yield module.at(node, f"a naked product or quotient of {hit!r}: end it in money(), or use ratio()")
        return
    for child in ast.iter_child_nodes(node):
        yield from _naked(module, child)


def _amount(node: ast.AST) -> str | None:
    """The money column that an arithmetic expression reads, or None; a method call on a column ends the search."""
    if isinstance(node, ast.BinOp):
        return _amount(node.left) or _amount(node.right)
    if isinstance(node, ast.Attribute) and AMOUNT.match(node.attr):
        return node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        name = str(node.slice.value)
        return name if AMOUNT.match(name) else None
    return None
