"""Which forecasts compete? The three count models, each as published and with rates that drift."""

from __future__ import annotations

from dataclasses import dataclass

from regulars.analyses.value.betageometric import BG_NBD, MBG_NBD
from regulars.analyses.value.counts import Counts
from regulars.analyses.value.drift import drifted
from regulars.analyses.value.fit import CountModel, Fit
from regulars.analyses.value.pareto import PARETO_NBD
from regulars.analyses.value.posterior import Exit
from regulars.kernel.errors import UnknownNameError

__all__ = ["CANDIDATES", "DRIFT", "MODELS", "Candidate", "candidate"]

DRIFT = " with drift"
MODELS: tuple[CountModel, ...] = (BG_NBD, MBG_NBD, PARETO_NBD)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A count model, as published or with drift."""

    model: CountModel
    drifts: bool

    @property
    def name(self) -> str:
        """E.g. "BG/NBD with drift"."""
        return self.model.name + (DRIFT if self.drifts else "")

    def posterior(self, fit: Fit, counts: Counts, *, steadiness: float | None) -> Exit:
        """What is known of each group; `steadiness` is used only where the candidate drifts."""
        return drifted(self.model.posterior(fit.theta, counts), steadiness if self.drifts else None)


CANDIDATES = tuple(Candidate(model, drifts) for drifts in (False, True) for model in MODELS)


def candidate(name: str) -> Candidate:
    """The candidate of that name.

    Raises:
        UnknownNameError: there is none.

    >>> candidate("MBG/NBD with drift").drifts
    True
    """
    for each in CANDIDATES:
        if each.name == name:
            return each
    raise UnknownNameError("model of the room value", name, [each.name for each in CANDIDATES])
