"""How fast are the value models fitted and a million customers scored, side by side with lifetimes?

Run `python benchmarks/value_fit.py --customers 1000000 --peer PYTHON`; `--peer` is an interpreter that has lifetimes.
Customers are simulated with a fixed seed (BG/NBD with CDNOW's parameters over 52 weeks, Gamma-Gamma spend). Both sides
fit in a process of their own, in turns, from the same arrays to the parameters; starting, importing and reading do not
count. Ours fold the customers into groups inside the timed part. Parameters must agree to three digits. Scoring is
timed on our side alone: from a purchase summary in the engine and the fits to a finished table with every measure.
Ratios are of the medians.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

DAYS = 364
BAR_FIT, BAR_SCORE = 20.0, 1.0
COUNTS, SPEND = (0.243, 4.414, 0.793, 2.426), (6.25, 3.74, 15.44)

PEER = """
import sys, time, json, warnings
import numpy as np
from lifetimes import BetaGeoFitter, GammaGammaFitter
warnings.simplefilter("ignore")
data = np.load(sys.argv[1])
x, last, age, mean = data["x"], data["last"], data["age"], data["mean"]
wall, cpu = time.perf_counter(), time.process_time()
counts = BetaGeoFitter().fit(x, last / 7.0, age / 7.0)
paying = x > 0
spend = GammaGammaFitter().fit(x[paying], mean[paying])
took = [time.perf_counter() - wall, time.process_time() - cpu]
found = [float(counts.params_[k]) for k in ("r", "alpha", "a", "b")] + [float(spend.params_[k]) for k in ("p", "q", "v")]
print(json.dumps({"wall": took[0], "cpu": took[1], "parameters": found}))
"""


def simulate(path: Path, customers: int) -> None:
    """Write x, last, age (days) and mean margin per repeat purchase."""
    import numpy as np

    rng = np.random.default_rng(20260101)
    age = rng.integers(28, DAYS, customers)
    rate, leave = rng.gamma(COUNTS[0], 1 / COUNTS[1], customers), rng.beta(COUNTS[2], COUNTS[3], customers)
    x, last, moment = (np.zeros(customers) for _ in range(3))
    open_ones = np.arange(customers)
    while len(open_ones):
        moment[open_ones] += rng.exponential(1.0, len(open_ones)) / rate[open_ones]
        open_ones = open_ones[moment[open_ones] <= age[open_ones] / 7.0]
        x[open_ones] += 1
        last[open_ones] = np.minimum(np.maximum(np.ceil(moment[open_ones] * 7.0), x[open_ones]), age[open_ones])
        open_ones = open_ones[rng.random(len(open_ones)) >= leave[open_ones]]
    many = np.maximum(x, 1)
    mean = rng.gamma(SPEND[0] * many) / rng.gamma(SPEND[1], 1 / SPEND[2], customers) / many
    ints = {"x": x.astype(np.int64), "last": last.astype(np.int64), "age": age.astype(np.int64)}
    np.savez(path, **ints, mean=np.where(x > 0, np.round(mean, 2) + 0.01, 0.0))


def ours(path: Path) -> None:
    """One fit in this process; prints JSON."""
    import numpy as np

    from regulars.analyses.value.betageometric import BG_NBD
    from regulars.analyses.value.counts import folded
    from regulars.analyses.value.fit import fit_counts
    from regulars.analyses.value.spend import fit_spend

    data = np.load(path)
    x, last, age, mean = (data[name] for name in ("x", "last", "age", "mean"))
    wall, cpu = time.perf_counter(), time.process_time()
    groups = folded(x, last=last, age=age)
    counts = fit_counts(BG_NBD, groups)
    paying = x > 0
    spend = fit_spend(x[paying], mean=mean[paying])
    took = time.perf_counter() - wall, time.process_time() - cpu
    found = [float(each) for each in (*counts.theta, *spend.theta)]
    print(json.dumps({"wall": took[0], "cpu": took[1], "parameters": found, "groups": len(groups)}))


def score(path: Path, folder: Path) -> dict[str, float]:
    """Seconds for the groups' forecasts, and for the join in the engine to one wide row per customer."""
    from datetime import date

    import numpy as np
    import pyarrow as pa

    from regulars.analyses.value.betageometric import BG_NBD
    from regulars.analyses.value.counts import folded
    from regulars.analyses.value.fit import fit_counts
    from regulars.analyses.value.scoring import group_forecast, score_rows, scored
    from regulars.analyses.value.spend import fit_spend
    from regulars.engines.duckdb import DuckDBEngine

    data = np.load(path)
    x, last, age, mean = (data[name] for name in ("x", "last", "age", "mean"))
    groups = folded(x, last=last, age=age)
    counts, spend = fit_counts(BG_NBD, groups), fit_spend(x[x > 0], mean=mean[x > 0])
    engine = DuckDBEngine(None, staging=folder, threads=2)
    keys = pa.array(np.char.add("c", np.char.mod("%08d", np.arange(len(x)))))
    summary = engine.bring(
        pa.table({"customer_key": keys, "frequency": x, "recency": last, "age": age, "margin": x * mean,
                  "repeat_margin_mean": pa.array(mean, mask=x == 0)})
    )  # fmt: skip
    engine.arrow(summary.limit(1))  # what Ibis imports at its first question
    started = time.perf_counter()
    forecast = group_forecast(BG_NBD.posterior(counts.theta, groups), groups, spend=spend, weeks=52.0, yearly=0.1)
    grouped_at = time.perf_counter()
    wide = engine.keep(scored(summary, engine.bring(forecast), spend=spend))
    joined_at = time.perf_counter()
    rows = engine.keep(score_rows(wide, as_of=date(2026, 1, 1), model_version="bench"))
    placed_at = time.perf_counter()
    total = engine.arrow(rows.agg(n=rows.count()))["n"][0].as_py()
    engine.close()
    return {
        "groups": grouped_at - started, "join": joined_at - grouped_at, "percentiles": placed_at - joined_at,
        "rows": total,
    }  # fmt: skip


