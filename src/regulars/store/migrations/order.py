"""Numbered steps that bring the warehouse's own tables from one release's shape to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from regulars.engines.protocol import Engine
from regulars.store.migrations import m0001_contracts, m0002_truth

__all__ = ["MIGRATIONS", "Migration"]


@dataclass(frozen=True, slots=True)
class Migration:
    """One step; never changed after its release."""

    number: int
    apply: Callable[[Engine], None]


MIGRATIONS = (Migration(1, m0001_contracts.apply), Migration(2, m0002_truth.apply))
