"""A person's records in files: what was landed, what still lies where it was delivered, and what was written out."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from regulars.capture.belongs import Belongs, Given, Role, roles_of
from regulars.capture.dialect import Dialect
from regulars.capture.intake import Feed
from regulars.capture.redact import erase, erase_file, found_in, reading_of
from regulars.capture.sought import Reading
from regulars.capture.unpack import format_of
from regulars.capture.workbook import split_sheet
from regulars.contracts.model import source_of
from regulars.govern.trace import KINDS, Known, Traces
from regulars.kernel.errors import DataError, RegularsError
from regulars.project.feeds import feeds, intake
from regulars.project.person_rows import theirs
from regulars.project.project import Project, home
from regulars.store.control import Receipt
from regulars.store.landing import Landed, Landing

__all__ = ["Found", "delivered", "erased_places", "landed_objects", "records_of", "shut_out", "written_out"]

_TEXTS = (".html", ".htm", ".md", ".txt", ".log", ".svg", ".xml", ".toml")
_SURE = 6  # a shorter text says nothing about who is meant
_OURS = ("landing", "published", ".regulars", "lake")


@dataclass(slots=True)
class Found:
    """What was erased, file by file, and what could not be looked into."""

    records: dict[str, int] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, count: int) -> None:
        """Count records of one file."""
        if count:
            self.records[name] = self.records.get(name, 0) + count


def landed_objects(project: Project, traces: Traces) -> Found:
    """Blank their records in every landed object, whether its rows were loaded, known already, skipped or set aside."""
    told, by_place = Found(), {(each.mapping.source, each.place): each for each in feeds(project)}
    uses: dict[str, list[tuple[Receipt, Feed]]] = {}
    for receipt in project.book.receipts():
        if feed := by_place.get((receipt.source, receipt.mapping)):
            uses.setdefault(receipt.sha256, []).append((receipt, feed))
    for landed in project.landing.objects():
        project.outside.progress(f"forget: {landed.path.name[:12]}", 0, 0)
        if landed.sha256 in uses:
            _one_object(project, landed, uses=uses[landed.sha256], traces=traces, told=told)
        else:
            _beside(project, landed, known=list(by_place.values()), traces=traces, told=told)
    return told


def _one_object(
    project: Project, landed: Landed, *, uses: Sequence[tuple[Receipt, Feed]], traces: Traces, told: Found
) -> None:
    for receipt, feed in uses:
        knows = Belongs(tuple(roles_of(feed.mapping)), traces, _loaded(project, receipt, traces=traces))
        reading = reading_of(feed.mapping, feed.dialect, folder=_work(project))
        try:
            found = erase(project.landing, landed.sha256, name=receipt.file, reading=reading, uses=[knows])
            told.add(f"landing: {receipt.source} {receipt.file}", len(found))
        except DataError as problem:
            told.left[f"landing: {receipt.source} {receipt.file}"] = problem.problem


def _loaded(project: Project, receipt: Receipt, *, traces: Traces) -> frozenset[int]:
    """Records whose rows are known to be theirs: ids that are made by an expression stand in no raw column."""
    rows = project.warehouse.history(receipt.contract)
    rows = rows.filter(rows.batch == receipt.batch)
    mine = rows.filter(theirs(receipt.contract, rows, traces=traces, records=()))
    return frozenset(project.engine.arrow(mine.select("record"))["record"].to_pylist())


def _beside(project: Project, landed: Landed, *, known: Sequence[Feed], traces: Traces, told: Found) -> None:
    """An object that no receipt names was joined to others: try it as each join's file."""
    for feed in known:
        for join in feed.mapping.joins:
            name = Path(join.from_).name.replace("*", "x")
            reading = reading_of(feed.mapping, feed.dialect, folder=_work(project))
            try:
                uses = [Belongs(tuple(roles_of(feed.mapping)), traces)]
                found = erase(project.landing, landed.sha256, name=name, reading=reading, uses=uses)
                told.add(f"landing: {feed.mapping.source} {join.from_}", len(found))
            except DataError:
                continue  # it was joined to another file


def shut_out(project: Project, known: Known) -> int:
    """Blank the records of whoever is known to be forgotten in every landed object; returns how many there were."""
    count, by_place = 0, {(each.mapping.source, each.place): each for each in feeds(project)}
    for receipt in project.book.receipts():
        if feed := by_place.get((receipt.source, receipt.mapping)):
            reading = reading_of(feed.mapping, feed.dialect, folder=_work(project))
            uses = [Belongs(tuple(roles_of(feed.mapping)), known)]
            try:
                count += len(erase(project.landing, receipt.sha256, name=receipt.file, reading=reading, uses=uses))
            except RegularsError:
                continue  # it was erased whole, or cannot be read and was never loaded
    return count


def _work(project: Project) -> Path:
    return home(project.root) / "staging" / "erase"


