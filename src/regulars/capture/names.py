"""Raw column names of the main file and its joined files, each to the staged column that holds it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from regulars.kernel.errors import DataError, nearest

__all__ = ["find"]


def find(wanted: str, columns: Sequence[str], *, file: str) -> int:
    """The position of the raw column `wanted`.

    Raises:
        DataError: there is none of that name, or more than one; names the nearest and what there is.

    >>> find("b", ["a", "b"], file="x.csv")
    1
    """
    count = Counter(columns)[wanted]
    if count == 1:
        return list(columns).index(wanted)
    present = [each for each in dict.fromkeys(columns) if each]
    if count > 1:
        problem = f"{file} has {count} columns named {wanted!r}: it cannot be told which one is meant."
        raise DataError(problem, allowed=present, fix="Give them different names in the header.")
    if not wanted.strip():
        raise DataError(f"{file}: a column without a name cannot be mapped.", allowed=present)
    problem = f"{file} has no column {wanted!r}."
    fix = "Correct the mapping, or the header of the file; nothing of it was loaded."
    raise DataError(problem, allowed=present, guess=nearest(wanted, present), fix=fix)
