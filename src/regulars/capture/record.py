"""A CSV text as records, one at a time, in plain Python: slower than DuckDB, and never at a loss.

Used where a strict reader refuses the file, and to find the physical line of a record. The rules are those of DuckDB's
strict mode, so both number records alike: a quoted value begins a field (blanks before it allowed), a doubled quote is a
quote, a quote inside an unquoted value is itself, an empty line is no record where there is more than one column. After a
quote that does not close, only the first physical line is set aside and reading goes on with the next one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from regulars.capture.reason import Reason

__all__ = ["Lines", "Record", "records"]


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its first physical line (1-based), its raw text, and its fields or what is wrong with it."""

    line: int
    raw: str
    fields: list[str]
    fault: Reason | None = None


class Lines:
    """Physical lines with their ends, numbered from 1; lines can be given back."""

    def __init__(self, path: Path) -> None:
        self._file = path.open(encoding="utf-8", errors="surrogateescape", newline="")
        self._back: deque[str] = deque()
        self.number = 0

    def take(self) -> str | None:
        """The next line, or None at the end."""
        line = self._back.popleft() if self._back else self._file.readline()
        if not line:
            return None
        self.number += 1
        return line

    def give_back(self, lines: list[str]) -> None:
        """Undo the last takes."""
        self._back.extendleft(reversed(lines))
        self.number -= len(lines)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *of: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the file go."""
        self._file.close()


def records(lines: Lines, delimiter: str, *, width: int | None, longest: int = 16_000_000) -> Iterator[Record]:
    """The records that are left in `lines`.

    Args:
        lines: an open text; its first line may have been taken already.
        delimiter: one character.
        width: how many fields a record must have; None accepts any number.
        longest: a quoted value over more characters than this counts as unclosed.
    """
    while (first := lines.take()) is not None:
        number = lines.number
        body = first.rstrip("\r\n")
        if not body and width != 1:
            continue
        plain = '"' not in body
        record = (
            Record(number, first, body.split(delimiter))
            if plain
            else _quoted(lines, first, delimiter=delimiter, longest=longest)
        )
        yield _judged(record, width)


def _quoted(lines: Lines, first: str, *, delimiter: str, longest: int) -> Record:
    number = lines.number
    split = _Split(lines, first, delimiter=delimiter, longest=longest)
    fault = split.run()
    if fault is None:
        return Record(number, "".join(split.taken), split.fields)
    lines.give_back(split.taken[1:])
    return Record(number, first, [], fault)


class _Split:
    """One record with quotes, taking further lines as a quoted value asks for them."""

    def __init__(self, lines: Lines, first: str, *, delimiter: str, longest: int) -> None:
        self._lines, self._delimiter, self._longest = lines, delimiter, longest
        self._text = first
        self._at = 0
        self.taken = [first]
        self.fields: list[str] = []

    def run(self) -> Reason | None:
        while True:
            start = self._at
            while self._text.startswith(" ", start):
                start += 1
            if self._text.startswith('"', start):
                fault = self._value(start + 1)
                if fault:
                    return fault
            else:
                self._bare()
            if not self._text.startswith(self._delimiter, self._at):
                return None
            self._at += 1

    def _bare(self) -> None:
        end = self._text.find(self._delimiter, self._at)
        if end < 0:
            end = len(self._text.rstrip("\r\n"))
        self.fields.append(self._text[self._at : end])
        self._at = end

    def _value(self, start: int) -> Reason | None:
        pieces: list[str] = []
        size = 0
        while True:
            end = self._text.find('"', start)
            if end >= 0 and self._text.startswith('"', end + 1):
                pieces.append(self._text[start : end + 1])
                start = end + 2
            elif end >= 0:
                self.fields.append("".join(pieces) + self._text[start:end])
                return self._close(end + 1)
            else:
                pieces.append(self._text[start:])
                size += len(self._text)
                start = 0
                if size > self._longest or not self._more():
                    return Reason.UNCLOSED_QUOTE

    def _more(self) -> bool:
        line = self._lines.take()
        if line is None:
            return False
        self.taken.append(line)
        self._text = line
        return True

    def _close(self, at: int) -> Reason | None:
        while self._text.startswith(" ", at) and self._delimiter != " ":
            at += 1
        self._at = at
        done = self._text.startswith(self._delimiter, at) or not self._text[at:].rstrip("\r\n")
        return None if done else Reason.BAD_QUOTE


def _judged(record: Record, width: int | None) -> Record:
    fault = record.fault or _text_fault(record.raw)
    fields = record.fields
    if not fault and width is not None:
        if len(fields) == width + 1 and not fields[-1]:
            fields = fields[:-1]  # a delimiter at the end of the line
        if len(fields) != width:
            fault = Reason.TOO_MANY_COLUMNS if len(fields) > width else Reason.MISSING_COLUMNS
    return Record(record.line, record.raw, [] if fault else fields, fault)


def _text_fault(raw: str) -> Reason | None:
    if "\0" in raw:
        return Reason.NUL_BYTE
    if not raw.isascii() and any("\ud800" <= sign <= "\udfff" for sign in raw):
        return Reason.BAD_ENCODING
    return None
