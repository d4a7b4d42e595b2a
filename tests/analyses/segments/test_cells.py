"""The table of cells is closed, complete and disjoint, and says the same to columns, to the code and in the README."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from regulars.analyses.segments import cells
from regulars.analyses.segments.cells import BOXES, name_of, segment_name
from regulars.analyses.segments.lifecycle import STAGES

CELLS = list(product(range(1, 6), repeat=3))


@pytest.mark.parametrize("cell", CELLS)
def test_each_of_125_cells_has_exactly_one_name(cell: tuple[int, int, int]) -> None:
    assert sum(box.holds(cell[0], f=cell[1], m=cell[2]) for box in BOXES) == 1


def test_columns_get_the_same_names() -> None:
    table = ibis.memtable(pa.table([list(axis) for axis in zip(*CELLS, strict=True)], names=["r", "f", "m"]))
    named = table.mutate(name=segment_name(table["r"], f=table["f"], m=table["m"]))
    found = ibis.duckdb.connect().to_pyarrow(named).to_pylist()
    assert all(row["name"] == name_of(row["r"], f=row["f"], m=row["m"]) for row in found)


def test_the_readme_lists_the_same_boxes_and_stages() -> None:
    page = (Path(cells.__file__).parent / "README.md").read_text("utf-8")
    for box in BOXES:
        spans = (f"{low}" if low == high else f"{low}-{high}" for low, high in (box.r, box.f, box.m))
        assert f"| {' | '.join([box.name, *spans, box.says])} |" in page
    for stage, rule in STAGES.items():
        assert f"| {stage} | {rule} |" in page
