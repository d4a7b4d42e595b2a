"""One landed file from raw bytes to typed rows: staged, proved, judged, written, and accounted for to the last record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from regulars.capture.adopt import Adopted, adopted, contradicted
from regulars.capture.aside import CHANGES, REJECTS, Pile
from regulars.capture.dialect import Dialect
from regulars.capture.job import Landed, Parsed, ParseJob
from regulars.capture.layers import Layers, Side, Staged, layers_of
from regulars.capture.needs import chosen, raw_names, specs_for
from regulars.capture.proof import doubts_of
from regulars.capture.sheet import Sheet, Stage
from regulars.capture.sheets import sheet_of, sheet_of_all
from regulars.capture.sql import text
from regulars.capture.survey import Seen, Survey, survey_of
from regulars.capture.trace import lines_of, traced
from regulars.capture.typed import Typing, Zones, version_feed
from regulars.contracts.catalog import CONTRACTS
from regulars.contracts.model import Contract, Kind
from regulars.engines.scratch import Scratch

__all__ = ["parse_file"]

_GARBLED = (
    "\u00c3\u00a4",
    "\u00c3\u00b6",
    "\u00c3\u00bc",
    "\u00c3\u0178",
    "\u00c3\u00a9",
    "\u00c3\u00a8",
    "\u00e2\u20ac",
    "\ufffd",
)


@dataclass(frozen=True, slots=True)
class _File:
    job: ParseJob
    contract: Contract
    sheet: Sheet
    sides: tuple[Side, ...]
    db: Scratch
    aside: Pile

    def layers(self, dialect: Dialect) -> Layers:
        """The file's texts by contract column, to be read under a dialect."""
        mapping = self.job.mapping
        joined = {raw for side in self.sides for raw in side.sheet.names}
        specs = specs_for(mapping, self.contract, present={*self.sheet.names, *joined})
        return layers_of(mapping, self.contract, specs=specs, staged=Staged(self.sheet, self.sides, dialect, self.db))

    def survey(self, layers: Layers) -> Survey:
        """What all values look like."""
        return survey_of(self.db, layers, version=version_feed(layers) if self.job.mapping.version else None)

    def line(self, record: int) -> int:
        """The physical line of a record."""
        return lines_of(self.sheet, self.db, wanted=[record]).get(record, record)


@dataclass(frozen=True, slots=True)
class _Read:
    layers: Layers
    survey: Survey
    proved: Adopted


def parse_file(job: ParseJob, db: Scratch) -> Parsed:
    """Type one landed file.

    Raises:
        DataError: the file as a whole cannot be read, or lacks a column that the mapping uses.
    """
    file = _staged(job, db, aside=Pile(job.folder / "rejects.parquet", REJECTS))
    read = _read(file)
    held = _doubtful(file, read)
    return _held(file, held) if held else _typed(file, read)


def _staged(job: ParseJob, db: Scratch, *, aside: Pile) -> _File:
    contract, mapping = _contract(job), job.mapping
    stage = Stage(db, job.folder, job.dialect, job.limits, aside, job.slow)
    sides = _sides(job, stage, contract=contract)
    joined = {raw for side in sides for raw in side.sheet.names}
    wanted = raw_names(mapping, contract, present=contract.names)
    landed = Landed(job.raw, job.name, job.erased)
    sheet = sheet_of(
        replace(stage, header=mapping.header),
        landed,
        wanted=wanted,
        choose=lambda header: chosen(mapping, contract, header=header, joined=joined, file=job.name),
    )
    return _File(job, contract, sheet, tuple(sides), db, aside)


def _contract(job: ParseJob) -> Contract:
    contract = CONTRACTS[job.mapping.contract]
    if not job.whole_addresses:
        return contract
    return replace(contract, columns=tuple(replace(each, shortened=False) for each in contract.columns))


def _read(file: _File) -> _Read:
    dialect = file.job.dialect
    layers = file.layers(dialect)
    survey = file.survey(layers)
    if not _doubted(survey):
        return _Read(layers, survey, Adopted())
    feeds = [each for each in layers.read if not each.direct and each.dialect == dialect]
    proved = adopted(file.db, layers.ctes, feeds=feeds, dialect=dialect, where=file.line)
    if proved.values:
        layers = file.layers(proved.over(dialect))
        survey = file.survey(layers)
    return _Read(layers, survey, proved)


def _doubted(survey: Survey) -> list[Seen]:
    # One system wrote the file: a column that shows a decimal point decides for the columns that only could.
    pointed = any(each.pointed for each in survey.seen.values())
    return [each for each in survey.seen.values() if each.odd or (each.doubtful and not pointed)]


