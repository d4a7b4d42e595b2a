"""The lab that a room is handed: tables under its cut, outcomes only while it is judged or fitted, and one executor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from regulars.kernel.errors import GateError
from regulars.project.ledger import ledger
from regulars.project.project import Project
from regulars.store.junk import without_junk
from regulars.store.warehouse import end_of

__all__ = ["ProjectLab", "lab_of"]

# Identity is not knowledge of the outcome: who is who is taken as it is known now, also in a backtest.
_TIMELESS = frozenset({"source_customer", "golden_customer"})


@dataclass(frozen=True, slots=True)
class ProjectLab:
    """A `Lab` over an open project; `learns` is True while a backtest or a fit runs."""

    project: Project
    as_of: date
    settings: Mapping[str, Any]
    currency: str
    default_margin: float | None
    seed: int
    learns: bool = False
    past: bool = False

    def at(self, day: date) -> ProjectLab:
        """What we would have seen on an earlier day: later events, and rows known only later, are gone."""
        return replace(self, as_of=min(day, self.as_of), past=True)

    def table(self, name: str) -> ir.Table:
        """A table cut at `as_of`; in a backtest also cut at what was known by then."""
        known = end_of(self.as_of) if self.past and name not in _TIMELESS else None
        rows = self._read(name, self.as_of, known=known)
        # A rule segment may rest on a score; a score that rests on it would run after its own tail.
        rules = sorted(self.project.config.named("segments")) if name == "segment" else []
        return rows.filter(rows.segmentation.notin(rules)) if rules else rows

    def outcome(self, name: str, until: date) -> ir.Table:
        """Rows after `as_of`, up to `until`.

        Raises:
            GateError: asked for outside a backtest or a fit.
        """
        if not self.learns:
            raise GateError(f"An outcome of {name} was asked for outside a backtest or a fit.")
        rows = self._read(name, until, known=None)
        return rows.filter(rows.business_date > ibis.literal(self.as_of))

    def _read(self, name: str, until: date, *, known: datetime | None) -> ir.Table:
        """Rows without junk, amounts in one currency. What is junk, and what a currency was worth, is taken as known now."""
        warehouse = self.project.warehouse
        rows = warehouse.table(name, as_of=until, known=known)
        if name in self.project.junky():
            rows = without_junk(rows, warehouse.table("junk"), contract=warehouse.contract(name))
        return ledger(self.project, rows, rates=warehouse.table("rate", as_of=until)) if name == "order_line" else rows

    def arrow(self, rows: ir.Table) -> pa.Table:
        """Run and fetch."""
        return self.project.engine.arrow(rows)

    def keep(self, rows: ir.Table) -> ir.Table:
        """Run once, read often."""
        return self.project.engine.keep(rows)

    def bring(self, rows: pa.Table) -> ir.Table:
        """Local rows as a table of the engine."""
        return self.project.engine.bring(rows)

    def progress(self, text: str, done: int, total: int) -> None:
        """Tell the door."""
        self.project.outside.progress(text, done, total)


def lab_of(project: Project, *, as_of: date, settings: Mapping[str, Any], learns: bool) -> ProjectLab:
    """A lab for one room at one cut."""
    return ProjectLab(
        project=project,
        as_of=as_of,
        settings=settings,
        currency=project.config.section("project")["currency"],
        default_margin=project.config.section("profit").get("default_margin"),
        seed=20170101,
        learns=learns,
    )
