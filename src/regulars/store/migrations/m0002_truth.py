"""Step 2: the tables and columns that the contracts have got since step 1: junk, quality, and what identity keeps."""

from __future__ import annotations

from regulars.engines.protocol import Engine
from regulars.store.migrations import m0001_contracts

__all__ = ["apply"]


def apply(engine: Engine) -> None:
    """Make what is missing; what is there stays as it is."""
    m0001_contracts.apply(engine)
