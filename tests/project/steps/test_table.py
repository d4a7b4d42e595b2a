"""Any table leaves as a file that the next tool reads back as it was."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import regulars
from regulars.kernel.errors import UsageError


@pytest.fixture(scope="module")
def crm(tmp_path_factory: pytest.TempPathFactory) -> regulars.Crm:
    folder = tmp_path_factory.mktemp("table")
    (folder / "regulars.toml").write_text(
        '[sources.shop]\n[[sources.shop.tables]]\ncontract = "product"\nfrom = "products.csv"\n'
    )
    (folder / "products.csv").write_text("product_id,name,unit_cost\np1,=1+1,2.50\np2,Käse,\n", encoding="utf-8")
    found = regulars.open(folder)
    found.capture()
    return found


def test_every_format_holds_the_same_rows(crm: regulars.Crm, tmp_path: Path) -> None:
    for form in ("parquet", "csv", "json", "xlsx"):
        told = crm.do("table", name="product", out=str(tmp_path / f"p.{form}"))
        assert told["rows"] == 2
    assert sorted(pq.read_table(tmp_path / "p.parquet")["name"].to_pylist()) == ["=1+1", "Käse"]
    listed = list(csv.DictReader((tmp_path / "p.csv").read_text(encoding="utf-8").splitlines()))
    assert sorted(row["name"] for row in listed) == ["'=1+1", "Käse"]
    rows = json.loads((tmp_path / "p.json").read_text(encoding="utf-8"))
    assert sorted((row["name"], row["unit_cost"]) for row in rows) == [("=1+1", 2.5), ("Käse", None)]
    with zipfile.ZipFile(tmp_path / "p.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "=1+1" in sheet
    assert "<f>" not in sheet, "a text became a formula"


def test_another_format_names_those_that_there_are(crm: regulars.Crm, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.parquet"):
        crm.do("table", name="product", out=str(tmp_path / "p.doc"))
