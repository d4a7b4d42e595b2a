"""A lab over local tables, for the tests of the value room: the real cuts, no warehouse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from regulars.analyses.value.model import ROOM

SEGMENT = pa.schema(
    [("customer_key", pa.string()), ("segmentation", pa.string()), ("segment", pa.string()), ("as_of", pa.date32())]
)


@dataclass(frozen=True)
class LocalLab:
    """Tables in a DuckDB in memory, cut at `as_of`."""

    con: Any
    as_of: date
    settings: Mapping[str, Any] = field(default_factory=lambda: dict(ROOM.defaults))
    currency: str = "EUR"
    default_margin: float | None = None
    seed: int = 7

    def at(self, day: date) -> LocalLab:
        """An earlier cut."""
        return replace(self, as_of=day)

    def table(self, name: str) -> ir.Table:
        """Rows up to the cut."""
        rows = self.con.table(name)
        return rows.filter(rows["business_date"] <= self.as_of) if "business_date" in rows.columns else rows

    def outcome(self, name: str, until: date) -> ir.Table:
        """Rows after the cut."""
        rows = self.con.table(name)
        return rows.filter((rows["business_date"] > self.as_of) & (rows["business_date"] <= until))

    def arrow(self, rows: ir.Table) -> pa.Table:
        """Run."""
        return self.con.to_pyarrow(rows)

    def keep(self, rows: ir.Table) -> ir.Table:
        """Run once."""
        return self.bring(self.arrow(rows))

    def bring(self, rows: pa.Table) -> ir.Table:
        """Local rows."""
        return self.con.create_table(ibis.util.gen_name("bring"), rows, temp=True)

    def progress(self, text: str, done: int, total: int) -> None:
        """Nobody looks."""


def lab_of(customers: list[str], days: list[date], amounts: np.ndarray[Any, Any], *, as_of: date) -> LocalLab:
    """One order line per entry; cost is null, so that margins are the whole amount under `default_margin` 1."""
    cents = [f"{amount:.2f}" for amount in amounts]
    lines = pa.table(
        {
            "source": ["s"] * len(days),
            "order_id": [str(n) for n in range(len(days))],
            "customer_source": ["s"] * len(days),
            "customer_id": customers,
            "business_date": pa.array(days, pa.date32()),
            "net_amount": pa.array(cents).cast(pa.decimal128(18, 4)),
            "cost_amount": pa.nulls(len(days), pa.decimal128(18, 4)),
            "status": pa.nulls(len(days), pa.string()),
        }
    )
    names = sorted(set(customers))
    links = {"source": ["s"] * len(names), "customer_id": names, "customer_key": [f"k{each}" for each in names]}
    con = ibis.duckdb.connect()
    con.create_table("order_line", lines)
    con.create_table("source_customer", pa.table(links | {"until": pa.nulls(len(names), pa.timestamp("us"))}))
    con.create_table("segment", SEGMENT.empty_table())
    return LocalLab(con, as_of, default_margin=1.0)


def company(size: int, *, seed: int, days: int = 540) -> LocalLab:
    """A company under the laws of BG/NBD (r 0.8, alpha 6, a 0.8, b 2.5) and Gamma-Gamma (p 6, q 4, gamma 15)."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, days // 3, size)
    rate, leave = rng.gamma(0.8, 1 / 6.0, size), rng.beta(0.8, 2.5, size)
    nu = rng.gamma(4.0, 1 / 15.0, size)
    rows: list[tuple[str, int, float]] = []
    for n in range(size):
        moment = float(first[n])
        while moment < days:
            rows.append((f"{n:05d}", int(moment), rng.gamma(6.0) / nu[n]))
            if moment > first[n] and rng.random() < leave[n]:
                break
            moment += max(rng.exponential(7.0 / rate[n]), 1.0)
    start = date(2024, 1, 1)
    customers, when, amounts = zip(*rows, strict=True)
    return lab_of(
        list(customers), [start + timedelta(days=day) for day in when], np.round(amounts, 2),
        as_of=start + timedelta(days=days - 1),
    )  # fmt: skip
