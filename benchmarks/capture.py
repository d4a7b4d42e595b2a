"""How much does capture cost beside DuckDB's bare `read_csv` of the same file into a table?

Run `python benchmarks/capture.py --lines 2000000 --rounds 3`. The file is simulated with a fixed seed: order lines with
keys of their own, eight columns, ISO dates. The bare side is told all types and only reads them into a table in memory.
Ours also checks the bytes, stages the texts, proves every number and date, keeps what does not fit, hashes each row and
writes the rows for loading. Every contender runs in a process of its own with two threads, in turns; starting and
importing does not count. Ratios are of the medians. `--peer` is accepted, and nothing is done with it.
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

BAR = 3.0  # times the CPU time of the bare side, at most
TYPES = {
    "order_id": "VARCHAR",
    "line_id": "VARCHAR",
    "ordered_at": "TIMESTAMP",
    "customer_id": "VARCHAR",
    "product_id": "VARCHAR",
    "store_id": "VARCHAR",
    "quantity": "DECIMAL(18,3)",
    "net_amount": "DECIMAL(18,4)",
}
_SUMS = "count(*), sum(net_amount), sum(quantity), count(DISTINCT order_id), count(customer_id), max(ordered_at)"
_CHUNK = 1_000_000


def simulate(target: Path, lines: int) -> None:
    """Write order lines, 2.5 an order, as CSV."""
    import numpy as np
    import pyarrow as pa
    from pyarrow import csv

    random, first = np.random.default_rng(20260101), 1_000_000
    types = [pa.int64()] * 2 + [pa.date32()] + [pa.int64()] * 4 + [pa.string()]
    schema = pa.schema(list(zip(TYPES, types, strict=True)))
    with csv.CSVWriter(target, schema, write_options=csv.WriteOptions(quoting_style="none")) as writer:
        for start in range(0, lines, _CHUNK):
            size = min(_CHUNK, lines - start)
            writer.write_table(pa.table(_chunk(random, size, first, lines), schema=schema))
            first += size


def _chunk(random: Any, size: int, first: int, lines: int) -> list[Any]:
    import numpy as np

    order = np.sort(random.integers(0, max(1, int(size / 2.5)), size))
    place = np.arange(size)
    fresh = np.concatenate([[True], order[1:] != order[:-1]])
    line = place - np.maximum.accumulate(np.where(fresh, place, 0)) + 1
    day = np.datetime64("2024-01-01") + np.sort(random.integers(0, 730, size))
    ids = [random.integers(0, most, size) for most in (max(1, lines // 20), 5_000, 30)]
    net = np.char.mod("%.2f", random.integers(50, 20_000, size) / 100)
    return [order + first, line, day, *ids, random.integers(1, 9, size), net]


def run_bare(file: Path, folder: Path) -> Callable[[], Callable[[], tuple[Any, ...]]]:
    """DuckDB with all types given."""
    import duckdb

    del folder
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in TYPES.items())
    connection = duckdb.connect(config={"threads": 2, "memory_limit": "4GB"})

    def work() -> Callable[[], tuple[Any, ...]]:
        reader = f"read_csv('{file}', header = true, auto_detect = false, delim = ',', columns = {{{columns}}})"
        connection.execute(f"CREATE TABLE line AS FROM {reader}")
        return lambda: connection.execute(f"SELECT {_SUMS} FROM line").fetchall()[0]

    return work


def run_regulars(file: Path, folder: Path) -> Callable[[], Callable[[], tuple[Any, ...]]]:
    """Capture's typing of one landed file."""
    import duckdb

    from regulars.capture.dialect import dialect_from_config
    from regulars.capture.job import ParseJob
    from regulars.capture.mapping import mapping_from_config
    from regulars.capture.worker import answer

    mapping = mapping_from_config("shop", {"contract": "order_line", "from": file.name})
    job = ParseJob(str(file), file.name, dialect_from_config("shop", {}), mapping, str(folder))

    def work() -> Callable[[], tuple[Any, ...]]:
        parsed = answer(job)
        return lambda: duckdb.sql(f"SELECT {_SUMS} FROM read_parquet('{parsed.rows}')").fetchall()[0]

    return work


def child(file: Path, who: str) -> None:
    """Time one contender, wall and CPU of all its threads, and print it as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        work = {"bare": run_bare, "regulars": run_regulars}[who](file, Path(folder))
        wall, cpu = time.perf_counter(), time.process_time()
        sums = work()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(json.dumps({"wall": wall, "cpu": cpu, "sums": [str(each) for each in sums()]}))


def compare(file: Path, rounds: int) -> bool:
    """Run both in turns, print times and ratios; False when a checksum differs."""
    times: dict[str, list[dict[str, Any]]] = {"regulars": [], "bare": []}
    for turn in range(rounds):
        for who in list(times) if turn % 2 else list(reversed(times)):
            command = [sys.executable, __file__, "--child", str(file), who]
            answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            times[who].append(json.loads(answer.splitlines()[-1]))
    medians = {
        who: {name: statistics.median(run[name] for run in runs) for name in ("wall", "cpu")}
        for who, runs in times.items()
    }
    for who, found in medians.items():
        print(f"{who:12}{found['wall']:8.2f} s wall{found['cpu']:8.2f} s cpu")
    ratio = {name: medians["regulars"][name] / medians["bare"][name] for name in ("wall", "cpu")}
    sums = {tuple(run["sums"]) for runs in times.values() for run in runs}
    print(f"ours / bare: {ratio['wall']:.2f} wall, {ratio['cpu']:.2f} cpu (bar: <= {BAR:.2f})")
    print("sums: " + ("equal" if len(sums) == 1 else f"differ: {sorted(sums)}"))
    return len(sums) == 1


def main() -> int:
    """Simulate once, compare, exit 1 when answers differ."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--lines", type=int, default=2_000_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--peer", help="ignored")
    options.add_argument("--child", nargs=2, metavar=("FILE", "WHO"), help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.child:
        child(Path(chosen.child[0]), chosen.child[1])
        return 0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lines.csv"
        simulate(file, chosen.lines)
        print(f"{chosen.lines:,} lines, {file.stat().st_size / 1e6:,.0f} MB, {chosen.rounds} rounds, 2 threads")
        return 0 if compare(file, chosen.rounds) else 1


if __name__ == "__main__":
    sys.exit(main())
