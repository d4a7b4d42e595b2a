"""A raw file as a staged table of texts with numbered records: CSV the quick way if it is regular, else record by record.

The quick way is DuckDB's strict reader over the whole file, which also proves the delimiter: one record with another
number of columns, and the file goes the slow way, where that record is set aside.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from regulars.capture.aside import Pile, printable
from regulars.capture.dialect import Dialect
from regulars.capture.job import Landed, Limits
from regulars.capture.reading import PLAIN
from regulars.capture.record import Lines, Record, records
from regulars.capture.shape import Shape, shape_of
from regulars.capture.sql import name, text
from regulars.capture.unpack import Plain, unpack
from regulars.engines.scratch import Scratch
from regulars.kernel.errors import EngineError

__all__ = ["Choose", "Origins", "Sheet", "Stage", "csv_origins", "csv_sheet", "delimiter_of", "ident", "write_slow"]

_PIECE = 20_000
# Small row groups, because DuckDB hands them out to its threads one by one.
_STAGING = "FORMAT parquet, PARQUET_VERSION v2, COMPRESSION lz4_raw, DICTIONARY_SIZE_LIMIT 1000, ROW_GROUP_SIZE 30720"
_BUFFER = 4_000_000  # bytes of text that one thread reads at a time; no record that is read quickly is longer than half
_LARGE = 32_000_000  # what DuckDB takes by itself
Origins = Callable[[], Iterator[tuple[int, int, str]]]
Choose = Callable[[Sequence[str]], Collection[int]]  # column names -> positions that are needed


@dataclass(frozen=True, slots=True)
class Stage:
    """What staging needs: where to work, under which dialect and limits, and the pile of rows set aside."""

    db: Scratch
    folder: Path
    dialect: Dialect
    limits: Limits
    aside: Pile
    slow: bool = False
    header: int | None = None  # the row of a workbook's header, where it is declared


@dataclass(frozen=True, slots=True)
class Sheet:
    """A staged table.

    Attributes:
        relation: SQL of a relation with `record` and the needed columns as `ident(position)`, all texts.
        names: all raw column names, by position.
        kept: positions that were staged.
        untidy: positions that may have blanks around their values.
        typed: positions whose values had a type of their own, so that no locale applies to their texts.
        typed_dialect: how the texts of typed columns are written.
        origins: gives (record, line, raw text) of every record; None for Parquet, which has no lines.
        notes: what else to tell the user.
        doubts: why the file as a whole cannot be trusted as it is declared.
    """

    relation: str
    names: tuple[str, ...]
    kept: frozenset[int]
    untidy: frozenset[int]
    typed: frozenset[int] = frozenset()
    typed_dialect: Dialect = PLAIN
    origins: Origins | None = None
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def ident(position: int) -> str:
    """The staged column of a raw column.

    >>> ident(3)
    'c3'
    """
    return f"c{position}"


def csv_sheet(stage: Stage, landed: Landed, *, wanted: Collection[str], choose: Choose) -> Sheet:
    """Stage a CSV file.

    Args:
        stage: where and how.
        landed: the landed object.
        wanted: raw column names of the mapping, which help to find the delimiter.
        choose: from the header to the positions that are needed; may raise DataError for missing ones.
    """
    plain = unpack(landed, stage.folder / "plain.txt", dialect=stage.dialect, limits=stage.limits)
    shape = shape_of(plain.path, delimiter_of(landed.name, stage.dialect), wanted=wanted, file=landed.name)
    keep = sorted(choose(shape.names)) or [0]
    target = stage.folder / "staged.parquet"
    untidy = frozenset(keep)
    count = _quick(stage, plain, shape=shape, keep=keep, target=target)
    if count is None:
        write_slow(target, keep, rows=_sound(stage, plain, shape=shape))
        relation = f"read_parquet({text(str(target))})"
    else:
        columns = ", ".join(ident(each) for each in keep)
        numbered = f"read_parquet({text(str(target))}, file_row_number = true)"
        relation = f"(SELECT file_row_number + 1 AS record, {columns} FROM {numbered})"
        ends_inside = plain.quotes and count != plain.lines - shape.skip
        blanks = " " * plain.spaces + "\r\n" * ends_inside
        untidy = frozenset(keep) if plain.odd_blanks else _untidy(stage, blanks, keep=keep, target=target)
    origins = partial(csv_origins, plain.path, shape, longest=stage.limits.line)
    return Sheet(
        relation, shape.names, frozenset(keep), untidy, origins=origins, notes=plain.notes, doubts=plain.doubts
    )


def delimiter_of(file: str, dialect: Dialect) -> str | None:
    """The delimiter that is known before looking: the declared one, or the tab of a .tsv file."""
    if dialect.delimiter:
        return dialect.delimiter
    return "\t" if file.lower().removesuffix(".gz").endswith(".tsv") else None


def _quick(stage: Stage, plain: Plain, *, shape: Shape, keep: list[int], target: Path) -> int | None:
    if stage.slow or not plain.regular or not shape.plain_header:
        return None
    select = ", ".join(name(ident(each)) for each in keep)
    count = _copied(stage, f"SELECT {select} FROM {_reader(plain, shape, buffer=_BUFFER)}", target=target)
    # A quoted line end may mislead a reader that starts amid the file, so unless each line is a record, pieces are large.
    if plain.quotes and plain.size > _BUFFER and count != plain.lines - shape.skip:
        count = _copied(stage, f"SELECT {select} FROM {_reader(plain, shape, buffer=_LARGE)}", target=target)
    return count


def _copied(stage: Stage, select: str, *, target: Path) -> int | None:
    try:
        return int(stage.db.one(f"COPY ({select}) TO {text(str(target))} ({_STAGING})")[0])
    except EngineError:
        return None


def _reader(plain: Plain, shape: Shape, *, buffer: int) -> str:
    columns = ", ".join(f"{text(ident(each))}: 'VARCHAR'" for each in range(shape.width))
    return (
        f"read_csv({text(str(plain.path))}, columns = {{{columns}}}, auto_detect = false, header = false, "
        f"skip = {shape.skip}, delim = {text(shape.delimiter)}, quote = '\"', escape = '\"', strict_mode = true, "
        f"null_padding = false, ignore_errors = false, buffer_size = {buffer})"
    )


def _untidy(stage: Stage, blanks: str, *, keep: list[int], target: Path) -> frozenset[int]:
    if not blanks:
        return frozenset()
    tests = [
        " OR ".join(f"{side}_with({ident(each)}, {text(blank)})" for blank in blanks for side in ("starts", "ends"))
        for each in keep
    ]
    picks = ", ".join(f"bool_or({each})" for each in tests)
    found = stage.db.one(f"SELECT {picks} FROM read_parquet({text(str(target))})")
    return frozenset(each for each, blank in zip(keep, found, strict=True) if blank)


def csv_origins(path: Path, shape: Shape, *, longest: int) -> Iterator[tuple[int, int, str]]:
    """(record, line, raw text) of every record of a plain CSV text."""
    for number, record in enumerate(_records(path, shape, longest=longest), start=1):
        yield number, record.line, record.raw


def _records(path: Path, shape: Shape, *, longest: int) -> Iterator[Record]:
    with Lines(path) as lines:
        for _ in range(shape.skip):
            lines.take()
        yield from records(lines, shape.delimiter, width=shape.width, longest=longest)


def _sound(stage: Stage, plain: Plain, *, shape: Shape) -> Iterator[tuple[int, list[str]]]:
    for number, record in enumerate(_records(plain.path, shape, longest=stage.limits.line), start=1):
        if record.fault:
            stage.aside.add(number, record.line, None, record.fault.value, printable(record.raw))
        else:
            yield number, record.fields


def write_slow(target: Path, keep: list[int], *, rows: Iterator[tuple[int, Sequence[str | None]]]) -> None:
    """Write numbered records of texts to the staged Parquet file, piece by piece; the empty text becomes null."""
    schema = pa.schema([("record", pa.int64()), *((ident(each), pa.string()) for each in keep)])
    with pq.ParquetWriter(target, schema, compression="snappy") as writer:
        piece: list[list[object]] = [[] for _ in schema]
        for number, fields in rows:
            piece[0].append(number)
            for column, position in zip(piece[1:], keep, strict=True):
                column.append(fields[position] or None)
            if len(piece[0]) >= _PIECE:
                writer.write_table(_arrow(piece, schema))
                piece = [[] for _ in schema]
        writer.write_table(_arrow(piece, schema))


def _arrow(piece: list[list[object]], schema: pa.Schema) -> pa.Table:
    arrays = [pa.array(values, type=column.type) for values, column in zip(piece, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
