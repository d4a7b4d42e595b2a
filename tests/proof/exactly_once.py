"""Exactly once: files sent one to five times, shuffled, with kills in between, some keys with other content.

Every file is sent again as it was, or with its rows in another order, or with one row in a hundred changed. The files come
in parts; a capture that is killed at a named point or a random moment is simply started again. In the end the warehouse
must have each key once with the content that came first, the sum to the cent, and every conflict in quarantine.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from tests.proof.crash import CONFIG, capture

HEAD = "order_id,line_id,ordered_at,customer_id,product_id,quantity,net_amount"
CHANGED = 0.01  # the share of keys that come with other content as well
Key = tuple[str, str]


@dataclass(frozen=True)
class Plan:
    """The deliveries in their order, and what must come of them."""

    deliveries: Sequence[Sequence[str]]
    rows: int
    total: Decimal
    conflicts: int


@dataclass(frozen=True)
class Found:
    """What the warehouse has: rows, distinct keys, their sum, rows in quarantine by reason, kills that hit."""

    rows: int
    keys: int
    total: Decimal
    aside: dict[str, int]
    kills: int
    unaccounted: int


def plan(files: int, rows: int, *, seed: int = 23) -> Plan:
    """Draw the deliveries: each file one to five times, shuffled over all files."""
    draw = random.Random(seed)
    sent: list[list[str]] = []
    for number in range(files):
        lines = [_line(draw, number, row) for row in range(rows)]
        sent.append(lines)
        sent += [_again(draw, lines) for _ in range(draw.randrange(5))]
    draw.shuffle(sent)
    return _expected(sent)


def _line(draw: random.Random, number: int, row: int) -> str:
    day = f"2024-{1 + row % 12:02d}-{1 + row % 28:02d}T10:00:00"
    amount = Decimal(draw.randrange(1_000, 9_999)).scaleb(-2)
    return f"o{number}-{row // 3},{row % 3},{day},k{row % 97},p{row % 30},1,{amount}"


def _again(draw: random.Random, lines: Sequence[str]) -> list[str]:
    kind = draw.random()
    if kind < 0.3:
        return list(lines)  # the very same bytes
    found = list(lines)
    if kind > 0.6:
        for at in draw.sample(range(len(found)), max(1, round(len(found) * CHANGED))):
            head, _, amount = found[at].rpartition(",")
            found[at] = f"{head},{Decimal(amount) + 1}"
    draw.shuffle(found)
    return found


def _expected(sent: Sequence[Sequence[str]]) -> Plan:
    first: dict[Key, str] = {}
    bytes_seen: set[str] = set()
    conflicts = 0
    for lines in sent:
        whole = "\n".join(lines)
        if whole in bytes_seen:
            continue
        bytes_seen.add(whole)
        for line in lines:
            order, number, *_ = line.split(",")
            if (known := first.setdefault((order, number), line)) != line:
                conflicts += known != line
    total = sum((Decimal(line.rpartition(",")[2]) for line in first.values()), Decimal(0))
    return Plan(sent, len(first), total, conflicts)


def run(folder: Path, wanted: Plan, kills: Sequence[str | float]) -> Found:
    """Deliver in as many parts as there are kills, kill each capture as told, finish, and count."""
    (folder / "in").mkdir(parents=True)
    (folder / "regulars.toml").write_text(CONFIG)
    parts, hits = len(kills) + 1, 0
    for part, kill in enumerate([*kills, None]):
        for at in range(part * len(wanted.deliveries) // parts, (part + 1) * len(wanted.deliveries) // parts):
            (folder / "in" / f"{at:05d}.csv").write_text("\n".join([HEAD, *wanted.deliveries[at]]) + "\n")
        if kill is not None and capture(folder, kill):
            hits += 1
            capture(folder, None)
    capture(folder, None)
    return counted(folder, hits)


def counted(folder: Path, hits: int) -> Found:
    """The figures, through the product's own door."""
    import pyarrow.compute as pc

    lines = _table(folder, "order_line")
    keys = lines.select(["order_id", "line_id"]).group_by(["order_id", "line_id"]).aggregate([]).num_rows
    aside: dict[str, int] = {}
    for reason in _table(folder, "quarantine")["reason"].to_pylist():
        aside[reason] = aside.get(reason, 0) + 1
    batches = _table(folder, "batch").to_pylist()
    counts = ("loaded", "duplicate", "superseded", "skipped", "quarantined")
    wrong = sum(each["read"] != sum(each[name] for name in counts) or each["held"] for each in batches)
    return Found(lines.num_rows, keys, pc.sum(lines["net_amount"]).as_py(), aside, hits, wrong)


def _table(folder: Path, name: str):  # type: ignore[no-untyped-def]
    import pyarrow.parquet as pq

    out = folder / f"{name}.parquet"
    command = [sys.executable, "-m", "regulars", "-C", str(folder), "--json", "table", name, "-o", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    return pq.read_table(out)


def judged(found: Found, wanted: Plan) -> str:
    """The sentence of the proof; fails when it does not hold."""
    assert (found.rows, found.keys) == (wanted.rows, wanted.rows), (found, wanted.rows)
    assert found.total == wanted.total, (found.total, wanted.total)
    assert found.aside == ({"key_conflict": wanted.conflicts} if wanted.conflicts else {}), (
        found.aside,
        wanted.conflicts,
    )
    assert found.unaccounted == 0, found
    return (
        f"{len(wanted.deliveries):,} deliveries, {found.kills} captures killed: {found.rows:,} rows, as many keys, "
        f"the sum exact ({found.total:,}), {wanted.conflicts:,} conflicts, all in quarantine"
    )


def full(folder: Path, *, files: int = 1_000, rows: int = 500, seed: int = 23) -> str:
    """The full count: a kill at each named point five times, and fifteen at random moments."""
    from regulars.kernel.points import POINTS

    draw = random.Random(seed)
    kills: list[str | float] = [f"{point}:{draw.randrange(1, 40)}" for point in POINTS for _ in range(5)]
    kills += [draw.uniform(2.0, 20.0) for _ in range(15)]
    draw.shuffle(kills)
    wanted = plan(files, rows, seed=seed)
    return judged(run(folder, wanted, kills), wanted)


if __name__ == "__main__":
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as place:
        print(json.dumps({"exactly once": full(Path(place) / "project", files=int((sys.argv[1:] or ["1000"])[0]))}))
