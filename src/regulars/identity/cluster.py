"""Which records end up as one customer, when pairs say yes and others say no?

Connected records are one customer. But links can chain: a is like b, b is like c, and a and c are certainly two people.
Where a connected part holds two records that must stay apart, its links are laid again, the surest first: what a person
decided, then equal keys, then pairs by falling probability; a link that would bring two such records together is
refused and waits for a person. What a person set apart is never joined; a contradiction stops only weak links.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

__all__ = ["DECIDED", "KEY", "Edges", "connected", "parts"]

Codes = npt.NDArray[np.int64]
DECIDED, KEY = 3.0, 2.0


@dataclass(frozen=True, slots=True)
class Edges:
    """Links between record numbers: `ends` is 2 x n, `sure` their strength (`DECIDED`, `KEY` or a probability)."""

    ends: Codes
    sure: npt.NDArray[np.float64]

    @staticmethod
    def of(left: Iterable[int], right: Iterable[int], *, sure: Iterable[float]) -> Edges:
        """Edges from three columns.

        >>> Edges.of([0], [1], sure=[KEY]).ends.tolist()
        [[0], [1]]
        """
        ends = np.array([list(left), list(right)], dtype=np.int64).reshape(2, -1)
        return Edges(ends, np.array(list(sure), dtype=np.float64))

    @staticmethod
    def joined(several: Iterable[Edges]) -> Edges:
        """All of them."""
        each = list(several)
        ends = np.concatenate([np.empty((2, 0), dtype=np.int64), *(one.ends for one in each)], axis=1)
        return Edges(ends, np.concatenate([np.empty(0), *(one.sure for one in each)]))

    def where(self, chosen: npt.NDArray[np.bool_]) -> Edges:
        """Those that are chosen."""
        return Edges(self.ends[:, chosen], self.sure[chosen])


def connected(count: int, ends: Codes) -> Codes:
    """The part of each of `count` records, when every edge joins.

    >>> connected(4, np.array([[0, 1], [1, 3]])).tolist()
    [0, 0, 1, 0]
    """
    graph = coo_matrix((np.ones(ends.shape[1], dtype=np.int8), (ends[0], ends[1])), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def parts(count: int, edges: Edges, *, decided: Codes, contradictions: Codes, firm: float = KEY) -> tuple[Codes, Codes]:
    """The part of each record.

    Args:
        count: how many records.
        edges: what joins them.
        decided: 2 x n pairs that a person set apart.
        contradictions: 2 x n pairs that cannot well be one person.
        firm: links from this strength on join in spite of contradictions.

    Returns:
        A part number for each record, and the edges (their places in `edges`) that were refused.

    >>> chain = Edges.of([0, 1], [1, 2], sure=[0.99, 0.96])
    >>> labels, refused = parts(3, chain, decided=np.empty((2, 0), int), contradictions=np.array([[0], [2]]))
    >>> labels.tolist(), refused.tolist()
    ([0, 0, 2], [1])
    """
    labels = connected(count, edges.ends)
    apart = np.concatenate([decided, contradictions], axis=1)
    torn = np.unique(labels[apart[0]][labels[apart[0]] == labels[apart[1]]])
    if not len(torn):
        return labels, np.empty(0, dtype=np.int64)
    return _laid_again(labels, edges, torn=torn, joiner=_Joiner(firm), apart=(decided, contradictions))


def _laid_again(
    labels: Codes, edges: Edges, *, torn: Codes, joiner: _Joiner, apart: tuple[Codes, Codes]
) -> tuple[Codes, Codes]:
    touched = np.flatnonzero(np.isin(labels, torn))
    inside = np.flatnonzero(np.isin(labels[edges.ends[0]], torn))
    order = np.lexsort((edges.ends[1][inside], edges.ends[0][inside], -edges.sure[inside]))
    joiner.members = {each: {each} for each in touched.tolist()}
    joiner.root = {each: each for each in touched.tolist()}
    joiner.note(apart[0], joiner.never)
    joiner.note(apart[1], joiner.unlikely)
    ends, sure = edges.ends.T.tolist(), edges.sure.tolist()
    tried = [at for at in inside[order].tolist() if not joiner.join(*ends[at], sure=sure[at])]
    # A link that was refused early may lie inside one customer in the end.
    refused = [at for at in tried if joiner.root[ends[at][0]] != joiner.root[ends[at][1]]]
    again = labels.copy()
    # Numbers of parts only have to differ: a torn part takes its smallest record's, lifted over all others.
    fresh = {root: int(labels.max()) + 1 + at for at, root in enumerate(sorted(set(joiner.root.values())))}
    for record in touched.tolist():
        again[record] = fresh[joiner.root[record]]
    return np.unique(again, return_index=True)[1][np.unique(again, return_inverse=True)[1]], np.array(refused, np.int64)


@dataclass(slots=True)
class _Joiner:
    firm: float
    members: dict[int, set[int]] = field(default_factory=dict)
    root: dict[int, int] = field(default_factory=dict)
    never: dict[int, set[int]] = field(default_factory=dict)
    unlikely: dict[int, set[int]] = field(default_factory=dict)

    def note(self, pairs: Codes, book: dict[int, set[int]]) -> None:
        for left, right in pairs.T.tolist():
            if left in self.root and right in self.root:
                book.setdefault(left, set()).add(right)
                book.setdefault(right, set()).add(left)

    def join(self, left: int, right: int, *, sure: float) -> bool:
        one, other = self.root[left], self.root[right]
        if one == other:
            return True
        books = (self.never,) if sure >= self.firm else (self.never, self.unlikely)
        small, large = sorted((one, other), key=lambda each: (len(self.members[each]), each))
        if any(book.get(each, _NOBODY) & self.members[large] for book in books for each in self.members[small]):
            return False
        for each in self.members[small]:
            self.root[each] = large
        self.members[large] |= self.members.pop(small)
        return True


_NOBODY: set[int] = set()
