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

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from regulars.capture.aside import CHANGES, REJECTS
from regulars.capture.dialect import Dialect
from regulars.capture.job import Landed as LandedFile
from regulars.capture.job import Parsed, ParseJob
from regulars.capture.line import locate_many
from regulars.capture.mapping import TableMapping
from regulars.capture.offer import ALWAYS, Offer, Request, Source
from regulars.capture.parse import Parser
from regulars.contracts.catalog import CONTRACTS
from regulars.contracts.model import Load
from regulars.kernel.points import reach
from regulars.store.control import Book, Receipt
from regulars.store.landing import Landing
from regulars.store.loading import Batch, Delivery, load, record_held
from regulars.store.warehouse import Warehouse

__all__ = ["Feed", "Intake", "Taken", "open_records"]


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
    """Everything that taking in needs; `now` is the clock, UTC without zone."""

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
    known: dict[str, Batch] = field(default_factory=dict)

    def take(self, feeds: Sequence[Feed], *, release: bool = False) -> Iterator[Taken]:
        """Take in what is new of each feed, file by file.

        Raises:
            DataError: a file cannot be read under its mapping; what came before it stays loaded.
        """
        self._remember()
        yield from self._recover(feeds)
        for feed in feeds:
            offers = list(feed.reader.offers(self.request(feed), feed.mapping.pattern))
            for done, offer in enumerate(offers):
                self.progress(f"capture {feed.mapping.source}: {offer.name}", done + 1, len(offers))
                if (taken := self._take_one(feed, offer, release=release)) is not None:
                    yield taken
                offer.done()
            self.book.finish_capture(feed.mapping.source, feed.place)
        shutil.rmtree(self.scratch / "fetched", ignore_errors=True)

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
        )

    def _remember(self) -> None:
        rows = self.warehouse.engine.arrow(self.warehouse.table("batch").select(*Batch.__slots__)).to_pylist()
        self.known.update({row["batch"]: Batch(**row) for row in rows})

    def _unchanged(self, feed: Feed, offer: Offer) -> str | None:
        if offer.mark == ALWAYS:
            return None
        return self.book.unchanged(
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
                yield self._load(feed, receipt, release=False)

    def _take_one(self, feed: Feed, offer: Offer, *, release: bool) -> Taken | None:
        if self._is_done(feed, offer) and not (release and self._held(feed, offer)):
            held = self._held(feed, offer)
            return Taken(held, ("still held",), new=False) if held else None
        landed = self.landing.land(offer.fetch())
        name = feed.batch(landed.sha256)
        receipt = Receipt(
            name, landed.sha256, feed.mapping.source, feed.mapping.contract, feed.place, offer.name,
            offer.size, offer.mark, feed.settings, "landed",
        )  # fmt: skip
        before = self.known.get(name)
        if before is not None and not before.held:
            self.book.take(replace(receipt, state="loaded"), self.now())
            return Taken(before, (f"the same bytes were loaded before as {before.file}",), new=False)
        self.book.take(receipt, self.now())
        reach("after-landing")
        return self._load(feed, receipt, release=release)

    def _held(self, feed: Feed, offer: Offer) -> Batch | None:
        known = self.known.get(self._unchanged(feed, offer) or "")
        return known if known and known.held else None

    def _load(self, feed: Feed, receipt: Receipt, *, release: bool) -> Taken:
        parsed = self.parse(feed, receipt, release=release)
        try:
            if parsed.held:
                batch = Batch(receipt.batch, receipt.source, receipt.contract, receipt.file, receipt.sha256, held=True,
                              reason=parsed.held)  # fmt: skip
                record_held(self.warehouse, batch, at=self.now())
            else:
                delivery = self.delivery(feed, receipt, parsed=parsed)
                batch = load(self.warehouse, delivery, at=self.now(), raw_of=self.raw_of(feed, receipt))
                reach("before-receipt")
        finally:
            shutil.rmtree(self._out(receipt), ignore_errors=True)
        self.book.mark(receipt.batch, "held" if batch.held else "loaded")
        self.known[receipt.batch] = batch
        return Taken(batch, parsed.notes)

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
            release=release,
        )
        return self.parser.parse(job)

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
            rejects=_read(parsed.rejects, REJECTS),
            changes=_read(parsed.changes, CHANGES),
            read=parsed.read,
            skipped=parsed.skipped,
            load=Load(mapping.load),
            known=self._known(feed),
        )

    def raw_of(self, feed: Feed, receipt: Receipt) -> Callable[[Sequence[int]], Mapping[int, tuple[int, str]]]:
        """The line and raw text of records, for rows that are set aside after parsing."""
        return _RawOf(self.landing.find(receipt.sha256), receipt.file, feed.dialect)

    def _known(self, feed: Feed) -> str:
        given = feed.mapping.known_at
        if given in ("event", "load"):
            return str(given)
        if given:
            return "column"
        return "load" if self.book.captured_before(feed.mapping.source, feed.place) else "event"

    def _joined(self, feed: Feed, pattern: str) -> tuple[LandedFile, ...]:
        offers = feed.reader.offers(self.request(feed), pattern)
        return tuple(LandedFile(str(self.landing.land(each.fetch()).path), each.name) for each in offers)

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


@dataclass(frozen=True, slots=True)
class _RawOf:
    raw: Path
    name: str
    dialect: Dialect

    def __call__(self, records: Sequence[int]) -> Mapping[int, tuple[int, str]]:
        return locate_many(self.raw, self.name, dialect=self.dialect, records=records)


def _read(path: str | None, schema: pa.Schema) -> pa.Table:
    if path is None:
        return schema.empty_table()
    found = pq.read_table(path)
    return pa.table({each.name: found[each.name].cast(each.type) for each in schema})


def open_records(warehouse: Warehouse, batch: str) -> list[int]:
    """Records of a batch that wait in quarantine."""
    rows = warehouse.table("quarantine").filter((ibis._.batch == batch) & (ibis._.state == "open"))
    found: list[int] = warehouse.engine.arrow(rows.select("record").distinct())["record"].to_pylist()
    return sorted(found)
