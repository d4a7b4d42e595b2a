"""What the parent asks of the parsing child, and what comes back: plain values that travel as one JSON line each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from regulars.capture.dialect import Dialect
from regulars.capture.mapping import TableMapping

__all__ = ["SPILL", "Landed", "Limits", "ParseJob", "Parsed"]

SPILL = "spill"  # the folder beside the jobs' own ones for what does not fit in memory


@dataclass(frozen=True, slots=True)
class Landed:
    """A landed object: its path (zstd when it ends in .zst) and the original file name, which decides the format.

    `erased` are the first and last numbers of records that were blanked: they count as skipped.
    """

    raw: str
    name: str
    erased: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost; sizes in bytes."""

    line: int = 16_000_000
    ratio: float = 100.0  # unpacked to packed, judged above `ratio_from` unpacked bytes
    ratio_from: int = 100_000_000
    unpacked: int = 64_000_000_000
    members: int = 10_000  # of an archive
    depth: int = 3  # archives within archives
    memory: str = "1GB"
    threads: int = 2
    seconds: float = 3600.0
    reject_share: float = 0.01
    reject_rows: int = 20


@dataclass(frozen=True, slots=True)
class ParseJob:
    """One landed file to be typed.

    `joins` has one tuple of landed files for each join of the mapping. `out` is an existing folder of its own for the
    results. `release` lets a file pass that was held: rows that do not fit are set aside instead. `proved` is what earlier
    files of the source proved about its locale: key -> {value, file}. Events cannot lie after `now` (UTC, ISO 8601) by
    more than a day, nor before the day `founded`.
    """

    raw: str
    name: str
    dialect: Dialect
    mapping: TableMapping
    out: str
    business_timezone: str = "UTC"
    joins: tuple[tuple[Landed, ...], ...] = ()
    erased: tuple[tuple[int, int], ...] = ()
    whole_addresses: bool = False
    limits: Limits = field(default_factory=Limits)
    release: bool = False
    proved: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    now: str | None = None
    founded: str | None = None
    failpoint: str | None = None
    slow: bool = False  # read records in Python even where DuckDB could

    @property
    def folder(self) -> Path:
        """`out` as a path."""
        return Path(self.out)

    def to_json(self) -> dict[str, object]:
        """One JSON-able object."""
        plain = asdict(self)
        return plain | {"dialect": self.dialect.to_json(), "mapping": self.mapping.to_json()}

    @classmethod
    def from_json(cls, plain: Mapping[str, object]) -> ParseJob:
        """The reverse of `to_json`.

        >>> job = ParseJob("a.zst", "a.csv", Dialect(), TableMapping("s", "store", "a.csv"), "out")
        >>> ParseJob.from_json(job.to_json()) == job
        True
        """
        values = dict(plain)
        values["dialect"] = Dialect.from_json(values["dialect"])  # type: ignore[arg-type]
        values["mapping"] = TableMapping.from_json(values["mapping"])  # type: ignore[arg-type]
        values["limits"] = Limits(**values["limits"])  # type: ignore[arg-type]
        joins: list[list[dict[str, Any]]] = values["joins"]  # type: ignore[assignment]
        values["joins"] = tuple(tuple(_landed(each) for each in group) for group in joins)
        values["erased"] = _ranges(values.get("erased", ()))
        return cls(**values)  # type: ignore[arg-type]


def _landed(plain: Mapping[str, Any]) -> Landed:
    return Landed(plain["raw"], plain["name"], _ranges(plain.get("erased", ())))


def _ranges(plain: Any) -> tuple[tuple[int, int], ...]:
    return tuple((int(first), int(last)) for first, last in plain)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A typed file: `read = loaded + skipped + quarantined`, where `loaded` counts the rows in `rows`.

    Attributes:
        rows: typed Parquet, None when the file is held.
        rejects: Parquet (record, line, column, reason, raw), None when there are none.
        changes: Parquet (record, column, raw, reason, key) of descriptive values set to null, None when there are none.
        held: why nothing may be loaded and what to declare, or None.
        notes: what else to tell the user.
        columns: the raw columns that the file has.
        adopted: what the file proved about its locale and nobody declared: key -> {value, file, why}.
    """

    rows: str | None
    rejects: str | None
    changes: str | None
    read: int
    loaded: int
    skipped: int
    quarantined: int
    held: str | None = None
    notes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    adopted: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """One JSON-able object."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping[str, object]) -> Parsed:
        """The reverse of `to_json`."""
        values = dict(plain)
        values["notes"] = tuple(values["notes"])  # type: ignore[arg-type]
        values["columns"] = tuple(values["columns"])  # type: ignore[arg-type]
        return cls(**values)  # type: ignore[arg-type]
