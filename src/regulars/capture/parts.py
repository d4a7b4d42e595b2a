"""A file that holds several tables, as one offer for each: the members of an archive, the sheets of a workbook.

Each part is a batch of its own, named `a.zip/member.csv` or `book.xlsx#Sheet`, so that rejects and lineage name it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from regulars.capture.archive import Member, contents, is_archive, taken_out
from regulars.capture.job import Limits
from regulars.capture.offer import ALWAYS, Offer, Request
from regulars.capture.spreadsheet import sheet_names
from regulars.capture.unpack import format_of
from regulars.capture.workbook import split_sheet
from regulars.kernel.errors import DataError

__all__ = ["parts_of"]

_ALL = "*"


def parts_of(request: Request, whole: Offer, *, within: str | None, sheets: str | None) -> Iterator[Offer]:
    """The offers that one file makes.

    Args:
        request: who asks.
        whole: the file.
        within: of an archive only members that match this pattern.
        sheets: of a workbook these sheets, by "/", or "*" for all; None for the first.
    """
    members = _members(request, whole, within=within) if is_archive(whole.name) else iter([whole])
    for each in members:
        if sheets is None or each.waits or not _is_book(each.name):
            yield each
        else:
            yield from (replace(each, name=f"{each.name}#{sheet}") for sheet in _sheets(request, each, sheets=sheets))


def _is_book(name: str) -> bool:
    try:
        return format_of(name) == "xlsx" and split_sheet(name)[1] is None
    except DataError:
        return False


def _sheets(request: Request, book: Offer, *, sheets: str) -> list[str]:
    if sheets != _ALL:
        return sheets.split("/")
    return _remembered(request, book, what="sheets", find=lambda: sheet_names(book.fetch(), book.name))


def _members(request: Request, archive: Offer, *, within: str | None) -> Iterator[Offer]:
    if archive.waits:
        yield archive
        return
    look = partial(_look, request, archive, within=within)
    try:
        told = _remembered(request, archive, what=f"members {within}", find=look)
    except DataError as wrong:
        yield replace(archive, fetch=partial(_fail, wrong))
        return
    members = [Member(tuple(path), size) for path, size in json.loads(told[0])]
    notes = (told[1],) if told[1] else ()
    for number, member in enumerate(members):
        target = request.folder / f"{abs(hash(archive.name)):x}-{number}{Path(member.label).suffix}"
        yield replace(
            archive,
            name=f"{archive.name}/{member.label}",
            fetch=_Member(archive, member, target),
            done=partial(target.unlink, missing_ok=True),
            notes=notes if number == 0 else (),
        )


def _look(request: Request, archive: Offer, *, within: str | None) -> list[str]:
    found = contents(archive.fetch(), archive.name, limits=Limits(), wanted=within, folder=request.folder)
    if not found.members:
        what = f"that match {within!r}" if within else "that are tables"
        raise DataError(f"{archive.name} holds no files {what}.", fix="Correct `from`, or pack the right files.")
    left = f"{archive.name} also holds what is no table: {', '.join(found.others[:5])}." if found.others else ""
    return [json.dumps([[each.path, each.size] for each in found.members]), left]


def _remembered(request: Request, offer: Offer, *, what: str, find: Callable[[], list[str]]) -> list[str]:
    """What a file holds, looked at once for each state of it."""
    name, state = f"{what} {offer.name}", [offer.size, offer.mark]
    known = json.loads(request.memory.recall(name) or "null")
    if known and known[0] == state and offer.mark != ALWAYS:
        return [str(each) for each in known[1]]
    found = find()
    request.memory.remember(name, json.dumps([state, found]))
    return found


def _fail(wrong: DataError) -> Path:
    raise wrong


@dataclass(frozen=True, slots=True)
class _Member:
    archive: Offer
    member: Member
    target: Path

    def __call__(self) -> Path:
        return taken_out(self.archive.fetch(), self.member, target=self.target, name=self.archive.name, limits=Limits())
