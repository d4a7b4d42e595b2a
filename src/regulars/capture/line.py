"""Where does a record stand in its landed file: its physical line and raw text, and the way back from a line."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq

from regulars.capture.aside import printable
from regulars.capture.dialect import Dialect
from regulars.capture.job import Landed, Limits
from regulars.capture.objects import json_origins
from regulars.capture.shape import shape_of
from regulars.capture.sheet import csv_origins, delimiter_of
from regulars.capture.spreadsheet import book_origins
from regulars.capture.unpack import format_of, unpack, unpack_bytes
from regulars.kernel.errors import NotFoundError

__all__ = ["locate", "locate_many", "record_at"]


def locate(raw: Path, name: str, *, dialect: Dialect, record: int, wanted: Collection[str] = ()) -> tuple[int, str]:
    """The physical line (1-based) and the raw text of a record.

    Args:
        raw: the landed object.
        name: its original file name.
        dialect: the source's dialect.
        record: 1-based ordinal of the data record; of Parquet the row, whose line is its number.
        wanted: raw columns that the mapping uses, which help to find the delimiter as parsing did.

    Raises:
        NotFoundError: the file has fewer records.
    """
    with TemporaryDirectory() as folder:
        for number, line, text in _origins(Landed(str(raw), name), dialect, wanted=wanted, folder=Path(folder)):
            if number == record:
                return line, printable(text)
    raise NotFoundError(f"{name} has no record {record}.")


def locate_many(
    raw: Path, name: str, *, dialect: Dialect, records: Collection[int], wanted: Collection[str] = ()
) -> dict[int, tuple[int, str]]:
    """Line and raw text of many records in one pass: record -> (line, text); records that are not there are left out."""
    left, found = set(records), dict[int, tuple[int, str]]()
    with TemporaryDirectory() as folder:
        for number, line, text in _origins(Landed(str(raw), name), dialect, wanted=wanted, folder=Path(folder)):
            if number in left:
                found[number] = line, printable(text)
                left.discard(number)
            if not left:
                break
    return found


def record_at(raw: Path, name: str, *, dialect: Dialect, line: int, wanted: Collection[str] = ()) -> int:
    """The record that begins in a physical line, or goes on in it.

    Raises:
        NotFoundError: no record stands there: the header, or a line after the end.
    """
    with TemporaryDirectory() as folder:
        found: int | None = None
        for number, start, text in _origins(Landed(str(raw), name), dialect, wanted=wanted, folder=Path(folder)):
            if start > line:
                break
            ends = start + max(0, text.rstrip("\r\n").count("\n"))
            found = number if line <= ends else None
    if found is None:
        raise NotFoundError(f"No record of {name} stands in line {line}.")
    return found


def _origins(
    landed: Landed, dialect: Dialect, *, wanted: Collection[str], folder: Path
) -> Iterator[tuple[int, int, str]]:
    kind, limits = format_of(landed.name), Limits()
    if kind == "parquet":
        return _rows(unpack_bytes(landed, folder / "plain.parquet", limits=limits))
    if kind == "xlsx":
        return book_origins(landed, folder, limits=limits)
    if kind == "json":
        plain = unpack(landed, folder / "plain.txt", dialect=dialect, limits=replace(limits, line=1 << 60))
        return json_origins(plain.path, longest=limits.line, file=landed.name)
    plain = unpack(landed, folder / "plain.txt", dialect=dialect, limits=limits)
    shape = shape_of(plain.path, delimiter_of(landed.name, dialect), wanted=wanted, file=landed.name)
    return csv_origins(plain.path, shape, longest=limits.line)


def _rows(path: Path) -> Iterator[tuple[int, int, str]]:
    number = 0
    for batch in pq.ParquetFile(path).iter_batches(10_000):
        for row in batch.to_pylist():
            number += 1
            yield number, number, json.dumps(row, default=str, ensure_ascii=False)
