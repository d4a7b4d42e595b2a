"""How often did each kind of customer buy? Purchase histories folded into distinct groups (x, t_x, T) with a size.

A buy-till-you-die likelihood sees of a customer only the number of repeat purchases x, the day of the last one t_x and
the age T. Equal customers are one group, so a fit costs as much as there are different histories, and the order of the
rows cannot matter: groups are sorted integers. Time inside the models is weeks = days / 7.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["DAYS_PER_WEEK", "Counts", "Floats", "Ints", "dot", "folded", "grouped", "one_each"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DAYS_PER_WEEK = 7.0

_DENSE = 50_000_000  # keys up to here are counted in an array, which is faster than sorting them


@dataclass(frozen=True, slots=True)
class Counts:
    """Groups of equal customers.

    Attributes:
        x: repeat purchase days.
        last: days from the first to the last purchase (t_x), 0 where x = 0.
        age: days from the first purchase to the cut (T).
        n: customers of the group.
    """

    x: Ints
    last: Ints
    age: Ints
    n: Ints

    @property
    def weeks_last(self) -> Floats:
        """t_x in weeks."""
        return self.last / DAYS_PER_WEEK

    @property
    def weeks_age(self) -> Floats:
        """T in weeks."""
        return self.age / DAYS_PER_WEEK

    @property
    def customers(self) -> int:
        """How many customers stand behind the groups."""
        return int(self.n.sum())

    def __len__(self) -> int:
        return len(self.x)

    def part(self, which: slice | Ints | npt.NDArray[np.bool_]) -> Counts:
        """Some of the groups."""
        return Counts(self.x[which], self.last[which], self.age[which], self.n[which])


def grouped(x: Ints, *, last: Ints, age: Ints) -> tuple[Counts, Ints]:
    """Fold customers into sorted distinct groups.

    Args:
        x, last, age: one entry a customer; see `Counts`.

    Returns:
        The groups, and for each customer the index of its group.

    >>> groups, index = grouped(np.array([1, 0, 1]), last=np.array([7, 0, 7]), age=np.array([9, 9, 9]))
    >>> groups.n.tolist(), index.tolist()
    ([1, 2], [1, 0, 1])
    """
    x, last, age = (np.asarray(each, dtype=np.int64) for each in (x, last, age))
    base = int(max(age.max(initial=0), last.max(initial=0))) + 1
    packed = (x * base + last) * base + age
    keys, n = _distinct(packed)
    rest, days = keys // base, keys % base
    return Counts(rest // base, rest % base, days, n), np.searchsorted(keys, packed)


def folded(x: Ints, *, last: Ints, age: Ints) -> Counts:
    """The groups of `grouped`, without the index, which costs more than the groups.

    >>> folded(np.array([1, 0, 1]), last=np.array([7, 0, 7]), age=np.array([9, 9, 9])).x.tolist()
    [0, 1]
    """
    base = int(max(age.max(initial=0), last.max(initial=0))) + 1
    keys, n = _distinct((x * base + last) * base + age)
    rest, days = keys // base, keys % base
    return Counts(rest // base, rest % base, days, n)


def _distinct(packed: Ints) -> tuple[Ints, Ints]:
    if int(packed.max(initial=0)) < _DENSE:
        n = np.bincount(packed)
        keys = np.flatnonzero(n)
        return keys, n[keys]
    keys, n = np.unique(packed, return_counts=True)
    return keys, n.astype(np.int64)


def one_each(x: Ints, *, last: Ints, age: Ints) -> Counts:
    """Customers as groups of one, in the order given: what the folding is checked against.

    >>> one_each(np.array([1, 1]), last=np.array([7, 7]), age=np.array([9, 9])).n.tolist()
    [1, 1]
    """
    return Counts(x, last, age, np.ones(len(x), dtype=np.int64))


def dot(first: Floats, second: Floats) -> float:
    """The sum of products, on one thread: BLAS wakes all cores for it, and adds in an order that their number decides.

    >>> dot(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    11.0
    """
    return float(np.einsum("i,i->", first, second))
