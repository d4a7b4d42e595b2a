"""Are the simulated feeds the same for the same seed, true to their story, and written as their systems write?"""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from datetime import date, datetime
from pathlib import Path

import pytest

from regulars.simulate.feeds import TRUTH, write_feeds

HOUSEHOLDS = [str(each) for each in range(1, 301)]
PRODUCTS = [f"9{each:05d}" for each in range(200)]
MAILINGS = [("7", date(2017, 3, 1), 120), ("8", date(2017, 11, 30), 40)]


def written(folder: Path, seed: int = 5) -> dict[str, int]:
    """The feeds of a small company."""
    return write_feeds(folder, HOUSEHOLDS, products=PRODUCTS, campaigns=MAILINGS, seed=seed)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The feeds, written once."""
    made = tmp_path_factory.mktemp("feeds")
    written(made)
    return made


def table(path: Path, delimiter: str = ",", encoding: str = "utf-8") -> list[dict[str, str]]:
    """The rows of a CSV."""
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def german(folder: Path, name: str) -> list[dict[str, str]]:
    """The rows of a file of the German programs."""
    return table(folder / "data" / name, ";", "cp1252")


def test_the_same_seed_gives_the_same_bytes_and_another_one_does_not(folder: Path, tmp_path: Path) -> None:
    written(tmp_path / "again")
    written(tmp_path / "other", seed=6)
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        name = path.relative_to(folder)
        assert path.read_bytes() == (tmp_path / "again" / name).read_bytes(), name
    assert (folder / TRUTH).read_bytes() != (tmp_path / "other" / TRUTH).read_bytes()


def test_the_truth_names_the_person_of_every_record_once(folder: Path) -> None:
    truth = table(folder / TRUTH)
    known = {(row["source"], row["customer_id"]): row["person"] for row in truth}
    assert len(known) == len(truth)
    accounts = [json.loads(line) for line in (folder / "data/webshop/accounts.jsonl").read_text().splitlines()]
    there = {("cards", row["Kundennr"]) for row in german(folder, "cards/kunden.csv")}
    there |= {("webshop", each["account"]) for each in accounts}
    there |= {("servicedesk", row["Contact ID"]) for row in table(folder / "data/servicedesk/contacts.csv")}
    assert set(known) == there | {("grocer", each) for each in HOUSEHOLDS}
    assert all(known["grocer", each] == known["cards", each] for each in HOUSEHOLDS)
    assert len({known["grocer", each] for each in HOUSEHOLDS}) == len(HOUSEHOLDS)  # no two households share a shopper


def test_records_of_one_person_differ_as_they_do_in_life(folder: Path) -> None:
    known = {(row["source"], row["customer_id"]): row["person"] for row in table(folder / TRUTH)}
    people = Counter(known.values())
    cards, accounts = defaultdict(list), defaultdict(list)
    for row in german(folder, "cards/kunden.csv"):
        cards[known["cards", row["Kundennr"]]].append(row)
    for line in (folder / "data/webshop/accounts.jsonl").read_text().splitlines():
        each = json.loads(line)
        accounts[known["webshop", each["account"]]].append(each)
    both = [person for person in cards if person in accounts]
    same = sum(cards[each][0]["Nachname"] == accounts[each][0]["profile"]["last"] for each in both)
    assert 0.8 * len(both) < same < len(both)  # most names are equal, not all
    assert any(len(each) > 1 for each in cards.values())  # a second card
    assert any(len(each) > 1 for each in accounts.values())  # a second account
    assert sum(number == 1 for number in people.values()) > 0  # people with one record only
    numbers = Counter(row["Telefon"] for row in german(folder, "cards/kunden.csv") if row["Telefon"])
    assert numbers  # and placeholders among the numbers, or the company's own
    filled = sum(row["E-Mail"] != "" for row in german(folder, "cards/kunden.csv"))
    assert 0.3 < filled / sum(numbers.values()) < 0.8


def test_each_system_writes_in_its_own_form(folder: Path) -> None:
    raw = (folder / "data/cards/kunden.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    days = [row["Geburtsdatum"] for row in german(folder, "cards/kunden.csv") if row["Geburtsdatum"]]
    assert all(datetime.strptime(each, "%d.%m.%Y") for each in days)
    amounts = [row["Betrag"] for row in german(folder, "ledger/kosten.csv")]
    assert all("," in each for each in amounts) and any("." in each for each in amounts)
    opened = [row["Opened"] for row in table(folder / "data/servicedesk/contacts.csv")]
    assert all(datetime.strptime(each, "%m/%d/%Y %H:%M:%S") for each in opened)
    assert any(int(each[3:5]) > 12 for each in opened)  # decides the order of day and month
    assert all(row["time"].endswith("Z") for row in table(folder / "data/webshop/logins.csv"))


def test_visits_have_strangers_log_ins_and_machines(folder: Path) -> None:
    events, logins = table(folder / "data/webshop/events.csv"), table(folder / "data/webshop/logins.csv")
    visitors = Counter(row["visitor"] for row in events)
    assert len({row["event"] for row in events}) == len(events)
    assert {row["visitor"] for row in logins} <= set(visitors)
    assert len(visitors) > len({row["visitor"] for row in logins}) + 100
    machines = {row["visitor"] for row in table(folder / "truth/machines.csv")}
    assert all(visitors[each] == 300 for each in machines)
    assert max(row["time"] for row in events) < "2018"
    assert {row["article"] for row in events if row["article"]} <= set(PRODUCTS)


def test_service_has_causes(folder: Path) -> None:
    calls, answers = table(folder / "data/servicedesk/calls.csv"), table(folder / "data/servicedesk/answers.csv")
    settled = {row["Call"]: row["Settled"] == "yes" for row in calls}
    scores = {good: [int(row["Score"]) for row in answers if settled[row["Call"]] is good] for good in (True, False)}
    assert sum(scores[True]) / len(scores[True]) > sum(scores[False]) / len(scores[False]) + 1
    cases = table(folder / "data/servicedesk/cases.csv")
    assert {row["Case"] for row in cases} == {row["Case"] for row in calls if row["Case"]}
    assert len({(row["Case"], row["Changed"]) for row in cases}) == len(cases)
