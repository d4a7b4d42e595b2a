"""Files as a source: in local folders, or picked up from S3 and SFTP; which ones a pattern names, in a fixed order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import ClassVar

from regulars.capture.archive import inside
from regulars.capture.offer import Offer, Request
from regulars.capture.parts import parts_of
from regulars.capture.sources.pickup.remote import is_remote, remote_offers
from regulars.capture.workbook import split_sheet
from regulars.kernel.errors import DataError, nearest

__all__ = ["SOURCE", "Files", "Found", "discover"]

_GLOB = frozenset("*?[")
_SEEN = "was there"


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
    """The source kind `files`: taken in once each by their content."""

    API: ClassVar[int] = 1
    kind: ClassVar[str] = "files"

    def offers(self, request: Request, pattern: str) -> Iterator[Offer]:
        """Files, sorted by name; of archives their members, of workbooks the sheets that are asked for.

        Raises:
            DataError: a plain path names a file that never was there, or a place cannot be reached.
            ConfigError: a place lacks what it needs to be reached.
        """
        pattern, sheets = split_sheet(pattern)
        outside, within = inside(pattern)
        for whole in _wholes(request, outside):
            yield from parts_of(request, whole, within=within, sheets=sheets)


def _wholes(request: Request, pattern: str) -> list[Offer]:
    plain, label = not _GLOB & set(pattern), f"{_SEEN} {pattern}"
    seen = plain and request.memory.recall(label) is not None
    if is_remote(pattern):
        found = remote_offers(request, pattern)
    elif seen and not (request.root / pattern).is_file():
        return []  # taken in and moved away: told as vanished
    else:
        found = [_offer(request, each) for each in discover(request.root, pattern)]
    if plain and not found and not seen:
        raise DataError(f"There is no file {pattern}.", fix="Put the file there, or correct `from`.")
    if plain and found and not seen:
        request.memory.remember(label, "yes")
    return found


def _offer(request: Request, found: Found) -> Offer:
    mark = round(found.mtime * 1e6)
    age = request.now().replace(tzinfo=UTC).timestamp() - found.mtime
    settle = float(request.section.get("settle", 0))
    waits = f"it changed {max(age, 0):.0f} seconds ago" if abs(age) < settle else ""
    return Offer(found.name, found.size, mark, fetch=lambda: found.path, still=_Still(found), waits=waits)


@dataclass(frozen=True, slots=True)
class _Still:
    """Whether a file is what it was when it was found."""

    found: Found

    def __call__(self) -> bool:
        try:
            stat = self.found.path.stat()
        except OSError:
            return False
        return (stat.st_size, stat.st_mtime) == (self.found.size, self.found.mtime)


SOURCE = Files()
