"""What the parent asks of the parsing child, and what comes back: plain values that travel as one JSON line each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from regulars.capture.dialect import Dialect
from regulars.capture.mapping import TableMapping

__all__ = ["Landed", "Limits", "ParseJob", "Parsed"]


@dataclass(frozen=True, slots=True)
class Landed:
    """A landed object: its path (zstd when it ends in .zst) and the original file name, which decides the format."""

    raw: str
    name: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost; sizes in bytes."""

    line: int = 16_000_000
    ratio: float = 100.0  # unpacked to packed, judged above `ratio_from` unpacked bytes
    ratio_from: int = 100_000_000
    memory: str = "1GB"
    threads: int = 2
    seconds: float = 3600.0
    reject_share: float = 0.01
    reject_rows: int = 20


@dataclass(frozen=True, slots=True)
class ParseJob:
    """One landed file to be typed.

    `joins` has one tuple of landed files for each join of the mapping. `out` is an existing folder of its own for the
    results. `release` lets a file pass that was held: rows that do not fit are set aside instead.
    """

    raw: str
    name: str
    dialect: Dialect
    mapping: TableMapping
    out: str
    business_timezone: str = "UTC"
    joins: tuple[tuple[Landed, ...], ...] = ()
    limits: Limits = field(default_factory=Limits)
    release: bool = False
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
        joins: list[list[dict[str, str]]] = values["joins"]  # type: ignore[assignment]
        values["joins"] = tuple(tuple(Landed(**each) for each in group) for group in joins)
        return cls(**values)  # type: ignore[arg-type]


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
