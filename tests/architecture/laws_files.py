"""Laws of committed files: no path of somebody's machine, no address of a registry, locks with hashes, rooms alike."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

# Written in two halves, so that this file keeps its own law.
_HOSTS = ("pypi" + ".org", "files.python" + "hosted", "registry.npm" + "js", "artifact" + "ory", "jfrog" + ".io")
_MACHINE = re.compile(
    r"(?<![\w./~-])/(?:ho" + r"me|Us" + r"ers|ro" + r"ot|wo" + r"rk)/\w+|/tm" + r"p/w/|\.\./sha" + r"red"
)
_ADDRESS = re.compile(r"://|--(?:extra-)?index-url|--find-links|--trusted-host|\bfile:| @ ")
ROOM_FILES = ("README.md", "features.py", "model.py", "report.py")
_TEXTS = {
    ".py",
    ".md",
    ".toml",
    ".txt",
    ".in",
    ".sh",
    ".yml",
    ".yaml",
    ".json",
    ".cfg",
    ".css",
    ".js",
    ".ts",
    ".html",
    "",
}


def addresses(name: str, text: str) -> Iterator[str]:
    """No committed text names a registry's host or a path of somebody's machine."""
    for number, line in enumerate(text.splitlines(), 1):
        if any(host in line for host in _HOSTS):
            yield f"{name}:{number}: names a registry's host: take it out"
        if (hit := _MACHINE.search(line)) and not _reads_shared_data(name, line):
            yield f"{name}:{number}: {hit.group()!r} is a path of somebody's machine: take it out"


def _reads_shared_data(name: str, line: str) -> bool:
    return name.startswith("tests/") and "sha" + "red" in line


def lock(name: str, text: str) -> Iterator[str]:
    """A lock pins every package with hashes and holds no address."""
    for number, line in enumerate(text.splitlines(), 1):
        if _ADDRESS.search(line.split("#")[0]):
            yield f"{name}:{number}: an address in a lock: write it with tools/lock.sh"
        if re.match(r"[A-Za-z0-9]", line) and not re.match(r"[\w.-]+==[\w.+!-]+( ; .*)? \\$", line):
            yield f"{name}:{number}: not pinned with hashes: write it with tools/lock.sh"


def room(folder: Path) -> Iterator[str]:
    """Every analysis has the same files, and its model ends with ROOM."""
    for each in ROOM_FILES:
        if not (folder / each).is_file():
            yield f"analyses/{folder.name}: no {each}: rooms are alike"
    model = folder / "model.py"
    if model.is_file() and "ROOM" not in _assigned(ast.parse(model.read_text(encoding="utf-8"))):
        yield f"analyses/{folder.name}/model.py: no ROOM: the registry finds the room by it"


def _assigned(tree: ast.Module) -> set[str]:
    targets = [
        target
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    ]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def readable(path: Path) -> bool:
    """A text that people write."""
    return path.suffix in _TEXTS and path.stat().st_size < 2_000_000
