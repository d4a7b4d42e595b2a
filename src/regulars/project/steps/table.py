"""`table`: any table, out, as a file or as its first rows."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow.csv as pacsv

from regulars.activate.sinks.files import safe_text
from regulars.kernel.errors import UsageError
from regulars.project.project import Project

__all__ = ["table"]

_FORMATS = (".parquet", ".csv", ".json")


def table(
    project: Project, name: str, *, out: str | None = None, top: int = 20, as_of: str | None = None,
    known: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """One table under both cuts: written to `out` (.parquet, .csv, .json), or its first rows.

    Raises:
        UnknownNameError: there is no such table.
        UsageError: a file format that is not offered.
    """
    days = [date.fromisoformat(each) if each else None for each in (as_of, known)]
    rows = project.cut(*days).table(name)
    count = int(project.engine.arrow(rows.aggregate(n=rows.count()))["n"][0].as_py())
    if out is None:
        shown = project.engine.arrow(_ordered(project, name, rows=rows).limit(top)).to_pylist()
        return {"table": name, "rows": count, "items": [_without_nulls(row) for row in shown]}
    path = Path(out)
    if path.suffix not in _FORMATS:
        raise UsageError(f"{path.name}: no table can be written as {path.suffix or 'that'}.", allowed=_FORMATS)
    _write(project, rows, path=path)
    return {"table": name, "path": path, "rows": count}


def _ordered(project: Project, name: str, *, rows: ir.Table) -> ir.Table:
    key = [each for each in project.warehouse.contract(name).key if each in rows.columns]
    return rows.order_by(key) if key else rows


def _without_nulls(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


def _write(project: Project, rows: ir.Table, *, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        project.engine.write(rows, path)
        return
    found = project.engine.arrow(rows)
    if path.suffix == ".json":
        path.write_text("\n".join(_json_line(row) for row in found.to_pylist()) + "\n", encoding="utf-8")
        return
    for place, name in enumerate(found.column_names):
        if str(found.schema.field(name).type) == "string":
            found = found.set_column(place, name, safe_text(found[name]))
    pacsv.write_csv(found, path)


def _json_line(row: dict[str, Any]) -> str:
    import json

    return json.dumps(row, default=str, ensure_ascii=False)
