"""What a capture says of files beside their batches: which were left or have vanished, and how one differs from before."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from regulars.capture.offer import Offer
from regulars.store.control import Receipt
from regulars.store.landing import begins_with

__all__ = ["Remark", "difference"]

_CHANGED = {
    "append": "A known key with other content is set aside; rows that it no longer has stay.",
    "upsert": "Newer copies replace known ones; rows that it no longer has stay.",
    "snapshot": "Newer copies replace known ones; keys that it no longer has are ended.",
}


@dataclass(frozen=True, slots=True)
class Remark:
    """A file that was not taken in: `left` for the next capture, or `vanished` since the last one."""

    what: str
    source: str
    contract: str
    file: str
    why: str = ""


def difference(offer: Offer, path: Path, *, earlier: Receipt, load: str) -> str:
    """What to say of a name that brought other bytes before: it grew, or it changed.

    Args:
        offer: the file as it is now.
        path: its bytes.
        earlier: what the name brought before.
        load: how the table is loaded.
    """
    if begins_with(path, earlier.size, sha256=earlier.sha256):
        grown = offer.size - earlier.size
        return f"{offer.name} grew by {grown} bytes since it was loaded: rows with a key that is known are told apart."
    return f"{offer.name} was loaded before with other content. {_CHANGED[load]}"
