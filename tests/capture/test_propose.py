"""What is proposed from files: headers of four languages, locales that values prove, and questions where they do not."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regulars.capture.propose import Proposal, TableDraft, propose
from regulars.capture.synonyms import SYNONYMS, fold
from regulars.contracts.catalog import CONTRACTS
from regulars.kernel.errors import DataError


def proposed(folder: Path, files: dict[str, str | bytes]) -> Proposal:
    """The proposal over files of these contents."""
    for name, content in files.items():
        raw = content if isinstance(content, bytes) else content.encode()
        (folder / name).write_bytes(raw)
    workspace = folder / "workspace"
    workspace.mkdir()
    return propose({folder / name: f"data/{name}" for name in files}, workspace=workspace)


def table(found: Proposal, contract: str) -> TableDraft:
    """The first table of a contract."""
    return next(each for source in found.sources for each in source.tables if each.contract == contract)


def lines(header: str, *rows: str) -> str:
    """A CSV text."""
    return "\n".join([header, *rows, ""])


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("Order ID,Order Date,Customer No.,SKU,Qty,Net Amount", "en"),
        ("Bestell-Nr.,Bestelldatum,Kunden-Nr,Artikelnummer,Stückzahl,Umsatz netto (EUR)", "de"),
        ("Bestelnr,Besteldatum,Klantnummer,Artikelnr,Aantal,Omzet netto", None),
        ("Numéro commande,Date commande,Id client,Référence,Quantité,Montant HT", None),
    ],
)
def test_order_lines_are_known_in_four_languages(tmp_path: Path, header: str, wanted: str | None) -> None:
    found = proposed(tmp_path, {"x.csv": lines(header, "o1,2024-05-01,c1,p1,2,9.50", "o2,2024-05-02,c2,p2,1,12.25")})
    draft, names = table(found, "order_line"), header.split(",")
    order = ["order_id", "ordered_at", "customer_id", "product_id", "quantity", "net_amount"]
    assert [draft.columns[each] for each in order] == names
    assert not draft.attributes and found.language == ("de" if wanted == "de" else found.language)


def test_german_numbers_and_dates_are_proved_with_the_line(tmp_path: Path) -> None:
    text = lines("Beleg;Datum;Kundennr;Betrag;Bemerkung", "1;01.02.2024;7;1.234,50;ä", "2;31.12.2024;8;3,00;ö")
    found = proposed(tmp_path, {"belege.csv": text.encode("cp1252")})
    locale = found.sources[0].locale
    assert locale.values == {
        "encoding": "cp1252", "delimiter": ";", "decimal": ",", "thousands": ".", "dates": "day-first"}  # fmt: skip
    assert locale.reasons["dates"] == "'31.12.2024' in line 3 of belege.csv proves day-first"
    assert "line 2" in locale.reasons["decimal"] and "line 2" in locale.reasons["encoding"]
    draft = table(found, "order_line")
    assert draft.attributes == ["Bemerkung"] and any("without tax" in each for each in draft.questions)


@pytest.mark.parametrize(
    ("rows", "key", "asks"),
    [
        (["1;2024-05-01;7;1.234", "2;2024-05-02;8;2.500"], "decimal", "decimal: '1.234' in line 2"),
        (["1;01.02.2024;7;9,50", "2;03.04.2024;8;2,5"], "dates", "can be read both ways"),
        (["1;13.02.2024;7;9,50", "2;03.14.2024;8;2,5"], "dates", "mix both orders"),
        (["1;2024-05-01;7;9,50", "2;2024-05-02;8;2.5"], "decimal", "'9,50' in line 2 of x.csv and '2.5' in line 3"),
    ],
)
def test_what_values_do_not_decide_is_asked_not_guessed(tmp_path: Path, rows: list[str], key: str, asks: str) -> None:
    found = proposed(tmp_path, {"x.csv": lines("Belegnr;Datum;Kundennr;Umsatz netto", *rows)})
    locale = found.sources[0].locale
    assert key not in locale.values
    assert any(asks in each for each in locale.questions), locale.questions


def test_a_neighbour_decides_what_a_file_alone_cannot(tmp_path: Path) -> None:
    orders = lines("Belegnr;Datum;Kundennr;Umsatz netto", "1;01.02.2024;7;1.234", "2;03.04.2024;8;2.500")
    customers = lines("Kundennr;Ort;Geburtsdatum", "7;Kiel;24.12.1980", "8;Bonn;01.02.1990")
    items = lines("Artikelnr;Bezeichnung;EK", "1;Tee;2,40")
    found = proposed(tmp_path, {"o.csv": orders, "c.csv": customers, "i.csv": items})
    assert len(found.sources) == 1
    values = found.sources[0].locale.values
    assert (values["decimal"], values["thousands"], values["dates"]) == (",", ".", "day-first")
    assert not found.sources[0].locale.questions


def test_files_of_two_locales_become_two_sources_that_refer_to_each_other(tmp_path: Path) -> None:
    orders = lines("order id,order date,customer id,net amount", "1,12/31/2024,c1,9.50", "2,01/02/2024,c2,8.00")
    customers = lines("Kundennr;Ort;Geburtsdatum", "c1;Kiel;24.12.1980", "c2;Bonn;01.02.1990")
    found = proposed(tmp_path, {"orders.csv": orders, "kunden.csv": customers})
    assert [each.name for each in found.sources] == ["files", "files_2"]
    assert [each.locale.values["dates"] for each in found.sources] == ["month-first", "day-first"]
    assert table(found, "order_line").refs == {"customer_id": "files_2"}


def test_monthly_files_are_one_table(tmp_path: Path) -> None:
    text = lines("order id,order date,customer id,net amount", "1,2024-12-31,c1,9.50")
    found = proposed(tmp_path, {"orders_2024-11.csv": text, "orders_2024-12.csv": text.replace("1,2", "2,2")})
    draft = table(found, "order_line")
    assert draft.pattern == "data/orders_*.csv" and len(draft.files) == 2


def test_amounts_are_computed_where_no_column_has_them(tmp_path: Path) -> None:
    text = lines("Belegnr,Datum,Kundennr,Menge,VK Preis", "1,2024-12-31,c1,2,9.50")
    draft = table(proposed(tmp_path, {"x.csv": text}), "order_line")
    assert draft.columns["net_amount"] == {"expr": 'Menge * "VK Preis"'} and draft.questions


def test_customers_inside_an_order_file_are_a_second_table(tmp_path: Path) -> None:
    text = lines(
        "order id,order date,email,first name,last name,city,item name,total",
        "1,2024-12-31,a@web.de,Ann,Lee,Kiel,Tea,9.50",
        "2,2024-12-31,b@web.de,Bo,Li,Bonn,Tea,7.50",
    )
    found = proposed(tmp_path, {"x.csv": text})
    assert table(found, "order_line").columns["customer_id"] == "email"
    customer = table(found, "customer")
    assert customer.columns == {"customer_id": "email", "given_name": "first name", "family_name": "last name",
                                "email": "email", "city": "city"}  # fmt: skip
    assert table(found, "order_line").attributes == ["item name"]


def test_json_parquet_utf16_and_gzip_are_looked_at_too(tmp_path: Path) -> None:
    orders = pa.table({"order_id": ["1"], "ordered_at": ["2024-01-01"], "customer_id": ["c1"], "net_amount": [9.5]})
    pq.write_table(orders, tmp_path / "orders.parquet")
    files: dict[str, str | bytes] = {
        "orders.parquet": (tmp_path / "orders.parquet").read_bytes(),
        "customers.jsonl": json.dumps({"id": "c1", "email": "a@b.de", "address": {"city": "Köln"}}) + "\n",
        "products.csv": lines("sku\tname\tprice", "p1\tTee grün\t9.5").encode("utf-16"),
        "stores.csv.gz": gzip.compress(lines("store_id,store name,region", "s1,Mitte,Ost").encode()),
    }
    found = proposed(tmp_path, files)
    contracts = {each.contract: each for source in found.sources for each in source.tables}
    assert set(contracts) == {"order_line", "customer", "product", "store"}
    assert contracts["customer"].columns["city"] == "address.city"


def test_a_file_that_fits_nothing_is_said_with_what_it_lacks(tmp_path: Path) -> None:
    found = proposed(tmp_path, {"weather.csv": lines("station,rain", "a,1", "b,2")})
    assert not found.sources and found.unknown[0].file == "data/weather.csv" and found.unknown[0].lacking


def test_a_missing_header_an_empty_file_and_double_names_are_asked_about(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "bare.csv": lines("1;2024-01-01;K", "2;2024-01-02;L"),
        "none.csv": "order id,order date,net amount\n",
        "twice.csv": lines("Kundennr;Ort;Ort", "1;K;L"),
    }
    found = proposed(tmp_path, files)
    asked = {each.file: each.questions[0] for each in found.unknown}
    assert "looks like data" in asked["data/bare.csv"] and "no records" in asked["data/none.csv"]
    twice = table(found, "customer")
    assert twice.columns == {"customer_id": "Kundennr"} and len(twice.questions) == 1


def test_texts_that_mean_nothing_are_listed(tmp_path: Path) -> None:
    rows = [f"{n},2024-12-{n:02d},c1,{'-' if n == 11 else n}" for n in range(10, 31)]
    found = proposed(tmp_path, {"x.csv": lines("order id,order date,customer id,net amount", *rows)})
    assert found.sources[0].locale.values["nulls"] == ["", "-"]


def test_an_empty_or_unknown_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="empty"):
        proposed(tmp_path, {"x.csv": ""})


@pytest.mark.parametrize("contract", sorted(SYNONYMS))
def test_every_synonym_stands_for_a_column_and_for_one_only(contract: str) -> None:
    columns = SYNONYMS[contract]
    assert {name for name in columns if not name.startswith("_")} <= set(CONTRACTS[contract].names)
    strong = [word for words in columns.values() for word in {fold(each) for each in words.get(100, "").split()}]
    assert sorted(strong) == sorted(set(strong))


def test_files_of_one_kind_are_one_table_and_none_is_read_twice(tmp_path: Path) -> None:
    text = lines("Bestellnummer;Bestelldatum;KundenNr;Nettobetrag", "1;13.02.2024;7;1,50", "2;31.12.2024;8;3,00")
    for names in (("B_2025.csv", "B_2026_H1.csv"), ("B_2026_H1.csv", "B_2025.csv")):
        folder = tmp_path / names[0]
        folder.mkdir()
        found = proposed(folder, {name: text.replace("1;", f"{place}1;") for place, name in enumerate(names)})
        drafts = [each for each in found.sources[0].tables if each.contract == "order_line"]
        assert [(each.pattern, sorted(each.files)) for each in drafts] == [
            ("data/B_*.csv", ["data/B_2025.csv", "data/B_2026_H1.csv"])
        ]


def test_a_discount_in_percent_is_no_amount_and_costs_of_articles_are_asked_for(tmp_path: Path) -> None:
    sold = lines("Bestellnummer;Bestelldatum;ArtikelNr;Menge;Nettobetrag;Rabatt %", "1;13.02.2024;A1;1;1,50;10")
    items = lines("ArtikelNr;Bezeichnung;EK-Preis", "A1;Tasse;0,70", "A2;Teller;0,90")
    draft = table(proposed(tmp_path, {"sold.csv": sold, "items.csv": items}), "order_line")
    assert "discount_amount" not in draft.columns and draft.attributes == ["Rabatt %"]
    assert any("cost_amount" in each and "data/items.csv" in each for each in draft.questions)


@pytest.mark.parametrize(
    ("contract", "text", "wanted"),
    [
        ("visit", "Ereignis-ID;Besucher-ID;Zeitstempel;Ereignistyp;Artikelnr\n1;v1;2024-05-01;page;A1\n2;v1;2024-05-01;cart;A2",
         {"event_id": "Ereignis-ID", "visitor_id": "Besucher-ID", "occurred_at": "Zeitstempel", "kind": "Ereignistyp",
          "product_id": "Artikelnr"}),
        ("contact", "Gespreks-ID,Klantnr,Gestart op,Kanaal,Wachttijd\n1,k1,2024-05-01,tel,30\n2,k1,2024-05-02,mail,0",
         {"contact_id": "Gespreks-ID", "customer_id": "Klantnr", "started_at": "Gestart op", "channel": "Kanaal",
          "wait_seconds": "Wachttijd"}),
        ("case", "Ticket-Nr;Kundennr;Statusdatum;Status\nT1;k1;2024-05-01;offen\nT1;k1;2024-05-02;zu",
         {"case_id": "Ticket-Nr", "customer_id": "Kundennr", "changed_at": "Statusdatum", "state": "Status"}),
        ("survey", "Id réponse,Id client,Répondu le,Question,Note\n1,c1,2024-05-01,csat,4\n2,c2,2024-05-02,csat,5",
         {"answer_id": "Id réponse", "customer_id": "Id client", "answered_at": "Répondu le", "instrument": "Question",
          "score": "Note"}),
        ("consent", "Consent ID,Customer No.,Purpose,Granted,Date\n1,c1,email,yes,2024-05-01\n2,c1,email,no,2024-06-01",
         {"consent_id": "Consent ID", "customer_id": "Customer No.", "purpose": "Purpose", "granted": "Granted", "at": "Date"}),
        ("cost", "Buchungsnr;Buchungsdatum;Kostenart;Betrag\n1;2024-05-01;Miete;42,50\n2;2024-05-02;Porto;12,75",
         {"cost_id": "Buchungsnr", "incurred_on": "Buchungsdatum", "kind": "Kostenart", "amount": "Betrag"}),
    ],
)  # fmt: skip
def test_service_files_are_known_too(tmp_path: Path, contract: str, text: str, wanted: dict[str, str]) -> None:
    draft = table(proposed(tmp_path, {"x.csv": text + "\n"}), contract)
    assert draft.columns == wanted


def test_what_numbers_the_conversations_is_not_the_customer_who_has_several(tmp_path: Path) -> None:
    text = lines("Call,Contact ID,Started,Channel", "1,k1,2024-05-01 10:00,call", "2,k1,2024-05-02 10:00,call")
    draft = table(proposed(tmp_path, {"calls.csv": text}), "contact")
    assert (draft.columns["contact_id"], draft.columns["customer_id"]) == ("Call", "Contact ID")
