"""What does a company spend that stands on no order line? A year of bookings: rent, staff, advertising, each mailing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from regulars.simulate.dice import Dice

__all__ = ["outlays"]

_MONTHLY = (
    ("Miete", "", 42_000.0),
    ("Personal", "", 118_000.0),
    ("Werbung", "web", 6_500.0),
    ("Porto", "mail", 2_100.0),
)


def outlays(campaigns: Sequence[tuple[str, date, int]], seed: int) -> list[dict[str, object]]:
    """Bookings in the words of the ledger.

    Args:
        campaigns: (id, first day, people addressed) of each mailing; its print and postage are booked on that day.
        seed: the same seed gives the same bookings.
    """
    dice, found = Dice(seed), list[dict[str, object]]()
    for month in range(1, 13):
        for kind, channel, usual in _MONTHLY:
            _book(found, date(2017, month, 3), kind=kind, channel=channel, amount=dice.size(usual, 0.06))
    for name, day, people in campaigns:
        amount = 350.0 + people * dice.size(0.62, 0.05)
        _book(found, day, kind="Aussendung", channel="mail", amount=amount, campaign=name)
    return found


def _book(
    found: list[dict[str, object]], day: date, *, kind: str, channel: str, amount: float, campaign: str = ""
) -> None:
    found.append({
        "Beleg": f"L{len(found) + 1:05d}", "Buchungsdatum": day, "Kostenart": kind, "Kanal": channel,
        "Kampagne": campaign, "Betrag": round(amount, 2),
    })  # fmt: skip
