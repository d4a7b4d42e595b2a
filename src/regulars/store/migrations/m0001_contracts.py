"""Step 1: a table for each contract and each result, with the columns that the contracts of this release name."""

from __future__ import annotations

from regulars.contracts.catalog import CONTRACTS
from regulars.contracts.results import RESULTS
from regulars.engines.protocol import Engine

__all__ = ["apply"]


def apply(engine: Engine) -> None:
    """Make every table."""
    for contract in (CONTRACTS | RESULTS).values():
        engine.create(contract.name.replace(".", "_"), contract.schema)
