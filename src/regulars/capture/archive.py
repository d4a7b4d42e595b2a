"""Which files lie in a zip archive, and each of them as a file of its own, within limits.

Nothing is unpacked by its own name: a member's name is only a label. Links, encrypted members and whatever unpacks to far
more than its size are refused, before and while unpacking.
"""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from regulars.capture.job import Limits
from regulars.capture.unpack import format_of
from regulars.kernel.errors import DataError

__all__ = ["Contents", "Member", "contents", "inside", "is_archive", "taken_out"]

_CHUNK = 1 << 20
_NOISE = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive: the names that lead to it (several, where archives lie in archives), and its size."""

    path: tuple[str, ...]
    size: int

    @property
    def label(self) -> str:
        """Its name as users see it."""
        return "/".join(self.path)


@dataclass(frozen=True, slots=True)
class Contents:
    """The members that are tables, by name, and the labels of those that are not."""

    members: tuple[Member, ...]
    others: tuple[str, ...]


def is_archive(name: str) -> bool:
    """Whether a file is taken as an archive.

    >>> is_archive("in/a.csv.ZIP"), is_archive("a.xlsx")
    (True, False)
    """
    return name.lower().endswith(".zip")


def inside(pattern: str) -> tuple[str, str | None]:
    """A pattern's part outside of an archive and the one within.

    >>> inside("in/*.zip/orders*.csv"), inside("in/*.zip"), inside("in/a.csv")
    (('in/*.zip', 'orders*.csv'), ('in/*.zip', None), ('in/a.csv', None))
    """
    at = pattern.lower().find(".zip/")
    return (pattern, None) if at < 0 else (pattern[: at + 4], pattern[at + 5 :])


def contents(path: Path, name: str, *, limits: Limits, wanted: str | None = None, folder: Path) -> Contents:
    """What lies in an archive, archives within it included.

    Args:
        path: the archive.
        name: its name, for messages.
        limits: how many members it may have, how deep, and to what they may unpack.
        wanted: only members whose label matches this pattern.
        folder: where inner archives are unpacked to be looked at.

    Raises:
        DataError: it is broken, has links or encrypted members, or goes beyond `limits`.
    """
    members: list[Member] = []
    others: list[str] = []
    for member in _walk(path, (), name=name, limits=limits, folder=folder):
        if wanted is not None and not fnmatchcase(member.label, wanted):
            continue
        if _is_table(member.label):
            members.append(member)
        else:
            others.append(member.label)
    _check_count(len(members) + len(others), name, limits=limits)
    _check_twice(members, name)
    return Contents(tuple(sorted(members, key=lambda each: each.label)), tuple(sorted(others)))


def taken_out(path: Path, member: Member, *, target: Path, name: str, limits: Limits) -> Path:
    """One member as the file `target`.

    Raises:
        DataError: it is broken, or unpacks to more than `limits` allow.
    """
    inner = path
    for depth, step in enumerate(member.path[:-1]):
        inner = _unpacked(inner, step, target=target.with_name(f"{target.name}.{depth}.zip"), name=name, limits=limits)
    return _unpacked(inner, member.path[-1], target=target, name=name, limits=limits)


def _walk(path: Path, above: tuple[str, ...], *, name: str, limits: Limits, folder: Path) -> Iterator[Member]:
    if len(above) >= limits.depth:
        raise DataError(f"{name}: archives lie more than {limits.depth} deep in one another.", fix="Unpack it first.")
    with _opened(path, "/".join((name, *above))) as archive:
        entries = [each for each in archive.infolist() if not each.is_dir() and not _is_noise(each.filename)]
        _check(entries, path, name="/".join((name, *above)), limits=limits)
        for number, entry in enumerate(entries):
            way = (*above, entry.filename)
            if not is_archive(entry.filename):
                yield Member(way, entry.file_size)
                continue
            target = folder / f"inner-{'-'.join(map(str, (len(above), number)))}.zip"
            inner = _unpacked(path, entry.filename, target=target, name=name, limits=limits)
            yield from _walk(inner, way, name=name, limits=limits, folder=folder)
            inner.unlink()


def _opened(path: Path, name: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError) as broken:
        raise _broken(name) from broken


def _broken(name: str) -> DataError:
    return DataError(f"{name} cannot be unpacked: the archive is broken or cut off.", fix="Send it again.")


def _is_noise(name: str) -> bool:
    return name.startswith(_NOISE[0]) or PurePosixPath(name).name in _NOISE or PurePosixPath(name).name.startswith("._")


def _is_table(label: str) -> bool:
    try:
        format_of(label)
    except DataError:
        return False
    return True


def _check(entries: list[zipfile.ZipInfo], path: Path, *, name: str, limits: Limits) -> None:
    _check_count(len(entries), name, limits=limits)
    for each in entries:
        if _leads_out(each.orig_filename):
            raise DataError(f"{name}: the name {each.orig_filename!r} leads out of the archive.", fix="Pack it again.")
        if stat.S_ISLNK(each.external_attr >> 16):
            raise DataError(f"{name} holds a link, {each.filename!r}: it is refused.", fix="Pack the file itself.")
        if each.flag_bits & 0x1:
            problem = f"{name}: {each.filename!r} is protected by a password."
            raise DataError(problem, fix="Send it without one, over a way that is itself safe.")
    total = sum(each.file_size for each in entries)
    _check_size(total, path.stat().st_size, name=name, limits=limits)


def _leads_out(name: str) -> bool:
    return name.startswith(("/", "\\")) or name[1:2] == ":" or ".." in re.split(r"[/\\]", name)


def _check_count(count: int, name: str, *, limits: Limits) -> None:
    if count > limits.members:
        raise DataError(f"{name} holds {count} files; {limits.members} are the most.", fix="Split it.")


def _check_twice(members: list[Member], name: str) -> None:
    labels = [each.label for each in members]
    twice = sorted({each for each in labels if labels.count(each) > 1}) if len(set(labels)) < len(labels) else []
    if twice:
        raise DataError(f"{name} holds {twice[0]!r} twice: it cannot be told which one counts.", fix="Pack it again.")


def _check_size(total: int, packed: int, *, name: str, limits: Limits) -> None:
    if total > limits.unpacked or (total > limits.ratio_from and total > packed * limits.ratio):
        problem = f"{name} would unpack to {total // 1_000_000} MB from {packed // 1_000_000} MB: it is refused."
        raise DataError(problem, fix="Send it unpacked if it is honest.")


def _unpacked(path: Path, step: str, *, target: Path, name: str, limits: Limits) -> Path:
    total, packed = 0, path.stat().st_size
    try:
        with _opened(path, name) as archive, archive.open(step) as stream, target.open("wb") as out:
            while chunk := stream.read(_CHUNK):
                total += len(chunk)
                _check_size(total, packed, name=name, limits=limits)
                out.write(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, RuntimeError, NotImplementedError) as broken:
        raise _broken(f"{name}/{step}") from broken
    return target
