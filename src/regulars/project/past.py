"""What was known then, and what is known now of the same days: a figure as it was published, beside the restated one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import ibis.expr.types as ir

from regulars.engines.protocol import Engine
from regulars.store.warehouse import Cut

__all__ = ["Past", "now_beside"]

# What Regulars itself found out about customers. Before the first time it did, today's answer stands in.
_FOUND_OUT = ("source_customer", "golden_customer")


@dataclass(frozen=True, slots=True)
class Past:
    """The tables under a cut. Where nobody had been unified by the cut, customers are taken as they are known now."""

    cut: Cut

    def table(self, name: str) -> ir.Table:
        """The table under the cut."""
        return self.cut.warehouse.table(name) if self._stands_in(name) else self.cut.table(name)

    def versions(self, name: str) -> ir.Table:
        """Every version of the table's rows that was known under the cut."""
        return self.cut.versions(name)

    def notes(self, engine: Engine) -> list[str]:
        """What a reader of a figure of the past has to know."""
        if self.cut.known is None or not self._stands_in("source_customer"):
            return []
        if not engine.arrow(self.cut.warehouse.history("source_customer").limit(1)).num_rows:
            return []
        return ["Nobody had been unified by then: who is who is taken as it is known now."]

    def _stands_in(self, name: str) -> bool:
        if self.cut.known is None or name not in _FOUND_OUT:
            return False
        return not self.cut.warehouse.once(f"{name} by {self.cut.known}", lambda: self._there(name))

    def _there(self, name: str) -> bool:
        return bool(self.cut.warehouse.engine.arrow(self.cut.versions(name).limit(1)).num_rows)


def now_beside(
    then: Mapping[str, Any], now: Mapping[str, Any], *, by: Sequence[str], metrics: Sequence[str]
) -> tuple[dict[str, Any], list[str]]:
    """An answer of the past with `<metric>_now` and `<metric>_restated` (now less then) in each row and in the totals.

    Args:
        then, now: columns, rows and totals of one question under two cuts.
        by: the dimensions; a row is matched by its members. A member that is only there now has no figure of then.
        metrics: the metrics.

    Returns:
        The answer, and a sentence for each metric.
    """
    cells = {tuple(row[name] for name in by): row for row in now["rows"]}
    rows = [_beside(row, cells.pop(tuple(row[name] for name in by), {}), metrics=metrics) for row in then["rows"]]
    for cell, row in cells.items():
        rows.append(_beside(dict.fromkeys(then["columns"]) | dict(zip(by, cell, strict=True)), row, metrics=metrics))
    totals = _beside(then["totals"], now["totals"], metrics=metrics)
    columns = [*then["columns"], *(f"{name}_{end}" for name in metrics for end in ("now", "restated"))]
    return {"columns": columns, "rows": rows, "totals": totals}, [_said(totals, name) for name in metrics]


def _beside(then: Mapping[str, Any], now: Mapping[str, Any], *, metrics: Sequence[str]) -> dict[str, Any]:
    row = dict(then)
    for name in metrics:
        before, after = then.get(name), now.get(name)
        row[f"{name}_now"] = after
        row[f"{name}_restated"] = None if before is None or after is None else after - before
    return row


def _said(totals: Mapping[str, Any], name: str) -> str:
    moved = totals[f"{name}_restated"]
    if moved is None:
        return f"{name}: cannot be compared with what is known now."
    if not moved:
        return f"{name}: not restated since."
    return f"{name}: restated since: {_signed(moved)}; it is {_plain(totals[f'{name}_now'])} by what is known now."


def _signed(number: Any) -> str:
    return (
        f"{number:+,.2f}"
        if isinstance(number, Decimal)
        else (f"{number:+,}" if isinstance(number, int) else f"{number:+.4g}")
    )


def _plain(number: Any) -> str:
    return _signed(number).removeprefix("+") if number >= 0 else _signed(number)
