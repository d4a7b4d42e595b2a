"""What do three systems of one company write of the same people? Each its own part, with duplicates, gaps and slips.

The till's card office types paper forms, the web shop takes what people enter, the service desk writes down what it
hears. A record never says which person it is; that is in the truth beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from regulars.simulate.dice import Dice
from regulars.simulate.names import NICKNAMES
from regulars.simulate.people import Home, Person

__all__ = ["Record", "Records", "records"]

END = datetime(2018, 1, 1)
_NOBODY_PHONES = ("0000000000", "9999999999", "1111111111", "1234567890")
_NOBODY_MAILS = ("none@none.com", "test@test.com", "noemail@noemail.com", "n/a@nomail.com")
_OWN_PHONE = "5135550100"  # the company's own number, typed where somebody has none


@dataclass(frozen=True, slots=True)
class Record:
    """One record: the person as the system has it; texts are empty where it knows nothing."""

    number: str
    person: Person
    created: datetime
    changed: datetime
    given: str
    family: str
    born: date | None
    street: str
    house: str
    postcode: str
    city: str
    state: str
    phone: str
    email: str
    card: str = ""


@dataclass(slots=True)
class Records:
    """The records of the three systems, and the truth: (system, number, person) of each."""

    cards: list[Record] = field(default_factory=list)
    accounts: list[Record] = field(default_factory=list)
    contacts: list[Record] = field(default_factory=list)

    @property
    def truth(self) -> list[tuple[str, str, str]]:
        """(system, record number, person) of every record; `grocer` numbers households as the tills do."""
        systems = (("cards", self.cards), ("webshop", self.accounts), ("servicedesk", self.contacts))
        found = [(name, each.number, each.person.name) for name, those in systems for each in those]
        return [("grocer", each.card, each.person.name) for each in self.cards if each.card] + found


def records(people: Sequence[Person], seed: int) -> Records:
    """The records that these people have left by the end of 2017; the same seed gives the same records."""
    office = _Office(Dice(seed))
    for person in people:
        office.write(person)
    return office.found


class _Office:
    def __init__(self, dice: Dice) -> None:
        self.dice, self.found = dice, Records()

    def write(self, person: Person) -> None:
        dice, shopper = self.dice, person.household is not None
        if shopper:
            self._card(person, number=str(person.household), card=str(person.household))
        if shopper and dice.happens(0.05):  # a lost card: its old record was never closed
            self._card(person, number=f"{900_000 + len(self.found.cards)}", card="")
        for _ in range((dice.happens(0.55 if shopper else 0.5)) * (1 + dice.happens(0.07))):
            self._account(person)
        for _ in range((dice.happens(0.22 if shopper else 0.12)) * (1 + dice.happens(0.15))):
            self._contact(person)

    def _card(self, person: Person, *, number: str, card: str) -> None:
        dice, created = self.dice, self.dice.moment(datetime(2010, 1, 1), datetime(2016, 12, 31))
        home = self._home(person, created)
        born = person.born if dice.happens(0.7) else None
        if born and dice.happens(0.04):  # the form wants something, or day and month were swapped
            swapped = born.replace(day=born.month, month=born.day) if born.day <= 12 else born
            born = date(1900, 1, 1) if dice.happens(0.5) else swapped
        self.found.cards.append(Record(
            number, person, created, created, self._typed(self._given(person), 0.02),
            self._typed(person.maiden if created < person.moved else person.family, 0.02), born,
            self._typed(home.street, 0.02), home.number, home.postcode, home.city, home.state,
            self._phone(person, told=0.75), self._email(person, told=0.4, slip=0.03), card,
        ))  # fmt: skip

    def _account(self, person: Person) -> None:
        dice, created = self.dice, self.dice.moment(datetime(2014, 1, 1), END)
        changed = dice.moment(created, END)
        home = self._home(person, changed) if dice.happens(0.8) else None
        again = any(each.person is person for each in self.found.accounts[-1:])
        email = person.email if not again else person.email.replace("@", f"{dice.number(2, 99)}@")
        street = f"{home.number} {home.short if dice.happens(0.6) else home.street}" if home else ""
        self.found.accounts.append(Record(
            f"w{100_001 + len(self.found.accounts)}", person, created, changed, self._cased(self._given(person)),
            self._cased(self._typed(person.family, 0.01)), person.born if dice.happens(0.3) else None, street, "",
            home.postcode if home else "", home.city if home else "", home.state if home else "",
            self._phone(person, told=0.5), email, (person.household or "") if dice.happens(0.35) else "",
        ))  # fmt: skip

    def _contact(self, person: Person) -> None:
        dice, created = self.dice, self.dice.moment(datetime(2016, 1, 1), END)
        home = self._home(person, created)
        told = dice.happens(0.5)
        self.found.contacts.append(Record(
            f"D-{5_001 + len(self.found.contacts)}", person, created, created, self._given(person),
            self._typed(person.family, 0.05), None, "", "", home.postcode if told else "", home.city if told else "",
            "", self._phone(person, told=0.85), self._email(person, told=0.45, slip=0.05),
        ))  # fmt: skip

    def _home(self, person: Person, at: datetime) -> Home:
        return person.home if at >= person.moved else person.before

    def _given(self, person: Person) -> str:
        return NICKNAMES.get(person.given, person.given) if self.dice.happens(0.06) else person.given

    def _typed(self, text: str, slip: float) -> str:
        return self.dice.slip(text) if self.dice.happens(slip) else text

    def _cased(self, text: str) -> str:
        return self.dice.pick((text.upper(), text.lower())) if self.dice.happens(0.06) else text

    def _phone(self, person: Person, *, told: float) -> str:
        dice = self.dice
        if not dice.happens(told):
            return ""
        if dice.happens(0.02):
            return _OWN_PHONE if dice.happens(0.4) else dice.pick(_NOBODY_PHONES)
        number = dice.slip(person.phone) if dice.happens(0.01) else person.phone
        area, middle, end = number[:3], number[3:6], number[6:]
        return dice.pick((f"({area}) {middle}-{end}", f"{area}-{middle}-{end}", f"+1 {area} {middle} {end}", number))

    def _email(self, person: Person, *, told: float, slip: float) -> str:
        dice = self.dice
        if not dice.happens(told):
            return dice.pick(_NOBODY_MAILS) if dice.happens(0.02) else ""
        local, _, domain = person.email.partition("@")
        return f"{self._typed(local, slip)}@{domain}"
