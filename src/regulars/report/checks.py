"""What was found of the data itself: each check of a source's contract, and how well records were matched."""

from __future__ import annotations

from dataclasses import dataclass

from regulars.report.ground import Basis, Figure

__all__ = ["Check", "Matching"]


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a source's contract; `touches` are the figures that rest on what fails."""

    contract: str
    source: str
    dimension: str
    column: str | None
    ok: bool
    share: float | None
    threshold: float | None
    why: str = ""
    touches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Matching:
    """How records became customers; `estimated` and `true` are precision and recall of pairs of records."""

    records: int
    customers: int
    method: str
    counts: tuple[tuple[str, int], ...]
    estimated: tuple[Figure, Figure] | None
    true: tuple[Figure, Figure] | None
    basis: Basis
