"""Which records of a landed file belong to somebody? Each format is read as parsing reads it, so that numbers agree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from regulars.capture.belongs import Belongs, among
from regulars.capture.cells import Cells
from regulars.capture.dialect import Dialect
from regulars.capture.job import Landed, Limits
from regulars.capture.objects import Picker, entries
from regulars.capture.record import Lines, records
from regulars.capture.shape import Shape, shape_of
from regulars.capture.sheet import delimiter_of
from regulars.capture.unpack import Plain, format_of, unpack, unpack_bytes
from regulars.capture.workbook import Workbook, split_sheet
from regulars.kernel.errors import DataError

__all__ = ["NO_LIMITS", "Reading", "ranges", "sought", "spread"]

# What was taken in once may be read again, however large it is.
NO_LIMITS = Limits(line=1 << 60, ratio=1e9, unpacked=1 << 60)
_PIECES = re.compile(r"[\"\s,;:|{}\[\]<>]+")
_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read: its dialect, the raw columns that its mapping uses, and a folder to work in."""

    dialect: Dialect
    wanted: Sequence[str]
    folder: Path

    def plain(self, landed: Landed) -> Plain:
        """The file as plain UTF-8 text."""
        return unpack(landed, self.folder / "plain.txt", dialect=self.dialect, limits=NO_LIMITS)

    def shape(self, plain: Plain, name: str) -> Shape:
        """The delimiter and header of a CSV text."""
        return shape_of(plain.path, delimiter_of(name, self.dialect), wanted=self.wanted, file=name)


@dataclass(frozen=True, slots=True)
class _Fields:
    """One record's texts by raw column; `missing` columns are none."""

    places: Mapping[str, int]
    texts: Sequence[str | None]

    def __call__(self, raw: str) -> str | None:
        at = self.places.get(raw)
        return None if at is None or at >= len(self.texts) else self.texts[at]


def sought(landed: Landed, reading: Reading, *, uses: Sequence[Belongs]) -> list[int]:
    """The numbers of the records that belong to the people in question, in order.

    Args:
        landed: the landed object.
        reading: how it is read.
        uses: the mappings that read this file, each with what it knows.

    Raises:
        DataError: the file cannot be read as a whole.
    """
    reader = {"csv": _csv, "json": _json, "xlsx": _book, "parquet": _parquet}[format_of(landed.name)]
    return [number for number, theirs in reader(landed, reading, uses=uses) if theirs]


def _judged(uses: Sequence[Belongs], number: int, *, given: _Fields) -> bool:
    return any(use(number, given) for use in uses)


def _broken(uses: Sequence[Belongs], number: int, *, raw: str) -> bool:
    pieces = _PIECES.split(raw)
    return any(use.broken(number, pieces) for use in uses)


def _csv(landed: Landed, reading: Reading, *, uses: Sequence[Belongs]) -> Iterator[tuple[int, bool]]:
    plain = reading.plain(landed)
    shape = reading.shape(plain, landed.name)
    places = {name: at for at, name in enumerate(shape.names) if shape.names.count(name) == 1}
    with Lines(plain.path) as lines:
        for _ in range(shape.skip):
            lines.take()
        for number, record in enumerate(records(lines, shape.delimiter, width=shape.width), start=1):
            if record.fault:
                yield number, _broken(uses, number, raw=record.raw)
            else:
                yield number, _judged(uses, number, given=_Fields(places, record.fields))


def _json(landed: Landed, reading: Reading, *, uses: Sequence[Belongs]) -> Iterator[tuple[int, bool]]:
    plain, names = reading.plain(landed), among(uses)
    places, picker = {name: at for at, name in enumerate(names)}, Picker(names)
    for number, entry in enumerate(entries(plain.path, longest=NO_LIMITS.line, file=landed.name), start=1):
        if entry.value is None:
            yield number, _broken(uses, number, raw=entry.raw)
        else:
            yield number, _judged(uses, number, given=_Fields(places, picker.take(entry.value)))


def _book(landed: Landed, reading: Reading, *, uses: Sequence[Belongs]) -> Iterator[tuple[int, bool]]:
    path = unpack_bytes(landed, reading.folder / "plain.xlsx", limits=NO_LIMITS)
    file, sheet = split_sheet(landed.name)
    names, places = set(among(uses)), dict[str, int]()
    with Workbook(path, file, limits=NO_LIMITS) as book:
        for row in Cells(book, book.sheet(sheet), landed.name).rows():
            texts = {at: cell.text for at, cell in row.cells.items()}
            header = {" ".join(text.split()): at for at, text in texts.items()}
            if len(names & header.keys()) > len(names & places.keys()):
                places = header
                continue
            yield (
                row.number,
                _judged(uses, row.number, given=_Fields(places, [texts.get(at) for at in range(max(texts) + 1)])),
            )


def _parquet(landed: Landed, reading: Reading, *, uses: Sequence[Belongs]) -> Iterator[tuple[int, bool]]:
    path = unpack_bytes(landed, reading.folder / "plain.parquet", limits=NO_LIMITS)
    try:
        file = pq.ParquetFile(path)
        names = [each for each in among(uses) if each in file.schema_arrow.names]
        number = 0
        for batch in file.iter_batches(_BATCH, columns=names):
            columns = [batch.column(each).to_pylist() for each in names]
            for row in range(batch.num_rows):
                number += 1
                texts = [_as_text(column[row]) for column in columns]
                yield number, _judged(uses, number, given=_Fields({name: at for at, name in enumerate(names)}, texts))
    except OSError as broken:
        raise DataError(f"{landed.name} is not a readable Parquet file.", fix="Send it again.") from broken


def _as_text(value: Any) -> str | None:
    return None if value is None else str(value)


def ranges(records: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Numbers as runs of neighbours.

    >>> ranges([1, 2, 3, 7])
    ((1, 3), (7, 7))
    """
    found: list[tuple[int, int]] = []
    for each in sorted(set(records)):
        if found and found[-1][1] == each - 1:
            found[-1] = (found[-1][0], each)
        else:
            found.append((each, each))
    return tuple(found)


def spread(runs: Sequence[tuple[int, int]]) -> set[int]:
    """The reverse of `ranges`.

    >>> sorted(spread([(1, 3), (7, 7)]))
    [1, 2, 3, 7]
    """
    return {each for first, last in runs for each in range(first, last + 1)}
