"""A copy of a file in which some records are blank: all others keep their bytes, their numbers and their lines.

A blank CSV record has its delimiters and line ends and nothing between them, a blank JSON record is `{}`, a blank row of a
Parquet file or a workbook has no values. So lineage, replay and what quarantine names still point to the right place.
"""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from regulars.capture.job import Landed
from regulars.capture.objects import json_origins
from regulars.capture.record import Lines, records
from regulars.capture.sought import NO_LIMITS, Reading
from regulars.capture.unpack import Plain, format_of, unpack_bytes
from regulars.capture.workbook import Workbook, split_sheet

__all__ = ["blanked"]

_MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}
_KEPT = re.compile(r"\[Content_Types\]\.xml|_rels/\.rels|xl/(workbook|styles|sharedStrings|theme/.*)\.xml|"
                   r"xl/_rels/workbook\.xml\.rels|xl/worksheets/[^/]+\.xml")  # fmt: skip
_ROW = re.compile(rb"<((?:\w+:)?row)\b([^>]*?)(/>|>.*?</\1\s*>)", re.DOTALL)
_NUMBER = re.compile(rb"\br=[\"'](\d+)[\"']")
_SHARED = re.compile(rb"<(?:\w+:)?c\b[^>]*?\bt=[\"']s[\"'][^>]*?>\s*<(?:\w+:)?v>(\d+)</")
_ITEM = re.compile(rb"<((?:\w+:)?si)\b[^>]*?(?:/>|>.*?</\1\s*>)", re.DOTALL)


def blanked(landed: Landed, target: Path, *, reading: Reading, records: Collection[int], drop: bool = False) -> None:
    """Write the file to `target`, packed as it is, with these records blank.

    Args:
        landed: the file; `.zst` at the end of its path and `.gz` at the end of its name say how it is packed.
        target: what is written; on the disk when this returns.
        reading: how the file is read.
        records: numbers as `sought` gives them.
        drop: leave the records out instead; numbers and lines change then.
    """
    writer = {"csv": _csv, "json": _json, "xlsx": _book, "parquet": _parquet}[format_of(landed.name)]
    with _packed(landed, target) as out:
        writer(landed, out, reading=reading, blank=_Blank(frozenset(records), drop))


class _Blank:
    def __init__(self, numbers: frozenset[int], drop: bool) -> None:
        self.numbers, self.drop = numbers, drop

    def __contains__(self, number: int) -> bool:
        return number in self.numbers


@contextmanager
def _packed(landed: Landed, target: Path) -> Iterator[Any]:
    with target.open("wb") as disk:
        out: Any = pa.CompressedOutputStream(pa.PythonFile(disk, "wb"), "zstd") if landed.raw.endswith(".zst") else disk
        inner = out
        if split_sheet(landed.name)[0].lower().endswith(".gz"):
            inner = gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0)
        yield inner
        for each in dict.fromkeys((inner, out)):
            if each is not disk:
                each.close()


class _Text:
    """Text written in the file's own encoding, with the byte order mark that it had."""

    def __init__(self, out: Any, plain: Plain, *, landed: Landed, folder: Path) -> None:
        self._out, self._encoding = out, plain.encoding
        mark = _MARKS.get(plain.encoding.replace("_", "-"), b"")
        if mark and _first(landed, folder).startswith(mark):
            out.write(mark)

    def write(self, text: str) -> None:
        try:
            self._out.write(text.encode(self._encoding, "surrogateescape"))
        except UnicodeEncodeError:
            self._out.write(text.encode(self._encoding, "surrogatepass"))


def _first(landed: Landed, folder: Path) -> bytes:
    path = unpack_bytes(landed, folder / "first.bin", limits=NO_LIMITS)
    with path.open("rb") as raw:
        return raw.read(4)


