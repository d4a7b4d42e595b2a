"""Who are the people behind the records? Households with their shoppers, other adults, and people who only look.

A person has one truth (name, birth, homes before and after a move, one e-mail address, one telephone number); what the
systems of a company write of it is another matter, see `records`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from regulars.simulate.dice import Dice
from regulars.simulate.names import AREAS, FAMILY, MEN, PLACES, STREET_KINDS, STREETS, WOMEN

__all__ = ["Home", "Person", "people"]

_LETTERS = str.maketrans({"\u00f8": "o", "'": "", ".": "", " ": ""})


@dataclass(frozen=True, slots=True)
class Home:
    """One address."""

    street: str
    short: str  # the street as a hasty hand writes it
    number: str
    postcode: str
    city: str
    state: str


@dataclass(frozen=True, slots=True)
class Person:
    """One person, as it is in truth.

    Attributes:
        name: of this simulation, for the truth file.
        household: the shopper's household as the tills number it; None for everybody else.
        before, home, moved: addresses, the same one for who did not move within the last years.
        maiden: the family name before it was changed, or the same.
    """

    name: str
    household: str | None
    given: str
    family: str
    maiden: str
    woman: bool
    born: date
    before: Home
    home: Home
    moved: datetime
    email: str
    phone: str


def people(households: Sequence[str], seed: int, *, second: float = 0.4, outside: float = 0.2) -> list[Person]:
    """Everybody who can leave a record.

    Args:
        households: the ids of the shoppers' households.
        seed: the same seed gives the same people.
        second: the share of households with a further adult at the same address.
        outside: people of no household, as a share of the households.

    Returns:
        One shopper for each household, the further adults, and people from outside, in this order of households.

    >>> [each.household for each in people(["7", "9"], 1, second=0.0, outside=0.5)]
    ['7', '9', None]
    """
    crowd = _Crowd(Dice(seed))
    for household in households:
        holder = crowd.one(household)
        if crowd.dice.happens(second):
            crowd.beside(holder)
    for _ in range(round(outside * len(households))):
        crowd.one(None)
    return crowd.people


class _Crowd:
    def __init__(self, dice: Dice) -> None:
        self.dice, self.people = dice, list[Person]()
        self._phones = dice.shuffled([f"{area}55501{end:02d}" for area in AREAS for end in range(100)])
        self._emails: set[str] = set()

    def one(self, household: str | None) -> Person:
        dice = self.dice
        woman = dice.happens(0.6)
        family = dice.often(FAMILY)
        maiden = dice.often(FAMILY) if woman and dice.happens(0.03) else family
        before = self._home()
        moved = dice.happens(0.12)
        return self._add(
            household, names=(dice.often(WOMEN if woman else MEN), family, maiden), woman=woman, before=before,
            home=self._home() if moved else before, phone=self._phones.pop(),
        )  # fmt: skip

    def beside(self, holder: Person) -> Person:
        """Another adult at the same address: mostly of the same family name, often on the same telephone."""
        dice = self.dice
        woman = not holder.woman if dice.happens(0.9) else holder.woman
        family = holder.family if dice.happens(0.85) else dice.often(FAMILY)
        phone = holder.phone if dice.happens(0.3) else self._phones.pop()
        given = dice.often(WOMEN if woman else MEN)
        names = (given, family, family)
        return self._add(None, names=names, woman=woman, before=holder.before, home=holder.home, phone=phone)

    def _add(
        self, household: str | None, *, names: tuple[str, str, str], woman: bool, before: Home, home: Home, phone: str
    ) -> Person:
        born = date(1930, 1, 1) + timedelta(days=self.dice.number(0, 68 * 365))
        moved = self.dice.moment(datetime(2014, 1, 1), datetime(2017, 9, 1))
        email = self._email(names[0], names[1], born=born)
        name = f"person-{len(self.people) + 1}"
        person = Person(name, household, *names, woman, born, before, home, moved, email, phone)
        self.people.append(person)
        return person

    def _home(self) -> Home:
        dice = self.dice
        city, state, codes = dice.often(PLACES, flat=1.0)
        long, short = dice.often(STREET_KINDS, flat=1.0)
        street = dice.often(STREETS)
        return Home(f"{street} {long}", f"{street} {short}", str(dice.number(1, 2400)), dice.pick(codes), city, state)

    def _email(self, given: str, family: str, *, born: date) -> str:
        first, last = _plain(given), _plain(family)
        form = self.dice.pick((f"{first}.{last}", f"{first[0]}{last}", f"{first}{last}{born:%y}", f"{last}.{first}"))
        domain = self.dice.often(("example.com", "example.org", "example.net"), flat=1.0)
        end = ""
        while f"{form}{end}@{domain}" in self._emails:
            end = str(int(end or 1) + 1)
        self._emails.add(f"{form}{end}@{domain}")
        return f"{form}{end}@{domain}"


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS))
    return "".join(each for each in letters if each.isascii())
