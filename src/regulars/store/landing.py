"""The landing: raw bytes as they came, durable before anything is acknowledged, named by what they are.

An object's name is the SHA-256 of the original bytes. Text is compressed with zstd; what is compressed already is kept as
it is. The warehouse can be rebuilt from here.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from regulars.kernel.errors import BusyError, ConsistencyError, DataError

__all__ = ["Landed", "Landing"]

_PACKED = (b"\x1f\x8b", b"PK\x03\x04", b"PAR1", b"\x28\xb5\x2f\xfd")
_CHUNK = 1 << 20
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
            fix="Restore landing/ from a backup, or send the file again.",
        )

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


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
