"""Small ways into databases: read what a `from` names, and see what was written."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq

from regulars.capture.sheets import TYPED
from regulars.capture.sources.databases.address import address_of
from regulars.capture.sources.databases.cursor import Clock, overlap_of
from regulars.capture.sources.databases.database import Database, Since
from regulars.capture.sources.databases.grammar import Way
from regulars.capture.sources.databases.known import open_database

PLACE = "[sources.db]"


def opened(url: str, folder: Path, *, zone: str = "UTC") -> Database:
    """An open database; relative files lie in the folder."""
    spill = folder / "spill"
    spill.mkdir(exist_ok=True)
    return open_database(address_of(url, root=folder, place=PLACE), Way(zone, spill), place=PLACE)


def read(url: str, pattern: str, folder: Path, *, zone: str = "UTC", wanted: Collection[str] = ()) -> Path:
    """What a `from` names, as the Parquet file that would be landed."""
    database = opened(url, folder, zone=zone)
    path = folder / "read.parquet"
    try:
        database.read(pattern, path, wanted=wanted, since=None)
    finally:
        database.close()
    return path


def columns(path: Path) -> dict[str, list[str | None]]:
    """The texts of each column."""
    return pq.read_table(path).to_pydict()


def typed(path: Path) -> set[str]:
    """The columns that are marked as typed."""
    return set(json.loads(pq.read_metadata(path).metadata[TYPED.encode()]))


def since(
    column: str, mark: str | None, *, overlap: str | int | None = None, now: datetime, zone: str = "UTC"
) -> Since:
    """An incremental read."""
    return Since(column, mark, overlap_of(overlap, place=PLACE), Clock(now, zone))
