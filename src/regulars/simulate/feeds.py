"""How do simulated systems write their files? Each in a local form of its own, as the systems of a real company do.

The till's card office and the ledger write as German programs do (cp1252, semicolons, decimal commas, day first), the
web shop writes JSON lines and a comma separated event log in ISO times, the service desk month-first CSV. Which record
is which person goes to a file of its own that no source reads.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from regulars.simulate.outlay import outlays
from regulars.simulate.people import people
from regulars.simulate.records import Record, records
from regulars.simulate.service import consents, service
from regulars.simulate.web import web

__all__ = ["TRUTH", "write_feeds"]

TRUTH = "truth/records.csv"
_CARD = ("Kundennr", "Haushaltsnr", "Vorname", "Nachname", "Geburtsdatum", "Stra\u00dfe", "Hausnr", "PLZ", "Ort", "Land",
         "Telefon", "E-Mail", "Angelegt am")  # fmt: skip

_ON_PAPER = (("Post", 0.9), ("Telefon", 0.3))
_ONLINE = (("email", 0.6), ("profiling", 0.4))


def write_feeds(
    folder: Path,
    households: Sequence[str],
    *,
    products: Sequence[str],
    campaigns: Sequence[tuple[str, date, int]],
    seed: int,
) -> dict[str, int]:
    """Write the feeds of a year into `data`, and the truth beside it.

    Args:
        folder: the project's folder.
        households: ids of the shoppers' households, as the tills number them.
        products: ids of articles, the most wanted first.
        campaigns: (id, first day, people addressed) of each mailing.
        seed: the same seed gives the same bytes.

    Returns:
        How many rows each file has.
    """
    crowd = people(households, seed)
    found = records(crowd, seed + 1)
    talks, site = (
        service(found.contacts, seed + 2),
        web(found.accounts, products, seed=seed + 3, strangers=len(households)),
    )
    data = folder / "data"
    lines = {
        "cards/kunden.csv": _german(data / "cards/kunden.csv", map(_card, found.cards)),
        "cards/einwilligungen.csv": _german(
            data / "cards/einwilligungen.csv", map(_agreed, consents(found.cards, seed + 6, shares=_ON_PAPER))
        ),
        "ledger/kosten.csv": _german(data / "ledger/kosten.csv", outlays(campaigns, seed + 5)),
        "webshop/accounts.jsonl": _json(data / "webshop/accounts.jsonl", map(_account, found.accounts)),
        "webshop/consents.jsonl": _json(
            data / "webshop/consents.jsonl", consents(found.accounts, seed + 4, shares=_ONLINE)
        ),
        "webshop/logins.csv": _plain(data / "webshop/logins.csv", site.logins),
        "webshop/events.csv": _plain(data / "webshop/events.csv", site.events),
        "servicedesk/contacts.csv": _american(data / "servicedesk/contacts.csv", map(_contact, found.contacts)),
        "servicedesk/calls.csv": _american(data / "servicedesk/calls.csv", talks.calls),
        "servicedesk/cases.csv": _american(data / "servicedesk/cases.csv", talks.cases),
        "servicedesk/answers.csv": _american(data / "servicedesk/answers.csv", talks.answers),
    }
    _plain(folder / TRUTH, [dict(zip(("source", "customer_id", "person"), each, strict=True)) for each in found.truth])
    _plain(folder / "truth/machines.csv", [{"visitor": each} for each in site.machines])
    return lines


def _card(each: Record) -> dict[str, object]:
    values = (each.number, each.card, each.given, each.family, each.born, each.street, each.house, each.postcode,
              each.city, "US", each.phone, each.email, each.created.date())  # fmt: skip
    return dict(zip(_CARD, values, strict=True))


def _agreed(each: Mapping[str, object]) -> dict[str, object]:
    at = each["at"]
    return {"Nr": each["id"], "Kundennr": each["account"], "Zweck": each["purpose"],
            "Erteilt": "ja" if each["granted"] else "nein", "Datum": at.date() if isinstance(at, datetime) else at}  # fmt: skip


def _account(each: Record) -> dict[str, object]:
    profile = {"first": each.given, "last": each.family, "email": each.email, "mobile": each.phone or None,
               "birthday": each.born}  # fmt: skip
    delivery = {"street": each.street or None, "zip": each.postcode or None, "city": each.city or None,
                "state": each.state or None, "country": "US"}  # fmt: skip
    return {"account": each.number, "created": each.created, "changed": each.changed, "profile": profile,
            "delivery": delivery, "card": each.card or None}  # fmt: skip


def _contact(each: Record) -> dict[str, object]:
    # half of the agents write the family name first
    turned = int(each.number.rpartition("-")[2]) % 2
    name = f"{each.family}, {each.given}" if turned else f"{each.given} {each.family}"
    return {"Contact ID": each.number, "Name": name, "Phone": each.phone, "E-mail": each.email, "Zip": each.postcode,
            "City": each.city, "Opened": each.created}  # fmt: skip


def _german(path: Path, rows: Iterable[Mapping[str, object]]) -> int:
    return _write(path, rows, form=_as_german, encoding="cp1252", delimiter=";")


def _american(path: Path, rows: Iterable[Mapping[str, object]]) -> int:
    return _write(path, rows, form=_as_american, encoding="utf-8", delimiter=",")


def _plain(path: Path, rows: Iterable[Mapping[str, object]]) -> int:
    return _write(path, rows, form=_as_iso, encoding="utf-8", delimiter=",")


def _as_german(value: object) -> str:
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, float):
        return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    return "" if value is None else str(value)


def _as_american(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%m/%d/%Y %H:%M:%S}"
    return "" if value is None else str(value)


def _as_iso(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return "" if value is None else str(value)


def _write(
    path: Path, rows: Iterable[Mapping[str, object]], *, form: Callable[[object], str], encoding: str, delimiter: str
) -> int:
    body = [{name: form(value) for name, value in row.items()} for row in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(body[0]) if body else [], delimiter=delimiter, lineterminator="\n")
        writer.writeheader()
        writer.writerows(body)
    return len(body)


def _json(path: Path, rows: Iterable[Mapping[str, object]]) -> int:
    lines = [json.dumps(row, default=_in_json, ensure_ascii=False) for row in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return len(lines)


def _in_json(value: object) -> str:
    return _as_iso(value) if isinstance(value, datetime) else str(value)
