"""From record numbers back to physical lines and raw text, by one pass over the plain file, only when somebody asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from regulars.capture.aside import printable
from regulars.capture.sheet import Sheet
from regulars.engines.scratch import Scratch

__all__ = ["lines_of", "origins", "traced"]


def origins(sheet: Sheet, db: Scratch) -> Iterator[tuple[int, int, str]]:
    """(record, line, raw text) of every record of a staged file, in order."""
    if sheet.origins is not None:
        for record, line, raw in sheet.origins():
            yield record, line, printable(raw)
        return
    rows = f"SELECT record, CAST(to_json(sheet) AS VARCHAR) AS raw FROM {sheet.relation} AS sheet ORDER BY record"
    for batch in db.batches(rows):
        for record, raw in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield record, record, raw


def traced(
    sheet: Sheet, db: Scratch, *, rejects: Iterable[tuple[int, str | None, str]]
) -> Iterator[tuple[int, int, str | None, str, str]]:
    """Rejects, ordered by record, with their lines and raw texts: (record, line, column, reason, raw)."""
    waiting = list(rejects)
    if not waiting:
        return
    found = origins(sheet, db)
    record, line, raw = 0, 0, ""
    for wanted, column, reason in waiting:
        while record < wanted:
            record, line, raw = next(found)
        yield wanted, line, column, reason, raw


def lines_of(sheet: Sheet, db: Scratch, *, wanted: Sequence[int]) -> dict[int, int]:
    """The physical lines of a few records."""
    left = set(wanted)
    lines: dict[int, int] = {}
    for record, line, _ in origins(sheet, db):
        if record in left:
            lines[record] = line
            left.discard(record)
        if not left:
            break
    return lines