def run(command: list[str]) -> dict[str, Any]:
    """One contender's answer."""
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def agree(first: list[float], second: list[float]) -> bool:
    """To three digits."""
    return all(abs(a - b) <= 0.005 * abs(b) for a, b in zip(first, second, strict=True))


def report(mine: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> bool:
    """Print the ratios; whether the bar is met."""
    for name, rounds in (("regulars", mine), ("lifetimes", theirs)):
        seconds = {kind: statistics.median(each[kind] for each in rounds) for kind in ("wall", "cpu")}
        shown = ", ".join(f"{each:.4g}" for each in rounds[0]["parameters"])
        print(f"fit, {name:10} wall {seconds['wall']:8.2f} s  cpu {seconds['cpu']:8.2f} s  parameters {shown}")
    ratios = {
        kind: statistics.median(each[kind] for each in theirs) / statistics.median(each[kind] for each in mine)
        for kind in ("wall", "cpu")
    }
    same = agree(mine[0]["parameters"], theirs[0]["parameters"])
    print(f"fit, ratio      wall {ratios['wall']:.1f}x  cpu {ratios['cpu']:.1f}x  (bar {BAR_FIT:g}x)")
    print(f"parameters agree to three digits: {same}; groups {mine[0]['groups']:,}")
    return same and ratios["cpu"] >= BAR_FIT


def main() -> None:
    """Rounds of both sides in turns, then scoring."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer", help="an interpreter with lifetimes")
    parser.add_argument("--ours", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.ours:
        ours(Path(told.ours))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "customers.npz"
        simulate(path, told.customers)
        print(f"value: {told.customers:,} customers, {told.rounds} rounds")
        mine: list[dict[str, Any]] = []
        theirs: list[dict[str, Any]] = []
        for _ in range(told.rounds):
            mine.append(run([sys.executable, __file__, "--ours", str(path)]))
            if told.peer:
                theirs.append(run([told.peer, "-c", PEER, str(path)]))
        fine = report(mine, theirs) if theirs else True
        seconds = score(path, Path(folder))
        million = (seconds["join"]) * 1e6 / told.customers
        print("score, " + ", ".join(f"{name} {value:,.2f}" for name, value in seconds.items()))
        print(f"score, join per million customers {million:.2f} s (bar {BAR_SCORE:g} s)")
    sys.exit(0 if fine and million <= BAR_SCORE else 1)


if __name__ == "__main__":
    main()
