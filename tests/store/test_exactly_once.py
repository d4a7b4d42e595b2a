"""Short form of the exactly-once proof: thirty files, sent one to five times, with two kills."""

from __future__ import annotations

from pathlib import Path

from tests.proof.exactly_once import judged, plan, run


def test_every_key_once_whatever_was_sent_and_killed(tmp_path: Path) -> None:
    wanted = plan(30, 100)
    assert wanted.rows == 3_000
    assert len(wanted.deliveries) > 60
    assert wanted.conflicts > 10
    found = run(tmp_path / "project", wanted, ["before-commit:7", "before-receipt:5"])
    assert found.kills == 2, "a named fail point did not kill: the test would prove nothing"
    judged(found, wanted)
