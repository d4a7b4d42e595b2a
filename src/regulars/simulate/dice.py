"""What happens by chance in a simulation: one generator, asked in the words of the story; the same seed, the same story."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import numpy as np

__all__ = ["Dice"]

T = TypeVar("T")
_BESIDE = {
    "a": "s", "b": "v", "c": "x", "d": "f", "e": "r", "f": "g", "g": "h", "h": "j", "i": "o", "j": "k", "k": "l", "l": "k",
    "m": "n", "n": "m", "o": "p", "p": "o", "q": "w", "r": "t", "s": "d", "t": "y", "u": "i", "v": "b", "w": "e", "x": "c",
    "y": "u", "z": "x",
}  # fmt: skip


class Dice:
    """Chance with a fixed seed.

    >>> Dice(1).pick("abc") == Dice(1).pick("abc")
    True
    """

    def __init__(self, seed: int) -> None:
        self._chance = np.random.default_rng(seed)

    def happens(self, share: float) -> bool:
        """True in this share of all cases."""
        return bool(self._chance.random() < share)

    def number(self, low: int, high: int) -> int:
        """A whole number from `low` up to, not including, `high`."""
        return int(self._chance.integers(low, high))

    def pick(self, those: Sequence[T]) -> T:
        """One of those, each as likely."""
        return those[self.number(0, len(those))]

    def often(self, those: Sequence[T], *, flat: float = 10.0) -> T:
        """One of those, the first the most often: as likely as 1 / (rank + flat)."""
        low, high = np.log(flat), np.log(len(those) + flat)
        return those[min(int(np.exp(low + (high - low) * self._chance.random()) - flat), len(those) - 1)]

    def count(self, mean: float) -> int:
        """A count with this mean (Poisson)."""
        return int(self._chance.poisson(mean))

    def span(self, mean: float) -> float:
        """A waiting time with this mean (exponential)."""
        return float(self._chance.exponential(mean))

    def size(self, median: float, spread: float) -> float:
        """A positive size with this median (lognormal); `spread` is the standard deviation of its logarithm."""
        return float(median * np.exp(spread * self._chance.standard_normal()))

    def normal(self, mean: float, spread: float) -> float:
        """A number around a mean."""
        return float(mean + spread * self._chance.standard_normal())

    def moment(self, start: datetime, end: datetime) -> datetime:
        """An instant between two, to the second."""
        return start + timedelta(seconds=self.number(0, max(int((end - start).total_seconds()), 1)))

    def shuffled(self, those: Sequence[T]) -> list[T]:
        """Those in any order."""
        return [those[place] for place in self._chance.permutation(len(those))]

    def slip(self, text: str) -> str:
        """The text with one slip of the finger: a letter left out, doubled, swapped with the next, or its neighbour."""
        if len(text) < 3:
            return text
        at = self.number(1, len(text) - 1)
        forms = (
            text[:at] + text[at + 1 :],
            text[:at] + text[at] + text[at:],
            text[:at] + text[at + 1] + text[at] + text[at + 2 :],
            text[:at] + _BESIDE.get(text[at].lower(), text[at]) + text[at + 1 :],
        )
        return self.pick(forms)
