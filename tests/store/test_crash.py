"""Short form of the crash-safety proof: a kill at every named point and two at random moments."""

from __future__ import annotations

from pathlib import Path

from regulars.kernel.points import POINTS
from tests.proof.crash import deliveries


def test_no_row_is_lost_doubled_or_torn(tmp_path: Path) -> None:
    rows = 40_000
    found = deliveries(tmp_path / "project", [*(f"{point}:1" for point in POINTS), 1.0, 2.5], rows)
    assert found.kills >= len(POINTS), "a named fail point did not kill: the test would prove nothing"
    assert found.rows == rows
    assert found.total == found.expected
    assert found.quarantined == 0
