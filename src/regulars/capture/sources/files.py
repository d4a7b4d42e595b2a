"""Files in folders as a source: which ones a mapping's pattern names, in a fixed order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from regulars.capture.offer import Offer, Request
from regulars.kernel.errors import DataError, nearest

__all__ = ["SOURCE", "Files", "Found", "discover"]

_GLOB = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Found:
    """One file: where it lies, its name relative to the root with forward slashes, size in bytes, time of change."""

    path: Path
    name: str
    size: int
    mtime: float


def discover(root: Path, pattern: str) -> list[Found]:
    """The files that `pattern` names, sorted by name; folders and links that lead out of `root` are left out.

    Args:
        root: the project folder; an absolute pattern is taken as it is.
        pattern: a path or a glob (`*`, `?`, `[...]`, `**`).

    Raises:
        DataError: the pattern is a plain path and nothing is there.

    >>> discover(Path("/nowhere"), "*.csv")
    []
    """
    if not _GLOB & set(pattern):
        return [_plain(root, pattern)]
    base, rest = (Path("/"), pattern.lstrip("/")) if pattern.startswith("/") else (root, pattern)
    home = base.resolve()
    paths = [each for each in base.glob(rest) if each.is_file() and each.resolve().is_relative_to(home)]
    return sorted((_found(root, each) for each in paths), key=lambda each: each.name)


def _plain(root: Path, pattern: str) -> Found:
    path = root / pattern
    if path.is_file():
        return _found(root, path)
    folder = path.parent
    there = sorted(each.name for each in folder.iterdir() if each.is_file()) if folder.is_dir() else []
    guess = nearest(path.name, there)
    fix = f"Put the file there, or correct `from`; {folder} " + ("has no such file." if there else "has no files.")
    raise DataError(f"There is no file {pattern}.", guess=guess, fix=fix)


def _found(root: Path, path: Path) -> Found:
    stat = path.stat()
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
    return Found(path, name, stat.st_size, stat.st_mtime)


class Files:
    """The source kind `files`: local files, taken in once each by their content."""

    API: ClassVar[int] = 1
    kind: ClassVar[str] = "files"

    def offers(self, request: Request, pattern: str) -> list[Offer]:
        """Local files, sorted by name."""
        return [_offer(each) for each in discover(request.root, pattern)]


def _offer(found: Found) -> Offer:
    return Offer(found.name, found.size, round(found.mtime * 1e6), fetch=lambda: found.path)


SOURCE = Files()
