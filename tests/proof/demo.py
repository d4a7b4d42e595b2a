"""Does the demo's whole loop give the same on DuckDB and on Spark? Both are run, read out through the Python door, compared.

`python tests/proof/demo.py DIR` reads a finished demo out into DIR/proof; `run` does the loop and that; `findings` compares.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[2]
RELATIVE = 1e-6
# What must be equal row by row. Run numbers, instants of this run and model versions are each engine's own.
EXACT = {
    "source_customer": ("source", "customer_id", "customer_key", "probability", "method"),
    "golden_customer": (),  # all business columns
    "segment": ("customer_key", "segmentation", "segment", "as_of"),
    "decision": ("customer_key", "policy", "action", "as_of"),
    "treatment": ("message_id", "customer_key", "arm"),
}
OWN = frozenset({"source", "batch", "record", "content", "known_from", "known_until", "first_seen", "last_seen"})
SCORE_KEY = ("subject", "subject_id", "item", "analysis", "measure", "as_of")
SCORE_FIGURES = ("value", "low", "high", "percentile")
METRICS = ("revenue", "orders", "order_lines", "buyers")


@dataclass(frozen=True)
class Finding:
    """One comparison: how many rows each engine has, how many of the first differ, and the largest relative distance."""

    what: str
    left: int
    right: int
    different: int
    distance: float = 0.0
    example: str = ""

    @property
    def equal(self) -> bool:
        """Nothing differs beyond what is allowed."""
        return self.left == self.right > 0 and self.different == 0


def run(folder: Path, engine: str | None = None) -> float:
    """The whole loop in a new folder, on the engine of an `[engine]` section (default: DuckDB); returns its seconds."""
    folder.mkdir(parents=True)
    exported = ROOT / "demo" / "data"
    if (exported / "complete").exists():
        shutil.copytree(exported, folder / "data")
    words = [str(folder)]
    if engine is not None:
        section = folder.with_suffix(".toml")
        section.write_text(engine, encoding="utf-8")
        words += ["--engine-toml", str(section)]
    began = time.perf_counter()
    _python(ROOT / "tools" / "demo.py", words)
    seconds = time.perf_counter() - began
    _python(Path(__file__), [str(folder)])
    return seconds


def _python(script: Path, words: list[str]) -> None:
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, str(script), *words]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{script.name} failed: {(done.stderr or done.stdout)[-1500:]}")


def read_out(folder: Path) -> None:
    """The tables and answers to compare, as files in `folder/proof`."""
    import regulars

    crm, out = regulars.open(folder), folder / "proof"
    out.mkdir(exist_ok=True)
    for name in (*EXACT, "score", "card"):
        pq.write_table(crm.table(name).to_arrow(), out / f"{name}.parquet")
    whole, months = crm.ask(*METRICS), crm.ask("revenue", by=["month"])
    told = {
        "totals": {name: str(whole["totals"][name]) for name in METRICS},
        "months": {row["month"]: str(row["revenue"]) for row in months["rows"]},
    }
    (out / "figures.json").write_text(json.dumps(told, indent=1), encoding="utf-8")


def findings(left: Path, right: Path) -> list[Finding]:
    """Every comparison of two demos that were read out."""
    tables = [_exact(name, _table(left, name), _table(right, name)) for name in EXACT]
    scores = _scores(_table(left, "score"), _table(right, "score"))
    figures = [json.loads((each / "proof" / "figures.json").read_text(encoding="utf-8")) for each in (left, right)]
    asked = [_same(name, figures[0][name], figures[1][name]) for name in ("totals", "months")]
    return [*tables, scores, *asked]


def versions(folder: Path) -> dict[str, str]:
    """The model version of every card: a hash of fitted numbers, which may differ in their last digits."""
    rows = _table(folder, "card").to_pylist()
    return {row["analysis"]: row["model_version"] for row in rows}


def _table(folder: Path, name: str) -> pa.Table:
    return pq.read_table(folder / "proof" / f"{name}.parquet")


def _exact(name: str, left: pa.Table, right: pa.Table) -> Finding:
    columns = EXACT[name] or tuple(each for each in left.column_names if each not in OWN)
    rows = [sorted(map(repr, (tuple(row[c] for c in columns) for row in each.to_pylist()))) for each in (left, right)]
    missing = sorted(set(rows[0]) ^ set(rows[1]))
    return Finding(name, len(rows[0]), len(rows[1]), len(missing), example=missing[0] if missing else "")


def _scores(left: pa.Table, right: pa.Table) -> Finding:
    there = [{tuple(row[k] for k in SCORE_KEY): row for row in each.to_pylist()} for each in (left, right)]
    lost = there[0].keys() ^ there[1].keys()
    apart = {
        (key, figure): _apart(there[0][key][figure], there[1][key][figure])
        for key in there[0].keys() & there[1].keys()
        for figure in SCORE_FIGURES
    }
    wrong = {key: distance for key, distance in apart.items() if distance > RELATIVE}
    example = repr(next(iter(lost or wrong), ""))
    return Finding(
        "score", left.num_rows, right.num_rows, len(lost) + len(wrong), max(apart.values(), default=0.0), example
    )


def _apart(left: float | None, right: float | None) -> float:
    if left is None or right is None:
        return 0.0 if left is right else math.inf
    return abs(left - right) / max(abs(left), abs(right), 1e-9)


def _same(name: str, left: dict[str, Any], right: dict[str, Any]) -> Finding:
    other = [key for key in left.keys() | right.keys() if left.get(key) != right.get(key)]
    example = f"{other[0]}: {left.get(other[0])} and {right.get(other[0])}" if other else ""
    return Finding(f"answers: {name}", len(left), len(right), len(other), example=example)


if __name__ == "__main__":
    read_out(Path(sys.argv[1]))
