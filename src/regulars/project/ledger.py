"""The ledger in one currency: where amounts are added up, they have been converted first. Everybody reads it here."""

from __future__ import annotations

import ibis.expr.types as ir

from regulars.project.project import Project
from regulars.semantics.amounts import at_home

__all__ = ["foreign", "ledger"]


def foreign(project: Project) -> list[str]:
    """The currencies of order lines that are not the project's own; asked once until the data changes."""
    home = project.config.section("project")["currency"]
    found = project.warehouse.once("currencies", lambda: _currencies(project))
    return [each for each in found if each != home]


def _currencies(project: Project) -> list[str]:
    lines = project.warehouse.history("order_line")
    found = project.engine.arrow(lines.filter(lines.currency.notnull()).select("currency").distinct())
    return sorted(found["currency"].to_pylist())


def ledger(project: Project, lines: ir.Table, *, rates: ir.Table) -> ir.Table:
    """Order lines with their amounts in the project's currency; those without a rate have no amount.

    Args:
        lines: the table `order_line`, cut.
        rates: the table `rate` under the same cut.
    """
    if not foreign(project):
        return lines
    return at_home(lines, rates, currency=project.config.section("project")["currency"])
