"""JSON lines and JSON arrays as numbered records of texts; nested values are reached by dotted names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from regulars.capture.reason import Reason
from regulars.kernel.errors import DataError

__all__ = ["Entry", "Picker", "entries", "json_origins"]

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One record: its first line, raw text, and its object or what is wrong with it."""

    line: int
    raw: str
    value: dict[str, Any] | None
    fault: Reason | None = None


class _Number(str):
    """A JSON number as it was written."""

    __slots__ = ()


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise DataError("A name stands twice in a JSON object.")
    return found


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_float=_Number, parse_int=_Number, parse_constant=_Number, strict=False
)


def entries(path: Path, *, longest: int, file: str) -> Iterator[Entry]:
    """The records of a plain JSON text: one a line, or the elements of one array.

    Raises:
        DataError: an array that breaks off or is not JSON; its further elements cannot be told apart.
    """
    with path.open(encoding="utf-8", errors="surrogateescape") as text:
        start = text.read(1000).lstrip()[:1]
        text.seek(0)
        yield from _array(text, longest, file=file) if start == "[" else _lines(text, longest)


def _lines(text: TextIO, longest: int) -> Iterator[Entry]:
    number = 0
    while line := text.readline(longest + 1):
        number += 1
        if len(line) > longest:
            yield Entry(number, line[:1000], None, Reason.LINE_TOO_LONG)
            while line and not line.endswith("\n"):
                line = text.readline(longest + 1)
        elif line.strip():
            yield _entry(number, line)


def _entry(number: int, raw: str) -> Entry:
    fault = _text_fault(raw)
    if fault:
        return Entry(number, raw, None, fault)
    try:
        value = _DECODER.decode(raw.strip())
    except DataError:
        return Entry(number, raw, None, Reason.DUPLICATE_JSON_KEY)
    except (ValueError, RecursionError):
        return Entry(number, raw, None, Reason.BAD_JSON)
    return _judged(number, raw, value=value)


def _judged(number: int, raw: str, *, value: Any) -> Entry:
    if not isinstance(value, dict):
        return Entry(number, raw, None, Reason.NOT_AN_OBJECT)
    return Entry(number, raw, value, _escaped_fault(raw))


def _text_fault(raw: str) -> Reason | None:
    if "\0" in raw:
        return Reason.NUL_BYTE
    if not raw.isascii() and any("\ud800" <= sign <= "\udfff" for sign in raw):
        return Reason.BAD_ENCODING
    return None


def _escaped_fault(raw: str) -> Reason | None:
    if "\\u" not in raw:
        return None
    try:
        return _text_fault(json.loads('"' + raw.replace('"', "").replace("\\n", "").strip() + '"'))
    except ValueError:
        return None


class _Window:
    """The part of an array's text that is being looked at."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self.buffer, self.at, self.line, self.ended = "", 0, 1, False

    def more(self) -> None:
        self.line += self.buffer.count("\n", 0, self.at)
        chunk = self._text.read(max(_CHUNK, len(self.buffer) - self.at))
        self.ended = not chunk
        self.buffer, self.at = self.buffer[self.at :] + chunk, 0

    def skip(self, signs: str) -> str:
        while True:
            while self.at < len(self.buffer) and self.buffer[self.at] in signs:
                self.at += 1
            if self.at < len(self.buffer) or self.ended:
                return self.buffer[self.at : self.at + 1]
            self.more()

    @property
    def here(self) -> int:
        return self.line + self.buffer.count("\n", 0, self.at)


def _array(text: TextIO, longest: int, *, file: str) -> Iterator[Entry]:
    window = _Window(text)
    window.skip(" \t\r\n")
    window.at += 1
    while (sign := window.skip(" \t\r\n,")) != "]":
        if not sign:
            raise DataError(f"{file}: the JSON array breaks off in line {window.here}.", fix="Send the file again.")
        yield _element(window, longest, file=file)


def _element(window: _Window, longest: int, *, file: str) -> Entry:
    while True:
        try:
            value, end = _DECODER.raw_decode(window.buffer, window.at)
            if end < len(window.buffer) or window.ended:
                raw = window.buffer[window.at : end]
                line, window.at = window.here, end
                return Entry(line, raw, None, fault) if (fault := _text_fault(raw)) else _judged(line, raw, value=value)
        except (ValueError, RecursionError, DataError) as broken:
            if window.ended or len(window.buffer) - window.at > longest:
                problem = f"{file}: the JSON array cannot be read on from line {window.here}."
                raise DataError(problem, fix="Correct it, or send one object a line (.jsonl).") from broken
        window.more()


def json_origins(path: Path, *, longest: int, file: str) -> Iterator[tuple[int, int, str]]:
    """(record, line, raw text) of every record."""
    for number, entry in enumerate(entries(path, longest=longest, file=file), start=1):
        yield number, entry.line, entry.raw


@dataclass(slots=True)
class Picker:
    """Takes the wanted values out of objects as texts; remembers which columns had values, and texts among them.

    Args:
        names: plain or dotted names, by position.
        decimal: the sign that numbers are written with, so that they agree with texts beside them.
    """

    names: Sequence[str]
    decimal: str = "."
    seen: set[int] = field(default_factory=set)
    with_texts: set[int] = field(default_factory=set)

    def take(self, value: dict[str, Any]) -> list[str | None]:
        """The texts of one object.

        >>> Picker(["id", "address.city"]).take({"id": "7", "address": {"city": "Ulm"}})
        ['7', 'Ulm']
        """
        return [self._text(position, _reach(value, name)) for position, name in enumerate(self.names)]

    def _text(self, position: int, value: Any) -> str | None:
        if value is None:
            return None
        self.seen.add(position)
        if isinstance(value, _Number):
            return str(value) if self.decimal == "." else value.replace(".", self.decimal)
        if isinstance(value, bool):
            return "true" if value else "false"
        self.with_texts.add(position)
        if isinstance(value, str):
            return value
        if isinstance(value, list) and not any(isinstance(each, dict | list) for each in value):
            return " ".join(str(each) for each in value if each is not None)
        return json.dumps(value, ensure_ascii=False)


def _reach(value: Any, name: str) -> Any:
    if name in value or "." not in name:
        return value.get(name)
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
