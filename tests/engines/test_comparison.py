"""Does the comparison of two demos find what differs? Two small ones are written out, equal but for one value."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.proof.demo import EXACT, findings

DAY = date(2017, 12, 31)
SCORE = {"subject": "customer", "subject_id": "c1", "item": None, "analysis": "value", "measure": "residual_value",
         "as_of": DAY, "value": 1000.0, "low": None, "high": 2000.0, "percentile": 50.0}  # fmt: skip
FIGURES = {"totals": {"revenue": "12.3400"}, "months": {"2017-12": "12.3400"}}
TABLES: dict[str, dict[str, Any]] = {
    "source_customer": {
        "source": "shop",
        "customer_id": "1",
        "customer_key": "c1",
        "probability": 1.0,
        "method": "single",
    },
    "golden_customer": {"customer_key": "c1", "city": "Ulm", "batch": "r1"},
    "segment": {"customer_key": "c1", "segmentation": "rfm", "segment": "loyal", "as_of": DAY},
    "decision": {"customer_key": "c1", "policy": "care", "action": "invest", "as_of": DAY},
    "treatment": {"message_id": "m1", "customer_key": "c1", "arm": "control"},
    "score": SCORE,
}


def demo(folder: Path, tables: dict[str, dict[str, Any]], figures: dict[str, dict[str, str]]) -> Path:
    (folder / "proof").mkdir(parents=True)
    for name, row in tables.items():
        pq.write_table(pa.Table.from_pylist([row]), folder / "proof" / f"{name}.parquet")
    (folder / "proof" / "figures.json").write_text(json.dumps(figures))
    return folder


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("source_customer", "customer_key", "c2"),
        ("golden_customer", "city", "Köln"),
        ("segment", "segment", "lost"),
        ("decision", "action", "leave"),
        ("treatment", "arm", "treated"),
        ("score", "value", 1000.0 * (1 + 3e-6)),
        ("score", "low", 1.0),
        ("score", "subject_id", "c2"),
    ],
)
def test_one_other_value_is_found(tmp_path: Path, table: str, column: str, value: object) -> None:
    other = deepcopy(TABLES)
    other[table][column] = value
    found = findings(demo(tmp_path / "a", TABLES, FIGURES), demo(tmp_path / "b", other, FIGURES))
    assert [each.what for each in found if not each.equal] == [table]


def test_last_digits_and_run_numbers_are_no_difference(tmp_path: Path) -> None:
    other = deepcopy(TABLES)
    other["score"]["value"] *= 1 + 1e-9
    other["golden_customer"]["batch"] = "r2"
    found = findings(demo(tmp_path / "a", TABLES, FIGURES), demo(tmp_path / "b", other, FIGURES))
    assert len(found) == len(EXACT) + 3 and all(each.equal for each in found)


def test_a_cent_of_revenue_is_found(tmp_path: Path) -> None:
    other = {**FIGURES, "months": {"2017-12": "12.3500"}}
    found = findings(demo(tmp_path / "a", TABLES, FIGURES), demo(tmp_path / "b", TABLES, other))
    assert [each.what for each in found if not each.equal] == ["answers: months"]
