"""Any landed file as a staged table, by its format; several files of one join as one table."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq

from regulars.capture.aside import printable
from regulars.capture.job import Landed
from regulars.capture.names import find
from regulars.capture.objects import Picker, entries, json_origins
from regulars.capture.reading import PLAIN
from regulars.capture.sheet import Choose, Sheet, Stage, csv_sheet, ident, write_slow
from regulars.capture.spreadsheet import book_sheet
from regulars.capture.sql import case, name, text
from regulars.capture.unpack import format_of, unpack, unpack_bytes
from regulars.kernel.errors import DataError, EngineError

__all__ = ["TYPED", "sheet_of", "sheet_of_all"]

TYPED = "regulars.typed"  # a Parquet file's own note: a JSON list of text columns that no locale applies to


def sheet_of(stage: Stage, landed: Landed, *, wanted: Collection[str], choose: Choose) -> Sheet:
    """Stage one landed file, whatever its format.

    Args:
        stage: where and how.
        landed: the landed object.
        wanted: raw names that the mapping uses; of JSON only these are looked for.
        choose: from the file's columns to the positions that are needed.
    """
    kind = format_of(landed.name)
    if kind == "csv":
        sheet = csv_sheet(stage, landed, wanted=wanted, choose=choose)
    elif kind == "json":
        sheet = _json_sheet(stage, landed, wanted=wanted)
    elif kind == "xlsx":
        sheet = book_sheet(stage, landed, wanted=wanted, choose=choose)
    else:
        sheet = _parquet_sheet(stage, landed, choose=choose)
    return _without(sheet, landed.erased)


def _without(sheet: Sheet, erased: Sequence[tuple[int, int]]) -> Sheet:
    if not erased:
        return sheet
    blank = " OR ".join(f"record BETWEEN {first} AND {last}" for first, last in erased)
    return replace(sheet, relation=f"(SELECT * FROM {sheet.relation} WHERE NOT ({blank}))")


def _json_sheet(stage: Stage, landed: Landed, *, wanted: Collection[str]) -> Sheet:
    plain = unpack(
        landed, stage.folder / "plain.txt", dialect=stage.dialect, limits=replace(stage.limits, line=1 << 60)
    )
    names, target = tuple(wanted), stage.folder / "staged.parquet"
    picker = Picker(names, stage.dialect.decimal)
    origin = partial(json_origins, plain.path, longest=stage.limits.line, file=landed.name)
    write_slow(target, list(range(len(names))), rows=_objects(stage, plain.path, file=landed.name, picker=picker))
    typed = frozenset(picker.seen - picker.with_texts)
    unseen = [each for position, each in enumerate(names) if position not in picker.seen]
    notes = (*plain.notes, *((f"No record has a value for: {', '.join(unseen)}.",) if unseen and picker.seen else ()))
    dialect = replace(PLAIN, decimal=stage.dialect.decimal)
    kept = frozenset(range(len(names)))
    relation = f"read_parquet({text(str(target))})"
    return Sheet(relation, names, kept, kept, typed=typed, typed_dialect=dialect, origins=origin, notes=notes,
                 doubts=plain.doubts)  # fmt: skip


def _objects(stage: Stage, path: Path, *, file: str, picker: Picker) -> Iterator[tuple[int, Sequence[str | None]]]:
    for number, entry in enumerate(entries(path, longest=stage.limits.line, file=file), start=1):
        if entry.fault or entry.value is None:
            reason = entry.fault.value if entry.fault else None
            stage.aside.add(number, entry.line, None, reason, printable(entry.raw))
        else:
            yield number, picker.take(entry.value)


def _parquet_sheet(stage: Stage, landed: Landed, *, choose: Choose) -> Sheet:
    path = unpack_bytes(landed, stage.folder / "plain.parquet", limits=stage.limits)
    reader = f"read_parquet({text(str(path))}, file_row_number = true)"
    try:
        described = stage.db.rows(f"DESCRIBE SELECT * EXCLUDE (file_row_number) FROM {reader}")
    except EngineError as broken:
        raise DataError(f"{landed.name} is not a readable Parquet file.", fix="Send it again.") from broken
    names = tuple(str(row[0]) for row in described)
    types = [str(row[1]) for row in described]
    keep = sorted(choose(names)) or [0]
    zone = stage.dialect.timezone
    texts = {each: _as_text(names[each], types[each], file=landed.name, zone=zone) for each in keep}
    picks = ", ".join(f"{sql} AS {ident(each)}" for each, sql in texts.items())
    relation = f"(SELECT file_row_number + 1 AS record, {picks} FROM {reader})"
    marked = _marked(path)
    typed = frozenset(each for each in keep if names[each] in marked or not _is_text(types[each]))
    return Sheet(relation, names, frozenset(keep), frozenset(keep) - typed, typed=typed)


def _marked(path: Path) -> frozenset[str]:
    """Names of the text columns whose values had a type of their own where they come from."""
    mark = (pq.read_metadata(path).metadata or {}).get(TYPED.encode())
    return frozenset(json.loads(mark)) if mark else frozenset()


def _is_text(kind: str) -> bool:
    return kind == "VARCHAR" or kind.startswith("ENUM")


def _as_text(column: str, kind: str, *, file: str, zone: str) -> str:
    if kind == "BLOB" or kind.startswith(("STRUCT", "MAP", "UNION")) or (kind.endswith("]") and "(" in kind):
        raise DataError(f"{file}: the column {column!r} is of type {kind}, which cannot be mapped.")
    if kind.endswith("]"):
        return f"array_to_string({name(column)}, ' ')"
    if kind == "TIMESTAMP WITH TIME ZONE" and zone != "UTC":
        return _at_home(name(column), zone)
    return f"CAST({name(column)} AS VARCHAR)"


def _at_home(column: str, zone: str) -> str:
    """The text of an instant with the offset of the source's zone, whose day is then the one that people there saw."""
    local = f"({column} AT TIME ZONE {text(zone)})"
    away = f"date_diff('second', {column} AT TIME ZONE 'UTC', {local})"
    sign = case([(f"{away} < 0", "'-'")], "'+'")
    offset = f"printf('%02d:%02d', abs({away}) // 3600, abs({away}) // 60 % 60)"
    shown = f"CAST({local} AS VARCHAR) || {sign} || {offset}"
    return case([(f"{away} % 60 = 0", shown)], f"CAST({column} AS VARCHAR)")


