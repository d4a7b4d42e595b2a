"""What is the answer to a question: rows, totals from the facts themselves, definitions, notes, and the way back.

Nothing runs here. An answer holds expressions; whoever owns the engine runs them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from regulars.engines.portable import money, ratio
from regulars.engines.protocol import Tables
from regulars.kernel.errors import UnknownNameError
from regulars.semantics.cells import OTHER, THEN, cells, leaders, value_of
from regulars.semantics.context import Context
from regulars.semantics.dimension import label_of
from regulars.semantics.fact import FACTS
from regulars.semantics.interval import bounds
from regulars.semantics.metric import Measure, Metric, Uncertainty, Unit
from regulars.semantics.notes import checks, notes
from regulars.semantics.plan import Plan, placed, planned
from regulars.semantics.question import Question
from regulars.semantics.worth import VALUE, with_group_ends

__all__ = ["Answer", "answer", "rows_behind", "rows_for", "top_rows", "totals_for"]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as expressions.

    Attributes:
        rows: one row for each cell: the dimensions (texts, null is a member), the metrics, for rates `<metric>_low`,
            `<metric>_high` (80 %) and `<metric>_n`, for comparisons `<metric>_previous` or `<metric>_last_year` and
            `<metric>_change`; sorted.
        totals: one row with the same columns less the dimensions, computed from the facts.
        checks: what was kept apart (what, subject, rows), to be run and handed to `notes_of`; or None.
        definitions: metric or dimension -> its sentence.
        notes: what a reader has to know whatever the data is.
        facts: names of the stored tables that the answer rests on.
        period: the days, as 2017-01-01..2017-03-31; a side that the question leaves open is the cut date or empty.
        compared: the days compared with, None where there are none.
    """

    rows: ir.Table
    totals: ir.Table
    checks: ir.Table | None
    definitions: Mapping[str, str]
    notes: tuple[str, ...]
    facts: tuple[str, ...]
    period: str
    compared: str | None
    plan: Plan

    def rows_of(self, cell: Mapping[str, object]) -> ir.Table:
        """The source rows behind one cell: (contract, source, batch, record), each once.

        Args:
            cell: dimension -> its member as `rows` shows it; {} is the total. Of a top question's "(other)" row too.

        Raises:
            UnknownNameError: `cell` names a dimension that was not asked for.
        """
        return rows_behind(self.plan, cell)


def answer(question: Question, tables: Tables, *, context: Context) -> Answer:
    """Answers a question over the given tables, which are cut already.

    Raises:
        UnknownNameError: a metric, a dimension or a name in the condition is not there.
        UsageError: a dimension cannot be reached by a metric, or the period is wrong.
        ConditionError: the condition cannot be read.
    """
    plan = planned(question, tables, context=context)
    definitions = {each.name: each.says for each in plan.metrics} | {each.name: each.says for each in plan.by}
    totals = totals_for(plan)
    return Answer(
        rows=rows_for(plan) if plan.by else totals,
        totals=totals,
        checks=checks(plan),
        definitions=definitions,
        notes=notes(plan),
        facts=tuple(dict.fromkeys(name for fact in plan.facts for name in FACTS[fact].contracts)),
        period=f"{plan.window.start or ''}..{plan.window.end or context.as_of}",
        compared=str(plan.then) if plan.then else None,
        plan=plan,
    )


def totals_for(plan: Plan) -> ir.Table:
    """The totals of a question: one row, computed from the facts and never from cells."""
    return _finished(cells(plan, ()), plan)


def rows_for(plan: Plan) -> ir.Table:
    """The cells of a question with dimensions, sorted by them; null members last."""
    if plan.question.top is not None:
        return top_rows(plan)
    found = cells(plan, plan.members)
    labels = _labels(found, plan, members=plan.members)
    order = [ibis.asc(found[name], nulls_first=False) for name in plan.members]
    return _finished(found.mutate(**labels).order_by(order), plan, by=(*labels,))


def top_rows(plan: Plan) -> ir.Table:
    """The leading members in order, and all others as one row whose rates and distinct counts are taken anew."""
    first = leaders(plan)
    found = cells(plan, ["place"], first=first)
    named = first.rename({f"first__{name}": name for name in first.columns})
    joined = found.left_join(named, [found.place == named.first__place])
    labels = _labels(joined, plan, members=tuple(f"first__{name}" for name in plan.members))
    other = joined.first__place.isnull()
    labels = {name: other.ifelse(OTHER, label) for name, label in labels.items()}
    return _finished(joined.mutate(**labels).order_by("place"), plan, by=(*labels,))


