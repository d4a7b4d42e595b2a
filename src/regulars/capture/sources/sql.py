"""Databases as a source: a table or a select, whole or from a cursor on, each capture in one state of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from regulars.capture.needs import raw_names
from regulars.capture.offer import ALWAYS, Offer, Request
from regulars.capture.sources.databases.address import Address, address_of
from regulars.capture.sources.databases.cursor import Clock, overlap_of
from regulars.capture.sources.databases.database import Database, Since, file_name
from regulars.capture.sources.databases.grammar import Way
from regulars.capture.sources.databases.known import open_database
from regulars.contracts.catalog import CONTRACTS
from regulars.kernel.errors import ConfigError

__all__ = ["SOURCE", "Sql"]


class Sql:
    """The source kind `sql`."""

    API: ClassVar[int] = 1
    kind: ClassVar[str] = "sql"

    def offers(self, request: Request, pattern: str) -> list[Offer]:
        """One offer: it must be read to know whether anything in it is new."""
        address = _address(request)
        overlap_of(request.mapping.overlap, place=_place(request))
        read = _Read(request, address, pattern)
        return [Offer(file_name(pattern), 0, ALWAYS, fetch=read.fetch, done=read.done)]

    def reach(self, request: Request) -> str:
        """Connect and look: what is there, for `doctor`.

        Raises:
            DataError: nobody answers, or we are not let in.
        """
        address = _address(request)
        with _opened(address, request) as database:
            return f"{address} answers; {len(database.relations())} tables and views"


@dataclass(slots=True)
class _Read:
    request: Request
    address: Address
    pattern: str
    mark: str | None = field(default=None)

    def fetch(self) -> Path:
        request = self.request
        path = request.folder / file_name(self.pattern)
        name = ("sql", request.mapping.source, request.section.get("url"))
        database: Database = request.opened.once(name, lambda: _opened(self.address, request))
        self.mark = database.read(self.pattern, path, wanted=_wanted(request), since=self._since())
        return path

    def done(self) -> None:
        if self.mark is not None:
            self.request.memory.remember(self._name, self.mark)

    @property
    def _name(self) -> str:
        return f"cursor {self.request.mapping.cursor}"

    def _since(self) -> Since | None:
        request, mapping = self.request, self.request.mapping
        if mapping.cursor is None:
            return None
        overlap = overlap_of(mapping.overlap, place=_place(request))
        mark = request.memory.recall(self._name)
        return Since(mapping.cursor, mark, overlap, Clock(request.now(), request.timezone))


@contextmanager
def _opened(address: Address, request: Request) -> Iterator[Database]:
    database = open_database(address, Way(request.timezone, request.folder), place=_place(request))
    try:
        yield database
    finally:
        database.close()


def _place(request: Request) -> str:
    return f"[sources.{request.mapping.source}]"


def _address(request: Request) -> Address:
    url = request.section.get("url")
    if not url:
        fix = 'Add url = "${NAME}", and set NAME to postgresql://USER:PASSWORD@HOST/DATABASE.'
        raise ConfigError(f"{_place(request)} has no `url`.", fix=fix)
    return address_of(str(url), root=request.root, place=_place(request))


def _wanted(request: Request) -> tuple[str, ...]:
    contract = CONTRACTS[request.mapping.contract]
    return raw_names(request.mapping, contract, present=contract.names)


SOURCE = Sql()
