"""Who may be addressed: the last word counts, a refusal outweighs, what has run out no longer holds."""

from __future__ import annotations

from datetime import datetime

import ibis
import pyarrow as pa
import pytest

from regulars.campaigns.consent import consent_state, permitted, purposes_of

AT = datetime(2026, 7, 1)
CONSENT = pa.schema([("consent_id", pa.string()), ("customer_source", pa.string()), ("customer_id", pa.string()),
                     ("purpose", pa.string()), ("granted", pa.bool_()), ("at", pa.timestamp("us")), ("basis", pa.string()),
                     ("expires_at", pa.timestamp("us"))])  # fmt: skip


def said(*rows: tuple[str, bool, int, str | None, int | None]) -> dict[str, str]:
    """State by purpose of one customer who said (purpose, granted, month, basis, month of expiry)."""
    plain = [
        {"consent_id": str(n), "customer_source": "crm", "customer_id": "1", "purpose": purpose, "granted": granted,
         "at": datetime(2026, month, 1), "basis": basis, "expires_at": datetime(2026, until, 1) if until else None}
        for n, (purpose, granted, month, basis, until) in enumerate(rows)
    ]  # fmt: skip
    links = pa.table({"source": ["crm"], "customer_id": ["1"], "customer_key": ["c1"],
                      "until": pa.array([None], pa.timestamp("us"))})  # fmt: skip
    found = consent_state(ibis.memtable(pa.Table.from_pylist(plain, CONSENT)), ibis.memtable(links), at=AT)
    return {row["purpose"]: row["state"] for row in found.to_pyarrow().to_pylist()}


@pytest.mark.parametrize(("rows", "state"), [
    ([("email", True, 1, None, None)], "granted"),
    ([("Email", True, 1, None, None), ("email", False, 2, None, None)], "withdrawn"),
    ([("email", False, 1, None, None), ("email", True, 2, None, None)], "granted"),
    ([("email", True, 1, None, 6)], "expired"),
    ([("email", True, 1, None, 8)], "granted"),
    ([("email", True, 1, None, None), ("email", False, 2, "objection", None)], "objected"),
    ([("email", True, 3, None, None), ("email", False, 3, None, None)], "withdrawn"),
    ([("email", True, 1, None, None), ("email", False, 9, None, None)], "granted"),
])  # fmt: skip
def test_the_last_word_counts(rows: list[tuple[str, bool, int, str | None, int | None]], state: str) -> None:
    assert said(*rows) == {"email": state}


@pytest.mark.parametrize(("states", "may"), [
    ({}, "none"),
    ({"email": "granted"}, "granted"),
    ({"phone": "granted"}, "none"),
    ({"marketing": "granted"}, "granted"),
    ({"email": "granted", "marketing": "objected"}, "objected"),
    ({"email": "withdrawn", "marketing": "granted"}, "withdrawn"),
    ({"email": "expired"}, "expired"),
    ({"email": "expired", "marketing": "granted"}, "granted"),
])  # fmt: skip
def test_a_refusal_outweighs_a_grant(states: dict[str, str], may: str) -> None:
    rows = [{"customer_key": "c1", "purpose": purpose, "state": state} for purpose, state in states.items()]
    schema = pa.schema([(each, pa.string()) for each in ("customer_key", "purpose", "state")])
    people = ibis.memtable(pa.table({"customer_key": ["c1"]}))
    table = ibis.memtable(pa.Table.from_pylist(rows, schema))
    found = permitted(people, table, purposes=purposes_of("email", None)).to_pyarrow().to_pylist()
    assert found == [{"customer_key": "c1", "consent": may}]
