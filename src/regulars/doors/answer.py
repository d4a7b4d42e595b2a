"""A verb's answer in Python: a mapping with the JSON keys, and its rows as pandas, Arrow or Polars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

__all__ = ["Answer"]

_ROWS = ("rows", "items", "batches", "steps", "effects", "quality", "checks")
_SHOWN = 20


class Answer(Mapping[str, Any]):
    """What a verb gave: `answer["rows"]`, `answer.to_pandas()`; shows itself as a table in a notebook."""

    def __init__(self, verb: str, values: Mapping[str, Any]) -> None:
        self._verb, self._values = verb, dict(values)

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def to_arrow(self) -> Any:
        """The rows as a pyarrow.Table (exact amounts as decimals where the answer holds them)."""
        import pyarrow as pa

        rows = self._rows()
        return pa.Table.from_pylist(rows) if isinstance(rows, list) else rows

    def to_pandas(self) -> Any:
        """The rows as a pandas.DataFrame."""
        return self.to_arrow().to_pandas()

    def to_polars(self) -> Any:
        """The rows as a polars.DataFrame.

        Raises:
            MissingExtraError: Polars is not installed.
        """
        try:
            import polars as pl
        except ModuleNotFoundError as problem:
            from regulars.kernel.errors import MissingExtraError

            raise MissingExtraError("Polars is not installed.", fix="Install it: pip install polars") from problem
        return pl.from_arrow(self.to_arrow())

    def _rows(self) -> Any:
        for name in _ROWS:
            if name in self._values and not isinstance(self._values[name], int | str | dict):
                return self._values[name]
        return [{key: value for key, value in self._values.items() if not isinstance(value, dict | list)}]

    def __repr__(self) -> str:
        return f"Answer({self._verb}: {', '.join(self._values)})"

    def _repr_html_(self) -> str:
        table = self.to_arrow()
        rows = table.slice(0, _SHOWN).to_pylist() if table.num_columns else []
        if not rows:
            return f"<p>{escape(repr(self))}: no rows</p>"
        head = "".join(f"<th>{escape(str(name))}</th>" for name in rows[0])
        body = "".join("<tr>" + "".join(f"<td>{escape(str(v))}</td>" for v in row.values()) + "</tr>" for row in rows)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
