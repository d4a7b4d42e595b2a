"""The list of forgotten people: it answers for whom it was told of, says nothing to others, and is never half written."""

from __future__ import annotations

from pathlib import Path

import pytest

from regulars.govern.suppression import Suppression, merged, read_suppression, suppress, write_suppression
from regulars.govern.trace import Traces
from regulars.kernel.errors import ConsistencyError

STANDARDS = {"email": str.lower, "phone": lambda text: text.replace(" ", "")}
TRACES = Traces(
    frozenset({"c1"}), {"customer_id": frozenset({("crm", "K1")})}, frozenset({"a@b.de"}), standards=STANDARDS
)


def key() -> str:
    return "ab" * 32


def test_it_knows_ids_and_addresses_and_nobody_else(tmp_path: Path) -> None:
    write_suppression(tmp_path / "list", suppress(Suppression(standards=STANDARDS), TRACES, fresh=key))
    found = read_suppression(tmp_path / "list", STANDARDS)
    assert found.has("customer_id", "crm", value="K1") and found.reaches("email", "A@B.de")
    assert not found.has("customer_id", "shop", value="K1")
    assert not found.has("order_id", "crm", value="K1")
    assert not found.reaches("email", "x@b.de") and not found.reaches("phone", "")
    assert len(found) == 2


def test_the_file_tells_nobody_and_belongs_to_its_owner(tmp_path: Path) -> None:
    write_suppression(tmp_path / "list", suppress(Suppression(standards=STANDARDS), TRACES, fresh=key))
    text = (tmp_path / "list").read_text()
    assert "K1" not in text and "a@b.de" not in text
    assert (tmp_path / "list").stat().st_mode & 0o077 == 0


def test_a_damaged_list_lets_nobody_in(tmp_path: Path) -> None:
    assert not read_suppression(tmp_path / "list", STANDARDS)
    (tmp_path / "list").write_text('{"books": [')
    with pytest.raises(ConsistencyError, match="damaged"):
        read_suppression(tmp_path / "list", STANDARDS)


def test_two_lists_with_other_keys_are_both_asked() -> None:
    one = suppress(Suppression(standards=STANDARDS), TRACES, fresh=key)
    other = Traces(ids={"customer_id": frozenset({("crm", "K2")})}, standards=STANDARDS)
    both = merged(one, suppress(Suppression(), other, fresh=lambda: "cd" * 32))
    assert both.has("customer_id", "crm", value="K1") and both.has("customer_id", "crm", value="K2")
    assert not both.has("customer_id", "crm", value="K3")
