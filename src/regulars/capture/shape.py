"""Which delimiter a CSV text has and what its columns are called; found on its beginning, proved later on all of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from regulars.capture.record import Lines, Record, records
from regulars.kernel.errors import DataError

__all__ = ["Shape", "shape_of"]

_CANDIDATES = (",", ";", "\t", "|")
_SAMPLE = 200


@dataclass(frozen=True, slots=True)
class Shape:
    """The delimiter, the trimmed column names, how many physical lines come before the first data record."""

    delimiter: str
    names: tuple[str, ...]
    skip: int
    plain_header: bool  # the header is one line that a strict reader can skip

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.names)


def shape_of(path: Path, declared: str | None, *, wanted: Collection[str], file: str) -> Shape:
    """The shape of a plain CSV text.

    Args:
        path: the plain UTF-8 file.
        declared: the declared delimiter, or None to find it.
        wanted: raw column names that the mapping uses; the delimiter that shows most of them wins.
        file: the original name, for messages.

    Raises:
        DataError: the file has no header.
    """
    sep = _sep_line(path)
    choices = (declared,) if declared else (sep,) if sep else _CANDIDATES
    found = [_look(path, choice, skip=1 if sep else 0) for choice in choices]
    shapes = [each for each in found if each]
    if not shapes:
        raise DataError(f"{file} is empty: it has not even a header.", fix="Send it with a header line.")
    return max(shapes, key=lambda each: _score(each, wanted))[0]


def _sep_line(path: Path) -> str | None:
    with Lines(path) as lines:
        first = (lines.take() or "").rstrip("\r\n").strip('"')
    return first[4:] if first.lower().startswith("sep=") and len(first) == 5 else None


def _look(path: Path, delimiter: str, *, skip: int) -> tuple[Shape, list[Record]] | None:
    with Lines(path) as lines:
        for _ in range(skip):
            lines.take()
        header = next(records(lines, delimiter, width=None), None)
        if header is None:
            return None
        names = tuple(name.strip() for name in header.fields or header.raw.split(delimiter))
        shape = Shape(delimiter, names, lines.number, header.line == skip + 1 == lines.number)
        # A delimiter that the header has not is not looked at any further: it cannot win by its records.
        return shape, list(islice(records(lines, delimiter, width=len(names)), _SAMPLE if len(names) > 1 else 0))


def _score(look: tuple[Shape, list[Record]], wanted: Collection[str]) -> tuple[int, float, int]:
    shape, sample = look
    sound = sum(record.fault is None for record in sample) / len(sample) if sample else 1.0
    return len(set(shape.names) & set(wanted)), round(sound, 1) if shape.width > 1 else 0.0, shape.width
