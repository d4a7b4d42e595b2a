"""Which databases can be read, by the scheme of their url; each is imported when it is first needed."""

from __future__ import annotations

from importlib import import_module

from regulars.capture.sources.databases.address import Address
from regulars.capture.sources.databases.database import Database
from regulars.capture.sources.databases.grammar import Way

__all__ = ["open_database"]

_MODULES = {
    "postgresql": "postgres",
    "mysql": "mysql",
    "mssql": "sqlserver",
    "oracle": "oracle",
    "sqlite": "sqlite",
    "duckdb": "duckdb",
}


def open_database(address: Address, way: Way, *, place: str) -> Database:
    """Connect, and begin the one transaction in which everything is read.

    Raises:
        DataError: nobody answers, we are not let in, or there is no such database.
        MissingExtraError: its driver is not installed.
    """
    module = import_module(f"regulars.capture.sources.databases.{_MODULES[address.scheme]}")
    line, grammar = module.connect(address, way)
    return Database(address, line, grammar=grammar, place=place)
