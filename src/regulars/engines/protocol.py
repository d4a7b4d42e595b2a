"""What an engine is: one small protocol that the warehouse talks to, and nothing else does.

Expressions are Ibis tables bound to the engine that made them. Builders of every floor above take and give Ibis tables
and never meet an engine; differences between engines are capabilities, which the engine suite marks and the docs show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Protocol

import ibis.expr.types as ir
import pyarrow as pa

__all__ = ["Capability", "Engine", "Tables", "Transaction"]


class Capability(StrEnum):
    """What some engines can do and others cannot; shown as a table in the docs."""

    TRANSACTIONS = "transactions"  # data and batch row become visible together
    UPDATE_IN_PLACE = "update_in_place"  # closing a row does not rewrite its file
    SHARED_WORKERS = "shared_workers"  # more machines than this one
    POINT_LOOKUPS = "point_lookups"  # one customer in milliseconds


class Transaction(Protocol):
    """Writes that become visible together, or not at all."""

    def append(self, table: str, rows: ir.Table) -> int:
        """Add rows (columns by name; missing ones become null); returns how many."""

    def end(self, table: str, match: ir.Table, on: Sequence[str]) -> int:
        """Close the open rows whose `on` columns equal a row of `match` (nulls are equal), at its `known_until`."""


class Engine(Protocol):
    """A place where tables lie and expressions run."""

    API: ClassVar[int]
    name: str
    capabilities: frozenset[Capability]

    def tables(self) -> list[str]:
        """Names of the stored tables."""

    def table(self, name: str) -> ir.Table:
        """A stored table with all its rows, closed ones included."""

    def create(self, name: str, schema: Mapping[str, str]) -> None:
        """Make a table, or add the columns that it lacks; never inside a transaction."""

    def settle(self) -> None:
        """Make durable what `create` did; called once after the tables of a migration."""

    def query(self, select: str) -> ir.Table:
        """What a select in the engine's own SQL gives: tables, views and catalogs that lie on it, ours or not.

        Raises:
            EngineError: it cannot be run; carries the engine's own words.
        """

    def parquet(self, paths: Sequence[Path]) -> ir.Table:
        """Parquet files that Regulars wrote, as one table."""

    def bring(self, rows: pa.Table) -> ir.Table:
        """Local rows as a table of the engine, by way of a staged Parquet file."""

    def keep(self, rows: ir.Table) -> ir.Table:
        """Run now and keep the result for the session, so that later expressions read it instead of redoing it."""

    def tidy(self) -> None:
        """Forget what `keep` and `bring` left behind; expressions over it are void from then on."""

    def arrow(self, rows: ir.Table) -> pa.Table:
        """Run and fetch the whole answer."""

    def batches(self, rows: ir.Table) -> Iterator[pa.RecordBatch]:
        """Run and fetch piece by piece."""

    def write(self, rows: ir.Table, path: Path) -> None:
        """Run into one Parquet file."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Begin; commit on leaving, roll back on an exception."""

    def rewrite(self, tables: Mapping[str, ir.Table]) -> None:
        """Store these rows as the whole of these tables, at once or not at all, and leave no byte that is not visible.

        Everything else stays as it is. What `keep`, `bring` and `table` gave before is void.
        """

    def snapshot(self) -> str:
        """The id of what is committed now; changes with every commit."""

    def close(self) -> None:
        """Flush and let go of files and locks."""


class Tables(Protocol):
    """Where builders' callers get their tables: the warehouse under one pair of cuts, as-of and known."""

    def table(self, name: str) -> ir.Table:
        """The open rows of a contract's or a written table under both cuts, system columns included."""

    def versions(self, name: str) -> ir.Table:
        """Every version of the table's rows that was known under the cut, replaced and ended ones too."""
