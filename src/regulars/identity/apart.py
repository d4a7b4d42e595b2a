"""Which records can never be one customer, whatever else they share? Those whose numbers of one kind differ.

A national id, a register number, a household as the tills number it: two different ones are two customers, and no
likeness joins them. Only a person's word does.
"""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from regulars.identity.cluster import connected

__all__ = ["apart_pairs"]

Codes = npt.NDArray[np.int64]


def apart_pairs(values: pa.ChunkedArray, place: Codes, *, labels: Codes, same: Codes) -> Codes:
    """Pairs of records inside one part whose values differ.

    Args:
        values: the standard form of the number, null where there is none.
        place: for each value the number of its record.
        labels: the part of each record when every link joins.
        same: 2 x n pairs that a person said are one; their values count as one.

    Returns:
        2 x n record numbers, the smaller one first.

    >>> numbers = pa.chunked_array([["7", "7", "8", None]])
    >>> all_one, nobody = np.zeros(4, np.int64), np.empty((2, 0), np.int64)
    >>> apart_pairs(numbers, np.arange(4), labels=all_one, same=nobody).tolist()
    [[0, 1], [2, 2]]
    """
    codes = np.full(len(labels), -1, dtype=np.int64)
    coded = pc.dictionary_encode(values).combine_chunks()
    codes[place] = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)
    codes = _merged(codes, same, count=len(coded.dictionary))
    held = np.flatnonzero(codes >= 0)
    found: list[tuple[int, int]] = []
    for members in _torn(held, labels=labels, codes=codes):
        groups = [members[codes[members] == code].tolist() for code in np.unique(codes[members])]
        found += [pair for one, other in combinations(groups, 2) for pair in product(one, other)]
    ordered = sorted({(min(pair), max(pair)) for pair in found})
    return np.array(ordered, dtype=np.int64).reshape(-1, 2).T


def _merged(codes: Codes, same: Codes, *, count: int) -> Codes:
    ends = codes[same]
    joined = connected(max(count, 1), ends[:, (ends >= 0).all(axis=0)])
    return np.where(codes >= 0, joined[codes], -1)


def _torn(held: Codes, *, labels: Codes, codes: Codes) -> list[Codes]:
    """The records of each part that has more than one value."""
    order = held[np.lexsort((held, labels[held]))]
    starts = np.flatnonzero(np.diff(labels[order], prepend=-1))
    return [each for each in np.split(order, starts[1:]) if len(np.unique(codes[each])) > 1] if len(order) else []
