"""Campaign lists as files: CSV that opens safely in a spreadsheet, or Parquet, one file for each launch.

A file appears whole or not at all. The same launch makes the same file name; when it is there already nothing is
written, and the receipts are those of the file that was sent.
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from regulars.kernel.errors import ConfigError

__all__ = ["SINK", "Files", "safe_text"]

_FORMATS = ("csv", "parquet")
_FORMULA = "^[=+\\-@\t\r]"


class Files:
    """Writes rows into `path`, named by the launch.

    Settings: `path` (a folder), `format` (csv, default, or parquet), `delimiter` (csv only, default ",").
    """

    API: ClassVar[int] = 1
    kind = "files"

    def send(self, rows: pa.Table, settings: Mapping[str, Any], *, name: str) -> pa.Table:
        """Write the launch's file, unless it is there, and give a receipt for each row.

        Returns:
            message_id, receipt ("FILE line N sha256 HEX", the header being line 1; in Parquet the row, from 1), error
            (for a row that the file sent before does not hold).

        Raises:
            ConfigError: no path, an unknown format, or a delimiter of more than one character.
        """
        form = _form(settings)
        path = Path(settings["path"]) / f"{_file_name(name)}.{form}"
        delimiter = str(settings.get("delimiter", ","))
        if not path.exists():
            _write(rows, path, delimiter=delimiter)
        return _receipts(rows, path, delimiter=delimiter)


SINK = Files()


def safe_text(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts that no spreadsheet takes for a formula: a leading = + - @, tab or return gets an apostrophe before it.

    >>> import pyarrow as pa
    >>> safe_text(pa.chunked_array([["=1+1", "Ann", None]])).to_pylist()
    ["'=1+1", 'Ann', None]
    """
    risky = pc.match_substring_regex(texts, _FORMULA)
    return pc.if_else(risky, pc.binary_join_element_wise("'", texts, ""), texts)


def _form(settings: Mapping[str, Any]) -> str:
    if not settings.get("path"):
        raise ConfigError("A sink of kind files has no path.", fix='Add one, e.g. path = "out/".')
    if len(str(settings.get("delimiter", ","))) != 1:
        raise ConfigError("The delimiter of a sink is one character.", fix='Write e.g. delimiter = ";".')
    form = str(settings.get("format", "csv"))
    if form not in _FORMATS:
        raise ConfigError(f"A sink of kind files cannot write {form!r}.", allowed=_FORMATS)
    return form


def _file_name(name: str) -> str:
    """The launch's name with everything but letters, digits, dot, dash and underscore replaced."""
    return "".join(sign if sign.isalnum() or sign in "._-" else "_" for sign in name).lstrip(".") or "_"


def _write(rows: pa.Table, path: Path, *, delimiter: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as out:
        if path.suffix == ".parquet":
            pq.write_table(rows, out)
        else:
            pacsv.write_csv(_safe(rows), out, pacsv.WriteOptions(delimiter=delimiter))
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _safe(rows: pa.Table) -> pa.Table:
    for index, field in enumerate(rows.schema):
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            rows = rows.set_column(index, field.name, safe_text(rows[field.name]))
    return rows


def _receipts(rows: pa.Table, path: Path, *, delimiter: str) -> pa.Table:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    places = _sent(path, delimiter)
    lines = [places.get(message) for message in rows["message_id"].to_pylist()]
    receipts = [None if line is None else f"{path.name} line {line} sha256 {digest}" for line in lines]
    errors = [f"not in {path.name}, which was sent before" if line is None else None for line in lines]
    return pa.table(
        {
            "message_id": rows["message_id"],
            "receipt": pa.array(receipts, pa.string()),
            "error": pa.array(errors, pa.string()),
        }
    )


def _sent(path: Path, delimiter: str) -> dict[str, int]:
    """message_id -> the line on which its row begins; in Parquet, the row from 1."""
    if path.suffix == ".parquet":
        messages = pq.read_table(path, columns=["message_id"])["message_id"].to_pylist()
        return {str(message): row for row, message in enumerate(messages, 1)}
    places: dict[str, int] = {}
    with path.open(encoding="utf-8", newline="") as text:
        rows = csv.reader(text, delimiter=delimiter)
        place, begins = next(rows).index("message_id"), rows.line_num + 1
        for row in rows:
            places[row[place]], begins = begins, rows.line_num + 1
    return places
