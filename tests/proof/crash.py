"""Crash safety: a feed of 200,000 rows, sent twice, survives kill -9 at named points and at random moments.

One trial makes a project, starts captures that die where they are told to, lets the last one finish, and counts: no row
lost, none doubled, none torn, the sum exact to the cent, every batch accounted for.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

ROWS = 200_000
FILES = 8
CONFIG = """
[project]
name = "crash"
[sources.tills]
kind = "files"
[[sources.tills.tables]]
contract = "order_line"
from = "in/*.csv"
"""


@dataclass(frozen=True)
class Outcome:
    """What a trial found: kills that hit, captures that were started, and the warehouse's own figures."""

    kills: int
    starts: int
    rows: int
    total: Decimal
    quarantined: int
    expected: Decimal


def feed(folder: Path, rows: int = ROWS, arrive: str = "in") -> Decimal:
    """Write the feed twice, the second time under other names and in another order; returns the exact sum."""
    (folder / "in").mkdir(parents=True)
    (folder / arrive).mkdir(exist_ok=True)
    (folder / "regulars.toml").write_text(CONFIG)
    draw, total = random.Random(7), Decimal(0)
    size = rows // FILES
    for part in range(FILES):
        lines = []
        for row in range(part * size, (part + 1) * size):
            amount = Decimal(draw.randrange(1, 99_999)).scaleb(-2)
            total += amount
            day = f"2024-{1 + row % 12:02d}-{1 + row % 28:02d}T10:00:00"
            lines.append(f"o{row // 3},{row % 3},{day},k{row % 5000},p{row % 300},1,{amount}")
        _write(folder / arrive / f"{part}.csv", lines)
        draw.shuffle(lines)
        _write(folder / arrive / f"{part}-again.csv", lines)
    return total


def _write(path: Path, lines: Sequence[str]) -> None:
    head = "order_id,line_id,ordered_at,customer_id,product_id,quantity,net_amount"
    path.write_text("\n".join([head, *lines]) + "\n")


def capture(folder: Path, kill: str | float | None) -> bool:
    """One capture; `kill` is a fail point ("before-commit:3"), seconds until the kill, or None. True: it was killed."""
    environ = {**os.environ, **({"REGULARS_FAILPOINT": kill} if isinstance(kill, str) else {})}
    work = subprocess.Popen(
        [sys.executable, "-m", "regulars", "-C", str(folder), "--json", "capture"],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if isinstance(kill, float):
        time.sleep(kill)
        work.kill()
    said, complaint = work.communicate(timeout=600)
    if work.returncode == -signal.SIGKILL:
        return True
    assert work.returncode == 0, f"capture failed: {said[-500:]} {complaint[-2000:]}"
    return False


def trial(folder: Path, kills: Sequence[str | float], rows: int = ROWS) -> Outcome:
    """Kill captures as told, finish, and read the figures through the product's own door."""
    expected = feed(folder, rows)
    hits = sum(capture(folder, kill) for kill in kills)
    capture(folder, None)
    return _figures(folder, hits, len(kills) + 1, expected)


def deliveries(folder: Path, kills: Sequence[str | float], rows: int = ROWS) -> Outcome:
    """Like `trial`, but a part of the feed arrives before each start, so that every kill finds work to interrupt."""
    expected = feed(folder, rows, "later")
    waiting = sorted((folder / "later").iterdir(), key=lambda path: ("again" in path.name, path.name))
    hits = 0
    for kill in kills:
        path = waiting.pop(0)
        path.rename(folder / "in" / path.name)
        hits += capture(folder, kill)
    for path in waiting:
        path.rename(folder / "in" / path.name)
    capture(folder, None)
    return _figures(folder, hits, len(kills) + 1, expected)


def _figures(folder: Path, hits: int, starts: int, expected: Decimal) -> Outcome:
    out = folder / "lines.parquet"
    subprocess.run(
        [sys.executable, "-m", "regulars", "-C", str(folder), "--json", "table", "order_line", "-o", str(out)],
        check=True,
        capture_output=True,
    )
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    lines = pq.read_table(out)
    keys = lines.select(["order_id", "line_id"]).group_by(["order_id", "line_id"]).aggregate([]).num_rows
    assert keys == lines.num_rows, f"{lines.num_rows - keys} rows are doubled"
    total = pc.sum(lines["net_amount"]).as_py()
    return Outcome(hits, starts, lines.num_rows, total, _accounted(folder), expected)


def _accounted(folder: Path) -> int:
    told = subprocess.run(
        [sys.executable, "-m", "regulars", "-C", str(folder), "--json", "table", "batch", "--top", "100"],
        check=True,
        capture_output=True,
        text=True,
    )
    batches = json.loads(told.stdout)["items"]
    assert len(batches) == 2 * FILES, f"{len(batches)} batches for {2 * FILES} files"
    for each in batches:
        parts = ("loaded", "duplicate", "superseded", "skipped", "quarantined")
        assert each["read"] == sum(each[name] for name in parts), each
    return sum(each["quarantined"] for each in batches)


def schedule(each_point: int, at_random: int, seed: int = 11) -> list[str | float]:
    """Kills: `each_point` at every named point (at a random one of its passings), `at_random` at random moments."""
    kills: list[str | float] = [kill for part in rounds(each_point, at_random, seed) for kill in part]
    random.Random(seed).shuffle(kills)
    return kills


def rounds(each_point: int, at_random: int, seed: int = 11) -> list[list[str | float]]:
    """The same kills in rounds of one feed each, so that there is always work left for the next kill to interrupt."""
    from regulars.kernel.points import POINTS

    draw = random.Random(seed)
    found: list[list[str | float]] = [
        [f"{point}:{draw.randrange(1, 3)}" for _ in range(each_point)] for point in POINTS
    ]
    timed: list[str | float] = [draw.uniform(0.5, 7.0) for _ in range(at_random)]
    return found + [timed[start : start + 10] for start in range(0, at_random, 10)]
