"""How fast are RFM and the purchase summary, side by side with pandas, hand-written SQL and lifetimes?

Run `python benchmarks/rfm.py --lines 20000000 --peer PYTHON`; `--peer` is an interpreter that has lifetimes. The lines
are simulated with a fixed seed. Every contender runs in a process of its own, in turns, from the same Parquet files to
its finished table; reading counts, starting and importing does not; lifetimes gets arrays of numbers instead,
because its interpreter may lack pyarrow. Ours and the hand-written SQL join the lines to
`source_customer`; pandas, lifetimes and the second SQL get lines that bear the customer's key already. lifetimes gives
no margin or revenue, and its checksum leaves them out. Ratios are of the medians.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

AS_OF, FIRST, DAYS, WINDOW = "2025-12-31", "2024-01-01", 730, 365
BARS = {"pandas": 4.0, "lifetimes": 8.0, "sql": 1 / 1.2}
CONTENDERS = {
    "rfm": ["regulars", "sql", "sql_keyed", "pandas"],
    "summary": ["regulars", "sql", "sql_keyed", "pandas", "lifetimes"],
}


def simulate(folder: Path, lines: int) -> None:
    """Write lines.parquet (20 lines a customer, 2.5 an order) and link.parquet (1 id in 20 is a second one)."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    random, customers = np.random.default_rng(20260101), lines // 20
    ids = np.arange(customers)
    keys = pa.array(np.char.add("c", np.char.mod("%015x", np.where(ids % 20 == 0, ids // 2, ids))))
    names = pa.array(ids).cast(pa.string())
    link = {"source": pa.repeat("shop", customers), "customer_id": names, "customer_key": keys}
    link["until"] = pa.nulls(customers, pa.timestamp("us"))
    pq.write_table(pa.table(link), folder / "link.parquet")
    weight = np.cumsum(random.gamma(0.8, 1.0, customers))
    schema = pa.schema(
        [(name, pa.string()) for name in ("source", "customer_source", "customer_id", "customer_key", "order_id")]
        + [("business_date", pa.date32())]
        + [(name, pa.decimal128(18, 4)) for name in ("net_amount", "cost_amount")]
        + [("status", pa.string())]
    )
    first_order = 0
    with pq.ParquetWriter(folder / "lines.parquet", schema) as writer:
        for start in range(0, lines, 1_000_000):
            size = min(1_000_000, lines - start)
            chunk = _chunk(random, weight, size, first_order, names, keys)
            writer.write_table(pa.table(chunk, schema=schema))
            first_order += size
    table = pq.read_table(folder / "lines.parquet", columns=["customer_key", "business_date", "net_amount", "status"])
    table = table.filter(pa.compute.not_equal(table["status"], "cancelled"))
    codes = pa.compute.dictionary_encode(table["customer_key"]).unify_dictionaries().combine_chunks().indices
    np.save(folder / "customer.npy", codes.to_numpy())
    np.save(folder / "day.npy", table["business_date"].to_numpy())
    np.save(folder / "net.npy", table["net_amount"].cast(pa.float64()).to_numpy())


def _chunk(random: Any, weight: Any, size: int, first_order: int, names: Any, keys: Any) -> list[Any]:
    import numpy as np
    import pyarrow as pa

    order = np.sort(random.integers(0, max(1, int(size / 2.5)), size))
    buyer = np.searchsorted(weight, random.random(size) * weight[-1])[order]
    day = (np.datetime64(FIRST) + random.integers(0, DAYS, size))[order].astype("datetime64[D]")
    net = random.integers(50, 20_000, size)
    cost = (net * random.uniform(0.5, 0.9, size)).astype(np.int64)
    taken, shop = pa.array(buyer), pa.repeat("shop", size)
    orders = pa.array(order + first_order).cast(pa.string())
    status = pa.array(np.where(random.random(size) < 0.01, "cancelled", "done"))
    known = random.random(size) < 0.8
    costs = pa.compute.if_else(pa.array(known), _cents(cost), pa.scalar(None, pa.decimal128(18, 4)))
    return [shop, shop, names.take(taken), keys.take(taken), orders, pa.array(day), _cents(net), costs, status]


def _cents(amount: Any) -> Any:
    import numpy as np
    import pyarrow as pa

    words = np.zeros((len(amount), 2), dtype=np.int64)
    words[:, 0] = amount * 100
    return pa.Array.from_buffers(pa.decimal128(18, 4), len(amount), [None, pa.py_buffer(words.tobytes())])


def run_regulars(folder: Path, task: str) -> Any:
    """Our builders on our engine."""
    from datetime import date

    from regulars.analyses.segments.features import Spans, buyer, rfm
    from regulars.engines.duckdb import DuckDBEngine
    from regulars.features.purchase import purchase_summary

    engine = DuckDBEngine(None, staging=folder, threads=2)
    lines, links = engine.parquet([folder / "lines.parquet"]), engine.parquet([folder / "link.parquet"])
    as_of = date.fromisoformat(AS_OF)
    engine.arrow(lines.limit(1))  # what Ibis imports at its first question

    def rfm_table() -> Any:
        buyers = buyer(lines, links, as_of=as_of, default_margin=0.25, spans=Spans(window=WINDOW))
        return engine.arrow(rfm(buyers, as_of=as_of))

    def summary() -> Any:
        return engine.arrow(purchase_summary(lines, links, as_of=as_of, default_margin=0.25))

    return {"rfm": rfm_table, "summary": summary}[task]


_JOINED = """select link.customer_key, line.* exclude (customer_key) from read_parquet('{0}/lines.parquet') line
  join read_parquet('{0}/link.parquet') link
    on line.customer_source = link.source and line.customer_id = link.customer_id and link.until is null"""
_KEYED = "select * from read_parquet('{0}/lines.parquet')"
_DAYS = """with line as ({lines}),
  counted as (select * from line where coalesce(status, '') <> 'cancelled' and business_date <= date '{as_of}'),
  day as (select customer_key, business_date as day, sum(net_amount) as revenue,
            sum(net_amount - coalesce(cost_amount, round(net_amount * 0.75, 4)))::decimal(18, 4) as margin
          from counted group by 1, 2)"""
_RFM = """, buyer as (select customer_key, date '{as_of}' - max(day) filter (revenue > 0) as recency_days,
    count(*) filter (revenue > 0 and day > date '{as_of}' - {window}) as frequency,
    coalesce(sum(revenue) filter (day > date '{as_of}' - {window}), 0)::decimal(18, 4) as monetary
  from day group by 1 having max(day) filter (revenue > 0) is not null),
  ranked as (select *, rank() over (order by recency_days desc) - 1 as r, rank() over (order by frequency) - 1 as f,
    rank() over (order by monetary) - 1 as m, count(*) over () as n from buyer)
select customer_key, recency_days, frequency, monetary, 1 + 5 * r // n as r, 1 + 5 * f // n as f, 1 + 5 * m // n as m,
  concat(1 + 5 * r // n, 1 + 5 * f // n, 1 + 5 * m // n) as rfm from ranked"""
_SUMMARY = """, buyer as (select customer_key, min(day) filter (revenue > 0) as first_day,
    max(day) filter (revenue > 0) as last_day, count(*) filter (revenue > 0) as purchases,
    sum(revenue)::decimal(18, 4) as revenue, sum(margin)::decimal(18, 4) as margin,
    sum(revenue) filter (revenue > 0) - arg_min(revenue, day) filter (revenue > 0) as repeat_revenue,
    sum(margin) filter (revenue > 0) - arg_min(margin, day) filter (revenue > 0) as repeat_margin
  from day group by 1)
select customer_key, first_day, last_day, purchases, purchases - 1 as frequency,
  last_day - first_day as recency,
  date '{as_of}' - first_day as age, revenue, margin, repeat_revenue / nullif(purchases - 1, 0) as repeat_revenue_mean,
  repeat_margin / nullif(purchases - 1, 0) as repeat_margin_mean
from buyer where purchases > 0"""


def run_sql(folder: Path, task: str, lines: str = _JOINED) -> Any:
    """The same by hand, for DuckDB only."""
    import duckdb

    con = duckdb.connect()
    con.execute("set threads = 2")
    query = _DAYS.replace("{lines}", lines.replace("{0}", str(folder))) + {"rfm": _RFM, "summary": _SUMMARY}[task]
    query = query.replace("{as_of}", AS_OF).replace("{window}", str(WINDOW))
    return lambda: con.execute(query).to_arrow_table()


def run_sql_keyed(folder: Path, task: str) -> Any:
    """By hand, without the join to the customer."""
    return run_sql(folder, task, _KEYED)


def run_pandas(folder: Path, task: str) -> Any:
    """What an analyst writes."""
    import pandas as pd

    columns = ["customer_key", "business_date", "net_amount", "cost_amount", "status"]

    def days() -> Any:
        line = _frame(folder, columns if task == "summary" else [columns[0], columns[1], columns[2], columns[4]])
        if task == "summary":
            line["margin"] = line["net_amount"] - line["cost_amount"].fillna(line["net_amount"] * 0.75)
        sums = [name for name in ("net_amount", "margin") if name in line]
        return line.groupby(["customer_key", "business_date"], sort=False)[sums].sum().reset_index()

    def rfm_table() -> Any:
        day = days()
        as_of = pd.Timestamp(AS_OF)
        window = day[day["business_date"] > as_of - pd.Timedelta(days=WINDOW)].groupby("customer_key")
        table = (as_of - day.groupby("customer_key")["business_date"].max()).dt.days.to_frame("recency_days")
        table["frequency"] = window.size().reindex(table.index, fill_value=0)
        table["monetary"] = window["net_amount"].sum().round(2).reindex(table.index, fill_value=0.0)
        for axis, value in (("r", -table["recency_days"]), ("f", table["frequency"]), ("m", table["monetary"])):
            table[axis] = 1 + 5 * (value.rank(method="min").astype("int64") - 1) // len(table)
        table["rfm"] = table["r"].astype(str) + table["f"].astype(str) + table["m"].astype(str)
        return table.reset_index()

    def summary() -> Any:
        day = days().sort_values(["customer_key", "business_date"])
        by = day.groupby("customer_key", sort=False)
        table = by.agg(
            first_day=("business_date", "first"),
            last_day=("business_date", "last"),
            purchases=("business_date", "size"),
            revenue=("net_amount", "sum"),
            margin=("margin", "sum"),
            first_revenue=("net_amount", "first"),
            first_margin=("margin", "first"),
        )
        table["frequency"] = table["purchases"] - 1
        table["recency"] = (table["last_day"] - table["first_day"]).dt.days
        table["age"] = (pd.Timestamp(AS_OF) - table["first_day"]).dt.days
        repeats = table["frequency"].where(table["frequency"] > 0)
        table["repeat_revenue_mean"] = (table["revenue"] - table.pop("first_revenue")) / repeats
        table["repeat_margin_mean"] = (table["margin"] - table.pop("first_margin")) / repeats
        return table.reset_index()

    return {"rfm": rfm_table, "summary": summary}[task]


def _frame(folder: Path, columns: list[str]) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(folder / "lines.parquet", columns=columns)
    floats = [
        pa.field(each.name, pa.float64() if pa.types.is_decimal(each.type) else each.type) for each in table.schema
    ]
    line = table.cast(pa.schema(floats)).to_pandas(date_as_object=False)
    return line[line["status"] != "cancelled"].drop(columns="status")


def run_lifetimes(folder: Path, task: str) -> Any:
    """The peer's own function."""
    import numpy as np
    import pandas as pd
    from lifetimes.utils import summary_data_from_transaction_data as summary_of

    def summary() -> Any:
        files = {"customer_key": "customer", "business_date": "day", "net_amount": "net"}
        line = pd.DataFrame({name: np.load(folder / f"{file}.npy") for name, file in files.items()})
        names = {"customer_id_col": "customer_key", "datetime_col": "business_date"}
        table = summary_of(line, **names, monetary_value_col="net_amount", observation_period_end=AS_OF)
        table.columns = ["frequency", "recency", "age", "repeat_revenue_mean"]
        return table.reset_index()

    return summary


def checksum(table: Any) -> dict[str, float]:
    """Sums of what can be summed; means of repeat buyers times 1,000, floored at a tenth of a cent's noise."""
    frame = table.to_pandas() if hasattr(table, "to_pandas") else table
    sums = {"rows": float(len(frame))}
    for name in (
        "recency_days",
        "frequency",
        "monetary",
        "r",
        "f",
        "m",
        "recency",
        "age",
        "revenue",
        "margin",
    ):
        if name in frame:
            sums[name] = float(round(frame[name].astype("float64").sum(), 0))
    for name in ("repeat_revenue_mean", "repeat_margin_mean"):
        if name in frame:
            sums[name] = float(round(frame[name].astype("float64").fillna(0).sum(), 0))
    return sums


def child(folder: Path, task: str, who: str) -> None:
    """Time one contender, wall and CPU of all its threads, and print it as JSON."""
    work: Callable[[], Any] = globals()[f"run_{who}"](folder, task)
    wall, cpu = time.perf_counter(), time.process_time()
    table = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({"wall": wall, "cpu": cpu, "sums": checksum(table)}))


def compare(folder: Path, rounds: int, peer: str | None) -> bool:
    """Run all contenders in turns, print times and ratios; False when a checksum differs."""
    equal = True
    for task, everybody in CONTENDERS.items():
        names = [who for who in everybody if peer or who != "lifetimes"]
        times: dict[str, list[dict[str, Any]]] = {who: [] for who in names}
        for turn in range(rounds):
            for who in names[turn % len(names) :] + names[: turn % len(names)]:
                python = str(peer) if who == "lifetimes" else sys.executable
                command = [python, __file__, "--child", str(folder), task, who]
                answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
                times[who].append(json.loads(answer.splitlines()[-1]))
        equal &= _show(task, times)
    return equal


def _show(task: str, times: dict[str, list[dict[str, Any]]]) -> bool:
    ours = {name: statistics.median(run[name] for run in times["regulars"]) for name in ("wall", "cpu")}
    truth, equal = times["regulars"][0]["sums"], True
    print(f"\n{task}: {truth['rows']:,.0f} customers")
    print(f"{'':12}{'wall s':>8}{'cpu s':>8}{'x wall':>8}{'x cpu':>8}  bar    sums")
    for who, runs in times.items():
        theirs = {name: statistics.median(run[name] for run in runs) for name in ("wall", "cpu")}
        wrong = [name for run in runs for name, value in run["sums"].items() if abs(value - truth[name]) > 2]
        equal &= not wrong
        factors = [theirs[name] / ours[name] for name in ("wall", "cpu")]
        bar = f">={BARS[who]:.2f}" if who in BARS else ""
        says = f"differ: {sorted(set(wrong))}" if wrong else "equal"
        print(f"{who:12}{theirs['wall']:8.2f}{theirs['cpu']:8.2f}{factors[0]:8.2f}{factors[1]:8.2f}  {bar:6} {says}")
    return equal


def main() -> int:
    """Simulate once, compare, exit 1 when answers differ."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--lines", type=int, default=20_000_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--peer", help="an interpreter that has lifetimes")
    options.add_argument("--child", nargs=3, metavar=("FOLDER", "TASK", "WHO"), help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.child:
        child(Path(chosen.child[0]), chosen.child[1], chosen.child[2])
        return 0
    with tempfile.TemporaryDirectory() as folder:
        simulate(Path(folder), chosen.lines)
        print(f"{chosen.lines:,} lines, {chosen.rounds} rounds; x = their time / ours")
        return 0 if compare(Path(folder), chosen.rounds, chosen.peer) else 1


if __name__ == "__main__":
    sys.exit(main())
