"""What a database gives, as one Parquet file: texts, a mark of the columns that had a type, the same bytes for the same rows.

The mark is a key of the file's own metadata, which the parsing child reads: no locale applies to marked columns.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from regulars.capture.sheets import TYPED
from regulars.capture.sources.databases.grammar import Column
from regulars.kernel.errors import DataError

__all__ = ["spool"]

_ROWS, _BYTES = 50_000, 32_000_000
_LIKE_A_NUMBER = r"^[+-]?[0-9][0-9.,]*[.,][0-9]+$"


def spool(path: Path, columns: Sequence[Column], *, pieces: Iterable[Sequence[tuple[Any, ...]]]) -> int:
    """Write the rows; no more than a row group is held. Returns how many.

    Raises:
        DataError: a text cannot be written, or a column holds numbers beside texts that look like numbers.
    """
    schema = pa.schema([(each.name, pa.string()) for each in columns])
    texts = [_Texts(each) for each in columns]
    count = 0
    with pq.ParquetWriter(path, schema, compression="zstd", store_schema=False) as writer:
        for table in _groups(schema, texts, pieces=pieces):
            count += table.num_rows
            writer.write_table(table)
        typed = [each.name for each in texts if each.typed]
        writer.add_key_value_metadata({TYPED: json.dumps(typed)})
    return count


def _groups(
    schema: pa.Schema, texts: list[_Texts], *, pieces: Iterable[Sequence[tuple[Any, ...]]]
) -> Iterable[pa.Table]:
    held: list[pa.RecordBatch] = []
    for piece in pieces:
        arrays = [text.take(values) for text, values in zip(texts, zip(*piece, strict=True), strict=True)]
        held.append(pa.record_batch(arrays, schema=schema))
        if sum(each.num_rows for each in held) >= _ROWS or sum(each.nbytes for each in held) >= _BYTES:
            yield pa.Table.from_batches(held)
            held = []
    if held:
        yield pa.Table.from_batches(held)


class _Texts:
    """The texts of one column, and what was seen in them."""

    def __init__(self, column: Column) -> None:
        self._column, self.name = column, column.name
        self._kinds: set[type] = set()
        self._numeral = False

    @property
    def typed(self) -> bool:
        if self._column.typed is not None:
            return self._column.typed
        if float in self._kinds and self._numeral:
            problem = f"The column {self.name!r} holds numbers, and texts that look like numbers."
            raise DataError(problem, fix="Convert it to one of them in `from`: SELECT CAST(... AS TEXT) ...")
        return str not in self._kinds and bytes not in self._kinds

    def take(self, values: Sequence[Any]) -> pa.Array:
        if self._column.typed is None:
            return self._seen(values)
        if self._column.shown:
            values = [None if each is None else self._column.shown(each) for each in values]
        return self._array(values)

    def _seen(self, values: Sequence[Any]) -> pa.Array:
        kinds = set(map(type, values)) - {type(None)}
        self._kinds |= kinds
        found = self._array(values if kinds <= {str} else [_plain(each) for each in values])
        if str in kinds and not self._numeral:
            written = (
                found if kinds == {str} else self._array([each if isinstance(each, str) else None for each in values])
            )
            self._numeral = bool(pc.any(pc.match_substring_regex(written, _LIKE_A_NUMBER)).as_py())
        return found

    def _array(self, values: Sequence[Any]) -> pa.Array:
        try:
            return pa.array(values, type=pa.string())
        except pa.ArrowTypeError:
            return pa.array([_plain(each) for each in values], type=pa.string())
        except UnicodeEncodeError:
            problem = f"The column {self.name!r} holds text that is not valid."
            raise DataError(problem, fix="Mend it in the database, or leave the column out in `from`.") from None


def _plain(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return format(value, "f") if isinstance(value, Decimal) else str(value)
