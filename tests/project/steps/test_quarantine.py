"""Rows that were set aside come back after a fix, and the warehouse is then as if the file had been right."""

from __future__ import annotations

from decimal import Decimal
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
    assert (batch["read"], batch["loaded"], batch["quarantined"]) == (60, 60, 0)
    clean = made(tmp_path / "clean", NULLS)
    clean.capture()
    assert business(crm) == business(clean)
    assert crm.do("replay")["loaded"] == 0, "what was replayed stays replayed"
    assert crm.capture()["totals"]["files"] == 0


CHANGED = """
[project]
name = "shop"
timezone = "Europe/Amsterdam"
[sources.shop]
delimiter = ","
[[sources.shop.tables]]
contract = "order_line"
from = "in/*.csv"
columns = {{ order_id = "order_id", line_id = "line_id", ordered_at = "ordered_at", net_amount = "{amount}"{more} }}
"""


def changed(folder: Path, amount: str, more: str = "", *, files: int = 3) -> regulars.Crm:
    (folder / "in").mkdir(parents=True, exist_ok=True)
    for number in range(files):
        lines = ["order_id,line_id,ordered_at,customer_id,gross,net"]
        shared = range(number * 15, number * 15 + 20)  # five rows of each file stand in the next one too
        lines += [f"o{row},1,2024-01-{1 + row % 28:02d},k{row % 7},{row}.99,{row}.50" for row in shared]
        (folder / "in" / f"{number}.csv").write_text("\n".join(lines) + "\n")
    (folder / "regulars.toml").write_text(CHANGED.format(amount=amount, more=more))
    return regulars.open(folder)


def content(crm: regulars.Crm) -> list[dict[str, Any]]:
    rows: pa.Table = crm.table("order_line").to_arrow()
    return rows.drop_columns(["known_from"]).sort_by([("batch", "ascending"), ("record", "ascending")]).to_pylist()


def test_a_changed_mapping_reaches_rows_that_were_loaded(tmp_path: Path) -> None:
    crm = changed(tmp_path / "wrong", "gross")
    assert crm.capture()["totals"]["loaded"] == 50
    before = content(crm)
    crm = changed(tmp_path / "wrong", "net", ', customer_id = "customer_id"')
    said = crm.capture()
    assert said["totals"]["files"] == 0
    assert [(each["files"], each["fix"]) for each in said["outdated"]] == [(3, "regulars replay shop")]
    told = crm.do("replay")
    assert (told["loaded"], told["closed"], told["held"]) == (50, 50, [])
    assert [(each["read"], each["loaded"], each["duplicate"]) for each in told["batches"]] == [
        (20, 20, 0), (20, 15, 5), (20, 15, 5),
    ]  # fmt: skip
    clean = changed(tmp_path / "clean", "net", ', customer_id = "customer_id"')
    clean.capture()
    assert content(crm) == content(clean)
    again = crm.do("replay")
    assert (again["loaded"], again["closed"], again["batches"]) == (0, 0, [])
    assert {row["customer_id"] for row in before} == {None}


def test_a_new_column_restates_only_what_it_changes(tmp_path: Path) -> None:
    crm = changed(tmp_path, "net")
    crm.capture()
    text = (tmp_path / "regulars.toml").read_text()
    (tmp_path / "regulars.toml").write_text(text + "where = \"order_id <> 'o3'\"\n")
    told = crm.do("replay")
    assert (told["loaded"], told["closed"]) == (0, 1)
    assert told["batches"][0]["skipped"] == 1
    assert len(content(crm)) == 49


def test_what_was_known_before_the_replay_is_still_told(tmp_path: Path) -> None:
    import duckdb

    crm = changed(tmp_path, "gross")
    crm.capture()
    changed(tmp_path, "net")
    crm.do("replay")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as db:
        old, new = db.execute(
            "SELECT sum(net_amount) FILTER (WHERE known_until IS NOT NULL), sum(net_amount) FILTER (WHERE known_until IS NULL)"
            " FROM order_line"
        ).fetchone()
        gaps = db.execute(
            "SELECT count(*) FROM order_line o JOIN order_line n USING (batch, record)"
            " WHERE o.known_until IS NOT NULL AND n.known_until IS NULL AND o.known_until <> n.known_from"
        ).fetchone()[0]
    rows = range(50)
    assert old == sum(rows) + 50 * Decimal("0.99")
    assert new == sum(rows) + 50 * Decimal("0.5")
    assert gaps == 0


def test_a_replay_that_must_be_held_changes_nothing(tmp_path: Path) -> None:
    crm = changed(tmp_path, "net")
    crm.capture()
    before = content(crm)
    text = (tmp_path / "regulars.toml").read_text()
    (tmp_path / "regulars.toml").write_text(text.replace('"net"', '"nett"'))
    told = crm.do("replay")
    assert "nett" in told["held"][0]["reason"]
    assert content(crm) == before


def test_an_upsert_is_restated_in_the_order_of_its_files(tmp_path: Path) -> None:
    config = """
[sources.crm]
[[sources.crm.tables]]
contract = "customer"
from = "in/*.csv"
columns = {{ customer_id = "id", name = "{name}" }}
"""
    (tmp_path / "in").mkdir()
    (tmp_path / "regulars.toml").write_text(config.format(name="nick"))
    (tmp_path / "in" / "1.csv").write_text("id,nick,full\n1,a,Anna\n2,b,Bo\n")
    (tmp_path / "in" / "2.csv").write_text("id,nick,full\n2,bb,Bert\n3,c,Cy\n")
    crm = regulars.open(tmp_path)
    crm.capture()
    (tmp_path / "regulars.toml").write_text(config.format(name="full"))
    assert crm.do("replay")["loaded"] == 3
    rows = crm.table("customer").to_arrow().select(["customer_id", "name"]).sort_by("customer_id").to_pylist()
    assert [row["name"] for row in rows] == ["Anna", "Bert", "Cy"]
