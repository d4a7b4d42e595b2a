"""`table`: any table, out, as a file or as its first rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.csv as pacsv
from xlsxwriter import Workbook

from regulars.activate.sinks.files import safe_text
from regulars.kernel.errors import UsageError
from regulars.project.project import Project

__all__ = ["table"]


def table(
    project: Project, name: str, *, out: str | None = None, top: int = 20, as_of: str | None = None,
    known: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """One table under both cuts: written to `out` (.parquet, .csv, .xlsx, .json), or its first rows.

    Raises:
        UnknownNameError: there is no such table.
        UsageError: a file format that is not offered.
    """
    days = [date.fromisoformat(each) if each else None for each in (as_of, known)]
    rows = project.cut(*days, junk=True).table(name)
    count = int(project.engine.arrow(rows.aggregate(n=rows.count()))["n"][0].as_py())
    if out is None:
        shown = project.engine.arrow(_ordered(project, name, rows=rows).limit(top)).to_pylist()
        return {"table": name, "rows": count, "items": shown}
    path = Path(out)
    if path.suffix not in _FORMATS:
        raise UsageError(f"{path.name}: no table can be written as {path.suffix or 'that'}.", allowed=_FORMATS)
    _write(project, rows, path=path)
    return {"table": name, "path": path, "rows": count}


def _ordered(project: Project, name: str, *, rows: ir.Table) -> ir.Table:
    key = [each for each in project.warehouse.contract(name).key if each in rows.columns]
    return rows.order_by(key) if key else rows


def _write(project: Project, rows: ir.Table, *, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        project.engine.write(rows, path)
    else:
        _WRITERS[path.suffix](project.engine.arrow(rows), path)


def _write_csv(rows: pa.Table, path: Path) -> None:
    for place, column in enumerate(rows.schema):
        if pa.types.is_string(column.type):
            rows = rows.set_column(place, column.name, safe_text(rows[column.name]))
    pacsv.write_csv(rows, path)


def _write_json(rows: pa.Table, path: Path) -> None:
    text = ",\n".join(json.dumps(row, default=_plain, ensure_ascii=False) for row in rows.to_pylist())
    path.write_text(f"[\n{text}\n]\n", encoding="utf-8")


def _write_xlsx(rows: pa.Table, path: Path) -> None:
    if rows.num_rows >= _SHEET:
        raise UsageError(f"A sheet holds {_SHEET - 1:,} rows, and this table has {rows.num_rows:,}.", fix="Write .csv.")
    # Texts stay texts: a name that begins with = must not become a formula.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(str(path), options) as book:
        sheet = book.add_worksheet("table")
        sheet.write_row(0, 0, rows.column_names)
        for number, row in enumerate(rows.to_pylist(), start=1):
            sheet.write_row(number, 0, [_cell(value) for value in row.values()])


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value.isoformat()


def _cell(value: Any) -> Any:
    return _plain(value) if isinstance(value, Decimal | date) else value


_WRITERS: dict[str, Callable[[pa.Table, Path], None]] = {
    ".csv": _write_csv,
    ".json": _write_json,
    ".xlsx": _write_xlsx,
}
_FORMATS = (".parquet", *_WRITERS)
_SHEET = 1_048_576
