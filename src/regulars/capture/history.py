"""What the book remembers of earlier deliveries: how they were measured, and what they proved about their source's locale."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from regulars.capture.job import Parsed
from regulars.capture.wires import KEPT, Profile, Wires, profile_of, repeated_share, unlike
from regulars.contracts.catalog import CONTRACTS
from regulars.store.control import Book

__all__ = ["History", "proved_by"]

_ALL = ""  # the locale is the source's, not one mapping's


def proved_by(book: Book, source: str) -> dict[str, dict[str, str]]:
    """What the files of a source have proved about its locale, where it declares nothing: key -> {value, file, why}."""
    kept = book.recall(source, _ALL, name="proved")
    found: dict[str, dict[str, str]] = json.loads(kept) if kept else {}
    return found


@dataclass(frozen=True, slots=True)
class History:
    """The deliveries of one mapping, as the book remembers them."""

    book: Book
    source: str
    place: str

    def proved(self) -> Mapping[str, Mapping[str, str]]:
        """What earlier files of the source proved: key -> {value, file}."""
        return {
            key: {"value": each["value"], "file": each["file"]}
            for key, each in proved_by(self.book, self.source).items()
        }

    def profiles(self) -> list[Profile]:
        """The last deliveries, oldest first."""
        kept = self.book.recall(self.source, self.place, name="profiles")
        return [Profile(**each) for each in json.loads(kept)] if kept else []

    def strange(self, parsed: Parsed, contract: str, *, wires: Wires, release: bool) -> str | None:
        """Why a typed file is to be held, or None; the first capture of a mapping is never strange."""
        if release or not self.book.captured_before(self.source, self.place):
            return None
        before = self.profiles()
        if len(before) < wires.history:
            return None
        found = unlike(_measured(parsed, contract), before, wires=wires)
        if not found:
            return None
        return (
            f"The file is unlike those before it: {'; '.join(found)}. Correct it, or release it if it is right: "
            f"regulars capture {self.source} --release --reason WHY"
        )

    def keep(self, parsed: Parsed, contract: str) -> None:
        """Remember a delivery that was loaded."""
        before = [each.to_json() for each in self.profiles()][1 - KEPT :]
        now = _measured(parsed, contract).to_json()
        self.book.remember(self.source, self.place, name="profiles", value=json.dumps([*before, now]))
        if parsed.adopted:
            proved = {**proved_by(self.book, self.source), **parsed.adopted}
            self.book.remember(self.source, _ALL, name="proved", value=json.dumps(proved))


def _measured(parsed: Parsed, contract: str) -> Profile:
    rows = Path(str(parsed.rows))
    profile = profile_of(rows, CONTRACTS[contract], read=parsed.read)
    return replace(profile, repeated=repeated_share(rows, CONTRACTS[contract]))
