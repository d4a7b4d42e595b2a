"""Rows that were set aside come back after a fix, and the warehouse is then as if the file had been right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

import regulars

CONFIG = """
[sources.shop]
{nulls}
[[sources.shop.tables]]
contract = "order_line"
from = "in/*.csv"
"""
NULLS = 'nulls = ["", "n/a"]'


def made(folder: Path, nulls: str) -> regulars.Crm:
    (folder / "in").mkdir(parents=True)
    lines = ["order_id,line_id,ordered_at,customer_id,net_amount,discount_amount"]
    for row in range(60):
        discount = "n/a" if row in (7, 31) else "0.50"
        lines.append(f"o{row},1,2024-01-{1 + row % 28:02d}T10:00:00,k{row % 9},{row}.25,{discount}")
    (folder / "in" / "a.csv").write_text("\n".join(lines) + "\n")
    (folder / "regulars.toml").write_text(CONFIG.format(nulls=nulls))
    return regulars.open(folder)


def business(crm: regulars.Crm) -> list[dict[str, Any]]:
    rows: pa.Table = crm.table("order_line").to_arrow()
    return rows.drop_columns(["batch", "known_from"]).sort_by("record").to_pylist()


def test_replay_gives_what_clean_input_would_have_given(tmp_path: Path) -> None:
    crm = made(tmp_path / "dirty", "")
    totals = crm.capture()["totals"]
    assert (totals["read"], totals["loaded"], totals["quarantined"]) == (60, 58, 2)
    aside = crm.do("quarantine")
    assert aside["counts"] == {"not_a_number": 2}
    assert [(row["line"], row["column"], "n/a" in row["raw"]) for row in aside["rows"]] == [
        (9, "discount_amount", True),
        (33, "discount_amount", True),
    ]
    assert crm.do("replay")["loaded"] == 0, "nothing was mended yet"
    (tmp_path / "dirty" / "regulars.toml").write_text(CONFIG.format(nulls=NULLS))
    again = crm.do("replay")
    assert (again["loaded"], again["counts"]) == (2, {})
    batch = again["batches"][0]
    assert batch["read"] == batch["loaded"] + batch["duplicate"] + batch["quarantined"] == 2
    clean = made(tmp_path / "clean", NULLS)
    clean.capture()
    assert business(crm) == business(clean)
    assert crm.do("replay")["loaded"] == 0, "what was replayed stays replayed"
    assert crm.capture()["totals"]["files"] == 0
