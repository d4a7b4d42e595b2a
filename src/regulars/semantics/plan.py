"""What has to be read for a question: which facts, which links, which filter; decided before a table is touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.conditions.check import names_of
from regulars.conditions.compile import compile_condition
from regulars.conditions.parse import parse
from regulars.conditions.tree import Node
from regulars.engines.protocol import Tables
from regulars.kernel.errors import UsageError
from regulars.semantics.apart import HOMES, ambiguous_ids, told_apart
from regulars.semantics.calendar import later
from regulars.semantics.context import Context
from regulars.semantics.dimension import Dimension, dimensions, member_of
from regulars.semantics.fact import FACTS, Links, attach
from regulars.semantics.metric import Measure, Metric, Unit
from regulars.semantics.place import Resolver, place_of
from regulars.semantics.question import Question, Window, checked, compared, window
from regulars.semantics.targets import LEVELS, targets_of

__all__ = ["Plan", "member_name", "placed", "planned"]

_TARGETS = "targets"


@dataclass(frozen=True, slots=True)
class Plan:
    """A checked question with all that it needs."""

    question: Question
    metrics: tuple[Metric, ...]
    by: tuple[Dimension, ...]
    known: Mapping[str, Dimension]
    tables: Tables
    context: Context
    window: Window
    then: Window | None
    condition: Node | None = None
    links: Mapping[str, Links] = field(default_factory=dict)
    rows: dict[tuple[str, bool], ir.Table] = field(default_factory=dict)  # what `placed` gave, kept: building is slow

    @property
    def facts(self) -> tuple[str, ...]:
        """Names of the facts, in the order of the metrics."""
        return tuple(dict.fromkeys(metric.fact for metric in self.metrics))

    def of(self, fact: str) -> tuple[Metric, ...]:
        """The metrics of one fact."""
        return tuple(metric for metric in self.metrics if metric.fact == fact)

    @property
    def members(self) -> tuple[str, ...]:
        """The key columns of placed rows."""
        return tuple(member_name(place) for place in range(len(self.by)))


def member_name(place: int) -> str:
    """The key column of the dimension at that place.

    >>> member_name(0)
    'member_0'
    """
    return f"member_{place}"


def planned(question: Question, tables: Tables, *, context: Context) -> Plan:
    """Checks the whole question and says what it needs.

    Raises:
        UnknownNameError: a metric, a dimension or a name in the condition is not there.
        UsageError: a dimension cannot be reached, or the period is wrong.
        ConditionError: the condition cannot be read.
    """
    known = dimensions(
        context,
        _attributes(tables, "golden_customer"),
        lines=_attributes(tables, "order_line"),
        products=_attributes(tables, "product"),
    )
    metrics, by = checked(question, known)
    condition = parse(question.where) if question.where else None
    metrics = _planned_metrics(metrics, by, named=names_of(condition) if condition else frozenset())
    then = compared(question, context.as_of)
    plan = Plan(question, metrics, by, known, tables, context, window(question, context.as_of), then, condition)
    links = {name: _links(plan, name) for name in plan.facts}
    return replace(plan, links=links)


def _planned_metrics(
    metrics: tuple[Metric, ...], by: tuple[Dimension, ...], *, named: frozenset[str]
) -> tuple[Metric, ...]:
    """Plan figures take the unit of the metric that they are of; alone they need to be told which one it is."""
    if not any(metric.fact == _TARGETS for metric in metrics):
        return metrics
    actual = metrics[0] if metrics[0].fact != _TARGETS else None
    if actual is None and ("target_metric" not in named | {each.name for each in by} or metrics[0].versus):
        raise UsageError(
            "A plan figure is of a metric: name that first.", fix="Write: regulars ask revenue target target_variance"
        )
    if sum(each.name in LEVELS or each.link is not None for each in by) > 1:
        raise UsageError("A plan figure is for one member of one dimension: split by one thing, and by time.")
    return tuple(_of_plan(each, actual) if each.fact == _TARGETS else each for each in metrics)


def _of_plan(metric: Metric, actual: Metric | None) -> Metric:
    if actual is None:
        return metric
    # plans of rates and of distinct counts do not add up: there is a plan figure only where one alone is in the cell
    alone = _.value.max() / (_.value.count() == 1).ifelse(1.0, 0.0).nullif(0.0)
    part = _.value.sum() if actual.measure is Measure.ADDITIVE else alone
    unit = Unit.MONEY if actual.unit is Unit.MONEY else actual.unit
    return replace(metric, unit=unit if unit is not Unit.COUNT else Unit.QUANTITY, part=part)


def _attributes(tables: Tables, name: str) -> list[str]:
    return [column for column in tables.table(name).columns if column.startswith("attr_")]


def _links(plan: Plan, fact: str) -> Links:
    pairs = [(each.link, each.column) for each in plan.by if fact != _TARGETS]
    if plan.condition is not None:
        for name in names_of(plan.condition):
            place = place_of(name, FACTS[fact], known=plan.known, context=plan.context)
            pairs.append((place.link, place.column))
    pairs += [(link, column) for metric in plan.of(fact) for link, _, column in map(_need, metric.needs)]
    found: dict[str, frozenset[str]] = {}
    for link, column in pairs:
        if link is not None:
            found[link] = found.get(link, frozenset()) | ({column.rpartition("__")[2]} if column else set())
    return found


def _need(need: str) -> tuple[str, str, str]:
    return need.partition(":")


def placed(plan: Plan, fact: str, *, then: bool = False) -> ir.Table:
    """The fact's rows that the question is about, each with its members in `member_0`, `member_1`, ...

    Args:
        plan: the question.
        fact: one of its facts.
        then: take the comparison's days instead, moved onto the days that they are compared with.
    """
    if (fact, then) not in plan.rows:
        plan.rows[fact, then] = _placed(plan, fact, then=then)
    return plan.rows[fact, then]


def _placed(plan: Plan, fact: str, *, then: bool) -> ir.Table:
    source = FACTS[fact]
    rows = source.build(plan.tables)
    asked = (plan.then or plan.window) if then else plan.window
    if "day" in source.columns:
        rows = _within(rows, asked)
    if fact == _TARGETS:
        rows = _of_question(rows, plan)
    rows = attach(rows, source, links=plan.links[fact], tables=plan.tables, context=plan.context)
    if plan.condition is not None:
        rows = rows.filter(compile_condition(plan.condition, Resolver(rows, source, plan.known, plan.context)))
    return _with_members(rows, plan, fact=fact, then=then)


def _of_question(rows: ir.Table, plan: Plan) -> ir.Table:
    named = {each.name for each in plan.by} | (names_of(plan.condition) if plan.condition else set())
    actual = plan.metrics[0].name if plan.metrics[0].fact != _TARGETS else None
    levels = [(each.name, each.column) for each in plan.by if each.column not in FACTS[_TARGETS].columns]
    return targets_of(rows, metric=actual, levels=levels, scenario="scenario" in named)


def _within(rows: ir.Table, asked: Window) -> ir.Table:
    if asked.start is not None:
        rows = rows.filter(rows.day >= ibis.literal(asked.start))
    return rows if asked.end is None else rows.filter(rows.day <= ibis.literal(asked.end))


def _with_members(rows: ir.Table, plan: Plan, *, fact: str, then: bool) -> ir.Table:
    day = "day"
    for place, each in enumerate(plan.by):
        if fact != _TARGETS and each.name in HOMES:
            rows = _told_apart(rows, plan, place=place)
    if then and any(each.grain for each in plan.by):
        rows, day = rows.mutate(moved_day=_moved(rows.day, plan)), "moved_day"
    values = {
        member_name(place): member_of(each, rows, context=plan.context, day=day)
        for place, each in enumerate(plan.by)
        if member_name(place) not in rows.columns
    }
    return rows.mutate(**values) if values else rows


def _told_apart(rows: ir.Table, plan: Plan, *, place: int) -> ir.Table:
    each = plan.by[place]
    home = HOMES[each.name]
    built = [FACTS[name].build(plan.tables) for name in plan.facts if name != _TARGETS]
    twice = ambiguous_ids(built, each.column, home=home)
    return told_apart(rows, twice, column=each.column, home=home, name=member_name(place))


def _moved(day: ir.DateValue, plan: Plan) -> ir.DateValue:
    if plan.question.compare == "last-year" or plan.then is None or plan.then.start is None:
        return later(day, years=1)
    late = ((plan.window.start or plan.then.start) - plan.then.start).days
    return later(day, days=late)
