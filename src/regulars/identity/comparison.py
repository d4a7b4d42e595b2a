"""How alike are two records, column by column? The levels of likeness that a model weighs, as data, by kind of column.

Each comparison is a list of conditions over two records, `l` and `r`; the first that holds is the pair's level. The
parts of an address are compared together: they come and go together, and as four witnesses they would make one family
one person.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

__all__ = ["COLUMNS", "Comparison", "Level", "comparisons"]

COLUMNS = (
    "given_name",
    "family_name",
    "birth_date",
    "email",
    "phone",
    "street",
    "house_number",
    "postcode",
    "city",
    "company",
)
"""The columns of the contract that are compared; further attributes are compared as numbers of a card or a register."""


@dataclass(frozen=True, slots=True)
class Level:
    """One level: what it says, its condition in SQL, and the column whose rare values weigh more when they agree."""

    says: str
    where: str
    rare: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One witness: a name, the columns that it looks at, when it says nothing, its levels from alike to unlike."""

    name: str
    columns: tuple[str, ...]
    silent: str
    levels: tuple[Level, ...]


def comparisons(columns: Collection[str], attributes: Collection[str] = ()) -> list[Comparison]:
    """The comparisons that records with these columns allow.

    Args:
        columns: those of `COLUMNS` that hold something.
        attributes: further columns whose values are meant to be unique, as a card's number.

    >>> [each.name for each in comparisons(["email", "city", "postcode"], ["attr_card"])]
    ['email', 'address', 'attr_card']
    """
    there = set(columns)
    found = [make(there) for column, make in _MAKERS if column in there]
    if there & {"street", "postcode", "city"}:
        found.append(_address(there))
    return found + [_number(name) for name in sorted(attributes)]


def _q(name: str, side: str) -> str:
    return '"' + f"{name}_{side}".replace('"', '""') + '"'


def _both(name: str) -> tuple[str, str]:
    return _q(name, "l"), _q(name, "r")


def _silent(name: str) -> str:
    left, right = _both(name)
    return f"{left} IS NULL OR {right} IS NULL"


def _same(name: str) -> str:
    return "{} = {}".format(*_both(name))


def _alike(name: str, least: float) -> str:
    return "jaro_winkler_similarity({}, {}) >= {least}".format(*_both(name), least=least)


def _near(name: str, least: float, *, letters: int) -> str:
    """Alike, and the first letters are equal: a cheap test that spares the dear one for most pairs."""
    left, right = _both(name)
    return f"({left}[:{letters}] = {right}[:{letters}] AND {_alike(name, least)})"


def _slips(name: str, most: int) -> str:
    """So many slips at most; one of the ends is as it was, which is cheap to see."""
    left, right = _both(name)
    ends = f"({left}[:2] = {right}[:2] OR {left}[-2:] = {right}[-2:])"
    return f"({ends} AND damerau_levenshtein({left}, {right}) <= {most})"


_ELSE = Level("different", "ELSE")


def _name(name: str, other: str, *, there: set[str]) -> Comparison:
    levels = [Level("equal", _same(name), name)]
    own: tuple[str, ...] = (name,)
    if other in there:
        own = (name, other)
        left, right = _both(name)
        swapped = f"{left} = {_q(other, 'r')} AND {_q(other, 'l')} = {right}"
        levels.append(Level("given and family name swapped", swapped))
    levels += [Level(f"alike ({least})", _near(name, least, letters=1)) for least in (0.92, 0.88)]
    levels.append(Level("somewhat alike (0.7)", _alike(name, 0.7)))
    return Comparison(name, own, _silent(name), (*levels, _ELSE))


def _birth(there: set[str]) -> Comparison:
    left, right = _both("birth_date")
    parts = " + ".join(f"({left}[{a}:{b}] = {right}[{a}:{b}])::INT" for a, b in ((1, 4), (6, 7), (9, 10)))
    levels = (
        Level("equal", _same("birth_date")),
        Level("one slip", _slips("birth_date", 1)),
        Level("two of year, month and day", f"{parts} >= 2"),
        Level("month and day swapped", f"{left}[1:4] = {right}[1:4] AND {left}[6:7] = {right}[9:10]"),
        Level("the same year", f"{left}[1:4] = {right}[1:4]"),
        _ELSE,
    )
    return Comparison("birth_date", ("birth_date",), _silent("birth_date"), levels)


def _email(there: set[str]) -> Comparison:
    left, right = (f"split_part({each}, '@', 1)" for each in _both("email"))
    levels = (
        Level("equal", _same("email")),
        Level("the same mailbox elsewhere", f"{left} = {right}"),
        Level("alike (0.92)", _near("email", 0.92, letters=1)),
        Level("alike mailbox", f"jaro_winkler_similarity({left}, {right}) >= 0.9"),
        _ELSE,
    )
    return Comparison("email", ("email",), _silent("email"), levels)


def _phone(there: set[str]) -> Comparison:
    left, right = _both("phone")
    levels = (
        Level("equal", _same("phone")),
        Level("the last eight digits", f"{left}[-8:] = {right}[-8:]"),
        Level("one slip", _slips("phone", 1)),
        _ELSE,
    )
    return Comparison("phone", ("phone",), _silent("phone"), levels)


def _company(there: set[str]) -> Comparison:
    levels = (
        Level("equal", _same("company"), "company"),
        Level("alike (0.9)", _near("company", 0.9, letters=1)),
        Level("somewhat alike (0.8)", _alike("company", 0.8)),
        _ELSE,
    )
    return Comparison("company", ("company",), _silent("company"), levels)


def _number(name: str) -> Comparison:
    levels = (Level("equal", _same(name)), Level("one slip", _slips(name, 1)), Level("two slips", _slips(name, 2)))
    return Comparison(name, (name,), _silent(name), (*levels, _ELSE))


def _address(there: set[str]) -> Comparison:
    own = tuple(each for each in ("street", "house_number", "postcode", "city") if each in there)
    place = " AND ".join(f"({_silent(each)})" for each in own if each != "house_number")
    street = _any(_near("street", 0.9, letters=3) if "street" in there else "")
    house = _any(_same("house_number") if "house_number" in there else "")
    post = _any(_same("postcode") if "postcode" in there else "")
    near = _any(
        _slips("postcode", 1) if "postcode" in there else "", _near("city", 0.9, letters=2) if "city" in there else ""
    )
    levels = [
        Level("street, number and place", _all(street, house, _any(post, near))),
        Level("number and street or postcode", _all(house, _any(street, post))),
        Level("street and place", _all(street, _any(post, near))),
        Level("street", street),
        Level("postcode", post, "postcode"),
        Level("city", _same("city") if "city" in there else "", "city"),
        Level("near in writing", near),
    ]
    kept: dict[str, Level] = {each.where: each for each in reversed(levels) if each.where}
    return Comparison("address", own, place, (*reversed(kept.values()), _ELSE))


def _any(*conditions: str) -> str:
    given = [each for each in conditions if each]
    return f"({' OR '.join(given)})" if given else ""


def _all(*conditions: str) -> str:
    return " AND ".join(conditions) if all(conditions) else ""


_MAKERS: tuple[tuple[str, Callable[[set[str]], Comparison]], ...] = (
    ("given_name", lambda there: _name("given_name", "family_name", there=there)),
    ("family_name", lambda there: _name("family_name", "given_name", there=there)),
    ("birth_date", _birth),
    ("email", _email),
    ("phone", _phone),
    ("company", _company),
)
