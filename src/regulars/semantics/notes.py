"""What must a reader of an answer know beside its figures: what was kept apart, assumed, or has no period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import ibis
import ibis.expr.types as ir

from regulars.semantics.fact import FACTS
from regulars.semantics.metric import Uncertainty, Unit
from regulars.semantics.plan import Plan, placed

__all__ = ["checks", "notes", "notes_of"]

_COSTED = frozenset({"margin", "product_cost"})


def checks(plan: Plan) -> ir.Table | None:
    """What the answer leaves out or assumes, counted: (what, subject, rows); empty where all is well.

    `what` is "no rate" (subject: the currency), "no cost" or "no customer"; None for questions that have none of it.
    """
    if "sale_lines" not in plan.facts:
        return None
    rows, links = placed(plan, "sale_lines"), plan.links["sale_lines"]
    found: list[ir.Table] = []
    if "amounts" in links:
        found.append(_count(rows.filter(rows.net.isnull()), "no rate", subject="currency"))
        if _COSTED & {metric.name for metric in plan.metrics}:
            found.append(_count(rows.filter(rows.known_cost.isnull() & rows.net.notnull()), "no cost"))
    if "customer" in links:
        found.append(_count(rows.filter(rows.customer_id.notnull() & rows.customer_key.isnull()), "no customer"))
    return ibis.union(*found) if len(found) > 1 else (found[0] if found else None)


def _count(rows: ir.Table, what: str, *, subject: str | None = None) -> ir.Table:
    about = rows[subject] if subject else ibis.literal("order_line")
    counted = rows.group_by(subject=about).aggregate(rows=rows.count())
    return counted.select(what=ibis.literal(what), subject="subject", rows="rows")


def notes_of(found: Iterable[Mapping[str, object]], default_margin: float | None = None) -> list[str]:
    """Sentences for the rows of `checks`.

    >>> notes_of([{"what": "no rate", "subject": "USD", "rows": 3}])
    ['3 order lines in USD have no exchange rate: their amounts are left out.']
    """
    missing = "they are left out, so the figure is incomplete"
    assumed = missing if default_margin is None else f"a margin of {default_margin:.0%} is assumed for them"
    forms = {
        "no rate": "{rows} order lines in {subject} have no exchange rate: their amounts are left out.",
        "no cost": "{rows} order lines have no cost: " + assumed + ".",
        "no customer": "{rows} order lines name a customer who is not unified yet: they count as anonymous.",
    }
    return [forms[str(row["what"])].format(**row) for row in found]


def notes(plan: Plan) -> tuple[str, ...]:
    """What holds whatever the data is."""
    return tuple(note for note in (_intervals(plan), _model(plan), _periods(plan), _changes(plan)) if note)


def _intervals(plan: Plan) -> str | None:
    if any(metric.uncertainty is Uncertainty.SAMPLING for metric in plan.metrics):
        return "Low and high hold 80 %, with customers as the sample; both are empty where too few customers are known."
    return None


def _model(plan: Plan) -> str | None:
    names = [metric.name for metric in plan.metrics if metric.uncertainty is Uncertainty.MODEL]
    return f"{', '.join(names)}: a model's expectation; no interval for sums of customers yet." if names else None


def _periods(plan: Plan) -> str | None:
    timeless = [metric.name for metric in plan.metrics if "day" not in FACTS[metric.fact].columns]
    if timeless and (plan.window.start or plan.window.end or plan.then):
        return f"{', '.join(timeless)}: the state as of {plan.context.as_of}, whatever the period."
    return None


def _changes(plan: Plan) -> str | None:
    if plan.then is None:
        return None
    points = [metric.name for metric in plan.metrics if metric.unit in (Unit.SHARE, Unit.POINTS)]
    differs = f"; of {', '.join(points)} it is the difference" if points else ""
    return f"{plan.question.compare} is {plan.then}; change is the new value / the old one - 1{differs}."
