"""What must a reader of an answer know beside its figures: what was kept apart, assumed, or has no period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import ibis
import ibis.expr.types as ir

from regulars.semantics.fact import FACTS
from regulars.semantics.metric import Uncertainty, Unit
from regulars.semantics.plan import Plan, placed
from regulars.semantics.then import SALE

__all__ = ["checks", "notes", "notes_of"]

_COSTED = frozenset({"margin", "product_cost"})


def checks(plan: Plan) -> ir.Table | None:
    """What the answer leaves out or assumes, counted: (what, subject, rows); empty where all is well.

    `what` is "no rate" (subject: the currency), "no cost", "no customer" or "as of load" (subject: product, store or
    customer); None for questions that have none of it.
    """
    found = [each for fact in plan.facts for each in _as_of_load(plan, fact)]
    if "sale_lines" in plan.facts:
        found += _of_lines(plan)
    return ibis.union(*found) if len(found) > 1 else (found[0] if found else None)


def _of_lines(plan: Plan) -> list[ir.Table]:
    rows, links = placed(plan, "sale_lines"), plan.links["sale_lines"]
    found: list[ir.Table] = []
    if "amounts" in links:
        found.append(_count(rows.filter(rows.net.isnull()), "no rate", subject="currency"))
        if _COSTED & {metric.name for metric in plan.metrics}:
            found.append(_count(rows.filter(rows.known_cost.isnull() & rows.net.notnull()), "no cost"))
    if "customer" in links:
        found.append(_count(rows.filter(rows.customer_id.notnull() & rows.customer_key.isnull()), "no customer"))
    return found


def _as_of_load(plan: Plan, fact: str) -> list[ir.Table]:
    """Rows that are older than the first version known of what describes them."""
    rows, found = placed(plan, fact), []
    for prefix in sorted({each.column.partition("__")[0] for each in plan.by if (each.link or "").endswith(SALE)}):
        since = [name for name in rows.columns if name.startswith(f"{prefix}__since")]
        older = [rows.at < rows[name] for name in since]
        if older:
            counted = _count(rows.filter(ibis.or_(*older)), "as of load")
            found.append(counted.mutate(subject=ibis.literal(prefix.removesuffix(SALE))))
    return found


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
        "as of load": "{rows} rows are older than what is known of their {subject}: they take the first description that"
        " is known (as of load).",
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
    if not names:
        return None
    return f"{', '.join(names)}: a model's expectation; it has an interval for everybody and for whole segments."


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
