"""The landing: raw bytes as they came, durable before anything is acknowledged, named by what they are.

An object's name is the SHA-256 of the original bytes. Text is compressed with zstd; what is compressed already is kept as
it is. The warehouse can be rebuilt from here. An object from which records were erased keeps its name, so that the same
file delivered again is still known; a note beside it tells which records are blank, and the hash of what is left.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from regulars.kernel.errors import BusyError, ConsistencyError, DataError

__all__ = ["Landed", "Landing", "begins_with"]

_PACKED = (b"\x1f\x8b", b"PK\x03\x04", b"PAR1", b"\x28\xb5\x2f\xfd")
_CHUNK = 1 << 20
_NOTE = ".erased.json"
_RESERVE = 256 << 20  # bytes that must stay free on the disk


@dataclass(frozen=True, slots=True)
class Landed:
    """One landed object: hash and size of the original bytes, and where it lies."""

    sha256: str
    size: int
    path: Path


class Landing:
    """The landing folder of one project."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def land(self, file: Path) -> Landed:
        """Copy a file in: hashed while streaming, fsynced, renamed into place; twice the same bytes is one object.

        Raises:
            DataError: the file cannot be read.
            BusyError: the disk is too full to take it safely.
        """
        self._check_room(file)
        part = self._folder / f".part-{os.getpid()}-{file.name[-40:]}"
        try:
            with file.open("rb") as raw:
                packed = raw.read(4).startswith(_PACKED)
                raw.seek(0)
                digest, size = self._copy(raw, part, packed=packed)
        except OSError as problem:
            part.unlink(missing_ok=True)
            raise DataError(f"{file} cannot be landed: {problem.strerror or problem}.") from problem
        target = self._path(digest, packed)
        self._settle(part, target)
        return Landed(digest, size, target)

    def find(self, sha256: str) -> Path:
        """Where an object lies.

        Raises:
            ConsistencyError: it is gone.
        """
        for packed in (False, True):
            path = self._path(sha256, packed)
            if path.exists():
                return path
        raise ConsistencyError(
            f"The landed object {sha256[:12]} is missing.",
            fix="It went by [retention]; else restore a backup, or send the file again.",
        )

    def objects(self) -> Iterator[Landed]:
        """Every object, by name; `size` is that of the stored file."""
        for path in sorted(self._folder.glob("??/*")):
            if not path.name.endswith((".json", ".part")):
                yield Landed(path.name.removesuffix(".zst"), path.stat().st_size, path)

    def erased(self, sha256: str, sheet: str | None = None) -> tuple[tuple[int, int], ...]:
        """First and last numbers of the records that were blanked in an object, or in one sheet of a workbook."""
        return tuple((first, last) for first, last in self._noted(sha256).get(sheet or "", ()))

    def _noted(self, sha256: str) -> dict[str, list[list[int]]]:
        note = self._note(sha256)
        found: dict[str, list[list[int]]] = json.loads(note.read_text())["records"] if note.exists() else {}
        return found

    def rewrite(
        self, sha256: str, records: Sequence[tuple[int, int]], *, make: Callable[[Path], None], sheet: str | None = None
    ) -> None:
        """Put what `make` writes in the place of an object: the note first, so that what is erased is never loaded again.

        Args:
            records: all records that are blank from now on, those of earlier times included.
            make: writes the new file, packed as the object is.
            sheet: of a workbook, where the records are.
        """
        path, note = self.find(sha256), self._note(sha256)
        part = self._folder / f".part-{os.getpid()}{path.suffix if path.suffix == '.zst' else ''}"
        make(part)
        noted = self._noted(sha256) | {sheet or "": [list(each) for each in records]}
        body = {"records": noted, "sha256": hashlib.sha256(part.read_bytes()).hexdigest()}
        self._write_note(note, body)
        _sync(part)
        part.replace(path)
        _sync(path.parent)

    def foresee(
        self, sha256: str, records: Sequence[tuple[int, int]], *, before: str, sheet: str | None = None
    ) -> None:
        """Note which records are blank in a file that may be landed later; `before` is the hash that it had."""
        note = self._note(sha256)
        note.parent.mkdir(exist_ok=True)
        self._write_note(note, {"records": self._noted(before) | {sheet or "": [list(each) for each in records]}})

    def drop(self, sha256: str) -> None:
        """Remove an object for good."""
        for path in (self._path(sha256, False), self._path(sha256, True), self._note(sha256)):
            path.unlink(missing_ok=True)

    @staticmethod
    def _write_note(note: Path, body: object) -> None:
        fresh = note.with_suffix(".part")
        fresh.write_text(json.dumps(body))
        _sync(fresh)
        fresh.replace(note)

    def _note(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / (sha256 + _NOTE)

    def _path(self, sha256: str, packed: bool) -> Path:
        return self._folder / sha256[:2] / (sha256 + ("" if packed else ".zst"))

    def _check_room(self, file: Path) -> None:
        stat = os.statvfs(self._folder)
        free = stat.f_bavail * stat.f_frsize
        if file.exists() and free < file.stat().st_size + _RESERVE:
            raise BusyError(
                f"The disk has {free >> 20} MB left: too little to land {file.name}.", fix="Free some space."
            )

    @staticmethod
    def _copy(raw: object, part: Path, *, packed: bool) -> tuple[str, int]:
        digest, size = hashlib.sha256(), 0
        with part.open("wb") as disk:
            out = disk if packed else pa.CompressedOutputStream(pa.PythonFile(disk, "wb"), "zstd")
            while chunk := raw.read(_CHUNK):  # type: ignore[attr-defined]
                digest.update(chunk)
                size += len(chunk)
                out.write(chunk)
            if not packed:
                out.close()
        return digest.hexdigest(), size

    def _settle(self, part: Path, target: Path) -> None:
        if target.exists():
            part.unlink()
            return
        target.parent.mkdir(exist_ok=True)
        _sync(part)
        part.replace(target)
        _sync(target.parent)
        _sync(self._folder)


def begins_with(file: Path, size: int, *, sha256: str) -> bool:
    """Whether the first `size` bytes of a longer file have that hash: it is the old one, grown."""
    if file.stat().st_size <= size:
        return False
    digest, left = hashlib.sha256(), size
    with file.open("rb") as raw:
        while left and (chunk := raw.read(min(_CHUNK, left))):
            digest.update(chunk)
            left -= len(chunk)
    return digest.hexdigest() == sha256


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
