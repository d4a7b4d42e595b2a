"""One landed file from raw bytes to typed rows: staged, proved, judged, written, and accounted for to the last record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from regulars.capture.aside import CHANGES, REJECTS, Pile
from regulars.capture.job import Landed, Parsed, ParseJob
from regulars.capture.layers import Layers, Side, Staged, layers_of
from regulars.capture.needs import chosen, raw_names, specs_for
from regulars.capture.proof import doubts_of
from regulars.capture.sheet import Sheet, Stage
from regulars.capture.sheets import sheet_of, sheet_of_all
from regulars.capture.sql import text
from regulars.capture.survey import Survey, survey_of
from regulars.capture.trace import lines_of, traced
from regulars.capture.typed import Typing, Zones, version_feed
from regulars.contracts.catalog import CONTRACTS
from regulars.contracts.model import Contract
from regulars.engines.scratch import Scratch

__all__ = ["parse_file"]


@dataclass(frozen=True, slots=True)
class _File:
    job: ParseJob
    contract: Contract
    sheet: Sheet
    layers: Layers
    aside: Pile


def parse_file(job: ParseJob, db: Scratch) -> Parsed:
    """Type one landed file.

    Raises:
        DataError: the file as a whole cannot be read, or lacks a column that the mapping uses.
    """
    aside = Pile(job.folder / "rejects.parquet", REJECTS)
    file = _staged(job, db, aside=aside)
    version = version_feed(file.layers) if job.mapping.version else None
    survey = survey_of(db, file.layers, version=version)
    held = None if job.release else _doubtful(file, db, survey=survey)
    return _held(file, held) if held else _typed(file, db, survey=survey)


def _staged(job: ParseJob, db: Scratch, *, aside: Pile) -> _File:
    contract, mapping = CONTRACTS[job.mapping.contract], job.mapping
    stage = Stage(db, job.folder, job.dialect, job.limits, aside, job.slow)
    sides = _sides(job, stage, contract=contract)
    joined = {raw for side in sides for raw in side.sheet.names}
    wanted = raw_names(mapping, contract, present=contract.names)
    landed = Landed(job.raw, job.name)
    sheet = sheet_of(
        stage,
        landed,
        wanted=wanted,
        choose=lambda header: chosen(mapping, contract, header=header, joined=joined, file=job.name),
    )
    specs = specs_for(mapping, contract, present={*sheet.names, *joined})
    layers = layers_of(mapping, contract, specs=specs, staged=Staged(sheet, tuple(sides), job.dialect, db))
    return _File(job, contract, sheet, layers, aside)


def _sides(job: ParseJob, stage: Stage, *, contract: Contract) -> list[Side]:
    wanted = raw_names(job.mapping, contract, present=contract.names)
    sides: list[Side] = []
    for number, (join, files) in enumerate(zip(job.mapping.joins, job.joins, strict=True)):
        folder = stage.folder / f"join{number}"
        folder.mkdir(exist_ok=True)
        own = replace(stage, folder=folder, aside=Pile(folder / "rejects.parquet", REJECTS))
        sides.append(Side(sheet_of_all(own, files, wanted=wanted, on=join.on), join))
    return sides


def _doubtful(file: _File, db: Scratch, *, survey: Survey) -> str | None:
    everything = list(survey.seen.values())
    # One system wrote the file: a column that shows a decimal point decides for the columns that only could.
    pointed = any(each.pointed for each in everything)
    doubtful = [each for each in everything if each.odd or (each.doubtful and not pointed)]
    doubts = doubts_of(db, file.layers.ctes, seen=doubtful, pointed=pointed)
    if not doubts:
        return None
    return " ".join(each.says(lambda records: lines_of(file.sheet, db, wanted=records)) for each in doubts)


def _held(file: _File, why: str, *, notes: Sequence[str] = ()) -> Parsed:
    file.aside.close()
    said = (*file.sheet.notes, *notes)
    return Parsed(None, None, None, 0, 0, 0, 0, held=why, notes=said, columns=file.sheet.names)


def _typed(file: _File, db: Scratch, *, survey: Survey) -> Parsed:
    job, aside = file.job, file.aside
    zones = Zones(job.dialect.timezone, job.business_timezone)
    typing = Typing(db, file.layers, survey=survey, contract=file.contract, zones=zones)
    broken = aside.count
    for row in traced(file.sheet, db, rejects=typing.rejects()):
        aside.add(*row)
    read, rejected = survey.total + broken, aside.count
    if not job.release and rejected > job.limits.reject_rows and rejected > read * job.limits.reject_share:
        return _tripped(file, rejected, read=read, db=db)
    changes = Pile(job.folder / "changes.parquet", CHANGES)
    typing.changes(changes)
    rows = job.folder / "rows.parquet"
    refs = {column: job.mapping.refs.get(column, job.mapping.source) for column in file.contract.refs}
    typing.write(rows, refs, tax_included=job.mapping.tax == "included")
    return Parsed(
        rows=str(rows),
        rejects=aside.close(),
        changes=changes.close(),
        read=read,
        loaded=survey.kept - (rejected - broken),
        skipped=survey.total - survey.kept,
        quarantined=rejected,
        notes=(*file.sheet.notes, *_notes(changes)),
        columns=file.sheet.names,
    )


def _notes(changes: Pile) -> tuple[str, ...]:
    return (f"{changes.count} descriptive values could not be read and were set to null.",) if changes.count else ()


def _tripped(file: _File, rejected: int, *, read: int, db: Scratch) -> Parsed:
    path = Path(str(file.aside.close()))
    sql = (
        f"SELECT reason, count(*), min(line) FROM read_parquet({text(str(path))}) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5"
    )
    found = ", ".join(f"{count} {reason} (first in line {line})" for reason, count, line in db.rows(sql))
    why = f"{rejected} of {read} rows would be set aside: {found}. Correct the file or the mapping, or release it."
    return _held(file, why, notes=[f"{rejected} of {read} rows do not fit."])
