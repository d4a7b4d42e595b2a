"""An .xlsx file as what it is, a zip of XML parts: its sheets, number formats and shared texts, within limits.

Read with the standard library's streaming parser, so that numbers keep their digits, formats that mean something (dates,
padded zeros) are seen, and memory does not grow with the sheet.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Self
from xml.parsers import expat

from regulars.capture.job import Limits
from regulars.kernel.errors import DataError, nearest

__all__ = ["Form", "Use", "Workbook", "form_of", "parsed", "split_sheet", "unescaped"]

_CHUNK = 1 << 20
_OLD = b"\xd0\xcf\x11\xe0"
_SHEET = re.compile(r"^(.*\.xls[xm](?:\.gz)?)#(.+)$", re.IGNORECASE | re.DOTALL)
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_BUILT_IN = dict.fromkeys((*range(14, 18), 22, *range(27, 37), *range(50, 59)), "date")
_BUILT_IN |= dict.fromkeys((18, 19, 20, 21, 45, 46, 47), "clock")
_SILENT = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)
Attributes = Mapping[str, str]


class Use(StrEnum):
    """What a number format makes of a number."""

    NUMBER = "number"
    DATE = "date"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Form:
    """A cell's number format: what the number is, and how many digits whole numbers are padded to."""

    use: Use = Use.NUMBER
    digits: int = 0


def split_sheet(name: str) -> tuple[str, str | None]:
    """A file's name and the sheet that it names.

    >>> split_sheet("in/book.xlsx#Jan"), split_sheet("in/a#1.csv")
    (('in/book.xlsx', 'Jan'), ('in/a#1.csv', None))
    """
    found = _SHEET.match(name)
    return (found[1], found[2]) if found else (name, None)


def form_of(code: str) -> Form:
    """What a number format's code means.

    >>> [form_of(each).use.value for each in ("dd.mm.yyyy", "[h]:mm", '0.00" days"', "General")]
    ['date', 'clock', 'number', 'number']
    >>> form_of("00000").digits
    5
    """
    bare = _SILENT.sub("", code).split(";")[0].lower()
    if re.fullmatch("0{2,}", bare):
        return Form(digits=len(bare))
    if bare in ("general", "standard") or not set("ymdhs") & set(bare):
        return Form()
    return Form(Use.CLOCK if set("hs") & set(bare) and not set("yd") & set(bare) else Use.DATE)


def unescaped(text: str) -> str:
    """A text of a cell without Excel's own escapes of control signs.

    >>> unescaped("a_x000A_b")
    'a\\nb'
    """
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


class Workbook:
    """An open workbook; a context manager.

    Args:
        path: the .xlsx file as it came.
        name: its name, for messages.
        limits: how much it may unpack to.

    Raises:
        DataError: it is no .xlsx file, protected by a password, broken, or unpacks to more than `limits` allow.
    """

    def __init__(self, path: Path, name: str, *, limits: Limits) -> None:
        self._name = name
        self._zip = _opened(path, name)
        _guard(self._zip, path, name=name, limits=limits)
        self.sheets: dict[str, str] = {}
        self.hidden: set[str] = set()
        self.from_1904 = False
        self._read_sheets()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *of: object) -> None:
        self._zip.close()

    def sheet(self, wanted: str | None) -> str:
        """The name of the sheet to read: the wanted one, or the first that is not hidden.

        Raises:
            DataError: there is no such sheet.
        """
        shown = [each for each in self.sheets if each not in self.hidden] or list(self.sheets)
        if wanted is None and shown:
            return shown[0]
        if wanted not in self.sheets:
            guess = nearest(wanted or "", self.sheets)
            raise DataError(f"{self._name} has no sheet {wanted!r}.", allowed=self.sheets, guess=guess)
        return str(wanted)

    def open(self, sheet: str) -> IO[bytes]:
        """The XML of a sheet."""
        return self._part(self.sheets[sheet])

    def pieces(self, stream: IO[bytes]) -> Iterator[bytes]:
        """The bytes of a part, checked on the way.

        Raises:
            DataError: the archive is broken.
        """
        while True:
            try:
                chunk = stream.read(_CHUNK)
            except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as broken:
                raise _broken(self._name) from broken
            if not chunk:
                return
            yield chunk

    def forms(self) -> list[Form]:
        """The number format of each cell style."""
        reader = _Styles()
        if "xl/styles.xml" in self._zip.namelist():
            self._walk("xl/styles.xml", start=reader.start, end=reader.end)
        return [reader.form(each) for each in reader.used]

    def texts(self) -> list[str]:
        """The shared texts."""
        reader = _Texts()
        if "xl/sharedStrings.xml" in self._zip.namelist():
            self._walk("xl/sharedStrings.xml", start=reader.start, end=reader.end, text=reader.text)
        return reader.found

    def _part(self, member: str) -> IO[bytes]:
        try:
            return self._zip.open(member)
        except (KeyError, RuntimeError, zipfile.BadZipFile, NotImplementedError) as broken:
            raise _broken(self._name) from broken

    def _walk(
        self, member: str, *, start: Callable[[str, Attributes], None], end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:  # fmt: skip
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = text
        with self._part(member) as stream:
            for _ in parsed(parser, self.pieces(stream), name=self._name):
                pass

    def _read_sheets(self) -> None:
        links = _Links()
        self._walk("xl/_rels/workbook.xml.rels", start=links.start)
        reader = _Sheets()
        self._walk("xl/workbook.xml", start=reader.start)
        self.from_1904 = reader.from_1904
        for sheet, link, state in reader.found:
            target = links.found.get(link, "")
            member = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if "worksheets/" in member:
                self.sheets[sheet] = member
                self.hidden |= {sheet} if state != "visible" else set()
        if not self.sheets:
            raise DataError(f"{self._name} has no sheet with cells.")


def parsed(parser: expat.XMLParserType, pieces: Iterator[bytes], *, name: str) -> Iterator[None]:
    """Feed a parser piece by piece; yields after each.

    Raises:
        DataError: it is not XML, or declares entities of its own.
    """
    parser.StartDoctypeDeclHandler = _Refusal(name)
    try:
        for piece in pieces:
            parser.Parse(piece, False)
            yield
        parser.Parse(b"", True)
    except expat.ExpatError as broken:
        raise _broken(name) from broken
    yield


@dataclass(frozen=True, slots=True)
class _Refusal:
    name: str

    def __call__(self, *of: object) -> None:
        raise DataError(f"{self.name} declares a document type inside: it is refused.", fix="Save it again as .xlsx.")


def _broken(name: str) -> DataError:
    return DataError(f"{name} is not a readable .xlsx workbook.", fix="Open it, save it again as .xlsx, send it again.")


def _opened(path: Path, name: str) -> zipfile.ZipFile:
    with path.open("rb") as raw:
        if raw.read(4) == _OLD:
            problem = f"{name} is protected by a password, or an old .xls under a new name."
            raise DataError(problem, fix="Save it as .xlsx without a password.")
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError) as broken:
        raise _broken(name) from broken


