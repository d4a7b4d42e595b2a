"""A landed object as a plain file: decompressed, decoded to UTF-8, and looked at byte by byte on the way.

Bytes that the declared encoding does not know are kept as they are, so the plain file is then not valid UTF-8; whoever
reads it with `surrogateescape` finds them as lone surrogates and sets the row aside.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from regulars.capture.dialect import Dialect
from regulars.capture.job import Landed, Limits
from regulars.capture.recode import Recoder, is_wide
from regulars.capture.workbook import split_sheet
from regulars.kernel.errors import DataError

__all__ = ["Plain", "format_of", "unpack", "unpack_bytes"]

_CHUNK = 4 << 20
_FORMATS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".parquet": "parquet",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
}
_OLD = (".xls", ".xlsb", ".ods", ".numbers")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(slots=True)
class Plain:
    """A plain UTF-8 file and what its bytes look like."""

    path: Path
    encoding: str = "utf-8"
    size: int = 0
    nul: bool = False
    undecodable: bool = False
    quotes: bool = False
    spaces: bool = False
    odd_blanks: bool = False  # tabs or no-break spaces
    unended: bool = False  # the last line has no line end
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()  # why the encoding cannot be the declared one
    ends: dict[str, int] = field(default_factory=lambda: {"\r\n": 0, "\n": 0, "\r": 0})

    @property
    def lines(self) -> int:
        """Physical lines."""
        return sum(self.ends.values()) + self.unended

    @property
    def regular(self) -> bool:
        """Whether a strict reader may be tried: valid text, no NUL, one kind of line end (quoted ones may differ)."""
        kinds = {end for end, count in self.ends.items() if count}
        even = len(kinds) <= 1 or (self.quotes and kinds == {"\r\n", "\n"})
        return even and not self.nul and not self.undecodable


def format_of(name: str) -> str:
    """ "csv", "json", "parquet" or "xlsx", by the file's name; `.gz` and the sheet of a workbook are looked through.

    Raises:
        DataError: another kind of file.

    >>> format_of("lines/a.TSV.gz"), format_of("book.xlsx#Jan")
    ('csv', 'xlsx')
    """
    suffix = Path(split_sheet(name)[0].lower().removesuffix(".gz")).suffix
    if suffix in _OLD:
        fix = "Open it and save it as .xlsx, or export it as CSV."
        raise DataError(f"{name} is a spreadsheet of another kind than .xlsx.", allowed=_FORMATS, fix=fix)
    if suffix not in _FORMATS:
        raise DataError(f"{name} is of an unknown file type.", allowed=_FORMATS, fix="Rename it, or export it as CSV.")
    return _FORMATS[suffix]


def unpack_bytes(landed: Landed, target: Path, *, limits: Limits) -> Path:
    """The landed object decompressed and otherwise as it is; the object itself when nothing is to be done."""
    if not landed.raw.endswith(".zst") and not _gzipped(landed.name):
        return Path(landed.raw)
    with _open(landed) as stream, target.open("wb") as out:
        for chunk in _chunks(stream, landed, limits=limits):
            out.write(chunk)
    return target


def unpack(landed: Landed, target: Path, *, dialect: Dialect, limits: Limits) -> Plain:
    """The landed text as a plain UTF-8 file at `target`, without byte order mark.

    Raises:
        DataError: a broken archive, one that unpacks to more than `limits` allow, or a line longer than allowed.
    """
    with _open(landed) as stream, target.open("wb") as out:
        chunks = _chunks(stream, landed, limits=limits)
        first = next(chunks, b"")
        mark, encoding = _encoding(first, dialect)
        plain = Plain(target, encoding)
        scan = _Scan(plain, landed.name, longest=limits.line)
        recode = Recoder(encoding)
        out.write(scan.see(recode.take(first[len(mark) :])))
        for chunk in chunks:
            out.write(scan.see(recode.take(chunk)))
        out.write(scan.see(recode.take(b"", final=True)))
        scan.end()
    plain.undecodable = recode.undecodable
    plain.notes, plain.doubts = _notes(recode, encoding, dialect=dialect, mark=mark), _doubts(recode, encoding)
    return plain


def _notes(recode: Recoder, encoding: str, *, dialect: Dialect, mark: bytes) -> tuple[str, ...]:
    notes: list[str] = []
    declared = codecs.lookup(dialect.encoding).name
    if mark and "encoding" in dialect.declared and not encoding.startswith(declared.removesuffix("-sig")):
        notes.append(
            f"The byte order mark says {encoding}, so the file was read as that, and not as {dialect.encoding}."
        )
    elif is_wide(encoding) and not is_wide(declared):
        notes.append(f"The file was read as {encoding}.")
    if recode.twice and not recode.is_utf8:
        notes.append(
            f"{recode.twice} places look like UTF-8 that was encoded twice, first in line {recode.line}: {recode.shown!r}; "
            "they were loaded as they stand."
        )
    if recode.controls:
        notes.append(
            "Some bytes have no letter in latin-1 and one in cp1252: such rows were set aside; declare cp1252."
        )
    return tuple(notes)


def _doubts(recode: Recoder, encoding: str) -> tuple[str, ...]:
    if not recode.is_utf8 or not encoding.startswith(("cp", "iso8859", "mac", "koi8", "latin")):
        return ()
    why = f"The file is declared as {encoding}, but all its letters beyond ASCII are UTF-8"
    shown = f" (line {recode.line} would read {recode.shown!r})" if recode.twice else ""
    return (f'{why}{shown}. Declare encoding = "utf-8" for this source.',)


def _gzipped(name: str) -> bool:
    return split_sheet(name)[0].lower().endswith(".gz")


def _open(landed: Landed) -> Any:
    packed = landed.raw.endswith(".zst")
    stream = pa.input_stream(landed.raw, compression="zstd" if packed else None)
    return pa.CompressedInputStream(stream, "gzip") if _gzipped(landed.name) else stream


def _chunks(stream: Any, landed: Landed, *, limits: Limits) -> Any:
    packed, total = Path(landed.raw).stat().st_size, 0
    guarded = _gzipped(landed.name)
    while True:
        try:
            chunk = stream.read(_CHUNK)
        except (OSError, pa.ArrowException) as broken:
            problem = f"{landed.name} cannot be unpacked: the archive is broken or cut off."
            raise DataError(problem, fix="Send it again.") from broken
        if not chunk:
            return
        total += len(chunk)
        if guarded and total > limits.ratio_from and total > packed * limits.ratio:
            problem = f"{landed.name} unpacks to more than {limits.ratio:.0f} times its size: it is refused."
            raise DataError(problem, fix="Send it unpacked if it is honest.")
        yield chunk


def _encoding(first: bytes, dialect: Dialect) -> tuple[bytes, str]:
    for mark, encoding in _MARKS:
        if first.startswith(mark):
            return mark, encoding
    if "encoding" not in dialect.declared:
        sample = first[:4000]
        if sample[1::2].count(0) > len(sample) * 0.3:
            return b"", "utf-16-le"
        if sample[0::2].count(0) > len(sample) * 0.3:
            return b"", "utf-16-be"
    return b"", codecs.lookup(dialect.encoding).name


class _Scan:
    """Counts line ends, finds NULs, quotes and endless lines."""

    def __init__(self, plain: Plain, name: str, *, longest: int) -> None:
        self._plain, self._name, self._longest = plain, name, longest
        self._open_line = 0
        self._ended_in_return = False

    def see(self, chunk: bytes) -> bytes:
        plain = self._plain
        plain.size += len(chunk)
        plain.nul = plain.nul or b"\0" in chunk
        plain.quotes = plain.quotes or b'"' in chunk
        plain.spaces = plain.spaces or b" " in chunk
        plain.odd_blanks = plain.odd_blanks or b"\t" in chunk or b"\xa0" in chunk or b"\xbf" in chunk
        self._count(chunk)
        self._measure(chunk)
        return chunk

    def _count(self, chunk: bytes) -> None:
        if not chunk:
            return
        ends = self._plain.ends
        feeds, pairs = chunk.count(b"\n"), 0
        returns = chunk.count(b"\r")
        if returns:
            pairs = chunk.count(b"\r\n")
        if self._ended_in_return and chunk.startswith(b"\n"):
            pairs += 1
            ends["\r"] -= 1
            returns += 1
        ends["\r\n"] += pairs
        ends["\n"] += feeds - pairs
        ends["\r"] += returns - pairs
        self._ended_in_return = chunk.endswith(b"\r")

    def _measure(self, chunk: bytes) -> None:
        last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        if last < 0:
            self._open_line += len(chunk)
        else:
            first = min(at for at in (chunk.find(b"\n"), chunk.find(b"\r")) if at >= 0)
            self._check(self._open_line + first)
            self._open_line = len(chunk) - last - 1
        self._check(self._open_line)

    def _check(self, length: int) -> None:
        if length > self._longest:
            problem = f"{self._name} has a line of more than {self._longest // 1_000_000} MB: it is not a table."
            raise DataError(problem, fix="Export it again, one record a line.")

    def end(self) -> None:
        self._check(self._open_line)
        self._plain.unended = self._open_line > 0
