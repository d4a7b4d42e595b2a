"""Data that already lies on the warehouse's engine, as a source: a table, a view or a select in the engine's own SQL.

Values keep their types, so no locale applies to them; only texts are read as the source declares.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import ibis.expr.types as ir

from regulars.capture.offer import ALWAYS, Offer, Request
from regulars.capture.sources.databases.database import file_name, is_select
from regulars.kernel.errors import DataError, EngineError, nearest

__all__ = ["SOURCE", "Table"]


class Table:
    """The source kind `table`."""

    API: ClassVar[int] = 1
    kind: ClassVar[str] = "table"

    def offers(self, request: Request, pattern: str) -> list[Offer]:
        """One offer: it must be read to know whether anything in it is new."""
        return [Offer(file_name(pattern), 0, ALWAYS, fetch=_Read(request, pattern).fetch)]

    def reach(self, request: Request) -> str:
        """Look whether the engine knows it, for `doctor`.

        Raises:
            DataError: it does not.
        """
        rows = _rows(request, request.mapping.pattern)
        return f"{request.mapping.pattern} has {len(rows.columns)} columns"


@dataclass(frozen=True, slots=True)
class _Read:
    request: Request
    pattern: str

    def fetch(self) -> Path:
        path = self.request.folder / file_name(self.pattern)
        rows = _rows(self.request, self.pattern)
        self.request.engine.write(_readable(rows), path)
        return path


def _rows(request: Request, pattern: str) -> ir.Table:
    select = pattern.strip().rstrip(";") if is_select(pattern) else f"SELECT * FROM {pattern.strip()}"
    try:
        return request.engine.query(select)
    except EngineError as refused:
        there = request.engine.tables()
        problem = f"[sources.{request.mapping.source}]: the engine refuses {pattern!r}: {refused.problem}"
        raise DataError(problem, guess=nearest(pattern, there), fix="Correct `from`.") from refused


def _readable(rows: ir.Table) -> ir.Table:
    """In a fixed order, so that equal content gives equal bytes; JSON as its text."""
    plain = rows.mutate(**{name: rows[name].cast("string") for name, kind in rows.schema().items() if kind.is_json()})
    sorts = [name for name, kind in plain.schema().items() if not (kind.is_struct() or kind.is_map())]
    return plain.order_by(sorts)


SOURCE = Table()
