"""Projects over a database: a regulars.toml, a clock that can be moved, captures, and the rows that came of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ibis

from regulars.project.project import Outside, Project
from regulars.project.steps.capture import capture

SRC = str(Path(__file__).resolve().parents[3] / "src")
NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
HEAD = '[project]\nname = "shop"\ntimezone = "Europe/Berlin"\n'
OWN = {"source", "batch", "record", "known_from", "known_until", "content"}


class Shop:
    """A project folder; `url` is what the environment holds as DB_URL."""

    def __init__(self, root: Path, *, url: str = "") -> None:
        self.root, self.now = root, NOW
        self.environ = {**os.environ, "PYTHONPATH": SRC, "DB_URL": url}
        root.mkdir(parents=True, exist_ok=True)

    def says(self, *tables: str, **section: str) -> Shop:
        """Write regulars.toml with one source `db`: the texts of its tables and further keys of its section."""
        given = {"kind": '"sql"', "url": '"${DB_URL}"'} | section
        keys = "\n".join(f"{key} = {value}" for key, value in given.items() if value)
        parts = "\n".join(f"[[sources.db.tables]]\n{each}" for each in tables)
        (self.root / "regulars.toml").write_text(f"{HEAD}[sources.db]\n{keys}\n{parts}\n", encoding="utf-8")
        return self

    @contextmanager
    def project(self) -> Iterator[Project]:
        """The open project."""
        project = Project(self.root, Outside(self.environ, lambda: self.now), verb="test")
        try:
            yield project
        finally:
            project.close()

    def capture(self) -> list[dict[str, Any]]:
        """Capture everything; gives the batches that are new."""
        with self.project() as project:
            return [each for each in capture(project)["batches"] if each["new"]]

    def rows(self, name: str, *, order: str = "record", all_columns: bool = False) -> list[dict[str, Any]]:
        """The open rows of a table, business columns only."""
        with self.project() as project:
            rows = project.warehouse.table(name).filter(ibis._.known_until.isnull())
            found = project.engine.arrow(rows.order_by(order)).to_pylist()
        return found if all_columns else [{key: row[key] for key in row if key not in OWN} for row in found]
