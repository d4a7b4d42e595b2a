"""What do people say to a company, and what comes of it? Conversations, service cases, survey answers and consent.

Whoever waits long gives up, whose matter is settled is content: the causes are in the story, so an analysis can find
them. The conversations are of the people with a record at the service desk, or of nobody known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from regulars.simulate.dice import Dice
from regulars.simulate.records import END, Record

__all__ = ["Service", "consents", "service"]

_START = datetime(2017, 1, 1)
# what it is about: chance, seconds of talk, chance to be settled at once, whether people complain
_REASONS = (
    ("delivery", 420.0, 0.6, 0.25),
    ("coupon", 240.0, 0.8, 0.1),
    ("account", 300.0, 0.85, 0.03),
    ("product", 360.0, 0.7, 0.2),
    ("invoice", 480.0, 0.65, 0.2),
    ("recipe", 200.0, 0.95, 0.0),
)
_SAYS = {
    "delivery": "the delivery came late", "coupon": "the coupon was not taken", "account": "cannot log in",
    "product": "the product was spoiled", "invoice": "the receipt is wrong", "recipe": "asks for a recipe",
}  # fmt: skip


@dataclass(slots=True)
class Service:
    """Rows of four lists, each row a dictionary of the service desk's own column names."""

    calls: list[dict[str, object]] = field(default_factory=list)
    cases: list[dict[str, object]] = field(default_factory=list)
    answers: list[dict[str, object]] = field(default_factory=list)


def service(contacts: Sequence[Record], seed: int) -> Service:
    """A year of conversations, the cases that they open, and the answers to the question how it was.

    Args:
        contacts: the records of the service desk.
        seed: the same seed gives the same year.
    """
    desk = _Desk(Dice(seed))
    for record in contacts:
        for _ in range(1 + desk.dice.count(1.2)):
            desk.talk(record.number, desk.dice.moment(max(_START, record.created), END))
    for _ in range(len(contacts) // 2):
        desk.talk("", desk.dice.moment(_START, END))
    desk.found.calls.sort(key=lambda row: (str(row["Started"]), str(row["Call"])))
    return desk.found


class _Desk:
    def __init__(self, dice: Dice) -> None:
        self.dice, self.found, self._cases = dice, Service(), 0

    def talk(self, who: str, at: datetime) -> None:
        dice = self.dice
        channel = dice.often(("call", "mail", "chat"), flat=0.5)
        reason, usual, settles, complains = dice.often(_REASONS, flat=3.0)
        wait = dice.span(90.0) if channel != "mail" else dice.span(20_000.0)
        gone = channel == "call" and dice.span(400.0) < wait
        talk = 0.0 if gone else dice.size(usual, 0.5)
        settled = not gone and dice.happens(settles)
        number = f"C{20_001 + len(self.found.calls)}"
        self._cases += not (settled or gone)
        case = f"K{3_000 + self._cases}" if not (settled or gone) else ""
        self.found.calls.append({
            "Call": number, "Contact ID": who, "Started": at, "Channel": channel, "Reason": reason, "Case": case,
            "Agent": f"A{dice.number(1, 13):02d}", "Waited (s)": round(wait), "Talk (s)": round(talk),
            "Abandoned": "yes" if gone else "no", "Settled": "yes" if settled else "no",
            "Complaint": "yes" if not gone and dice.happens(complains) else "no",
            "Note": "" if gone else _SAYS[reason], "Cost": round(0.35 + talk * 0.012, 2),
        })  # fmt: skip
        if case:
            self._case(case, who, at=at, reason=reason)
        if who and not gone and dice.happens(0.35):
            self._answer(number, who, at=at, happy=4.3 if settled else 2.6 - min(wait, 600) / 600)

    def _case(self, case: str, who: str, *, at: datetime, reason: str) -> None:
        states = ["open", *(["waiting"] if self.dice.happens(0.4) else []), "resolved", "closed"]
        due, priority = at + timedelta(hours=48), self.dice.often(("normal", "high", "low"), flat=0.5)
        changed = at
        for state in states:
            if changed >= END:
                return
            self.found.cases.append({
                "Case": case, "Contact ID": who, "Changed": changed, "State": state, "Opened": at, "Priority": priority,
                "About": reason, "Team": "delivery" if reason == "delivery" else "care", "Due": due,
                "In time": ("yes" if changed <= due else "no") if state in ("resolved", "closed") else "",
            })  # fmt: skip
            changed += timedelta(seconds=round(self.dice.span(16 * 3600.0)) + 60)

    def _answer(self, call: str, who: str, *, at: datetime, happy: float) -> None:
        answered = at + timedelta(seconds=round(self.dice.span(86_400.0)))
        if answered >= END:
            return
        score = min(max(round(self.dice.normal(happy, 0.8)), 1), 5)
        self.found.answers.append({
            "Answer": f"S{7_001 + len(self.found.answers)}", "Contact ID": who, "Call": call, "Answered": answered,
            "Question": "csat", "Score": score, "Comment": "thank you" if score == 5 and self.dice.happens(0.2) else "",
        })  # fmt: skip


def consents(
    records: Sequence[Record], seed: int, *, shares: Sequence[tuple[str, float]], first: int = 1
) -> list[dict[str, object]]:
    """What people agreed to when their record was made, and what they took back later.

    Args:
        records: of one system.
        seed: the same seed gives the same words.
        shares: (purpose, the share of people who agree to it).
        first: the number of the first statement.
    """
    dice, found = Dice(seed), list[dict[str, object]]()
    for record in records:
        for purpose, share in shares:
            granted = dice.happens(share)
            found.append(_said(first + len(found), record, purpose=purpose, granted=granted, at=record.created))
            if granted and dice.happens(0.06):
                taken = dice.moment(max(_START, record.created), END)
                found.append(_said(first + len(found), record, purpose=purpose, granted=False, at=taken))
    return found


def _said(number: int, record: Record, *, purpose: str, granted: bool, at: datetime) -> dict[str, object]:
    text = "2017-01" if at.year >= 2017 else "2014-03"
    return {
        "id": f"e{number:06d}",
        "account": record.number,
        "purpose": purpose,
        "granted": granted,
        "at": at,
        "text": text,
    }
