"""Generated files of five countries with nothing declared: none is read wrongly, and none is held without need."""

from __future__ import annotations

from tests.capture.conftest import Bench
from tests.proof.locale import COLUMNS, counted, generated


def test_the_oracle_knows_what_can_be_decided() -> None:
    found = [generated(seed) for seed in range(200)]
    assert {each.country for each in found} == {"de", "nl", "us", "uk", "iso"}
    assert 0.5 < sum(each.decidable for each in found) / len(found) < 0.95
    assert COLUMNS["net_amount"] == "n"


def test_nothing_is_wrong_and_only_the_undecidable_is_asked(bench: Bench) -> None:
    found = counted(bench, range(150))
    assert found.wrong == 0, found
    assert found.unasked >= 0.98, found
    assert found.held > 5, "no undecidable file was among them: the test would prove little"
