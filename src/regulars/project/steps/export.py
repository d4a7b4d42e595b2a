"""`export`: everything about one person in one folder or zip: what was given, what was observed, what was inferred and why."""

from __future__ import annotations

import csv
import json
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from regulars.activate.sinks.files import safe_text
from regulars.capture.line import locate_many
from regulars.contracts.model import SYSTEM_COLUMNS
from regulars.kernel.errors import DataError, UsageError
from regulars.project.erase_files import records_of
from regulars.project.feeds import feeds
from regulars.project.person_rows import TABLES, theirs
from regulars.project.project import Project
from regulars.project.subject import subject_named

__all__ = ["export"]

# What the person gave us, and what we saw of them: this is what the right to take data along is about. All else is inferred.
_PROVIDED = frozenset({"customer", "prospect", "consent", "survey", "contact", "case", "subscription"})
_INFERRED = frozenset({"score", "segment", "decision", "treatment", "golden_customer"})
_HIDDEN = frozenset({*SYSTEM_COLUMNS, "content", "version"}) - {"source", "batch", "record"}
_PARTS = {
    "provided": "What you gave, and what you said.",
    "observed": "What was recorded when you bought, visited or were written to.",
    "inferred": "What was computed about you, with the logic behind it in models.json. It is no part of data portability.",
    "raw": "The records as they were delivered, each with its file and line; rows that were set aside too.",
}


@dataclass(frozen=True, slots=True)
class _Person:
    key: str
    folder: Path
    counts: dict[str, int]


def export(project: Project, who: str, *, out: str | None = None) -> dict[str, Any]:
    """Write everything about one person.

    Args:
        who: a customer_key, `source:id`, an e-mail address or a phone number.
        out: a folder that is not there yet, or a file that ends with .zip; default: exports/KEY in the project.

    Returns:
        path, customer_key, and rows by part and table.

    Raises:
        NotFoundError: nobody is named so.
        UsageError: several customers are; or the folder is there already.
    """
    traces = subject_named(project, who)
    key = next(iter(sorted(traces.keys)), who)
    path = Path(out) if out else project.root / "exports" / key.replace(":", "-")
    folder = path.with_suffix(".part") if path.suffix == ".zip" else path
    if out is None:
        shutil.rmtree(path, ignore_errors=True)
    if path.exists() or (folder.exists() and folder != path):
        raise UsageError(f"{path} is there already.", fix="Name another one, or remove it.")
    person = _Person(key, folder, {})
    for name, rows in _rows(project, traces):
        _write(person, _part(name), name=name, rows=rows)
    _write(person, "raw", name="landed", rows=_landed(project, traces))
    models = _models(project, traces)
    _tell(person, "models.json", body=models)
    _tell(person, "about.json", body=_about(project, person))
    if path.suffix == ".zip":
        _zip(folder, path)
    return {"path": path, "customer_key": key, "counts": person.counts}


def _part(name: str) -> str:
    if name in ("quarantine", "value_change"):
        return "raw"
    contract = TABLES.get(name)
    if name in _INFERRED or contract is None or not contract.captured:
        return "inferred"
    return "provided" if name in _PROVIDED else "observed"


def _rows(project: Project, traces: Any) -> Iterator[tuple[str, pa.Table]]:
    """All rows, closed ones included: an address that was replaced is still about the person."""
    places = [(batch, record, record) for batch, record in records_of(project, traces)]
    for name in project.engine.tables():
        rows = project.engine.table(name)
        there = project.engine.arrow(rows.filter(theirs(name, rows, traces=traces, records=places)))
        if there.num_rows:
            yield name, there


def _landed(project: Project, traces: Any) -> pa.Table:
    found: list[dict[str, Any]] = []
    wanted: dict[str, list[int]] = {}
    for batch, record in records_of(project, traces):
        wanted.setdefault(batch, []).append(record)
    for batch, records in sorted(wanted.items()):
        receipt = project.book.receipt(batch)
        if receipt:
            found += _lines(project, receipt, records=records)
    return pa.Table.from_pylist(found)


def _lines(project: Project, receipt: Any, *, records: list[int]) -> list[dict[str, Any]]:
    dialects = {(each.mapping.source, each.place): each.dialect for each in feeds(project)}
    dialect = dialects.get((receipt.source, receipt.mapping))
    if dialect is None:
        return []
    try:
        path = project.landing.find(receipt.sha256)
        told = locate_many(path, receipt.file, dialect=dialect, records=records)
    except DataError:
        return []
    base = {"source": receipt.source, "contract": receipt.contract, "file": receipt.file}
    return [{**base, "record": record, "line": line, "raw": raw} for record, (line, raw) in sorted(told.items())]


def _write(person: _Person, part: str, *, name: str, rows: pa.Table) -> None:
    if not rows.num_rows:
        return
    folder = person.folder / part
    folder.mkdir(parents=True, exist_ok=True)
    kept = rows.drop_columns([each for each in rows.column_names if each in _HIDDEN and part != "raw"])
    kept = kept.drop_columns([each for each in kept.column_names if kept[each].null_count == kept.num_rows])
    text = ",\n".join(json.dumps(row, default=_plain, ensure_ascii=False) for row in kept.to_pylist())
    (folder / f"{name}.json").write_text(f"[\n{text}\n]\n", encoding="utf-8")
    _write_csv(folder / f"{name}.csv", kept)
    person.counts[f"{part}/{name}"] = kept.num_rows


def _write_csv(path: Path, rows: pa.Table) -> None:
    for at, column in enumerate(rows.schema):
        if pa.types.is_string(column.type):
            rows = rows.set_column(at, column.name, safe_text(rows[column.name]))
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(rows.column_names)
        writer.writerows(row.values() for row in rows.to_pylist())


def _models(project: Project, traces: Any) -> list[dict[str, Any]]:
    """The logic behind each score: the question, what it looks at, how well it is proved."""
    score = project.warehouse.table("score")
    mine = score.filter(score.subject_id.isin(sorted(traces.keys) or [""]))
    versions = project.engine.arrow(mine.select("model_version").distinct())["model_version"].to_pylist()
    card = project.warehouse.table("card")
    rows = project.engine.arrow(card.select("analysis", "model_version", "as_of", "passed", "why", "body")).to_pylist()
    return [{**row, "body": json.loads(row["body"])} for row in rows if row["model_version"] in versions]


def _about(project: Project, person: _Person) -> dict[str, Any]:
    sources = {name: each.get("kind", "files") for name, each in project.config.named("sources").items()}
    return {
        "customer_key": person.key,
        "project": project.config.section("project")["name"],
        "made_at": project.now.isoformat(),
        "parts": _PARTS,
        "sources": sources,
        "rows": person.counts,
    }


def _tell(person: _Person, name: str, *, body: Any) -> None:
    person.folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(body, indent=1, default=_plain, ensure_ascii=False)
    (person.folder / name).write_text(text, encoding="utf-8")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return dict(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _zip(folder: Path, path: Path) -> None:
    part = path.with_name(f".{path.name}.part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as out:
        for each in sorted(folder.rglob("*")):
            if each.is_file():
                out.write(each, each.relative_to(folder).as_posix())
    part.replace(path)
    shutil.rmtree(folder)
