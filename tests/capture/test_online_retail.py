"""Online Retail as five systems would send it: the same lines make the same warehouse (a slice; the proof takes all)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proof.online_retail import DATA, again, forms, outcome, retail

EVERY = 40  # each so many-th order: has anonymous buyers, returns, identical lines, days of the whole year
pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(not DATA.exists(), reason="the Online Retail data set is not beside the checkout"),
]


def test_five_forms_make_one_warehouse(postgres_url: str, tmp_path: Path) -> None:
    rows = retail(EVERY)
    assert len(rows) > 10_000
    anonymous = sum(row[6] is None for row in rows)
    copies = len(rows) - len(set(rows))
    assert anonymous and copies
    found = {name: outcome(rows, tmp_path / name.replace(" ", ""), form) for name, form in forms(postgres_url).items()}
    for name, each in found.items():
        assert (each.lines, each.anonymous, each.copies, each.quarantined) == (len(rows), anonymous, copies, 0), name
    assert len({each.content for each in found.values()}) == 1, {name: each.content for name, each in found.items()}
    told = again(tmp_path / "german")
    assert (told["read"], told["loaded"], told["duplicate"]) == (len(rows), 0, len(rows))
