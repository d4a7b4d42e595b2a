"""Landed files, and files that still lie where they were delivered, without the records of some people."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Collection, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from regulars.capture.belongs import Belongs
from regulars.capture.blank import blanked
from regulars.capture.dialect import Dialect
from regulars.capture.job import Landed
from regulars.capture.mapping import TableMapping
from regulars.capture.needs import raw_names
from regulars.capture.sought import Reading, ranges, sought, spread
from regulars.capture.workbook import split_sheet
from regulars.contracts.catalog import CONTRACTS
from regulars.store.landing import Landing

__all__ = ["blank_records", "erase", "erase_file", "found_in", "reading_of"]


def reading_of(mapping: TableMapping, dialect: Dialect, *, folder: Path) -> Reading:
    """How the files of a mapping are read; `folder` is made when it is needed."""
    contract = CONTRACTS[mapping.contract]
    return Reading(dialect, raw_names(mapping, contract, present=contract.names), folder)


def erase(landing: Landing, sha256: str, *, name: str, reading: Reading, uses: Sequence[Belongs]) -> list[int]:
    """Blank the records of a landed object that belong to the people in question; returns those that were not blank yet.

    Args:
        name: the file's original name, which decides its format.
        reading: how it is read; its folder holds copies for as long as this takes.
        uses: the mappings that read it.

    Raises:
        DataError: the file cannot be read as a whole.
    """
    with _workplace(reading) as place:
        landed = Landed(str(landing.find(sha256)), name)
        already = spread(landing.erased(sha256, split_sheet(name)[1]))
        found = [each for each in sought(landed, place.reading, uses=uses) if each not in already]
        if found:
            _rewrite(landing, sha256, landed=landed, reading=place.reading, records=already | set(found))
        return found


def found_in(landing: Landing, sha256: str, *, name: str, reading: Reading, uses: Sequence[Belongs]) -> list[int]:
    """The records of a landed object that belong to the people in question; nothing is changed."""
    with _workplace(reading) as place:
        return sought(Landed(str(landing.find(sha256)), name), place.reading, uses=uses)


def blank_records(
    landing: Landing, sha256: str, *, name: str, reading: Reading, records: Collection[int]
) -> int:  # fmt: skip
    """Blank further records of a landed object, whosoever they are; returns how many were not blank yet."""
    already = spread(landing.erased(sha256, split_sheet(name)[1]))
    fresh = set(records) - already
    if fresh:
        with _workplace(reading) as place:
            landed = Landed(str(landing.find(sha256)), name)
            _rewrite(landing, sha256, landed=landed, reading=place.reading, records=already | fresh)
    return len(fresh)


def _rewrite(landing: Landing, sha256: str, *, landed: Landed, reading: Reading, records: Collection[int]) -> None:
    runs = ranges(sorted(records))
    landing.rewrite(sha256, runs, make=_Make(landed, reading, records=records), sheet=split_sheet(landed.name)[1])


class _Make:
    def __init__(self, landed: Landed, reading: Reading, *, records: Collection[int]) -> None:
        self._landed, self._reading, self._records = landed, reading, records

    def __call__(self, target: Path) -> None:
        blanked(self._landed, target, reading=self._reading, records=self._records)


def erase_file(
    path: Path,
    name: str,
    *,
    reading: Reading,
    uses: Sequence[Belongs],
    landing: Landing | None = None,
    drop: bool = False,
) -> int:
    """The same for a file that lies where it was delivered or written; it appears whole or stays as it was.

    Args:
        landing: of a delivered file, where to note which records are blank, should it be landed again.
        drop: leave the records out instead of making them blank.

    Returns:
        How many records were blanked, or left out.
    """
    with _workplace(reading) as place:
        landed, sheet = Landed(str(path), name), split_sheet(name)[1]
        before = _sha256(path)
        already = spread(landing.erased(before, sheet)) if landing else set[int]()
        found = sought(landed, place.reading, uses=uses)
        if found:
            fresh = place.reading.folder / f"new{path.suffix}"
            blanked(landed, fresh, reading=place.reading, records=already | set(found), drop=drop)
            if landing is not None:
                landing.foresee(_sha256(fresh), ranges(sorted(already | set(found))), before=before, sheet=sheet)
            _settle(fresh, path)
        return len(found)


def _sha256(path: Path) -> str:
    with path.open("rb") as raw:
        return hashlib.file_digest(raw, "sha256").hexdigest()


def _settle(fresh: Path, path: Path) -> None:
    shutil.copymode(path, fresh)
    handle = os.open(fresh, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
    fresh.replace(path)


class _workplace:  # noqa: N801 - reads as the `with` that it is
    def __init__(self, reading: Reading) -> None:
        reading.folder.mkdir(parents=True, exist_ok=True)
        self._folder = TemporaryDirectory(dir=reading.folder, prefix="erase-")
        self.reading = Reading(reading.dialect, reading.wanted, Path(self._folder.name))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *of: object) -> None:
        self._folder.cleanup()
