"""Small cases for the builders of `campaigns.consent`, run on every engine by the engine suite."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import ibis.expr.types as ir
import pyarrow as pa

from regulars.campaigns.consent import consent_state, permitted, purposes_of

Bring = Callable[[pa.Table], ir.Table]
INSTANT = pa.timestamp("us")
AT = datetime(2026, 7, 1)
SAID = [
    ("1", "email", True, 1, None, None),
    ("1", "Email", False, 2, "objection", None),
    ("2", "email", True, 1, None, 6),
    ("3", "marketing", True, 1, None, None),
    ("3", "phone", False, 2, None, None),
    ("4", "email", True, 9, None, None),
]


def _states(bring: Bring) -> ir.Table:
    consent = pa.table({
        "consent_id": [str(n) for n in range(len(SAID))], "customer_source": ["crm"] * len(SAID),
        "customer_id": [each[0] for each in SAID], "purpose": [each[1] for each in SAID],
        "granted": [each[2] for each in SAID],
        "at": pa.array([datetime(2026, each[3], 1) for each in SAID], INSTANT),
        "basis": pa.array([each[4] for each in SAID], pa.string()),
        "expires_at": pa.array([datetime(2026, each[5], 1) if each[5] else None for each in SAID], INSTANT),
    })  # fmt: skip
    links = pa.table({"source": ["crm"] * 4, "customer_id": ["1", "2", "3", "4"], "customer_key": ["a", "b", "c", "d"],
                      "until": pa.array([None] * 4, INSTANT)})  # fmt: skip
    return consent_state(bring(consent), bring(links), at=AT)


def _permitted(bring: Bring) -> ir.Table:
    people = bring(pa.table({"customer_key": ["a", "b", "c", "d", "e"]}))
    return permitted(people, _states(bring), purposes=purposes_of("email", None))


CASES: dict[str, Callable[[Bring], ir.Table]] = {
    "regulars.campaigns.consent:consent_state": _states,
    "regulars.campaigns.consent:permitted": _permitted,
}
