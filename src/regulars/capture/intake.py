"""Taking in what is new: land, parse, load, receipt, for each file of each mapping, each exactly once.

A file is known by its bytes. What was landed but not loaded when the process stopped is loaded at the next start; what the
book calls loaded but the warehouse does not have is loaded again; keys make both harmless.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from regulars.capture.aside import CHANGES, REJECTS, read_pile
from regulars.capture.belongs import Belongs, roles_of
from regulars.capture.dialect import Dialect
from regulars.capture.history import History
from regulars.capture.job import Landed as LandedFile
from regulars.capture.job import Limits, Parsed, ParseJob
from regulars.capture.line import locate_many
from regulars.capture.mapping import TableMapping
from regulars.capture.offer import ALWAYS, Offer, Opened, OwnTables, Request, Source
from regulars.capture.parse import Parser
from regulars.capture.redact import erase, reading_of
from regulars.capture.remark import Remark, difference
from regulars.capture.wires import Wires
from regulars.capture.workbook import split_sheet
from regulars.contracts.catalog import CONTRACTS
from regulars.contracts.model import Load
from regulars.govern.trace import Known
from regulars.kernel.errors import DataError
from regulars.kernel.points import reach
from regulars.store.control import Book, Receipt
from regulars.store.landing import Landing
from regulars.store.loading import Batch, Delivery, load, record_held
from regulars.store.warehouse import Warehouse

__all__ = ["Feed", "Intake", "Taken"]


@dataclass(frozen=True, slots=True)
class Feed:
    """One mapping of one source, ready to be read; `place` names the mapping inside its source."""

    mapping: TableMapping
    dialect: Dialect
    place: str
    reader: Source
    section: Mapping[str, Any]

    @property
    def settings(self) -> str:
        """A short hash of everything that decides how its files are read."""
        plain = json.dumps([self.mapping.to_json(), self.dialect.to_json()], sort_keys=True, default=str)
        return hashlib.sha256(plain.encode()).hexdigest()[:16]

    @property
    def row_by_row(self) -> bool:
        """Whether rows that do not fit never hold back the others, and what is held all the same stays in the source."""
        return isinstance(self.reader, OwnTables) and self.reader.row_by_row

    def batch(self, sha256: str) -> str:
        """The batch's number: the same bytes through the same mapping are the same batch."""
        text = f"{self.mapping.source}|{self.mapping.contract}|{self.place}|{sha256}"
        return "b" + hashlib.sha256(text.encode()).hexdigest()[:15]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one file: its batch, and what else to tell."""

    batch: Batch
    notes: tuple[str, ...] = ()
    new: bool = True


@dataclass(frozen=True, slots=True)
class Intake:
    """Everything that taking in needs; `now` is the clock, UTC without zone. `remarks` fill while files are taken in."""

    root: Path
    warehouse: Warehouse
    book: Book
    landing: Landing
    parser: Parser
    environ: Mapping[str, str]
    business_timezone: str
    now: Callable[[], datetime]
    progress: Callable[[str, int, int], None]
    scratch: Path
    forgotten: Known | None = None
    whole_addresses: bool = False
    wires: Wires = field(default_factory=Wires)
    founded: str | None = None
    known: dict[str, Batch] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    opened: Opened = field(default_factory=Opened)

    def take(self, feeds: Sequence[Feed], *, release: str = "") -> Iterator[Taken]:
        """Take in what is new of each feed, file by file.

        Args:
            feeds: what may have something new.
            release: why files that are held are to be loaded; empty: they stay held.

        Raises:
            DataError: a file cannot be read under its mapping; what came before it stays loaded.
        """
        try:
            yield from self._take(feeds, release=release)
        finally:
            self.opened.close()
            shutil.rmtree(self.scratch / "fetched", ignore_errors=True)

    def _take(self, feeds: Sequence[Feed], *, release: str) -> Iterator[Taken]:
        self._remember()
        yield from self._recover(feeds)
        for feed in feeds:
            offers = list(feed.reader.offers(self.request(feed), feed.mapping.pattern))
            for done, offer in enumerate(offers):
                self.progress(f"capture {feed.mapping.source}: {offer.name}", done + 1, len(offers))
                if (taken := self._take_one(feed, offer, release=release)) is not None:
                    yield taken
                # A cursor stays where it is over what is held: the mapping may be corrected, and then all of it is wanted.
                if taken is None or not taken.batch.held or not (feed.row_by_row or feed.mapping.cursor):
                    offer.done()
            self.book.finish_capture(feed.mapping.source, feed.place)
            if feed.reader.kind == "files":
                gone = self.book.files.vanished(feed.mapping.source, feed.place, there=[each.name for each in offers])
                self.remarks.extend(self._remark(feed, "vanished", file=each) for each in gone)

    def waiting(self, feeds: Iterable[Feed]) -> int:
        """How many files (or objects, or queries) a capture would read now."""
        self._remember()
        return sum(
            not self._is_done(feed, offer)
            for feed in feeds
            for offer in feed.reader.offers(self.request(feed), feed.mapping.pattern)
        )

    def request(self, feed: Feed) -> Request:
        """What a source is told about one mapping that wants to be read."""
        folder = self.scratch / "fetched" / feed.batch("")
        folder.mkdir(parents=True, exist_ok=True)
        return Request(
            root=self.root,
            section=feed.section,
            mapping=feed.mapping,
            environ=self.environ,
            folder=folder,
            memory=_Memory(self.book, feed.mapping.source, feed.place),
            engine=self.warehouse.engine,
            now=self.now,
            progress=self.progress,
            timezone=feed.dialect.timezone,
            opened=self.opened,
        )

    def _remember(self) -> None:
        rows = self.warehouse.engine.arrow(self.warehouse.table("batch").select(*Batch.__slots__)).to_pylist()
        self.known.update({row["batch"]: Batch(**row) for row in rows})

    def _unchanged(self, feed: Feed, offer: Offer) -> str | None:
        if offer.mark == ALWAYS:
            return None
        return self.book.files.unchanged(
            source=feed.mapping.source, mapping=feed.place, file=offer.name, size=offer.size, mtime=offer.mark
        )

    def _is_done(self, feed: Feed, offer: Offer) -> bool:
        batch = self._unchanged(feed, offer)
        receipt = self.book.receipt(batch) if batch else None
        if receipt is None or receipt.state == "landed":
            return False
        return receipt.state == "loaded" or receipt.settings == feed.settings

    def _recover(self, feeds: Sequence[Feed]) -> Iterator[Taken]:
        held = {name for name, batch in self.known.items() if batch.held}
        by_place = {(feed.mapping.source, feed.place): feed for feed in feeds}
        for name in self.book.reconcile(set(self.known) - held, held):
            receipt = self.book.receipt(name)
            feed = by_place.get((receipt.source, receipt.mapping)) if receipt else None
            if receipt and feed:
                yield self._load(feed, receipt)

    def _take_one(self, feed: Feed, offer: Offer, *, release: str) -> Taken | None:
        if self._is_done(feed, offer) and not (release and self._held(feed, offer)):
            held = self._held(feed, offer)
            return Taken(held, ("still held",), new=False) if held else None
        if offer.waits:
            self.remarks.append(self._remark(feed, "left", file=offer.name, why=offer.waits))
            return None
        try:
            path = offer.fetch()
        except DataError as broken:
            if self._is_first(feed):
                raise
            self.remarks.append(self._remark(feed, "left", file=offer.name, why=str(broken)))
            return None
        landed = self.landing.land(path)
        if not offer.still():
            self.remarks.append(self._remark(feed, "left", file=offer.name, why="it changed while it was read"))
            return None
        sheet = split_sheet(offer.name)[1]
        name = feed.batch(landed.sha256 + (f"#{sheet}" if sheet else ""))
        notes = (*offer.notes, *self._differs(feed, offer, path=path, batch=name))
        receipt = Receipt(
            name, landed.sha256, feed.mapping.source, feed.mapping.contract, feed.place, offer.name,
            offer.size, offer.mark, feed.settings, "landed",
        )  # fmt: skip
        before = self.known.get(name)
        if before is not None and not before.held:
            # The rows are as the settings of then have read them, so those stay written.
            settings = (self.book.receipt(name) or receipt).settings
            self.book.take(replace(receipt, state="loaded", settings=settings), self.now())
            return Taken(before, (f"the same bytes were loaded before as {before.file}",), new=False)
        self.book.take(receipt, self.now())
        reach("after-landing")
        # A release is for what was held and looked at, not for what comes in beside it.
        taken = self._load(feed, receipt, release=release if before else "")
        return replace(taken, notes=(*notes, *taken.notes))

    def _differs(self, feed: Feed, offer: Offer, *, path: Path, batch: str) -> tuple[str, ...]:
        earlier = self.book.files.last(feed.mapping.source, feed.place, file=offer.name)
        if earlier is None or earlier.batch == batch or earlier.state != "loaded":
            return ()
        return (difference(offer, path, earlier=earlier, load=feed.mapping.load),)

    def _remark(self, feed: Feed, what: str, *, file: str, why: str = "") -> Remark:
        return Remark(what, feed.mapping.source, feed.mapping.contract, file, why)

    def _held(self, feed: Feed, offer: Offer) -> Batch | None:
        known = self.known.get(self._unchanged(feed, offer) or "")
        return known if known and known.held else None

    def _load(self, feed: Feed, receipt: Receipt, *, release: str = "") -> Taken:
        parsed = self.parse(feed, receipt, release=bool(release))
        history = History(self.book, feed.mapping.source, feed.place)
        try:
            # What lies behind a cursor is never like a delivery: now a year of rows, then an hour's.
            free = bool(release) or feed.row_by_row or feed.mapping.cursor is not None
            why = parsed.held or history.strange(parsed, feed.mapping.contract, wires=self.wires, release=free)
            if why:
                batch = Batch(receipt.batch, receipt.source, receipt.contract, receipt.file, receipt.sha256, held=True,
                              reason=why)  # fmt: skip
                record_held(self.warehouse, batch, at=self.now())
            else:
                delivery = replace(self.delivery(feed, receipt, parsed=parsed), reason=self._released(receipt, release))
                batch = load(self.warehouse, delivery, at=self.now(), raw_of=self.raw_of(feed, receipt))
                reach("before-receipt")
                history.keep(parsed, feed.mapping.contract)
        finally:
            shutil.rmtree(self._out(receipt), ignore_errors=True)
        self.book.mark(receipt.batch, "held" if batch.held else "loaded")
        self.known[receipt.batch] = batch
        return Taken(batch, parsed.notes)

    def _released(self, receipt: Receipt, release: str) -> str | None:
        before = self.known.get(receipt.batch)
        return f"released: {release} (was held: {before.reason})" if release and before else None

    def parse(self, feed: Feed, receipt: Receipt, *, release: bool = False) -> Parsed:
        """Type one landed file in the parsing child."""
        out = self._out(receipt)
        out.mkdir(parents=True, exist_ok=True)
        job = ParseJob(
            raw=str(self.landing.find(receipt.sha256)),
            name=receipt.file,
            dialect=feed.dialect,
            mapping=feed.mapping,
            out=str(out),
            business_timezone=self.business_timezone,
            joins=tuple(self._joined(feed, join.from_) for join in feed.mapping.joins),
            erased=self._erased(feed, receipt.sha256, name=receipt.file),
            whole_addresses=self.whole_addresses,
            release=release or feed.row_by_row,
            limits=Limits(reject_share=self.wires.reject_share, reject_rows=int(self.wires.reject_rows)),
            proved=History(self.book, feed.mapping.source, feed.place).proved(),
            now=self.now().isoformat(sep=" ", timespec="seconds"),
            founded=self.founded,
        )
        try:
            return self.parser.parse(job)
        except DataError as unreadable:
            if self.parser.pid is None or self._is_first(feed):
                raise
            return Parsed(None, None, None, 0, 0, 0, 0, held=str(unreadable))

    def _is_first(self, feed: Feed) -> bool:
        # The first capture shows mistakes of the mapping; later on, one broken file must not stop the others.
        return not self.book.captured_before(feed.mapping.source, feed.place)

    def delivery(self, feed: Feed, receipt: Receipt, *, parsed: Parsed) -> Delivery:
        """What the store is handed."""
        contract, mapping = CONTRACTS[feed.mapping.contract], feed.mapping
        attributes = {f"attr_{name}": "string" for name in mapping.attributes}
        self.warehouse.ensure(contract.name, attributes)
        return Delivery(
            batch=receipt.batch,
            source=receipt.source,
            contract=contract,
            file=receipt.file,
            sha256=receipt.sha256,
            rows=Path(str(parsed.rows)),
            rejects=read_pile(parsed.rejects, REJECTS),
            changes=read_pile(parsed.changes, CHANGES),
            read=parsed.read,
            skipped=parsed.skipped,
            load=Load(mapping.load),
            known=self._known(feed),
        )

    def raw_of(self, feed: Feed, receipt: Receipt) -> Callable[[Sequence[int]], Mapping[int, tuple[int, str]]]:
        """The line and raw text of records, for rows that are set aside after parsing."""
        raw = self.landing.find(receipt.sha256)
        return lambda records: locate_many(raw, receipt.file, dialect=feed.dialect, records=records)

    def _known(self, feed: Feed) -> str:
        given = feed.mapping.known_at
        if given in ("event", "load"):
            return str(given)
        if given:
            return "column"
        return "load" if self.book.captured_before(feed.mapping.source, feed.place) else "event"

    def _joined(self, feed: Feed, pattern: str) -> tuple[LandedFile, ...]:
        whole = replace(self.request(feed), mapping=replace(feed.mapping, cursor=None))  # a cursor is the main table's
        offers = feed.reader.offers(whole, pattern)
        return tuple(self._beside(feed, each) for each in offers)

    def _beside(self, feed: Feed, offer: Offer) -> LandedFile:
        landed = self.landing.land(offer.fetch())
        erased = self._erased(feed, landed.sha256, name=offer.name)
        return LandedFile(str(self.landing.find(landed.sha256)), offer.name, erased)

    def _erased(self, feed: Feed, sha256: str, *, name: str) -> tuple[tuple[int, int], ...]:
        """The records of a landed file that are blank: those of forgotten people are made so before anything is read."""
        if self.forgotten:
            uses = [Belongs(tuple(roles_of(feed.mapping)), self.forgotten)]
            erase(
                self.landing,
                sha256,
                name=name,
                reading=reading_of(feed.mapping, feed.dialect, folder=self.scratch),
                uses=uses,
            )
        return self.landing.erased(sha256, split_sheet(name)[1])

    def _out(self, receipt: Receipt) -> Path:
        return self.scratch / receipt.batch


@dataclass(frozen=True, slots=True)
class _Memory:
    book: Book
    source: str
    place: str

    def recall(self, name: str) -> str | None:
        return self.book.recall(self.source, self.place, name=name)

    def remember(self, name: str, value: str) -> None:
        self.book.remember(self.source, self.place, name=name, value=value)
