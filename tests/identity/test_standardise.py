"""What is equal after standardising, and what is nobody's key."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.identity import standardise
from regulars.identity.standardise import email, email_key, phone, phone_key, standard_codes


@pytest.mark.parametrize(
    "written",
    ["020 123 45 67", "(020)1234567", "(0)20-1234567", "+31 (0)20 123.45.67", "0031201234567", "+31201234567 ext 9"],
)
def test_one_dutch_number_in_six_ways(written: str) -> None:
    assert phone(written, "NL") == "+31201234567"


@pytest.mark.parametrize(
    ("written", "country", "number"),
    [
        ("0171 1234568", "DE", "+491711234568"),
        ("06 1234 5679", "IT", "+390612345679"),
        ("(212) 555-0199", "US", "+12125550199"),
        ("07911 123456", "gb", "+447911123456"),
        ("612 34 56 70", "XX", "612345670"),
    ],
)
def test_national_numbers_by_country(written: str, country: str, number: str) -> None:
    assert phone(written, country) == number


@pytest.mark.parametrize(
    "written", ["0000000000", "+31 000000000", "1234567890", "0123456789", "99999999", "n/a", "", "12"]
)
def test_placeholder_numbers_are_no_key(written: str) -> None:
    assert phone_key(written, "NL") is None


@pytest.mark.parametrize(
    "written",
    ["test@shop.nl", "info@shop.nl", "no-reply@shop.nl", "jo@nomail.com", "x@y.invalid", "0@a.nl", "jo", "a@b"],
)
def test_placeholder_and_role_addresses_are_no_key(written: str) -> None:
    assert email_key(written) is None


@pytest.mark.parametrize(
    "written", ["Jo.Doe@Shop.NL", " jo.doe@shop.nl\u200b", "\uff4ao.doe@shop.nl", "mailto:jo.doe@shop.nl"]
)
def test_one_address_in_four_ways(written: str) -> None:
    assert email_key(written) == "jo.doe@shop.nl"


def test_numbers_as_names_of_mailboxes_are_people() -> None:
    assert email_key("88123456@qq.com") == "88123456@qq.com"


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=30))
def test_standard_forms_are_fixed_points(text: str) -> None:
    for rule in (email, phone, standardise.name, standardise.postcode, standardise.words, standardise.house_number):
        form = rule(text)
        assert form is None or rule(form) == form


def test_codes_tell_null_placeholder_and_country_apart() -> None:
    values = pa.chunked_array([["020-1112223", None, "0000000000", "+31201112223", "020-1112223"]])
    places = pa.chunked_array([["NL", "NL", "NL", None, "GB"]])
    codes, forms = standard_codes(values, places, standard=phone_key)
    assert forms == ["+31201112223", "+44201112223"]
    assert codes.tolist() == [0, -1, -1, 0, 1]


@pytest.mark.parametrize(
    ("rule", "written"),
    [
        (standardise.family, ["van der M\u00fcller", "Mueller", "M\u00dcLLER", "v.d. Muller", "M\u00fcller\u00a0"]),
        (standardise.company, ["B\u00e4cker GmbH", "Baecker G.m.b.H.", "Backer", "B\u00c4CKER GMBH & Co. KG"]),
        (standardise.street, ["Hauptstra\u00dfe", "Hauptstr.", "HAUPTSTRASSE"]),
        (standardise.street, ["Postbus 12", "PO Box 12", "P.O. Box 12", "Postfach 12"]),
        (
            standardise.email_key,
            ["j.o@gmail.com", "jo+x@googlemail.com", "j\u043e@gmail.com", "JO@gmail.com.", "jo@gmail\u200b.com"],
        ),
        (email, ["jo@b\u00fccher.de", "jo@xn--bcher-kva.de", "\u202ejo@b\u00fccher.de"]),
    ],
)
def test_ways_of_writing_one_thing(rule: standardise.Standard, written: list[str]) -> None:
    forms = [rule(each, None) if rule is not email else email(each) for each in written]
    assert forms == [forms[0]] * len(written) and forms[0]


def test_a_country_outside_the_table_is_read_by_libphonenumber() -> None:
    assert phone("071 123 4567", "LK") == "+94711234567"
    assert phone("12", "LK") is None


@pytest.mark.parametrize("written", ["1900-01-01", "1970-01-01", "9999-12-31", "0001-01-01"])
def test_placeholder_birth_dates_are_nobodys(written: str) -> None:
    assert standardise.birth_date(written) is None
