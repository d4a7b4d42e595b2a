"""What lies on an engine, ours or not, can be asked for in its own SQL, and be a source."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pyarrow.parquet as pq
import pytest

from regulars.capture.mapping import TableMapping
from regulars.capture.offer import Memory, Request
from regulars.capture.sources.table import SOURCE
from regulars.engines.protocol import Engine
from regulars.kernel.errors import DataError, EngineError

INSTANT = {"duckdb": "TIMESTAMPTZ '2024-03-30 23:30:00+00'", "spark": "TIMESTAMP_LTZ '2024-03-30 23:30:00 UTC'"}


def select(engine: Engine) -> str:
    rows = " UNION ALL ".join(
        f"SELECT {key} AS k, DATE '2024-02-29' AS d, {INSTANT[engine.name]} AS t, CAST('1.25' AS DECIMAL(12, 2)) AS n, "
        f"CAST(NULL AS DOUBLE) AS f, {flag} AS ok"
        for key, flag in ((2, "true"), (1, "false"))
    )
    return f"SELECT * FROM ({rows}) AS made WHERE k > 0;"


def request(engine: Engine, folder: Path, pattern: str) -> Request:
    return Request(
        root=folder, section={}, mapping=TableMapping("lake", "order_line", pattern), environ={}, folder=folder,
        memory=cast(Memory, None), engine=engine, now=lambda: datetime(2024, 6, 1), progress=lambda *of: None,
    )  # fmt: skip


def fetched(engine: Engine, folder: Path, pattern: str) -> Path:
    (offer,) = SOURCE.offers(request(engine, folder, pattern), pattern)
    return offer.fetch()


def test_a_select_is_a_source_with_its_types_and_in_order(engine: Engine, tmp_path: Path) -> None:
    path = fetched(engine, tmp_path, select(engine))
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    assert [(row["k"], row["ok"]) for row in rows] == [(1, False), (2, True)]
    assert (rows[0]["d"], rows[0]["n"], rows[0]["f"]) == (date(2024, 2, 29), Decimal("1.25"), None)
    assert rows[0]["t"].astimezone(UTC) == datetime(2024, 3, 30, 23, 30, tzinfo=UTC)
    first = path.read_bytes()
    assert fetched(engine, tmp_path, select(engine)).read_bytes() == first


def test_what_the_engine_does_not_know_is_told(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="nowhere"):
        engine.query("SELECT * FROM nowhere")
    with pytest.raises(DataError, match="nowhere") as wrong:
        fetched(engine, tmp_path, "nowhere")
    assert wrong.value.fix == "Correct `from`."
