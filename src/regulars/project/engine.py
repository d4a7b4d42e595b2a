"""From `[engine]` to an open engine; what is not installed is named with the command that installs it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from regulars.engines.protocol import Engine
from regulars.kernel.errors import MissingExtraError
from regulars.project.config import Config

__all__ = ["open_engine"]


def open_engine(config: Config) -> Engine:
    """The engine that the configuration names.

    Raises:
        MissingExtraError: its driver is not installed.
    """
    settings = config.section("engine")
    return {"duckdb": _duckdb, "spark": _spark}[settings["kind"]](config, settings)


def _duckdb(config: Config, settings: dict[str, Any]) -> Engine:
    module = import_module("regulars.engines.duckdb")
    path = config.root / settings["path"]
    engine: Engine = module.DuckDBEngine(
        path,
        staging=config.root / ".regulars" / "staging",
        memory=settings["memory"],
        threads=settings["threads"],
    )
    return engine


def _spark(config: Config, settings: dict[str, Any]) -> Engine:
    try:
        module = import_module("regulars.engines.spark")
    except ModuleNotFoundError as problem:
        raise MissingExtraError(
            "The engine spark is not installed.", fix="Install it: pip install 'regulars[spark]' (it needs Java 17)."
        ) from problem
    address = settings.get("remote") or settings["master"]
    further = config.values.get("engine", {}).get("settings", {})
    spark = module.session(address, partitions=settings["partitions"], settings=further)
    engine: Engine = module.SparkEngine(spark, Path(config.root / settings["warehouse"]))
    return engine
