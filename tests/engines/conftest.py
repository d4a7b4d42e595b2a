"""The engines under test: one DuckDB and one Spark session for the whole suite."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from regulars.engines.duckdb import DuckDBEngine
from regulars.engines.protocol import Engine

SPARK_SETTINGS = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "2g",
    # Each case is a new question over a few rows: Java's better compiler costs more than it brings.
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.adaptive.enabled": "false",
    "spark.ui.enabled": "false",
}


@pytest.fixture(scope="session")
def duckdb_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """DuckDB in memory."""
    engine = DuckDBEngine(None, staging=tmp_path_factory.mktemp("duckdb"), memory="1GB")
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def spark_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Spark on two threads of this machine; started once, when the first test asks for it."""
    from regulars.engines.spark import SparkEngine, session  # PySpark may be absent where Spark is not tested

    folder: Path = tmp_path_factory.mktemp("spark")
    settings = {**SPARK_SETTINGS, "spark.sql.warehouse.dir": str(folder / "managed")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the start of the Java machine only
        spark = session("local[2]", partitions=2, settings=settings)
    engine = SparkEngine(spark, folder / "lake")
    yield engine
    engine.close()
    spark.stop()


@pytest.fixture(params=["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn, for what every engine must do."""
    found: Engine = request.getfixturevalue(f"{request.param}_engine")
    return found
