"""The engine for when one machine is outgrown: Spark over a lake of Parquet folders, made visible by one manifest."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.pyspark.datatypes import PySparkSchema
from ibis.formats.pyarrow import PyArrowData
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 - the name that every Spark reader knows

from regulars.engines.protocol import Capability
from regulars.kernel.errors import EngineError

__all__ = ["SparkEngine", "session"]

_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "false",
    "spark.sql.legacy.parquet.nanosAsLong": "true",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.sources.commitProtocolClass": (
        "org.apache.spark.sql.execution.datasources.SQLHadoopMapReduceCommitProtocol"
    ),
    "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "1000",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}


_SMALL = 1000  # rows; a larger answer is fetched again when it is asked for again


def session(address: str, *, partitions: int = 8, settings: Mapping[str, str] | None = None) -> SparkSession:
    """A Spark session on `spark://host:7077`, `local[2]`, or (Spark Connect) `sc://host:15002`.

    Args:
        address: the master or the remote.
        partitions: shuffle partitions; about twice the number of cores.
        settings: further Spark settings, as text.

    Raises:
        EngineError: nobody answers there.
    """
    builder = SparkSession.builder.appName("regulars").config("spark.sql.shuffle.partitions", str(partitions))
    builder = builder.remote(address) if address.startswith("sc://") else builder.master(address)
    for key, value in {**_SETTINGS, **(settings or {})}.items():
        builder = builder.config(key, value)
    try:
        return builder.getOrCreate()
    except Exception as problem:  # Spark raises whatever its gateway met; this is the boundary
        raise EngineError(
            f"No Spark session at {address}: {problem}",
            fix="Check [engine] master or remote, and that Java 17 is there.",
        ) from problem


@dataclass
class _Manifest:
    """Which folders are visible, for each table; replaced whole by one rename."""

    version: int = 0
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> _Manifest:
        if not path.exists():
            return cls()
        saved = json.loads(path.read_text())
        return cls(saved["version"], saved["tables"])

    def write(self, path: Path) -> None:
        part = path.with_suffix(".part")
        with part.open("w") as out:
            json.dump({"version": self.version, "tables": self.tables}, out, indent=1)
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    def copy(self) -> _Manifest:
        return _Manifest(self.version, json.loads(json.dumps(self.tables)))


class SparkEngine:
    """An `Engine` over a lake folder that all workers reach.

    Args:
        spark: a session; `session()` makes one. It is left running by `close` (its owner stops it).
        lake: folder for the tables and the manifest.
    """

    API: ClassVar[int] = 1
    name = "spark"
    capabilities = frozenset({Capability.TRANSACTIONS, Capability.SHARED_WORKERS})

    def __init__(self, spark: SparkSession, lake: Path) -> None:
        self._spark, self._lake, self._numbers = spark, lake.resolve(), count(1)
        self._staging = self._lake / "staging"
        self._staging.mkdir(parents=True, exist_ok=True)
        self._pointer = self._lake / "manifest.json"
        self._manifest = _Manifest.read(self._pointer)
        self._con = ibis.pyspark.connect(spark)
        self._temporary: list[Path] = []
        self._views: dict[str, ir.Table] = {}
        self._answers: dict[str, pa.Table] = {}

    def tables(self) -> list[str]:
        """Names of the stored tables."""
        return sorted(self._manifest.tables)

    def table(self, name: str) -> ir.Table:
        """The visible rows of a table."""
        if name not in self._views:
            self._views[name] = self._view(self.frame(name), name.replace(".", "_"))
        return self._views[name]

    def frame(self, name: str) -> DataFrame:
        """The same as a Spark data frame: the manifest's folders under the manifest's schema."""
        entry = self._manifest.tables[name]
        schema = PySparkSchema.from_ibis(ibis.schema(entry["schema"]))
        if not entry["folders"]:
            return self._spark.createDataFrame([], schema)
        return self._spark.read.schema(schema).parquet(*[str(self._lake / each) for each in entry["folders"]])

    def create(self, name: str, schema: Mapping[str, str]) -> None:
        """Make the table, or add the columns that it lacks."""
        draft = self._manifest.copy()
        entry = draft.tables.setdefault(name, {"schema": {}, "folders": []})
        entry["schema"] = {**entry["schema"], **{k: v for k, v in schema.items() if k not in entry["schema"]}}
        self._manifest = draft
        self._views.pop(name, None)

    def settle(self) -> None:
        """Write the manifest."""
        self._publish(self._manifest.copy())

    def query(self, select: str) -> ir.Table:
        """What a select gives, over the session's catalogs and our own tables' folders."""
        try:
            return self._view(self._spark.sql(select), "query")
        except PySparkException as problem:
            raise EngineError(str(problem).splitlines()[0]) from problem

    def parquet(self, paths: Sequence[Path]) -> ir.Table:
        """Staged Parquet files as one table."""
        return self._view(self._spark.read.parquet(*[str(path.resolve()) for path in paths]), "parquet")

    def bring(self, rows: pa.Table) -> ir.Table:
        """Local rows, staged as Parquet and read from there."""
        path, plain = self._temporary_path("bring"), _typed(rows)
        pq.write_table(plain, path, coerce_timestamps="us", allow_truncated_timestamps=True)
        schema = PySparkSchema.from_ibis(ibis.Schema.from_pyarrow(plain.schema))
        return self._view(self._spark.read.schema(schema).parquet(str(path)), "bring")

    def keep(self, rows: ir.Table) -> ir.Table:
        """Run into a staged folder and read from there."""
        path, frame = self._temporary_path("keep"), self._run(rows)
        frame.write.mode("overwrite").parquet(str(path))
        return self._view(self._spark.read.schema(frame.schema).parquet(str(path)), "keep")

    def tidy(self) -> None:
        """Remove what `keep` and `bring` staged."""
        self._answers.clear()
        while self._temporary:
            path = self._temporary.pop()
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)

    def arrow(self, rows: ir.Table) -> pa.Table:
        """Run and fetch the whole answer; a small one is remembered until the next commit."""
        question = self._con.compile(rows)
        if question not in self._answers:
            answer = PyArrowData.convert_table(self._spark.sql(question).toArrow(), rows.schema())
            if answer.num_rows > _SMALL:
                return answer
            self._answers[question] = answer
        return self._answers[question]

    def batches(self, rows: ir.Table) -> Iterator[pa.RecordBatch]:
        """Run and fetch; Spark hands over the whole answer, the pieces are ours."""
        yield from self.arrow(rows).to_batches()

    def write(self, rows: ir.Table, path: Path) -> None:
        """Run into a staged folder, whose files become one: no more than a batch is held here."""
        folder = self._temporary_path("write")
        self._run(rows).write.mode("overwrite").parquet(str(folder))
        schema = rows.schema().to_pyarrow()
        with pq.ParquetWriter(path, schema) as out:
            for part in sorted(folder.glob("*.parquet")):
                for batch in pq.ParquetFile(part).iter_batches():
                    out.write_batch(batch.cast(schema))

    @contextmanager
    def transaction(self) -> Iterator[_SparkTransaction]:
        """Write folders; they become visible when the manifest is renamed, together or not at all."""
        work = _SparkTransaction(self, self._manifest.copy())
        try:
            yield work
            self._publish(work.draft)
        except BaseException:
            work.discard()
            raise

    def _publish(self, draft: _Manifest) -> None:
        draft.version += 1
        draft.write(self._pointer)
        self._manifest = draft
        self._views.clear()
        self._answers.clear()

    def rewrite(self, tables: Mapping[str, ir.Table]) -> None:
        """Write the tables anew, then remove every folder that the manifest does not name."""
        with self.transaction() as work:
            for name, rows in tables.items():
                work.replace(name, rows)
        self.tidy()
        visible = {each for entry in self._manifest.tables.values() for each in entry["folders"]}
        for folder in self._lake.glob("*/*"):
            if folder.is_dir() and f"{folder.parent.name}/{folder.name}" not in visible:
                shutil.rmtree(folder, ignore_errors=True)

    def snapshot(self) -> str:
        """The manifest's version."""
        return str(self._manifest.version)

    def close(self) -> None:
        """Remove staged files; the session belongs to its maker."""
        self.tidy()

    def _run(self, rows: ir.Table) -> DataFrame:
        return self._spark.sql(self._con.compile(rows))

    def _view(self, frame: DataFrame, what: str) -> ir.Table:
        name = f"{what}_{self.new_name()}"
        frame.createOrReplaceTempView(name)
        return self._con.table(name)

    def new_name(self) -> str:
        """A name that no folder or view has: of this process, at this version, never given before."""
        return f"{self._manifest.version}_{os.getpid()}_{next(self._numbers)}"

    def _temporary_path(self, what: str) -> Path:
        path = self._staging / f"{what}_{self.new_name()}"
        self._temporary.append(path)
        return path


