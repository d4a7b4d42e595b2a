"""Network addresses are cut at the door, the same in SQL and in Python."""

from __future__ import annotations

import ipaddress
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regulars.capture.network import shortened_sql
from regulars.engines.scratch import scratch
from regulars.govern.address import shortened
from tests.capture.conftest import Bench

ODD = [
    "",
    "unknown",
    "203.0.113.7:443, ::1",
    "::ffff:198.51.100.9",
    "[2001:db8::1]:443",
    "fe80::1%eth0",
    "1:2",
    "::",
    "a::b:c",
]


def in_sql(texts: list[str | None], folder: Path) -> list[str | None]:
    db = scratch("200MB", 1, temp=folder)
    db.take("t", pa.table({"ip": pa.array(texts, pa.string())}))
    found = [text for (text,) in db.rows(f"SELECT {shortened_sql('ip')} FROM t")]
    db.close()
    return found


def test_sql_says_what_python_says(tmp_path: Path) -> None:
    dice = random.Random(5)
    texts = ODD + [str(ipaddress.IPv6Address(dice.getrandbits(128) & dice.getrandbits(128))) for _ in range(500)]
    texts += [str(ipaddress.IPv4Address(dice.getrandbits(32))) for _ in range(500)]
    assert in_sql(list(texts), tmp_path) == [shortened(each) for each in texts]
    assert in_sql([None], tmp_path) == [None]


@pytest.mark.parametrize("seed", range(3))
def test_what_is_left_is_the_network(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(300):
        four, six = (
            ipaddress.IPv4Address(dice.getrandbits(32)),
            ipaddress.IPv6Address((1 << 127) | dice.getrandbits(127)),
        )
        assert shortened(str(four)) == str(ipaddress.ip_network(f"{four}/24", strict=False).network_address)
        assert (
            ipaddress.IPv6Address(shortened(str(six)))
            == ipaddress.ip_network(f"{six}/48", strict=False).network_address
        )


VISITS = {
    "contract": "visit",
    "columns": {each: each for each in ("event_id", "visitor_id", "occurred_at", "kind", "ip")},
}
FILE = (
    "event_id,visitor_id,occurred_at,kind,ip\n1,v,2025-01-01,page,203.0.113.77\n"
    "2,v,2025-01-01,page,2001:db8:85a3::1\n3,v,2025-01-01,page,\n"
)


@pytest.mark.parametrize(("more", "left"), [
    ({}, ["203.0.113.0", "2001:db8:85a3::", None]),
    ({"whole_addresses": True}, ["203.0.113.77", "2001:db8:85a3::1", None]),
])  # fmt: skip
def test_a_visits_address_is_cut_when_it_is_typed(bench: Bench, more: dict[str, bool], left: list[str | None]) -> None:
    assert pq.read_table(str(bench.parse(FILE, VISITS, **more).rows))["ip"].to_pylist() == left


@pytest.mark.parametrize("slow", [False, True])
def test_blank_records_are_skipped_and_numbers_stay(bench: Bench, slow: bool) -> None:
    text = FILE.replace("2,v,2025-01-01,page,2001:db8:85a3::1", ",,,,")
    parsed = bench.parse(text, VISITS, erased=((2, 2),), slow=slow)
    assert (parsed.read, parsed.loaded, parsed.skipped, parsed.quarantined) == (3, 2, 1, 0)
    assert pq.read_table(str(parsed.rows))["record"].to_pylist() == [1, 3]
