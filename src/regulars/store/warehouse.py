"""The warehouse: every table under two times. `table` reads it as of a day and as known at a moment; `commit` publishes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from regulars.contracts.catalog import CONTRACTS
from regulars.contracts.model import Contract
from regulars.contracts.results import RESULTS
from regulars.engines.protocol import Engine
from regulars.kernel.errors import UnknownNameError
from regulars.kernel.points import reach
from regulars.store.migrations.order import MIGRATIONS

__all__ = ["Cut", "Publication", "Warehouse", "end_of", "physical"]


def physical(name: str) -> str:
    """The stored name of a table: result tables have a dot in theirs, which no engine likes.

    >>> physical("value.groups")
    'value_groups'
    """
    return name.replace(".", "_")


@dataclass(frozen=True, slots=True)
class Publication:
    """Rows that replace, in one table, the open rows of a scope (column -> value; empty: the whole table).

    `append=True` closes nothing.
    """

    table: str
    rows: ir.Table
    scope: Mapping[str, str] = field(default_factory=dict)
    append: bool = False


class Warehouse:
    """All tables of one project on one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def migrate(self, at: datetime) -> list[int]:
        """Bring our own tables to this release's shape, one numbered step after the other; returns the steps done."""
        if "migration" not in self.engine.tables():
            self.engine.create("migration", {"number": "int64", "applied_at": "timestamp"})
            self.engine.settle()
        applied = self.engine.arrow(self.engine.table("migration").select("number"))
        done = set(applied["number"].to_pylist())
        todo = [step for step in MIGRATIONS if step.number not in done]
        for step in todo:
            step.apply(self.engine)
            self.engine.settle()
            row = self.engine.bring(pa.table({"number": [step.number], "applied_at": [at]}))
            with self.engine.transaction() as work:
                work.append("migration", row)
        return [step.number for step in todo]

    def contract(self, name: str) -> Contract:
        """The contract of a table.

        Raises:
            UnknownNameError: there is no such table.
        """
        known = CONTRACTS | RESULTS
        if name not in known:
            raise UnknownNameError("table", name, known)
        return known[name]

    def ensure(self, name: str, columns: Mapping[str, str]) -> None:
        """Give a table the further columns (named attributes) that it is about to hold."""
        if not set(columns) <= set(self.engine.table(physical(name)).columns):
            self.engine.create(physical(name), columns)
            self.engine.settle()

    def table(self, name: str, *, as_of: date | None = None, known: datetime | None = None) -> ir.Table:
        """The rows of a table as of a business day and as known at an instant (default: all days, known now).

        Raises:
            UnknownNameError: there is no such table.
        """
        contract = self.contract(name)
        rows = self.engine.table(physical(name))
        rows = rows.filter(rows.known_until.isnull()) if known is None else _known(rows, known)
        if as_of is None:
            return rows
        return _as_of(rows, contract, as_of=as_of)

    def history(self, name: str) -> ir.Table:
        """All rows, closed ones included."""
        return self.engine.table(physical(self.contract(name).name))

    def commit(self, publications: Sequence[Publication], *, run: str, at: datetime) -> dict[str, int]:
        """Publish tables together: scopes are closed, new rows open at `at`; returns the rows written by table."""
        written: dict[str, int] = {}
        prepared = [(each, self._stamped(each, run, at=at), self._scope(each, at)) for each in publications]
        with self.engine.transaction() as work:
            for each, rows, scope in prepared:
                name = physical(each.table)
                if scope is not None:
                    work.end(name, scope, [*each.scope] or ["source"])
                written[each.table] = written.get(each.table, 0) + work.append(name, rows)
            reach("before-commit")
        reach("after-commit")
        return written

    def _stamped(self, each: Publication, run: str, *, at: datetime) -> ir.Table:
        stamps = {
            "batch": ibis.literal(run),
            "known_from": ibis.literal(at, type="timestamp"),
            "known_until": ibis.null("timestamp"),
        }
        if "source" not in each.rows.columns:
            stamps["source"] = ibis.literal("regulars")
        if "batch" in self.contract(each.table).names:
            stamps.pop("batch")
        return each.rows.mutate(**stamps)

    def _scope(self, each: Publication, at: datetime) -> ir.Table | None:
        if each.append:
            return None
        columns: dict[str, list[object]] = {name: [value] for name, value in each.scope.items()}
        if columns:
            return self.engine.bring(pa.table({**columns, "known_until": pa.array([at], pa.timestamp("us"))}))
        open_rows = self.table(each.table)
        return open_rows.select("source").distinct().mutate(known_until=ibis.literal(at, type="timestamp"))


@dataclass(frozen=True, slots=True)
class Cut:
    """A warehouse under one pair of cuts: what builders' callers read tables from (`engines.protocol.Tables`)."""

    warehouse: Warehouse
    as_of: date | None = None
    known: datetime | None = None

    def table(self, name: str) -> ir.Table:
        """The table under both cuts."""
        return self.warehouse.table(name, as_of=self.as_of, known=self.known)

    def last_day(self, names: Iterable[str]) -> date | None:
        """The last business day that any of the tables has."""
        days = [self._last(name) for name in names if self.warehouse.contract(name).time]
        return max((day for day in days if day), default=None)

    def _last(self, name: str) -> date | None:
        rows = self.table(name)
        found = self.warehouse.engine.arrow(rows.aggregate(day=rows.business_date.max()))
        day: date | None = found["day"][0].as_py()
        return day


def _known(rows: ir.Table, known: datetime) -> ir.Table:
    at = ibis.literal(known, type="timestamp")
    return rows.filter((rows.known_from <= at) & (rows.known_until.isnull() | (rows.known_until > at)))


def _as_of(rows: ir.Table, contract: Contract, *, as_of: date) -> ir.Table:
    if contract.captured and contract.time:
        return rows.filter(rows.business_date <= ibis.literal(as_of))
    if "as_of" in contract.names:
        return rows.filter(rows.as_of <= ibis.literal(as_of))
    return rows


def end_of(day: date) -> datetime:
    """The last instant of a day, for a `known` cut by day."""
    return datetime.combine(day + timedelta(days=1), datetime.min.time()) - timedelta(microseconds=1)
