"""A sheet of a workbook as a staged table: its header found or declared, its rows numbered as Excel shows them.

A row that cannot be told honestly is set aside: one with an error, a formula without a stored result, or a part in merged
cells, in a column that is needed. Blank rows are no records.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, islice
from pathlib import Path

from regulars.capture.cells import Cell, Cells, Row
from regulars.capture.job import Landed, Limits
from regulars.capture.reading import PLAIN
from regulars.capture.reason import Reason
from regulars.capture.sheet import Choose, Sheet, Stage, write_slow
from regulars.capture.sql import text
from regulars.capture.unpack import unpack_bytes
from regulars.capture.workbook import Workbook, split_sheet
from regulars.kernel.errors import DataError

__all__ = ["book_origins", "book_sheet", "sheet_names"]

_HEAD = 60  # rows among which the header is looked for
_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")


def sheet_names(path: Path, name: str) -> list[str]:
    """The names of a workbook's visible sheets."""
    with Workbook(path, name, limits=Limits()) as book:
        return [each for each in book.sheets if each not in book.hidden]


def book_origins(landed: Landed, folder: Path, *, limits: Limits) -> Iterator[tuple[int, int, str]]:
    """(record, line, raw text) of every row that is not blank; both numbers are the row's, the text a JSON list."""
    path = unpack_bytes(landed, folder / "plain.xlsx", limits=limits)
    file, sheet = split_sheet(landed.name)
    with Workbook(path, file, limits=limits) as book:
        for row in Cells(book, book.sheet(sheet), landed.name).rows():
            yield row.number, row.number, _raw(row)


def book_sheet(stage: Stage, landed: Landed, *, wanted: Collection[str], choose: Choose) -> Sheet:
    """Stage one sheet of a workbook.

    Args:
        stage: where and how; `stage.header` is the declared row of the header.
        landed: the landed object; its name may end with `#` and a sheet's name.
        wanted: raw column names of the mapping, which help to find the header.
        choose: from the header to the positions that are needed.

    Raises:
        DataError: the workbook cannot be read, or has no such sheet or header.
    """
    path = unpack_bytes(landed, stage.folder / "plain.xlsx", limits=stage.limits)
    file, sheet = split_sheet(landed.name)
    with Workbook(path, file, limits=stage.limits) as book:
        cells = Cells(book, book.sheet(sheet), landed.name)
        rows = cells.rows()
        head = list(islice(rows, _HEAD if stage.header is None else 1 << 20))
        place = _header(head, stage.header, wanted=wanted, file=landed.name)
        names = _names(head[place])
        table = _Table(stage, names, sorted(choose(names)) or [0])
        target = stage.folder / "staged.parquet"
        write_slow(target, table.keep, rows=table.sound(chain(head[place + 1 :], rows)))
        left = table.merged(cells, after=head[place].number)
        notes = _notes(book, sheet, cells=cells, row=head[place].number)
    relation = f"read_parquet({text(str(target))})"
    if left:
        relation = f"(SELECT * FROM {relation} WHERE record NOT IN ({', '.join(map(str, left))}))"
    return table.sheet(relation, notes, origins=partial(book_origins, landed, stage.folder, limits=stage.limits))


def _header(head: Sequence[Row], declared: int | None, *, wanted: Collection[str], file: str) -> int:
    if declared is not None:
        found = [place for place, row in enumerate(head) if row.number == declared]
        if not found:
            raise DataError(f"{file}: row {declared}, the declared header, is blank.", fix="Correct `header`.")
        return found[0]
    if not head:
        raise DataError(f"{file} is empty: it has not even a header.", fix="Send it with a header row.")
    known = [len({*_names(row)} & set(wanted)) for row in head]
    if max(known):
        return known.index(max(known))
    texts = [sum(cell.kind == "text" for cell in row.cells.values()) for row in head[:20]]
    return texts.index(max(texts))


def _names(row: Row) -> tuple[str, ...]:
    width = max(row.cells) + 1
    return tuple(" ".join(row.cells[at].text.split()) if at in row.cells else "" for at in range(width))


def _raw(row: Row) -> str:
    width = max(row.cells) + 1
    return json.dumps([row.cells[at].text if at in row.cells else None for at in range(width)], ensure_ascii=False)


