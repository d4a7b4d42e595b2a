"""A bench for capture: bytes and a mapping in, the parsed file out, in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from regulars.capture.dialect import dialect_from_config
from regulars.capture.job import Landed, Parsed, ParseJob
from regulars.capture.mapping import mapping_from_config
from regulars.capture.worker import answer

LINES = {"contract": "order_line", "columns": {"order_id": "o", "ordered_at": "t", "net_amount": "n"}}


class Bench:
    """Types small files; each call has a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._count = folder, 0

    def parse(
        self, data: bytes | str, section: Mapping[str, Any] = LINES, *, dialect: Mapping[str, Any] | None = None,
        name: str = "a.csv", **more: Any,
    ) -> Parsed:  # fmt: skip
        """Type `data` under a mapping section and a dialect section."""
        job = self.job(data, section, dialect=dialect, name=name, **more)
        parsed = answer(job)
        if parsed.held is None:
            assert parsed.read == parsed.loaded + parsed.skipped + parsed.quarantined
            assert parsed.loaded == pq.read_metadata(parsed.rows).num_rows
            assert parsed.quarantined == len(rejects(parsed))
        return parsed

    def job(
        self, data: bytes | str, section: Mapping[str, Any] = LINES, *, dialect: Mapping[str, Any] | None = None,
        name: str = "a.csv", joins: Mapping[str, bytes | str] | None = None, **more: Any,
    ) -> ParseJob:  # fmt: skip
        """The job for `data`; `joins` are the files of the one join."""
        self._count += 1
        folder = self._folder / str(self._count)
        (folder / "out").mkdir(parents=True)
        sides = tuple(Landed(str(_put(folder, each, text)), each) for each, text in (joins or {}).items())
        return ParseJob(
            str(_put(folder, name, data)),
            name,
            dialect_from_config("till", dialect or {}),
            mapping_from_config("till", {"from": name, **section}),
            str(folder / "out"),
            joins=(sides,) if sides else (),
            **more,
        )


def _put(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def rows(parsed: Parsed) -> list[dict[str, Any]]:
    """The typed rows, by record."""
    assert parsed.rows, parsed.held
    return sorted(pq.read_table(parsed.rows).to_pylist(), key=lambda row: row["record"])


def rejects(parsed: Parsed) -> list[dict[str, Any]]:
    """The rows set aside, by record."""
    found = pq.read_table(parsed.rejects).to_pylist() if parsed.rejects else []
    return sorted(found, key=lambda row: row["record"])


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A bench in a fresh folder."""
    return Bench(tmp_path)


@pytest.fixture
def typed() -> Callable[[Parsed], list[dict[str, Any]]]:
    """Reads the typed rows of a parsed file."""
    return rows


@pytest.fixture
def aside() -> Callable[[Parsed], list[dict[str, Any]]]:
    """Reads the rows set aside."""
    return rejects