def sheet_of_all(stage: Stage, files: Sequence[Landed], *, wanted: Collection[str], on: Sequence[str]) -> Sheet:
    """Stage the files of one join as one table with the columns that any of them has.

    Raises:
        DataError: there is no file, or one without the columns `on`.
    """
    if not files:
        raise DataError("A join found no file to join with.", fix="Correct `from` of the join, or deliver the file.")
    sheets: list[Sheet] = []
    for number, landed in enumerate(files):
        folder = stage.folder / str(number)
        folder.mkdir(exist_ok=True)
        choose = partial(_side_columns, wanted=wanted, on=on, file=landed.name)
        sheets.append(sheet_of(replace(stage, folder=folder), landed, wanted=[*wanted, *on], choose=choose))
    return _union(sheets)


def _side_columns(header: Sequence[str], *, wanted: Collection[str], on: Sequence[str], file: str) -> set[int]:
    needed = {find(each, header, file=file) for each in on}
    return needed | {header.index(each) for each in set(header) if each in wanted}


def _union(sheets: list[Sheet]) -> Sheet:
    names = tuple(dict.fromkeys(sheet.names[position] for sheet in sheets for position in sorted(sheet.kept)))
    parts = [f"SELECT {', '.join(_pick(sheet, each, alias=ident(at)) for at, each in enumerate(names))} FROM {sheet.relation}"
             for sheet in sheets]  # fmt: skip
    typed = frozenset(at for at, each in enumerate(names) if all(_is_typed(sheet, each) for sheet in sheets))
    kept = frozenset(range(len(names)))
    notes = tuple(dict.fromkeys(note for sheet in sheets for note in sheet.notes))
    doubts = tuple(doubt for sheet in sheets for doubt in sheet.doubts)
    return Sheet(f"({' UNION ALL '.join(parts)})", names, kept, kept, typed=typed, notes=notes, doubts=doubts)


def _pick(sheet: Sheet, column: str, *, alias: str) -> str:
    kept = [sheet.names[position] for position in sorted(sheet.kept)]
    if column not in kept:
        return f"CAST(NULL AS VARCHAR) AS {alias}"
    return f"{ident(sheet.names.index(column))} AS {alias}"


def _is_typed(sheet: Sheet, column: str) -> bool:
    return column in sheet.names and sheet.names.index(column) in sheet.typed
