"""Rows that are set aside, written piece by piece to one Parquet file with their raw text and reason."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["CHANGES", "REJECTS", "Pile", "printable", "read_pile"]

REJECTS = pa.schema(
    [
        ("record", pa.int64()),
        ("line", pa.int64()),
        ("column", pa.string()),
        ("reason", pa.string()),
        ("raw", pa.string()),
    ]
)
CHANGES = pa.schema(
    [
        ("record", pa.int64()),
        ("column", pa.string()),
        ("raw", pa.string()),
        ("reason", pa.string()),
        ("key", pa.string()),
    ]
)
_PIECE = 10_000


class Pile:
    """A Parquet file of one schema that grows row by row; it exists only if something was added."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path, self._schema = path, schema
        self.count = 0
        self._rows: list[tuple[object, ...]] = []
        self._writer: pq.ParquetWriter | None = None

    def add(self, *values: object) -> None:
        """One row, values in the schema's order."""
        self._rows.append(values)
        self.count += 1
        if len(self._rows) >= _PIECE:
            self._flush()

    def add_batch(self, batch: pa.RecordBatch) -> None:
        """Many rows whose columns have the schema's names."""
        self._flush()
        self._write(pa.Table.from_batches([batch]).select(self._schema.names).cast(self._schema))
        self.count += batch.num_rows

    def _flush(self) -> None:
        if self._rows:
            columns = list(zip(*self._rows, strict=True))
            arrays = [pa.array(list(each), type=kind.type) for each, kind in zip(columns, self._schema, strict=True)]
            self._write(pa.Table.from_arrays(arrays, schema=self._schema))
            self._rows = []

    def _write(self, rows: pa.Table) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.path, self._schema, compression="zstd")
        self._writer.write_table(rows)

    def close(self) -> str | None:
        """The file's path, or None when nothing was set aside."""
        self._flush()
        if self._writer is None:
            return None
        self._writer.close()
        return str(self.path)


def read_pile(path: str | None, schema: pa.Schema) -> pa.Table:
    """What a pile holds; nothing where it was never written."""
    if path is None:
        return schema.empty_table()
    found = pq.read_table(path)
    return pa.table({each.name: found[each.name].cast(each.type) for each in schema})


def printable(raw: str) -> str:
    r"""Raw text that any store can hold: undecodable bytes and NULs are shown as \xNN, the line end is cut.

    >>> printable("M\udcfcller\0\n")
    'M\\xfcller\\x00'
    """
    body = raw.rstrip("\r\n").replace("\0", "\\x00")
    if body.isascii():
        return body
    return "".join(f"\\x{ord(sign) - 0xDC00:02x}" if "\ud800" <= sign <= "\udfff" else sign for sign in body)
