"""What a remote place is to a capture: the files that it has, and their bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["Place", "Thing"]


@dataclass(frozen=True, slots=True)
class Thing:
    """One remote file: its path in its place, its full name, size in bytes, and a mark of its state."""

    path: str
    name: str
    size: int
    mark: int


class Place(Protocol):
    """Where remote files lie."""

    troubles: tuple[type[Exception], ...]

    def things(self, pattern: str) -> list[Thing]:
        """The files that a pattern (without scheme and host) names."""

    def open(self, thing: Thing) -> Any:
        """A binary stream of a file."""

    def close(self) -> None:
        """Hang up."""
