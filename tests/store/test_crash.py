"""Short form of the crash-safety proof: one kill at each named point and two at random moments."""

from __future__ import annotations

from pathlib import Path

from tests.proof.crash import schedule, trial


def test_no_row_is_lost_doubled_or_torn(tmp_path: Path) -> None:
    rows = 40_000
    found = trial(tmp_path / "project", schedule(each_point=1, at_random=2), rows)
    assert found.kills >= 5, "the fail points did not kill: the test would prove nothing"
    assert found.rows == rows
    assert found.total == found.expected
    assert found.quarantined == 0
