"""The rows of one sheet of a workbook, cell by cell, each with what it is and a text that says it exactly.

Numbers keep the digits that Excel shows (at most 15, so that 19.989999999999998 is 19.99), dates become ISO, whole numbers
with a format such as 00000 keep their leading zeros. An error, and a formula whose result was never stored, are told apart
from values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import NamedTuple
from xml.parsers import expat

from regulars.capture.workbook import Form, Use, Workbook, parsed, unescaped

__all__ = ["Cell", "Cells", "Row", "moment_text", "number_text"]

_MS = 86_400_000
_SHOWN = 15  # digits that Excel keeps
_LEAP = 60  # the 29th of February 1900, which Excel believes in
_BASES = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}
_MERGE = re.compile(r"([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)")


class Cell(NamedTuple):
    """One filled cell; `kind` is text, number, date, flag, error or unknown (a formula without a stored result)."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sheet: its number as Excel shows it, and its filled cells by position (A is 0)."""

    number: int
    cells: Mapping[int, Cell]


@lru_cache(maxsize=65_536)
def number_text(raw: str) -> str:
    """A stored number with the digits that Excel shows, never with an exponent.

    >>> [number_text(each) for each in ("19.989999999999998", "17850.0", "1E-3", "12345678901234567890")]
    ['19.99', '17850', '0.001', '12345678901234567890']
    """
    if raw.lstrip("-").isdigit():
        return raw
    try:
        exact = Decimal(raw)
        if len(exact.as_tuple().digits) > _SHOWN:
            exact = Decimal(format(float(raw), f".{_SHOWN}g"))
        text = format(exact, "f")
    except (InvalidOperation, ValueError):
        return raw
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=65_536)
def moment_text(raw: str, *, clock: bool, from_1904: bool) -> str:
    """A stored date as ISO, a time of day or a span as H:MM:SS.

    >>> moment_text("40886.534722222219", clock=False, from_1904=False)
    '2011-12-09 12:50:00'
    >>> moment_text("39424", clock=False, from_1904=True), moment_text("1.5", clock=True, from_1904=False)
    ('2011-12-09', '36:00:00')
    """
    try:
        days = float(raw)
        spent = round(days * _MS)
        if clock or (days < 1 and not from_1904):
            minutes, rest = divmod(abs(spent) / 1000, 60)
            return f"{'-' * (spent < 0)}{int(minutes // 60):02}:{int(minutes % 60):02}:{rest:02.0f}"
        if not from_1904 and spent // _MS == _LEAP:
            return "1900-02-29"
        early = not from_1904 and days < _LEAP
        moment = _BASES[from_1904] + timedelta(days=int(early), milliseconds=spent)
    except (ValueError, OverflowError):
        return raw
    if not spent % _MS:
        return moment.date().isoformat()
    return moment.isoformat(sep=" ", timespec="milliseconds" if spent % 1000 else "seconds")


@lru_cache(maxsize=65_536)
def _position(letters: str) -> int:
    at = 0
    for sign in letters:
        at = at * 26 + ord(sign) - 64
    return at - 1


@dataclass(slots=True)
class Cells:
    """The cells of one sheet; `rows` may be taken again and again. `merges` is complete after the last row.

    Each merge is its first row, first position, last row, last position.
    """

    book: Workbook
    sheet: str
    name: str
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    _forms: Sequence[Form] = ()
    _texts: Sequence[str] | None = None

    def rows(self) -> Iterator[Row]:
        """The rows that have a filled cell, in order.

        Raises:
            DataError: the workbook is broken.
        """
        if self._texts is None:
            self._forms, self._texts = self.book.forms(), self.book.texts()
        self.merges.clear()
        reader = _Reader(_Values(self._forms, self._texts, self.book.from_1904), self.merges)
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = reader.start
        parser.EndElementHandler = reader.end
        parser.CharacterDataHandler = reader.text
        with self.book.open(self.sheet) as stream:
            for _ in parsed(parser, self.book.pieces(stream), name=self.name):
                yield from reader.taken()


@dataclass(frozen=True, slots=True)
class _Values:
    forms: Sequence[Form]
    texts: Sequence[str]
    from_1904: bool

    def cell(self, kind: str, style: str | None, *, raw: str, formula: bool) -> Cell | None:
        if not raw:
            return Cell("unknown", "") if formula and kind not in ("str", "s", "inlineStr") else None
        if kind == "n":
            return self._number(raw, style)
        if kind == "s":
            raw = self.texts[int(raw)] if raw.isdigit() and int(raw) < len(self.texts) else ""
            return Cell("text", raw) if raw else None
        if kind == "b":
            return Cell("flag", "true" if raw.strip() in ("1", "true") else "false")
        if kind == "d":
            return Cell("date", raw.removesuffix("Z").replace("T", " "))
        return Cell("error" if kind == "e" else "text", unescaped(raw))

    def _number(self, raw: str, style: str | None) -> Cell:
        form = self.forms[int(style)] if style and style.isdigit() and int(style) < len(self.forms) else None
        if form is None or form.use is Use.NUMBER:
            text = number_text(raw.strip())
            return Cell("number", text.zfill(form.digits) if form and form.digits and text.isdigit() else text)
        return Cell("date", moment_text(raw.strip(), clock=form.use is Use.CLOCK, from_1904=self.from_1904))


class _Reader:
    """Turns the parser's events into rows."""

    def __init__(self, values: _Values, merges: list[tuple[int, int, int, int]]) -> None:
        self._values, self._merges = values, merges
        self._row, self._at, self._cells = 0, -1, dict[int, Cell]()
        self._kind, self._formula, self._aside = "n", False, 0
        self._style: str | None = None
        self._pieces: list[str] = []
        self._open = False
        self._done: list[Row] = []
        self._prefix: int | None = None

    def taken(self) -> list[Row]:
        done, self._done = self._done, []
        return done

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self._prefix is None:
            self._prefix = name.find(":") + 1
        name = name[self._prefix :] if self._prefix else name
        if name == "c":
            self._begin(attributes)
        elif name in ("v", "t"):
            self._open = not self._aside
        elif name == "row":
            number = attributes.get("r", "")
            self._row = int(number) if number.isdigit() else self._row + 1
            self._at, self._cells = -1, {}
        else:
            self._rare(name, attributes)

    def _begin(self, attributes: dict[str, str]) -> None:
        place = attributes.get("r")
        self._at = _position(place.rstrip("0123456789")) if place else self._at + 1
        self._kind, self._style = attributes.get("t", "n"), attributes.get("s")
        self._formula, self._pieces = False, []

    def _rare(self, name: str, attributes: dict[str, str]) -> None:
        if name == "f":
            self._formula = True
        elif name == "rPh":
            self._aside += 1
        elif name == "mergeCell" and (found := _MERGE.fullmatch(attributes.get("ref", ""))):
            self._merges.append((int(found[2]), _position(found[1]), int(found[4]), _position(found[3])))

    def text(self, text: str) -> None:
        if self._open:
            self._pieces.append(text)

    def end(self, name: str) -> None:
        name = name[self._prefix :] if self._prefix else name
        if name in ("v", "t"):
            self._open = False
        elif name == "c":
            raw = "".join(self._pieces)
            cell = self._values.cell(self._kind, self._style, raw=raw, formula=self._formula)
            if cell is not None:
                self._cells[self._at] = cell
        elif name == "row" and self._cells:
            self._done.append(Row(self._row, self._cells))
        elif name == "rPh":
            self._aside -= 1
