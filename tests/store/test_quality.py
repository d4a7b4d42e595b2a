"""The counts behind `check`, by hand; and every rule names columns that its contract has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from regulars.contracts.catalog import CONTRACTS
from regulars.engines.duckdb import DuckDBEngine
from regulars.store.quality import accounted, consistent, filled, news_of, referred, referring, repeated, unique
from regulars.store.rule import RULES
from tests.engines import cases_quality as case


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    found = DuckDBEngine(None, staging=Path(tmp_path_factory.mktemp("staging")), memory="500MB")
    yield found
    found.close()


def asked(engine: DuckDBEngine, rows: object) -> dict[str, dict[str, object]]:
    """The rows by source."""
    return {row.pop("source"): row for row in engine.arrow(rows).to_pylist()}  # type: ignore[arg-type]


def test_counts_by_hand(engine: DuckDBEngine) -> None:
    lines, products = engine.bring(case.LINES), engine.bring(case.PRODUCTS)
    assert asked(engine, filled(lines, ("product_id",)))["web"] == {"tested": 2, "product_id": 1}
    assert asked(engine, unique(lines, ("order_id",)))["till"] == {"tested": 3, "passed": 2}
    assert asked(engine, repeated(lines, ("product_id", "net_amount", "quantity"))) == {"till": {"copies": 1}}
    assert asked(engine, news_of(lines))["till"]["day"].isoformat() == "2024-01-02"  # type: ignore[attr-defined]
    assert asked(engine, consistent(lines, case.RULES))["till"] == {
        "tested_0": 3, "broken_0": 1, "tested_1": 3, "broken_1": 1}  # fmt: skip
    batches = engine.arrow(accounted(engine.bring(case.BATCHES)).order_by("source")).to_pylist()
    assert [(row["read"], row["set_aside"], row["held"]) for row in batches] == [(15, 1, 0), (3, 0, 1)]
    of = {"source_column": "product_source"}
    ids = engine.arrow(referring(lines, "product_id", **of)).to_pylist()
    assert {(row["source"], row["of"], row["tested"]) for row in ids} == {
        ("till", "erp", 1), ("till", "till", 1), ("web", "web", 1)}  # fmt: skip
    met = engine.arrow(referred(lines, products, id_column="product_id", key="product_id", **of)).to_pylist()
    assert {(row["of"], row["home"], row["found"]) for row in met} == {("erp", "erp", 1), ("erp", "web", 1)}


@pytest.mark.parametrize("contract", sorted(RULES))
def test_rules_name_columns_that_are_there(contract: str) -> None:
    for rule in RULES[contract]:
        assert set(rule.columns) <= set(CONTRACTS[contract].names), rule
        assert rule.says[0].islower()