def delivered(project: Project, traces: Traces) -> Found:
    """Blank their records in files that still lie in the project where a source picks them up."""
    told = Found()
    for path, uses in _inputs(project).items():
        name = path.relative_to(project.root).as_posix()
        fresh = [(feed, offer) for feed, offer in uses if _unchanged(project, feed, offer=offer)]
        try:
            told.add(f"delivered: {name}", _in_place(project, path, uses=uses, traces=traces))
        except DataError as problem:
            told.left[f"delivered: {name}"] = problem.problem
        if f"delivered: {name}" in told.records:
            _seen_again(project, path, uses=fresh)
    return told


def _inputs(project: Project) -> dict[Path, list[tuple[Feed, Any]]]:
    found: dict[Path, list[tuple[Feed, Any]]] = {}
    with intake(project) as work:
        for feed in feeds(project):
            if feed.reader.kind == "files":
                for pattern in (feed.mapping.pattern, *(each.from_ for each in feed.mapping.joins)):
                    for offer in _offers(work, feed, pattern=pattern):
                        if path := _inside(project, offer.name):
                            found.setdefault(path, []).append((feed, offer))
    return found


def _offers(work: Any, feed: Feed, *, pattern: str) -> list[Any]:
    try:
        return list(feed.reader.offers(work.request(feed), pattern))
    except RegularsError:
        return []  # nothing is there, or the place cannot be reached: then it is not in this project


def _inside(project: Project, name: str) -> Path | None:
    path = (project.root / split_sheet(name)[0]).resolve()
    while not path.exists() and path != path.parent:
        path = path.parent  # a member of an archive
    return path if path.is_file() and path.is_relative_to(project.root) else None


def _unchanged(project: Project, feed: Feed, *, offer: Any) -> str | None:
    return project.book.files.unchanged(
        source=feed.mapping.source, mapping=feed.place, file=offer.name, size=offer.size, mtime=offer.mark
    )


def _in_place(project: Project, path: Path, *, uses: Sequence[tuple[Feed, Any]], traces: Traces) -> int:
    count = 0
    for feed, offer in {(id(feed), offer.name): (feed, offer) for feed, offer in uses}.values():
        knows = [Belongs(tuple(roles_of(feed.mapping)), traces)]
        reading = reading_of(feed.mapping, feed.dialect, folder=_work(project))
        if path.suffix.lower() == ".zip":
            count += _in_archive(path, reading=reading, uses=knows, landing=project.landing)
        else:
            count += erase_file(path, offer.name, reading=reading, uses=knows, landing=project.landing)
    return count


def _in_archive(path: Path, *, reading: Reading, uses: Sequence[Belongs], landing: Landing | None = None) -> int:
    folder = reading.folder / "archive"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    count, fresh = 0, folder / "new.zip"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as new:
        for number, member in enumerate(old.infolist()):
            place = folder / f"{number}{Path(member.filename).suffix}"
            with old.open(member) as inside, place.open("wb") as out:
                shutil.copyfileobj(inside, out)
            count += _member(place, member.filename, reading=reading, uses=uses, landing=landing)
            new.write(place, member.filename)
    if count:
        shutil.copymode(path, fresh)
        fresh.replace(path)
    shutil.rmtree(folder, ignore_errors=True)
    return count


def _member(place: Path, name: str, *, reading: Reading, uses: Sequence[Belongs], landing: Landing | None) -> int:
    try:
        return erase_file(place, name, reading=reading, uses=uses, landing=landing, drop=landing is None)
    except DataError:
        return 0  # no table


def _seen_again(project: Project, path: Path, *, uses: Sequence[tuple[Feed, Any]]) -> None:
    """The file is the one that was taken in, without them: it is not new."""
    stat = path.stat()
    with project.upkeep() as upkeep:
        for feed, offer in uses:
            upkeep.see_again(
                feed.mapping.source, feed.place, file=offer.name, size=stat.st_size, mtime=round(stat.st_mtime * 1e6)
            )


_TOLD = ("raw", "key", "text", "comment", "body")  # columns that may quote somebody
_NAMED = ("customer_key", "subject_id", "email", "phone", "source", *map(source_of, KINDS), *_TOLD, *KINDS)


@dataclass(frozen=True, slots=True)
class _Anywhere(Belongs):
    """A row of a file that we, or somebody, wrote out: theirs by any column that bears a name of ours."""

    words: Collection[str] = ()

    def __call__(self, record: int, given: Given) -> bool:
        """By the customer's key where there is one, else by ids of whatever source the row names, else by their words."""
        traces: Traces = self.known  # type: ignore[assignment]
        if key := given("customer_key"):
            return key in traces.keys
        if (given("subject_id") or "") in {*traces.keys, *traces.of("visitor_id"), *traces.of("prospect_id")}:
            return True
        if given("customer_id"):
            return self._has(traces, "customer_id", given=given)
        if any(self._has(traces, kind, given=given) for kind in KINDS):
            return True
        if any(traces.reaches(each, given(each) or "") for each in ("email", "phone")):
            return True
        return any(word in (given(each) or "") for each in _TOLD for word in self.words)

    @staticmethod
    def _has(traces: Traces, kind: str, *, given: Given) -> bool:
        value, source = given(kind), given(source_of(kind)) or given("source")
        if not value:
            return False
        return traces.has(kind, source, value=value) if source else value in traces.of(kind)