def _labels(rows: ir.Table, plan: Plan, *, members: tuple[str, ...]) -> dict[str, ir.StringValue]:
    pairs = zip(plan.by, members, strict=True)
    return {each.name: label_of(each, rows[member], context=plan.context) for each, member in pairs}


def _finished(found: ir.Table, plan: Plan, *, by: tuple[str, ...] = ()) -> ir.Table:
    if any(metric.uncertainty is Uncertainty.MODEL for metric in plan.metrics):
        found = with_group_ends(found, plan)
    columns: dict[str, ir.Value] = {name: found[name] for name in by}
    for metric in plan.metrics:
        columns |= _columns(metric, found, plan=plan)
    return found.select(**columns)


def _columns(metric: Metric, found: ir.Table, *, plan: Plan) -> dict[str, ir.Value]:
    name, value = metric.name, value_of(metric, found)
    if metric.versus:
        return {name: _variance(metric, found, plan=plan)}
    columns: dict[str, ir.Value] = {name: value}
    if metric.uncertainty is not Uncertainty.NONE:
        columns |= {f"{name}_{end}": limit for end, limit in _ends(metric, found).items()}
    if metric.measure is Measure.RATIO:
        columns[f"{name}_n"] = ibis.coalesce(found[f"{name}__n"], 0).cast("int64")
    if plan.question.compare is not None and f"{THEN}{name}__part" in found.columns:
        before = value_of(metric, found, prefix=THEN)
        columns[f"{name}_{plan.question.compare.replace('-', '_')}"] = before
        columns[f"{name}_change"] = _change(metric, value=value, before=before)
    return columns


def _variance(metric: Metric, found: ir.Table, *, plan: Plan) -> ir.NumericValue:
    actual = value_of(plan.metrics[0], found).cast("float64")
    less = actual - found[f"{metric.name}__part"].cast("float64")
    return money(less) if metric.unit is Unit.MONEY else less


def _ends(metric: Metric, found: ir.Table) -> Mapping[str, ir.Value]:
    if metric.uncertainty is Uncertainty.MODEL:
        return {"low": found[f"{VALUE}__low"], "high": found[f"{VALUE}__high"]}
    ends = bounds(metric, found[f"{metric.name}__exact"], cells=found)
    return {end: money(limit) if metric.unit is Unit.MONEY else limit for end, limit in ends.items()}


def _change(metric: Metric, *, value: ir.NumericValue, before: ir.NumericValue) -> ir.FloatingValue:
    if metric.unit in (Unit.SHARE, Unit.POINTS):
        return value.cast("float64") - before.cast("float64")
    return ratio(value, before) - 1.0


def rows_behind(plan: Plan, cell: Mapping[str, object]) -> ir.Table:
    """The addresses of the source rows behind a cell; see `Answer.rows_of`.

    Raises:
        UnknownNameError: `cell` names a dimension that was not asked for.
    """
    names = [each.name for each in plan.by]
    for name in cell:
        if name not in names:
            raise UnknownNameError("dimension of this answer", name, names)
    others = [value for value in cell.values() if value == OTHER]
    if others and plan.question.top is not None and len(others) == len(plan.by):
        layers = [_address(_not_leading(placed(plan, fact), plan)) for fact in plan.facts]
    else:
        layers = [_address(_in_cell(placed(plan, fact), plan, cell=cell)) for fact in plan.facts]
    return (ibis.union(*layers) if len(layers) > 1 else layers[0]).distinct()


def _in_cell(rows: ir.Table, plan: Plan, *, cell: Mapping[str, object]) -> ir.Table:
    for name, each in zip(plan.members, plan.by, strict=True):
        if each.name in cell:
            label = label_of(each, rows[name], context=plan.context)
            value = cell[each.name]
            rows = rows.filter(label.isnull() if value is None else label == str(value))
    return rows


def _not_leading(rows: ir.Table, plan: Plan) -> ir.Table:
    first = leaders(plan)
    named = first.rename({f"first__{name}": name for name in first.columns})
    found = rows.left_join(named, [rows[name].identical_to(named[f"first__{name}"]) for name in plan.members])
    return found.filter(found.first__place.isnull())


def _address(rows: ir.Table) -> ir.Table:
    return rows.select("contract", "source", "batch", "record")
