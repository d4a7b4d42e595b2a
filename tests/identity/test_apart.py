"""Do different numbers keep customers apart whatever else they share, and does a person's word count more?"""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa

from regulars.identity.evidence import standard_records
from regulars.identity.match import Known, Rules, Unified, record_list, resolve

AT = datetime(2024, 1, 1)
ROWS = [
    {"source": "tills", "customer_id": "1", "email": None, "household_id": "7"},
    {"source": "tills", "customer_id": "2", "email": None, "household_id": "8"},
    {"source": "web", "customer_id": "a", "email": "ada@example.com", "household_id": "7"},
    {"source": "web", "customer_id": "b", "email": "ada@example.com", "household_id": "8"},
    {"source": "desk", "customer_id": "x", "email": "ada@example.com", "household_id": None},
]


def unified(apart: tuple[str, ...], decisions: pa.Table | None = None) -> dict[tuple[str, str], str]:
    """The customer of each record, under keys e-mail and household."""
    customer = pa.Table.from_pylist(ROWS)
    keys = ["household_id", "email"]
    standard = standard_records(customer, keys, country=None)
    seen = customer.select(["source", "customer_id"]).slice(0, 0)
    known = Known(AT, decisions=decisions)
    found: Unified = resolve(
        record_list(standard, seen), standard, known=known, rules=Rules(keys=tuple(keys), apart=apart)
    )
    return {(row["source"], row["customer_id"]): row["customer_key"] for row in found.links.to_pylist()}


def test_one_address_joins_two_households_unless_they_are_kept_apart() -> None:
    assert len(set(unified(()).values())) == 1
    found = unified(("household_id",))
    assert len(set(found.values())) == 2
    assert found["tills", "1"] == found["web", "a"] != found["tills", "2"] == found["web", "b"]
    assert found["desk", "x"] in (found["tills", "1"], found["tills", "2"])


def test_a_person_may_say_that_two_numbers_are_one_customer() -> None:
    said = {"left_source": "tills", "left_id": "1", "right_source": "tills", "right_id": "2", "kind": "same"}
    found = unified(("household_id",), pa.Table.from_pylist([said]))
    assert len(set(found.values())) == 1