def _sides(job: ParseJob, stage: Stage, *, contract: Contract) -> list[Side]:
    wanted = raw_names(job.mapping, contract, present=contract.names)
    sides: list[Side] = []
    for number, (join, files) in enumerate(zip(job.mapping.joins, job.joins, strict=True)):
        folder = stage.folder / f"join{number}"
        folder.mkdir(exist_ok=True)
        own = replace(stage, folder=folder, aside=Pile(folder / "rejects.parquet", REJECTS))
        sides.append(Side(sheet_of_all(own, files, wanted=wanted, on=join.on), join))
    return sides


def _doubtful(file: _File, read: _Read) -> str | None:
    release = file.job.release
    against_all = [doubt for each in (file.sheet, *(side.sheet for side in file.sides)) for doubt in each.doubts]
    if against_all and not release:
        return " ".join(against_all)
    against = contradicted(read.proved, file.job.proved)
    if against and not release:
        return against
    pointed = any(each.pointed for each in read.survey.seen.values())
    doubts = doubts_of(file.db, read.layers.ctes, seen=_doubted(read.survey), pointed=pointed)
    # A person may let rows be set aside, but nobody lets the program guess.
    doubts = [each for each in doubts if each.guess or not release]
    if not doubts:
        return None
    said = " ".join(each.says(lambda records: lines_of(file.sheet, file.db, wanted=records)) for each in doubts)
    return said + "".join(f' Earlier files of this source proved {key} = "{each["value"]}" ({each["file"]}).'
                          for key, each in file.job.proved.items() if key not in read.proved.values)  # fmt: skip


def _held(file: _File, why: str, *, notes: Sequence[str] = ()) -> Parsed:
    file.aside.close()
    said = (*file.sheet.notes, *notes)
    return Parsed(None, None, None, 0, 0, 0, 0, held=why, notes=said, columns=file.sheet.names)


def _typed(file: _File, read: _Read) -> Parsed:
    job, aside, db, survey = file.job, file.aside, file.db, read.survey
    zones = Zones(job.dialect.timezone, job.business_timezone, now=job.now, founded=job.founded)
    typing = Typing(db, read.layers, survey=survey, contract=file.contract, zones=zones)
    broken = aside.count
    for row in traced(file.sheet, db, rejects=typing.rejects()):
        aside.add(*row)
    count, rejected = survey.total + broken, aside.count
    if not job.release and rejected > job.limits.reject_rows and rejected > count * job.limits.reject_share:
        return _tripped(file, rejected, read=count, notes=read.proved.notes())
    erased = sum(last - first + 1 for first, last in job.erased)
    changes = Pile(job.folder / "changes.parquet", CHANGES)
    typing.changes(changes)
    rows = job.folder / "rows.parquet"
    refs = {column: job.mapping.refs.get(column, job.mapping.source) for column in file.contract.refs}
    typing.write(rows, refs, tax_included=job.mapping.tax == "included")
    return Parsed(
        rows=str(rows),
        rejects=aside.close(),
        changes=changes.close(),
        read=count + erased,
        loaded=survey.kept - (rejected - broken),
        skipped=survey.total - survey.kept + erased,
        quarantined=rejected,
        notes=(*file.sheet.notes, *read.proved.notes(), *_garbled(file, read.layers), *_notes(changes)),
        columns=file.sheet.names,
        adopted=_told(read.proved, file=job.name),
    )


def _told(proved: Adopted, *, file: str) -> dict[str, dict[str, str]]:
    numbers = proved.why.get("decimal", "")
    return {
        key: {"value": value, "file": file, "why": proved.why.get(key, numbers)} for key, value in proved.values.items()
    }


def _garbled(file: _File, layers: Layers) -> tuple[str, ...]:
    """Texts that were encoded twice before they came: loaded as they are, and told."""
    texts = [each for each in layers.feeds if each.kind is Kind.TEXT and not each.coded and not each.direct]
    if not texts:
        return ()
    odd = " OR ".join(f"contains({each.raw}, {text(sign)})" for each in texts for sign in _GARBLED)
    count, record = file.db.one(
        f"WITH {layers.ctes} SELECT count(*), min(record) FROM fed WHERE keep AND coalesce({odd}, false)"
    )
    if not count:
        return ()
    where = f"first in line {file.line(record)}"
    said = f"{count} rows have texts that look encoded twice, {where}: loaded as they are; export them as UTF-8 once."
    return (said,)


def _notes(changes: Pile) -> tuple[str, ...]:
    return (f"{changes.count} descriptive values could not be read and were set to null.",) if changes.count else ()


def _tripped(file: _File, rejected: int, *, read: int, notes: Sequence[str]) -> Parsed:
    path = Path(str(file.aside.close()))
    sql = (
        f"SELECT reason, count(*), min(line) FROM read_parquet({text(str(path))}) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5"
    )
    found = ", ".join(f"{count} {reason} (first in line {line})" for reason, count, line in file.db.rows(sql))
    why = f"{rejected} of {read} rows would be set aside: {found}. Correct the file or the mapping, or release it."
    return _held(file, why, notes=[*notes, f"{rejected} of {read} rows do not fit."])