def _notes(book: Workbook, asked: str | None, *, cells: Cells, row: int) -> tuple[str, ...]:
    shown = [each for each in book.sheets if each not in book.hidden]
    notes = []
    if asked is None and len(shown) > 1:
        notes.append(f"The first of {len(shown)} sheets was read, {cells.sheet!r}; another is named with `sheet`.")
    if row > 1:
        notes.append(f"The header was found in row {row}.")
    return tuple(notes)


@dataclass(slots=True)
class _Table:
    """The rows below the header: which can be told, and what the columns hold."""

    stage: Stage
    names: tuple[str, ...]
    keep: list[int]
    texts: set[int] = field(default_factory=set)
    values: set[int] = field(default_factory=set)
    grouped: dict[int, tuple[int, str]] = field(default_factory=dict)
    aside: set[int] = field(default_factory=set)

    def sound(self, rows: Iterator[Row]) -> Iterator[tuple[int, list[str | None]]]:
        """Numbered rows of texts; the others go aside."""
        width = len(self.names)
        for row in rows:
            if all(at >= width or (not cell.text.strip() and cell.kind == "text") for at, cell in row.cells.items()):
                continue
            if (fault := self._fault(row)) is not None:
                self._put_aside(row, fault[0], reason=fault[1])
                continue
            fields: list[str | None] = [None] * width
            for at in self.keep:
                if (cell := row.cells.get(at)) is not None:
                    fields[at] = self._taken(at, cell, row=row.number)
            yield row.number, fields

    def _taken(self, at: int, cell: Cell, *, row: int) -> str:
        if cell.kind == "number":
            self.values.add(at)
            decimal = self.stage.dialect.decimal
            return cell.text if decimal == "." else cell.text.replace(".", decimal)
        if cell.kind in ("text", "error"):
            if cell.text.strip() not in ("", *self.stage.dialect.nulls):
                self.texts.add(at)
            if at not in self.grouped and _GROUPED.fullmatch(cell.text.strip()):
                self.grouped[at] = row, cell.text
            return cell.text
        self.values.add(at)
        return cell.text

    def _fault(self, row: Row) -> tuple[int, Reason] | None:
        for at in self.keep:
            cell = row.cells.get(at)
            if cell is None:
                continue
            if cell.kind == "unknown":
                return at, Reason.FORMULA_WITHOUT_RESULT
            if cell.kind == "error" and cell.text not in self.stage.dialect.nulls:
                return at, Reason.ERROR_CELL
        return None

    def _put_aside(self, row: Row, at: int, *, reason: Reason) -> None:
        self.aside.add(row.number)
        self.stage.aside.add(row.number, row.number, self.names[at], reason.value, _raw(row))

    def merged(self, cells: Cells, *, after: int) -> list[int]:
        """Set rows with a part in merged cells aside, by a second pass if there are any; gives their numbers."""
        touched = {
            number: at
            for first, left, last, right in cells.merges
            if (at := self._told_twice(first, left, last=last, right=right)) is not None
            for number in range(max(first, after + 1), min(last, 1 << 20) + 1)
        }
        if not touched:
            return []
        found: list[int] = []
        width = len(self.names)
        for row in cells.rows():
            filled = any(at < width and cell.text.strip() for at, cell in row.cells.items())
            if row.number in touched and row.number not in self.aside and filled:
                self._put_aside(row, touched[row.number], reason=Reason.MERGED_CELLS)
                found.append(row.number)
        return found

    def _told_twice(self, first: int, left: int, *, last: int, right: int) -> int | None:
        inside = [at for at in self.keep if left <= at <= right]
        return inside[0] if inside and (last > first or len(inside) > 1) else None

    def sheet(
        self, relation: str, notes: tuple[str, ...], *, origins: partial[Iterator[tuple[int, int, str]]]
    ) -> Sheet:
        """The staged table."""
        dialect = self.stage.dialect
        typed = frozenset(self.values - self.texts)
        doubts = () if {"decimal", "thousands"} & dialect.declared else tuple(self._doubts())
        return Sheet(
            relation, self.names, frozenset(self.keep), frozenset(self.keep), typed=typed,
            typed_dialect=replace(PLAIN, decimal=dialect.decimal), origins=origins, notes=notes, doubts=doubts,
        )  # fmt: skip

    def _doubts(self) -> Iterator[str]:
        for at in sorted(set(self.grouped) & self.values & self.texts):
            row, raw = self.grouped[at]
            yield (
                f"{self.names[at]}: numbers stand beside texts such as {raw!r} (row {row}), whose reading is not declared. "
                'Declare decimal = "," or decimal = "." for this source.'
            )
