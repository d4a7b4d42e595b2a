"""One owner at a time: a verb or a server holds the project's lock for as long as it has the warehouse open."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from regulars.kernel.errors import BusyError

__all__ = ["Lock", "holder"]


class Lock:
    """An advisory lock on one file, with the holder's name in it.

    Args:
        path: the lock file.
        who: what to tell others, e.g. {"pid": 17, "verb": "capture", "since": "..."}.

    Raises:
        BusyError: somebody else has it; names who.
    """

    def __init__(self, path: Path, who: Mapping[str, Any]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            os.close(self._handle)
            other = holder(path) or {}
            name = f"`{other.get('verb', 'another process')}` (process {other.get('pid', '?')}, since {other.get('since')})"
            raise BusyError(
                f"The warehouse is held by {name}.", fix="Wait until it is done, then try again."
            ) from problem
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, json.dumps(dict(who)).encode(), 0)

    def release(self) -> None:
        """Let go; a process that dies lets go too."""
        os.ftruncate(self._handle, 0)
        os.close(self._handle)


def holder(path: Path) -> dict[str, Any] | None:
    """Who wrote its name into the lock file, or None."""
    try:
        saved = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return saved if isinstance(saved, dict) else None
