"""Probabilistic matching on public records with a known truth is as good as plain Splink, at a threshold fixed before."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.identity.known_truth import NAMES, ours, plain, source

SHORT = ("fake_1000", "febrl_1")
TOLERATED = 0.005


@pytest.mark.filterwarnings("ignore")  # of plain Splink's own making
@pytest.mark.parametrize(
    "name", [name if name in SHORT else pytest.param(name, marks=pytest.mark.proof) for name in NAMES]
)
def test_f1_is_not_below_plain_splink(name: str, tmp_path: Path) -> None:
    if not source(name).exists():
        pytest.skip(f"the records are not here: {source(name).name}")
    mine, other = ours(name, tmp_path / "project"), plain(name)
    assert mine.pairs.f1 >= other.pairs.f1 - TOLERATED
    assert mine.clusters.f1 >= other.clusters.f1 - TOLERATED
    assert min(mine.pairs.precision, mine.clusters.precision) > 0.99
    assert mine.report is not None
    told = mine.report["matching"]
    assert told["precision"]["low"] <= told["precision"]["value"] <= told["precision"]["high"] <= 1
    assert abs(told["precision"]["value"] - mine.pairs.precision) < 0.01
