"""Who was forgotten, without saying who: keyed hashes of ids and addresses, asked at every load, replay and restore.

The list is one file that only its owner may read, with the secret key in it. Without the file the hashes say nothing; with
it one can ask whether an id or address that one already has is on the list, and nothing else.
"""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from regulars.govern.trace import Standard, Traces
from regulars.kernel.errors import ConsistencyError

__all__ = ["Suppression", "merged", "read_suppression", "subject_hash", "suppress", "write_suppression"]

_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Suppression:
    """The list of one project: `books` are pairs of a key and its hashes (several after a restore from another one)."""

    books: tuple[tuple[str, frozenset[str]], ...] = ()
    standards: Mapping[str, Standard] = field(default_factory=dict)
    _seen: dict[tuple[str, str, str], bool] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return any(hashes for _, hashes in self.books)

    def __len__(self) -> int:
        return sum(len(hashes) for _, hashes in self.books)

    def has(self, kind: str, source: str, *, value: str) -> bool:
        """Whether a source's id of that kind belongs to somebody who was forgotten."""
        place = (kind, source, value)
        if (found := self._seen.get(place)) is None:
            found = self._seen[place] = self._listed(place)
        return found

    def reaches(self, kind: str, text: str) -> bool:
        """Whether an address belongs to somebody who was forgotten."""
        plain = self.standards[kind](text) if text else None
        return plain is not None and self.has(kind, "", value=plain)

    def _listed(self, place: tuple[str, str, str]) -> bool:
        return any(_hash(key, place) in hashes for key, hashes in self.books)


def _hash(key: str, place: Iterable[str]) -> str:
    return hmac.digest(bytes.fromhex(key), _SEPARATOR.join(place).encode("utf-8", "surrogatepass"), "sha256").hex()[:32]


def subject_hash(key: str, names: Iterable[str]) -> str:
    """The name of a person in a certificate: a keyed hash of their customer keys.

    >>> subject_hash("00", ["c1"]) == subject_hash("00", ["c1"]) != subject_hash("01", ["c1"])
    True
    """
    return _hash(key, ("subject", *sorted(names)))


def suppress(before: Suppression, traces: Traces, *, fresh: Callable[[], str]) -> Suppression:
    """The list with these people on it.

    Args:
        before: the list as it is.
        traces: their ids and addresses.
        fresh: makes a secret key, 64 hexadecimal digits, where there is none yet.
    """
    books = before.books or ((fresh(), frozenset[str]()),)
    key, hashes = books[0]
    places = {(kind, source, value) for kind, pairs in traces.ids.items() for source, value in pairs}
    places |= {("email", "", each) for each in traces.emails} | {("phone", "", each) for each in traces.phones}
    return Suppression(((key, hashes | {_hash(key, each) for each in places}), *books[1:]), before.standards)


def merged(one: Suppression, other: Suppression) -> Suppression:
    """Everybody who is on either list; the first key stays the first.

    >>> two = merged(Suppression((("aa", frozenset("1")),)), Suppression((("aa", frozenset("2")), ("bb", frozenset("3")))))
    >>> [(key, sorted(hashes)) for key, hashes in two.books]
    [('aa', ['1', '2']), ('bb', ['3'])]
    """
    books: dict[str, frozenset[str]] = {}
    for key, hashes in (*one.books, *other.books):
        books[key] = books.get(key, frozenset()) | hashes
    return Suppression(tuple(books.items()), one.standards or other.standards)


def read_suppression(path: Path, standards: Mapping[str, Standard]) -> Suppression:
    """The list in a file; an empty one where there is none.

    Raises:
        ConsistencyError: the file is damaged. Nobody may be loaded then: it might be somebody who was forgotten.
    """
    try:
        plain: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        books = tuple((each["key"], frozenset(each["hashes"])) for each in plain["books"])
    except FileNotFoundError:
        return Suppression(standards=standards)
    except (ValueError, KeyError, TypeError) as problem:
        raise ConsistencyError(
            f"{path} is damaged.", fix="Restore it from a backup: regulars restore FILE"
        ) from problem
    return Suppression(books, standards)


def write_suppression(path: Path, listed: Suppression) -> None:
    """Write the list, durably and whole or not at all; only the owner may read it."""
    body = json.dumps({"books": [{"key": key, "hashes": sorted(hashes)} for key, hashes in listed.books]})
    part = path.with_name(f".{path.name}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, body.encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    part.replace(path)