class _Echo(Lines):
    """Lines that remember what was taken."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.taken: list[str] = []

    def take(self) -> str | None:
        line = super().take()
        if line is not None:
            self.taken.append(line)
        return line

    def give_back(self, lines: list[str]) -> None:
        super().give_back(lines)
        del self.taken[len(self.taken) - len(lines) :]

    def flush(self) -> str:
        text = "".join(self.taken)
        self.taken.clear()
        return text


def _csv(landed: Landed, out: Any, *, reading: Reading, blank: _Blank) -> None:
    plain = reading.plain(landed)
    shape = reading.shape(plain, landed.name)
    text = _Text(out, plain, landed=landed, folder=reading.folder)
    with _Echo(plain.path) as lines:
        for _ in range(shape.skip):
            lines.take()
        text.write(lines.flush())
        for number, record in enumerate(records(lines, shape.delimiter, width=shape.width), start=1):
            whole = lines.flush()
            if number in blank:
                before = whole[: len(whole) - len(record.raw)]
                whole = before + ("" if blank.drop else _empty(record.raw, shape.delimiter * (shape.width - 1)))
            text.write(whole)
        text.write(lines.flush())


def _empty(raw: str, delimiters: str) -> str:
    body = raw.rstrip("\r\n")
    inner = "\n" * body.count("\n")
    return (f'"{inner}"' if inner else "") + delimiters + raw[len(body) :]


def _json(landed: Landed, out: Any, *, reading: Reading, blank: _Blank) -> None:
    plain = reading.plain(landed)
    text = _Text(out, plain, landed=landed, folder=reading.folder)
    with plain.path.open(encoding="utf-8", errors="surrogateescape", newline="") as lines:
        array = lines.read(1000).lstrip()[:1] == "["
    (_array if array else _lines)(plain.path, text, blank=blank)


def _lines(path: Path, text: _Text, *, blank: _Blank) -> None:
    number = 0
    # Universal line ends, as parsing has them; what is written ends its lines with \n.
    with path.open(encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            number += bool(line.strip())
            gone = bool(line.strip()) and number in blank
            text.write(("" if blank.drop else "{}" + "\n" * line.endswith("\n")) if gone else line)


def _array(path: Path, text: _Text, *, blank: _Blank) -> None:
    here, first = 1, True
    text.write("[")
    for number, line, raw in json_origins(path, longest=NO_LIMITS.line, file=path.name):
        if number in blank and blank.drop:
            continue
        text.write(("" if first else ",") + "\n" * max(0, line - here))
        text.write("{}" if number in blank else raw)
        here, first = max(here, line) + (0 if number in blank else raw.count("\n")), False
    text.write("\n]\n")


def _parquet(landed: Landed, out: Any, *, reading: Reading, blank: _Blank) -> None:
    file = pq.ParquetFile(unpack_bytes(landed, reading.folder / "plain.parquet", limits=NO_LIMITS))
    schema = pa.schema([each.with_nullable(True) for each in file.schema_arrow], metadata=file.schema_arrow.metadata)
    number = 0
    with pq.ParquetWriter(pa.PythonFile(out, "w"), schema, compression="zstd") as writer:
        for batch in file.iter_batches(65_536):
            numbers = range(number + 1, number + 1 + batch.num_rows)
            number += batch.num_rows
            kept = pa.array([each not in blank for each in numbers])
            writer.write_table(_left(pa.Table.from_batches([batch]), kept, drop=blank.drop).cast(schema))


def _left(rows: pa.Table, kept: pa.Array, *, drop: bool) -> pa.Table:
    if drop or pc.all(kept).as_py():
        return rows.filter(kept)
    index = pc.if_else(kept, pa.array(range(rows.num_rows)), pa.scalar(None, pa.int64()))
    return rows.take(index)


def _book(landed: Landed, out: Any, *, reading: Reading, blank: _Blank) -> None:
    path = unpack_bytes(landed, reading.folder / "plain.xlsx", limits=NO_LIMITS)
    file, sheet = split_sheet(landed.name)
    with Workbook(path, file, limits=NO_LIMITS) as book:
        place = book.sheets[book.sheet(sheet)]
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist() if _KEPT.fullmatch(name)}
    parts[place] = _rows(parts[place], blank)
    sheets = [body for name, body in parts.items() if name.startswith("xl/worksheets/")]
    used = {int(found[1]) for body in sheets for found in _SHARED.finditer(body)}
    if shared := parts.get("xl/sharedStrings.xml"):
        parts["xl/sharedStrings.xml"] = _unused(shared, used)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name, body in parts.items():
            new.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
    out.write(packed.getvalue())


def _rows(sheet: bytes, blank: _Blank) -> bytes:
    pieces, at, number = [], 0, 0
    for found in _ROW.finditer(sheet):
        told = _NUMBER.search(found[2])
        number = int(told[1]) if told else number + 1
        if number in blank:
            pieces += [sheet[at : found.start()], b'<%s r="%d"/>' % (found[1], number)]
            at = found.end()
    return b"".join([*pieces, sheet[at:]])


def _unused(shared: bytes, used: set[int]) -> bytes:
    pieces, at = [], 0
    for number, found in enumerate(_ITEM.finditer(shared)):
        if number not in used:
            tag = found[1]
            pieces += [shared[at : found.start()], b"<%s><%s/></%s>" % (tag, tag.replace(b"si", b"t"), tag)]
            at = found.end()
    return b"".join([*pieces, shared[at:]])