def _guard(archive: zipfile.ZipFile, path: Path, *, name: str, limits: Limits) -> None:
    total = sum(each.file_size for each in archive.infolist())
    if (total > limits.ratio_from and total > path.stat().st_size * limits.ratio) or total > limits.unpacked:
        archive.close()
        problem = f"{name} would unpack to {total // 1_000_000} MB: it is refused."
        raise DataError(problem, fix="Send it as CSV if it is honest.")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


class _Links:
    def __init__(self) -> None:
        self.found: dict[str, str] = {}

    def start(self, name: str, attributes: Attributes) -> None:
        if _local(name) == "Relationship":
            self.found[attributes.get("Id", "")] = attributes.get("Target", "")


class _Sheets:
    def __init__(self) -> None:
        self.found: list[tuple[str, str, str]] = []
        self.from_1904 = False

    def start(self, name: str, attributes: Attributes) -> None:
        kind = _local(name)
        if kind == "workbookPr":
            self.from_1904 = attributes.get("date1904", "0").lower() in ("1", "true", "on")
        elif kind == "sheet":
            link = next((value for key, value in attributes.items() if _local(key) == "id" and ":" in key), "")
            self.found.append((attributes.get("name", ""), link, attributes.get("state", "visible")))


class _Styles:
    def __init__(self) -> None:
        self._codes: dict[int, str] = {}
        self._inside = False
        self.used: list[int] = []

    def start(self, name: str, attributes: Attributes) -> None:
        kind = _local(name)
        if kind == "numFmt" and attributes.get("numFmtId", "").isdigit():
            self._codes[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
        elif kind == "cellXfs":
            self._inside = True
        elif kind == "xf" and self._inside:
            number = attributes.get("numFmtId", "0")
            self.used.append(int(number) if number.isdigit() else 0)

    def end(self, name: str) -> None:
        if _local(name) == "cellXfs":
            self._inside = False

    def form(self, number: int) -> Form:
        if number in self._codes:
            return form_of(self._codes[number])
        return Form(Use(_BUILT_IN.get(number, "number")))


class _Texts:
    def __init__(self) -> None:
        self.found: list[str] = []
        self._pieces: list[str] = []
        self._open = False
        self._aside = 0  # inside phonetic hints

    def start(self, name: str, attributes: Attributes) -> None:
        del attributes
        kind = _local(name)
        if kind == "si":
            self._pieces = []
        elif kind == "rPh":
            self._aside += 1
        elif kind == "t":
            self._open = not self._aside

    def end(self, name: str) -> None:
        kind = _local(name)
        if kind == "si":
            self.found.append(unescaped("".join(self._pieces)))
        elif kind == "rPh":
            self._aside -= 1
        elif kind == "t":
            self._open = False

    def text(self, text: str) -> None:
        if self._open:
            self._pieces.append(text)
