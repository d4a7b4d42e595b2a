"""Locale proof, counted: files of five countries with nothing declared are read right, or held, and held only when they must.

Whether a file can be decided is judged here by a reading of its own, value by value in plain Python.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tests.capture.conftest import Bench

COLUMNS = {"order_id": "o", "ordered_at": "t", "net_amount": "n", "discount_amount": "d"}
SECTION = {"contract": "order_line", "columns": COLUMNS}
_ANY = ((".", ""), (",", ""), (",", "."), (".", ","), (",", " "), (".", "'"), (".", " "))
Value = tuple[datetime, Decimal, Decimal | None]


@dataclass(frozen=True)
class House:
    """How one country writes dates and amounts."""

    form: str
    decimal: str
    thousands: str
    delimiter: str


HOUSES = {
    "de": House("%d.%m.%Y", ",", ".", ";"),
    "nl": House("%d-%m-%Y", ",", ".", ";"),
    "us": House("%m/%d/%Y", ".", ",", "\t"),
    "uk": House("%d/%m/%Y", ".", ",", "\t"),
    "iso": House("%Y-%m-%d", ".", "", ","),
}


@dataclass(frozen=True)
class File:
    """One generated file: its text, the truth, and whether the text alone decides how it is to be read."""

    country: str
    data: str
    truth: list[Value]
    decidable: bool


@dataclass
class Count:
    """What became of the files."""

    files: int = 0
    decidable: int = 0
    loaded: int = 0
    asked: int = 0  # decidable ones that were held
    held: int = 0  # undecidable ones that were held
    wrong: int = 0

    @property
    def unasked(self) -> float:
        """The share of decidable files that needed no question."""
        return 1 - self.asked / self.decidable if self.decidable else 1.0


def generated(seed: int) -> File:
    """Draw a file; the share of ambiguous values goes from none to all."""
    draw = random.Random(seed)
    country = list(HOUSES)[seed % len(HOUSES)]
    house, ambiguous = HOUSES[country], draw.choice([0.0, 0.2, 0.5, 0.8, 1.0, 1.0])
    truth: list[Value] = []
    lines = [house.delimiter.join("otnd")]
    for number in range(draw.randrange(1, 40)):
        day = _day(draw, ambiguous)
        first, second = _amount(draw, house, ambiguous), _amount(draw, house, ambiguous)
        with_second = draw.random() < 0.5
        lines.append(house.delimiter.join((f"A{number}", day.strftime(house.form), first[0], second[0] * with_second)))
        truth.append((datetime(day.year, day.month, day.day), first[1], second[1] if with_second else None))
    texts = [line.split(house.delimiter) for line in lines[1:]]
    decidable = _dates_decide([each[1] for each in texts]) and _numbers_decide(
        value for each in texts for value in each[2:] if value
    )
    return File(country, "\n".join(lines) + "\n", truth, decidable)


def _day(draw: random.Random, ambiguous: float) -> date:
    day = date(2020, 1, 1) + timedelta(days=draw.randrange(1500))
    return day.replace(day=draw.randrange(1, 13)) if draw.random() < ambiguous else day


def _amount(draw: random.Random, house: House, ambiguous: float) -> tuple[str, Decimal]:
    if draw.random() >= ambiguous:
        value = Decimal(draw.randrange(1, 10_000_000)) / 100
    elif house.thousands:
        value = Decimal(draw.randrange(1, 1_000_000))  # whole, grouped as the house does
    else:
        value = Decimal(draw.randrange(1_001, 999_999)) / 1000  # three decimals, as a program may write
    text = f"{value:,}" if house.thousands else str(value)
    return text.replace(",", "_").replace(".", house.decimal).replace("_", house.thousands), value


def _dates_decide(texts: Iterable[str]) -> bool:
    parts = [text.replace(".", "/").replace("-", "/").split("/") for text in texts]
    if all(len(each[0]) == 4 for each in parts):
        return True
    return any(int(each[0]) > 12 or int(each[1]) > 12 for each in parts)


def _numbers_decide(texts: Iterable[str]) -> bool:
    values = list(texts)
    found = {read for decimal, mark in _ANY if (read := _read(values, decimal, mark)) is not None}
    return len(found) == 1


def _read(texts: list[str], decimal: str, mark: str) -> tuple[Decimal, ...] | None:
    found: list[Decimal] = []
    for text in texts:
        whole, point, rest = text.partition(decimal)
        groups = whole.split(mark) if mark else [whole]
        fits = all(each.isdigit() for each in groups) and (rest.isdigit() or not point)
        grouped = len(groups) == 1 or (
            1 <= len(groups[0]) <= 3 and groups[0][0] != "0" and all(len(each) == 3 for each in groups[1:])
        )
        if not (fits and grouped):
            return None
        found.append(Decimal("".join(groups) + ("." + rest if rest else "")))
    return tuple(found)


def counted(bench: Bench, seeds: Iterable[int]) -> Count:
    """Read the files with nothing declared."""
    count = Count()
    for seed in seeds:
        file = generated(seed)
        parsed = bench.parse(file.data, SECTION)
        count.files += 1
        count.decidable += file.decidable
        if parsed.held is not None:
            count.asked += file.decidable
            count.held += not file.decidable
            assert "line " in parsed.held, "a question must name lines"
        else:
            count.loaded += 1
            count.wrong += list(_values(parsed.rows)) != file.truth
    return count


def _values(rows: Any) -> Iterator[Value]:
    for row in sorted(pq.read_table(rows).to_pylist(), key=lambda each: each["record"]):
        yield row["ordered_at"], row["net_amount"], row["discount_amount"]


def full(folder: Path, files: int = 2_000) -> str:
    """The full count; gives the sentence of the proof, and fails when it does not hold."""
    found = counted(Bench(folder), range(files))
    assert found.wrong == 0, found
    assert found.unasked >= 0.98, found
    return (
        f"{found.files:,} files with nothing declared: {found.loaded:,} loaded, none wrongly; of {found.decidable:,} that can "
        f"be decided {found.unasked:.2%} needed no question; {found.held:,} that cannot be decided were held"
    )


if __name__ == "__main__":
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as place:
        print(full(Path(place), int((sys.argv[1:] or ["2000"])[0])))
