"""Locale proof on generated files: nothing is loaded wrongly, nothing undecidable is loaded, what is declared is loaded."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest


@dataclass(frozen=True)
class House:
    """How one country writes dates and amounts."""

    dates: str
    form: str
    decimal: str
    thousands: str
    delimiter: str

    def amount(self, value: Decimal) -> str:
        return f"{value:,.2f}".replace(",", "_").replace(".", self.decimal).replace("_", self.thousands)


HOUSES = {
    "de": House("day-first", "%d.%m.%Y", ",", ".", ";"),
    "nl": House("day-first", "%d-%m-%Y", ",", ".", ";"),
    "us": House("month-first", "%m/%d/%Y", ".", ",", "\t"),
    "uk": House("day-first", "%d/%m/%Y", ".", ",", "\t"),
    "iso": House("iso", "%Y-%m-%d", ".", "", ","),
}


def generated(house: House, seed: int, ambiguous: float) -> tuple[str, list[tuple[datetime, Decimal]]]:
    dice = random.Random(seed)
    truth: list[tuple[datetime, Decimal]] = []
    for _ in range(dice.randrange(5, 40)):
        day = date(2020, 1, 1) + timedelta(days=dice.randrange(1500))
        if dice.random() < ambiguous:
            day = day.replace(day=dice.randrange(1, 13))
        truth.append((datetime(day.year, day.month, day.day), Decimal(dice.randrange(1, 10_000_000)) / 100))
    lines = [house.delimiter.join(("o", "t", "n"))]
    for number, (when, amount) in enumerate(truth):
        lines.append(house.delimiter.join((f"A{number}", when.strftime(house.form), house.amount(amount))))
    return "\n".join(lines) + "\n", truth


@pytest.mark.parametrize("country", HOUSES)
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("seed", [1, 2])
def test_declared_files_load_right_and_undeclared_ones_never_wrong(
    country: str, share: float, seed: int, bench: Any, typed: Any
) -> None:
    house = HOUSES[country]
    data, truth = generated(house, seed, share)
    declared = {"decimal": house.decimal, "thousands": house.thousands, "dates": house.dates}
    right = bench.parse(data, dialect=declared)
    assert right.held is None
    assert [(row["ordered_at"], row["net_amount"]) for row in typed(right)] == truth
    silent = bench.parse(data)
    if silent.held is None:
        assert [(row["ordered_at"], row["net_amount"]) for row in typed(silent)] == truth
    else:
        assert all(when.day <= 12 for when, _ in truth)
        assert "day-first and month-first" in silent.held


@pytest.mark.parametrize("country", ["de", "nl", "us", "uk"])
@pytest.mark.parametrize("seed", range(3))
def test_the_wrong_order_is_held_when_the_file_shows_it(country: str, seed: int, bench: Any) -> None:
    house = HOUSES[country]
    data, truth = generated(house, seed, 0.3)
    other = "month-first" if house.dates == "day-first" else "day-first"
    assert any(when.day > 12 for when, _ in truth)
    held = bench.parse(data, dialect={"decimal": house.decimal, "thousands": house.thousands, "dates": other}).held
    assert held
    assert house.dates in held
