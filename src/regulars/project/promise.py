"""The journal of an erasure: what was promised before anything was touched, so that a killed one ends at the next start.

It names the person, so it is one file that only its owner may read, overwritten and removed once all is done.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Promise", "break_off", "keep", "promised"]


@dataclass(slots=True)
class Promise:
    """One erasure under way: who, how, since when, the steps that are done, and what they counted."""

    number: str
    traces: dict[str, Any]
    salt: str
    keep_facts: bool
    asked_at: str
    why: str = "asked"
    done: list[str] = field(default_factory=list)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)


def _place(root: Path) -> Path:
    return root / ".regulars" / "erasure.json"


def promised(root: Path) -> Promise | None:
    """The erasure that is under way, or None."""
    try:
        return Promise(**json.loads(_place(root).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def keep(root: Path, promise: Promise) -> None:
    """Write it down, durably, whole or not at all."""
    path = _place(root)
    part = path.with_suffix(".part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, json.dumps(asdict(promise)).encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    part.replace(path)


def break_off(root: Path) -> None:
    """All is done: nothing of it stays."""
    for path in (_place(root), _place(root).with_suffix(".part")):
        if path.exists():
            with path.open("r+b") as body:
                body.write(b"\0" * path.stat().st_size)
                body.flush()
                os.fsync(body.fileno())
            path.unlink()