class _SparkTransaction:
    def __init__(self, engine: SparkEngine, draft: _Manifest) -> None:
        self._engine, self.draft = engine, draft
        self._written: list[Path] = []

    def append(self, table: str, rows: ir.Table) -> int:
        """A new folder with the rows, under the table's types."""
        schema = self.draft.tables[table]["schema"]
        there = set(rows.columns)
        aligned = {name: (rows[name] if name in there else ibis.null()).cast(dtype) for name, dtype in schema.items()}
        return self._add(table, self._engine._run(rows.select(**aligned)))

    def replace(self, table: str, rows: ir.Table) -> int:
        """One new folder instead of all that the table had."""
        self.draft.tables[table]["folders"] = []
        return self.append(table, rows)

    def end(self, table: str, match: ir.Table, on: Sequence[str]) -> int:
        """Rewrite the folders that hold a row to close; the old folders stay for whoever still reads them."""
        folders = self.draft.tables[table]["folders"]
        if not folders:
            return 0
        hit = dict(self._marked(table, match, on=on).filter("_closing").groupBy("_folder").count().collect())
        if hit:
            touched = self._marked(table, match, on=on, folders=sorted(hit))
            until = F.when(F.col("_closing"), F.col("_until")).otherwise(F.col("known_until"))
            self.draft.tables[table]["folders"] = [each for each in folders if each not in hit]
            self._add(table, touched.withColumn("known_until", until).drop("_closing", "_folder", "_until"))
        return sum(hit.values())

    def _marked(
        self, table: str, match: ir.Table, *, on: Sequence[str], folders: Sequence[str] | None = None
    ) -> DataFrame:
        entry = self.draft.tables[table]
        schema = PySparkSchema.from_ibis(ibis.schema(entry["schema"]))
        paths = [str(self._engine._lake / each) for each in folders or entry["folders"]]
        rows = self._engine._spark.read.schema(schema).parquet(*paths)
        # .../lake/TABLE/FOLDER/part-0.parquet -> TABLE/FOLDER
        rows = rows.withColumn("_folder", F.regexp_extract(F.col("_metadata.file_path"), r"([^/]+/[^/]+)/[^/]+$", 1))
        keys = self._engine._run(match.select(*on, "known_until").distinct())
        keys = keys.toDF(*[f"_m_{i}" for i in range(len(on))], "_until")
        same = F.lit(True)
        for position, name in enumerate(on):
            same = same & rows[name].eqNullSafe(keys[f"_m_{position}"])
        joined = rows.join(keys, same, "left").drop(*[f"_m_{i}" for i in range(len(on))])
        closing = F.col("_until").isNotNull() & F.col("known_until").isNull()
        return joined.withColumn("_closing", closing)

    def _add(self, table: str, frame: DataFrame) -> int:
        folder = f"{table}/{self._engine.new_name()}"
        path = self._engine._lake / folder
        self._written.append(path)
        # Nobody sees a folder of this version yet: what has the name is left from a process that died under the same number.
        frame.write.mode("overwrite").parquet(str(path))
        rows: int = sum(pq.read_metadata(part).num_rows for part in path.glob("*.parquet"))
        if rows:
            self.draft.tables[table]["folders"].append(folder)
        return rows

    def discard(self) -> None:
        """Remove the folders that nobody will see."""
        for path in self._written:
            shutil.rmtree(path, ignore_errors=True)


def _typed(rows: pa.Table) -> pa.Table:
    """Spark reads neither null columns nor zoned or large types as we mean them: make them plain."""
    fields = [pa.field(each.name, _plain(each.type)) for each in rows.schema]
    return rows.cast(pa.schema(fields))


def _plain(dtype: pa.DataType) -> pa.DataType:
    if pa.types.is_null(dtype) or pa.types.is_large_string(dtype):
        return pa.string()
    if pa.types.is_timestamp(dtype):
        return pa.timestamp("us")
    return pa.int64() if pa.types.is_unsigned_integer(dtype) else dtype
