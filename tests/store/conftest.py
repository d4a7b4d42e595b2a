"""A warehouse in memory, and deliveries for it without a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regulars.capture.aside import CHANGES, REJECTS
from regulars.contracts.catalog import CONTRACTS
from regulars.contracts.model import Load
from regulars.engines.duckdb import DuckDBEngine
from regulars.store.loading import Batch, Delivery, load
from regulars.store.warehouse import Warehouse

NOW = datetime(2024, 6, 1, 12)
Deliver = Callable[..., Batch]


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    engine = DuckDBEngine(None, staging=tmp_path / "staging")
    found = Warehouse(engine)
    found.migrate(NOW)
    yield found
    engine.close()


@pytest.fixture
def deliver(warehouse: Warehouse, tmp_path: Path) -> Deliver:
    """Load rows of `product` (product_id, name, and content = name) as if a file had brought them."""
    made = iter(range(1000))

    def bring(rows: list[tuple[str, str]], **how: Any) -> Batch:
        number = next(made)
        path = tmp_path / "staging" / f"{number}.parquet"
        names = {"product_id": [each[0] for each in rows], "name": [each[1] for each in rows]}
        versions = {"version": pa.array(how["versions"], pa.float64())} if "versions" in how else {}
        places = pa.array(range(1, len(rows) + 1), pa.int64())
        pq.write_table(pa.table({**names, "content": names["name"], "record": places, **versions}), path)
        delivery = Delivery(
            batch=f"b{number}", source="shop", contract=CONTRACTS["product"], file=f"{number}.csv", sha256="0" * 64,
            rows=path, rejects=how.get("rejects", REJECTS.empty_table()), changes=CHANGES.empty_table(),
            read=len(rows) + how.get("rejects", REJECTS.empty_table()).num_rows + how.get("lost", 0), skipped=0,
            load=how.get("load", Load.UPSERT), known="load",
        )  # fmt: skip
        return load(
            warehouse, delivery, at=how.get("at", NOW), raw_of=lambda records: {r: (r + 1, "raw") for r in records}
        )

    return bring
