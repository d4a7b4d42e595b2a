"""The warehouse: every table under two times. `table` reads it as of a day and as known at a moment; `commit` publishes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from regulars.contracts.catalog import CONTRACTS
from regulars.contracts.model import Contract
from regulars.contracts.results import RESULTS
from regulars.engines.protocol import Engine
from regulars.kernel.errors import UnknownNameError
from regulars.kernel.points import reach
from regulars.store.junk import without_junk
from regulars.store.migrations.order import MIGRATIONS

__all__ = ["Cut", "Publication", "Warehouse", "end_of", "physical"]

_Made = TypeVar("_Made")


def physical(name: str) -> str:
    """The stored name of a table: result tables have a dot in theirs, which no engine likes.

    >>> physical("value.groups")
    'value_groups'
    """
    return name.replace(".", "_")


@dataclass(frozen=True, slots=True)
class Publication:
    """Rows that replace, in one table, the open rows of a scope (column -> value; empty: the whole table).

    `append=True` closes nothing. `ends` says exactly which open rows are closed: those that agree with one of its rows
    in all of its columns.
    """

    table: str
    rows: ir.Table
    scope: Mapping[str, str] = field(default_factory=dict)
    append: bool = False
    ends: ir.Table | None = None


class Warehouse:
    """All tables of one project on one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._once: tuple[str, dict[str, Any]] = ("", {})

    def once(self, name: str, make: Callable[[], _Made]) -> _Made:
        """What `make` gives, asked for once and kept until something is committed."""
        snapshot = self.engine.snapshot()
        if self._once[0] != snapshot:
            self._once = (snapshot, {})
        kept = self._once[1]
        if name not in kept:
            kept[name] = make()
        found: _Made = kept[name]
        return found

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
                    work.end(name, scope, [column for column in scope.columns if column != "known_until"])
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
        if each.ends is not None:
            return each.ends.mutate(known_until=ibis.literal(at, type="timestamp"))
        columns: dict[str, list[object]] = {name: [value] for name, value in each.scope.items()}
        if columns:
            return self.engine.bring(pa.table({**columns, "known_until": pa.array([at], pa.timestamp("us"))}))
        open_rows = self.table(each.table)
        return open_rows.select("source").distinct().mutate(known_until=ibis.literal(at, type="timestamp"))


@dataclass(frozen=True, slots=True)
class Cut:
    """A warehouse under one pair of cuts: what builders' callers read tables from (`engines.protocol.Tables`).

    `without` names the contracts whose rows that are marked as junk are left out.
    """

    warehouse: Warehouse
    as_of: date | None = None
    known: datetime | None = None
    without: frozenset[str] = frozenset()

    def table(self, name: str) -> ir.Table:
        """The table under both cuts, without its junk."""
        rows = self.warehouse.table(name, as_of=self.as_of, known=self.known)
        if name not in self.without:
            return rows
        marks = self.warehouse.table("junk", known=self.known)
        return without_junk(rows, marks, contract=self.warehouse.contract(name))

    def versions(self, name: str) -> ir.Table:
        """Every version of the table's rows that was known, replaced and ended ones too."""
        rows = self.warehouse.history(name)
        return (
            rows if self.known is None else rows.filter(rows.known_from <= ibis.literal(self.known, type="timestamp"))
        )

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


def end_of(day: date, zone: str = "UTC") -> datetime:
    """The last instant of a day in a time zone, in UTC without zone: a `known` cut by day.

    >>> end_of(date(2026, 10, 31), "America/New_York")
    datetime.datetime(2026, 11, 1, 3, 59, 59, 999999)
    """
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo(zone))
    return midnight.astimezone(UTC).replace(tzinfo=None) - timedelta(microseconds=1)
