"""`new`: the blank project reads, the proposed one works as it is, and nothing is ever written over."""

from __future__ import annotations

from pathlib import Path

import pytest

from regulars.kernel.errors import DataError, UsageError
from regulars.project.config import read_config
from regulars.project.project import Project
from regulars.project.steps.new import new
from tests.project.conftest import outside, write_lines


def test_the_blank_project_reads_and_has_its_folders(tmp_path: Path) -> None:
    told = new(tmp_path, outside(), dir="shop")
    config = read_config(tmp_path / "shop", {})
    assert told["path"] == str(tmp_path / "shop") and told["proposed"] == []
    assert config.section("project")["name"] == "shop"
    assert (tmp_path / "shop/data").is_dir() and (tmp_path / "shop/out").is_dir()


def test_the_examples_of_the_blank_project_are_valid_too(tmp_path: Path) -> None:
    new(tmp_path, outside(), dir="shop")
    path = tmp_path / "shop/regulars.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    opened = [
        line[2:] if line.startswith(("# [", "# ")) and ("=" in line or "[" in line[:4]) else line for line in lines
    ]
    path.write_text("\n".join(line for line in opened if not line.startswith("A ")), encoding="utf-8")
    config = read_config(tmp_path / "shop", {})
    assert {"sources", "policies", "campaigns", "sinks", "quality", "identity"} <= set(config.values)


def test_a_project_is_never_written_over(tmp_path: Path) -> None:
    new(tmp_path, outside(), dir="shop")
    before = (tmp_path / "shop/regulars.toml").read_text(encoding="utf-8")
    with pytest.raises(UsageError, match="already"):
        new(tmp_path, outside(), dir="shop", from_=[])
    assert (tmp_path / "shop/regulars.toml").read_text(encoding="utf-8") == before


def test_a_missing_file_or_an_unknown_type_makes_nothing(tmp_path: Path) -> None:
    write_lines(tmp_path / "orders.pdf", ["x"])
    with pytest.raises(UsageError, match="no file"):
        new(tmp_path, outside(), dir="shop", from_=["order.csv"])
    with pytest.raises(DataError, match="unknown file type"):
        new(tmp_path, outside(), dir="shop", from_=["orders.pdf"])
    assert not (tmp_path / "shop").exists()


def test_files_of_one_name_from_two_folders_are_kept_apart(tmp_path: Path) -> None:
    for folder in ("north", "south"):
        (tmp_path / folder).mkdir()
        write_lines(tmp_path / folder / "kunden.csv", ["Kundennr;Ort", f"{folder};Kiel"])
    told = new(tmp_path, outside(), dir="shop", from_=["north/kunden.csv", "south/kunden.csv"])
    assert {row["file"] for row in told["proposed"]} == {"data/kunden.csv", "data/south_kunden.csv"}
    assert {row["source"] for row in told["proposed"]} == {"north", "south"}
    assert len(told["copied"]) == 2


def test_the_proposal_is_captured_as_it_is_to_the_last_cent(shop: Project) -> None:
    batches = shop.engine.arrow(shop.warehouse.table("batch")).to_pylist()
    assert {(row["contract"], row["held"], row["quarantined"]) for row in batches} == {
        ("order_line", False, 0), ("customer", False, 0)}  # fmt: skip
    lines = shop.warehouse.table("order_line")
    total = shop.engine.arrow(lines.aggregate(total=lines.net_amount.sum(), n=lines.count())).to_pylist()[0]
    wanted = sum(1200.5 if line == 2 else 10.25 + order % 5 for order in range(120) for line in range(1 + order % 3))
    assert float(total["total"]) == pytest.approx(wanted) and total["n"] == 240
    customers = shop.engine.arrow(shop.warehouse.table("customer").select("family_name", "city")).to_pylist()
    assert {"family_name": "Schröder3", "city": "Köln"} in customers


def test_the_proposal_can_run_the_loop(shop: Project) -> None:
    config = shop.config
    assert config.section("identity")["keys"] == ["email", "phone"]
    campaign = config.named("campaigns")["thanks"]
    sink = config.named("sinks")[campaign["sink"]]
    assert campaign["holdout"] > 0 and "value.percentile" in config.named("policies")["care"]["invest"]
    assert sink["id_of"] in config.named("sources")
    golden = set(shop.warehouse.table("golden_customer").columns)
    assert set(sink["columns"]) <= golden and "email" in sink["columns"]
