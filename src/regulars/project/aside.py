"""What an answer leaves out as junk, counted by reason; never left out without being said."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from regulars.contracts.model import Contract
from regulars.project.project import Project
from regulars.semantics.cube import Answer
from regulars.semantics.question import Window
from regulars.store.junk import JUNK, key_text, marked
from regulars.store.warehouse import Cut

__all__ = ["junk_within", "left_out"]


def left_out(project: Project, found: Answer, *, cut: Cut) -> list[str]:
    """Sentences on the junk rows of the answer's tables in its period."""
    said = []
    for name in found.facts:
        if name in cut.without:
            contract = project.warehouse.contract(name)
            rows = project.warehouse.table(name, as_of=cut.as_of, known=cut.known)
            marks = project.warehouse.table("junk", known=cut.known)
            counted = junk_within(rows, marks, contract=contract, window=found.plan.window)
            said += _said(project.engine.arrow(counted.order_by("reason")).to_pylist(), name)
    return said


def junk_within(rows: ir.Table, junk: ir.Table, *, contract: Contract, window: Window) -> ir.Table:
    """Marked rows of a contract by reason: (reason, rows); a row with two reasons counts under the first by name.

    Args:
        rows: the contract's table, junk included.
        junk: the marks.
        contract: the contract.
        window: only rows of these business days, where the contract has a time.
    """
    own = junk.filter((junk.contract == contract.name) & (junk.state == JUNK))
    reasons = own.group_by("source", "key").aggregate(reason=own.reason.min())
    live = marked(junk, contract.name).rename(live_source="source", live_key="key")
    told = live.inner_join(reasons, [live.live_source == reasons.source, live.live_key == reasons.key])
    told = told.select("live_source", "live_key", junk_reason="reason")
    if contract.time and window.start:
        rows = rows.filter(rows.business_date >= ibis.literal(window.start))
    if contract.time and window.end:
        rows = rows.filter(rows.business_date <= ibis.literal(window.end))
    same = [rows.source == told.live_source, key_text(rows, contract.key) == told.live_key]
    met = rows.inner_join(told, same)
    return met.group_by(reason=met.junk_reason).aggregate(rows=met.count())


def _said(counts: list[dict[str, object]], name: str) -> list[str]:
    if not counts:
        return []
    total = sum(int(str(row["rows"])) for row in counts)
    reasons = ", ".join(f"{row['rows']:,} {row['reason']}" for row in counts)
    return [f"{total:,} rows of {name} in the period are left out as junk ({reasons}); --with-junk counts them."]