def written_out(project: Project, traces: Traces, *, words: Collection[str]) -> Found:
    """Take their rows out of tables that lie in the project, and remove other files that name them.

    Args:
        words: texts of theirs that stand in nobody else's rows.
    """
    told, sinks = Found(), _sinks(project)
    inputs, roles = set(_inputs(project)), tuple(Role(each, "", "") for each in _NAMED)
    use = _Anywhere(roles, traces, words=frozenset(each for each in words if len(each) >= _SURE) | traces.emails)
    for path in _others(project, inputs):
        name = path.relative_to(project.root).as_posix()
        keep_lines = any(path.is_relative_to(each) for each in sinks)
        try:
            told.add(name, _one_file(project, path, knows=use, keep_lines=keep_lines))
        except (RegularsError, OSError, zipfile.BadZipFile, UnicodeDecodeError) as problem:
            told.left[name] = f"could not be looked into: {problem}"
    return told


def _sinks(project: Project) -> list[Path]:
    sections = project.config.named("sinks").values()
    return [(project.root / each.get("path", "out/")).resolve() for each in sections]


def _others(project: Project, inputs: Collection[Path]) -> Iterator[Path]:
    engine = project.root / str(project.config.section("engine").get("path", "warehouse.duckdb"))
    ours = {engine, engine.with_name(engine.name + ".wal"), project.root / "regulars.toml"}
    lake = (project.root / str(project.config.section("engine").get("warehouse", "lake"))).resolve()
    for path in sorted(project.root.rglob("*")):
        top = path.relative_to(project.root).parts[0]
        if path.is_file() and path not in ours | set(inputs) and top not in _OURS and not path.is_relative_to(lake):
            yield path


def _one_file(project: Project, path: Path, *, knows: _Anywhere, keep_lines: bool) -> int:
    if path.suffix.lower() == ".zip":
        return _about(path, knows) or _in_archive(path, reading=_any_reading(project), uses=[knows])
    if path.suffix.lower() in _TEXTS:
        return _named_in(path, knows)
    try:
        format_of(path.name)
    except DataError:
        return _named_in(path, knows)
    if about := _about(path, knows):
        return about
    return erase_file(path, path.name, reading=_any_reading(project), uses=[knows], drop=not keep_lines)


def _any_reading(project: Project) -> Reading:
    return Reading(Dialect(), _NAMED, _work(project))


def _about(path: Path, knows: _Anywhere) -> int:
    """An export about one of them goes whole, wherever it was put."""
    keys = knows.known.keys  # type: ignore[attr-defined]
    if path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path) as archive:
            names = [each for each in archive.namelist() if each.endswith("about.json")]
            told = [json.loads(archive.read(each)) for each in names]
    elif (path.parent / "about.json").is_file() or (path.parent.parent / "about.json").is_file():
        place = path.parent if (path.parent / "about.json").is_file() else path.parent.parent
        told = [json.loads((place / "about.json").read_text(encoding="utf-8"))]
    else:
        return 0
    if any(isinstance(each, Mapping) and each.get("customer_key") in keys for each in told):
        path.unlink()
        return 1
    return 0


def _named_in(path: Path, knows: _Anywhere) -> int:
    body = path.read_bytes()
    wanted = {*knows.known.keys, *knows.words}  # type: ignore[attr-defined]
    if any(each.encode() in body for each in wanted):
        path.unlink()
        return 1
    return 0


def erased_places(project: Project) -> list[tuple[str, int, int]]:
    """Every place in landed files that is blank: batch, first and last record."""
    places = []
    for receipt in project.book.receipts():
        for first, last in project.landing.erased(receipt.sha256, split_sheet(receipt.file)[1]):
            places.append((receipt.batch, first, last))
    return places


def records_of(project: Project, traces: Traces) -> list[tuple[str, int]]:
    """Every record of landed files that is theirs: batch and record; nothing is changed."""
    found: list[tuple[str, int]] = []
    by_place = {(each.mapping.source, each.place): each for each in feeds(project)}
    for receipt in project.book.receipts():
        feed = by_place.get((receipt.source, receipt.mapping))
        if feed is not None:
            found += [(receipt.batch, each) for each in _sought(project, receipt, feed=feed, traces=traces)]
    return found


def _sought(project: Project, receipt: Receipt, *, feed: Feed, traces: Traces) -> list[int]:
    uses = [Belongs(tuple(roles_of(feed.mapping)), traces, _loaded(project, receipt, traces=traces))]
    reading = reading_of(feed.mapping, feed.dialect, folder=_work(project))
    try:
        return found_in(project.landing, receipt.sha256, name=receipt.file, reading=reading, uses=uses)
    except RegularsError:
        return []  # what cannot be read as a whole was never loaded
