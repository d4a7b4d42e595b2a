"""When do two ways of writing mean the same address, number or name? One plain form for each, or None for no key.

Pure Python over single texts, so that the answer is the same on every engine; `standard_codes` applies it to a column
of a million rows by way of its distinct values. The rules are conservative: what they make equal is equal. Placeholders
(`test@...`, 0000000000) and shared role addresses (`info@...`) are nobody's key.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc

from regulars.identity.country import COUNTRIES, Country
from regulars.identity.placeholder import nobodys_birth, nobodys_domain, nobodys_mailbox
from regulars.identity.wording import company_form, family_form, folded, street_form

__all__ = [
    "RULES_VERSION",
    "Standard",
    "birth_date",
    "company",
    "email",
    "email_key",
    "family",
    "house_number",
    "name",
    "person",
    "phone",
    "phone_key",
    "postcode",
    "standard_codes",
    "standard_for",
    "street",
    "words",
]

RULES_VERSION = 1
"""Raised whenever a rule gives another form than before: stored forms are then made again."""

Standard = Callable[[str, str | None], str | None]
"""Takes a text and a country code, gives the standard form or None."""

_INVISIBLE = dict.fromkeys(
    map(
        ord,
        "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff",
    )
)
_LOOKALIKE = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u051b\u03bf\u03b1\u03c1\u03bd",
    "aeopcyxijsdqoapv",
)
_LATIN, _FOREIGN = re.compile("[a-z]"), re.compile("[\u0370-\u03ff\u0400-\u052f]")
_EMAIL = re.compile(r"[^@\s\"(),:;<>\[\]\\]+@[^@\s\"(),:;<>\[\]\\_]+\.[^@\s\"(),:;<>\[\]\\_.]{2,}")
_EXTENSION = re.compile(r"(?:;?\s*(?:ext|extension|x|toestel|tst|durchwahl|app)[.:= ]*\d{1,6})\s*$", re.IGNORECASE)
_TRUNKS = tuple(f"{each.code}0" for each in COUNTRIES.values() if each.trunk == "0")
_DIALLED = re.compile(r"[0-9+() ./-]*")
_NO_DIGIT = re.compile(r"[^0-9]+")


def email(text: str) -> str | None:
    """One e-mail address in its plain form, or None when it is none.

    Trims, removes what cannot be seen, lowers, and writes the domain in punycode. Dots and plus-tags stay: whether they
    matter is the provider's secret.

    >>> email("  Jo.Doe@Example-Shop.COM. "), email("<mailto:a@b\u00fccher.de>"), email("jo at shop")
    ('jo.doe@example-shop.com', 'a@xn--bcher-kva.de', None)
    """
    plain = _one_script(_visible(text).lower()).strip(" <>'\"").removeprefix("mailto:").rstrip(".")
    if not _EMAIL.fullmatch(plain):
        return None
    local, _, domain = plain.rpartition("@")
    return f"{local}@{_punycode(domain)}"


def email_key(text: str, country: str | None = None) -> str | None:
    """`email`, or None too when it is a placeholder or a shared role address.

    What is known to reach the same mailbox is one key: tags after a plus at the large providers, dots at Gmail.

    >>> email_key("INFO@shop.nl"), email_key("test@shop.nl"), email_key("Jo@shop.nl")
    (None, None, 'jo@shop.nl')
    >>> email_key("j.o+shop@googlemail.com"), email_key("jo+a@outlook.com"), email_key("j.o+a@shop.nl")
    ('jo@gmail.com', 'jo@outlook.com', 'j.o+a@shop.nl')
    """
    plain = email(text)
    if plain is None:
        return None
    local, _, domain = plain.rpartition("@")
    if nobodys_mailbox(local) or nobodys_domain(domain):
        return None
    return _mailbox(local, domain)


_PROVIDERS = "gmail.com outlook.com hotmail.com live.com icloud.com me.com fastmail.com proton.me protonmail.com"
_TAGGED = frozenset(_PROVIDERS.split())


def _mailbox(local: str, domain: str) -> str:
    domain = "gmail.com" if domain == "googlemail.com" else domain
    if domain in _TAGGED:
        local = local.partition("+")[0] or local
    if domain == "gmail.com":
        local = local.replace(".", "") or local
    return f"{local}@{domain}"


def phone(text: str, country: str | None = None) -> str | None:
    """One telephone number as + and digits where its country is known, else its digits; None when it is none.

    `country` is the two-letter code that decides what a number without a country means.

    >>> phone("(0)20-123 45 67", "NL"), phone("0031 (0)20 1234567"), phone("+31 20 1234567 ext. 12")
    ('+31201234567', '+31201234567', '+31201234567')
    >>> phone("020 1234567"), phone("none", "NL")
    ('0201234567', None)
    """
    plain = _visible(text)
    plain = plain if _DIALLED.fullmatch(plain) else _EXTENSION.sub("", plain)
    digits = _NO_DIGIT.sub("", plain)
    if plain.lstrip("( ").startswith("+"):
        number = _without_trunk(digits)
    elif digits.startswith("00"):
        number = _without_trunk(digits[2:])
    else:
        number = (
            _national(digits, COUNTRIES.get((country or "").upper()))
            if not _rare(country)
            else _abroad(digits, country)
        )
    return number if 6 <= len(number.lstrip("+")) <= 15 else None


def phone_key(text: str, country: str | None = None) -> str | None:
    """`phone`, or None too when it is a placeholder: one digit repeated, or 12345678.

    >>> phone_key("0000000000", "NL"), phone_key("0123456789"), phone_key("+31 6 1234 5678"), phone_key("06-21345678")
    (None, None, None, '0621345678')
    """
    plain = phone(text, country)
    if plain is None:
        return None
    run = plain[-8:]
    filler = len(set(run)) <= 1 or run in "01234567890123456789" or run in "98765432109876543210"
    return None if filler else plain


def name(text: str, country: str | None = None) -> str | None:
    """A name in lower case without accents and punctuation; None when nothing is left.

    >>> name(" J\u00fcrgen  M\u00dcLLER-Stra\u00df "), name("O'Neil"), name("--")
    ('jurgen muller strass', 'oneil', None)
    """
    folded = unicodedata.normalize("NFKD", _visible(text).casefold())
    letters = "".join(mark for mark in folded if not unicodedata.combining(mark))
    words = re.sub(r"[^\w]+", " ", re.sub(r"['\u2019`.]", "", letters)).replace("_", " ").split()
    return " ".join(words) or None


def person(text: str, country: str | None = None) -> str | None:
    """A given name: as `name`, with both ways of writing an umlaut as one.

    >>> person("J\u00fcrgen"), person("JUERGEN")
    ('jurgen', 'jurgen')
    """
    plain = name(text)
    return None if plain is None else folded(plain)


def family(text: str, country: str | None = None) -> str | None:
    """A family name: as `person`, without particles.

    >>> family("van der M\u00fcller"), family("Mueller, v.d.")
    ('muller', 'muller')
    """
    plain = person(text)
    return None if plain is None else family_form(plain)


def company(text: str, country: str | None = None) -> str | None:
    """A company without its legal form.

    >>> company("Bakker B.V."), company("B\u00e4cker GmbH & Co. KG")
    ('bakker', 'backer')
    """
    plain = person(text)
    return None if plain is None else company_form(plain)


def street(text: str, country: str | None = None) -> str | None:
    """A street with its usual words written out.

    >>> street("Hauptstr."), street("Hauptstra\u00dfe"), street("P.O. Box 7")
    ('hauptstrasse', 'hauptstrasse', 'box 7')
    """
    plain = person(text)
    return None if plain is None else street_form(plain)


def house_number(text: str, country: str | None = None) -> str | None:
    """A house number without spaces and marks.

    >>> house_number("12 A"), house_number("12-a")
    ('12a', '12a')
    """
    plain = name(text)
    return None if plain is None else plain.replace(" ", "")


def birth_date(text: str, country: str | None = None) -> str | None:
    """A day of birth; None for what systems write when they know none.

    >>> birth_date("1980-02-29"), birth_date("1900-01-01")
    ('1980-02-29', None)
    """
    plain = words(text)
    return None if plain is None or nobodys_birth(plain) else plain


def postcode(text: str, country: str | None = None) -> str | None:
    """A postcode in capitals without spaces and dashes; a leading country code (`NL-`) goes.

    >>> postcode("1012 ab"), postcode("D-10115"), postcode("sw1a 1aa"), postcode("-")
    ('1012AB', '10115', 'SW1A1AA', None)
    """
    plain = re.sub(r"^[A-Z]{1,2}-(?=\d)", "", _visible(text).upper())
    return re.sub(r"[^0-9A-Z]", "", plain) or None


def words(text: str, country: str | None = None) -> str | None:
    """Any other text: trimmed, lowered, single spaces.

    >>> words("  NL  123 b "), words("  ")
    ('nl 123 b', None)
    """
    return " ".join(_visible(text).lower().split()) or None


def standard_for(key: str) -> Standard:
    """The rule for a column by its name.

    >>> standard_for("email") is email_key, standard_for("attr_card") is words
    (True, True)
    """
    return _STANDARDS.get(key, words)


def standard_codes(
    values: pa.ChunkedArray, countries: pa.ChunkedArray, *, standard: Standard
) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Standard forms of a whole column as codes, each distinct (value, country) worked out once.

    Args:
        values: texts, nulls allowed.
        countries: a country code for each value; null where not known.
        standard: the rule.

    Returns:
        One int64 code for each value (-1 for no key), and the standard forms that the codes number, sorted.
    """
    value, place = _encoded(values), _encoded(countries)
    pairs = value.codes * (len(place.forms) + 1) + place.codes + 1
    distinct, inverse = np.unique(np.where(value.codes < 0, -1, pairs), return_inverse=True)
    plain = [_apply(int(pair), value.forms, places=place.forms, standard=standard) for pair in distinct]
    forms = sorted({form for form in plain if form is not None})
    number = {form: code for code, form in enumerate(forms)} | {None: -1}
    return np.array([number[form] for form in plain], dtype=np.int64)[inverse], forms


class _Encoded:
    __slots__ = ("codes", "forms")

    def __init__(self, codes: npt.NDArray[np.int64], forms: list[str]) -> None:
        self.codes, self.forms = codes, forms


def _encoded(column: pa.ChunkedArray) -> _Encoded:
    coded = pc.dictionary_encode(column.cast(pa.string())).combine_chunks()
    codes = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return _Encoded(codes, coded.dictionary.to_pylist())


def _apply(pair: int, values: list[str], *, places: list[str], standard: Standard) -> str | None:
    if pair < 0:
        return None
    value, place = divmod(pair, len(places) + 1)
    return standard(values[value], places[place - 1] if place else None)


def _visible(text: str) -> str:
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text.translate(_INVISIBLE))
    return plain.strip()


def _one_script(text: str) -> str:
    """Letters of another alphabet that pose as Latin ones become them; a text that is wholly in it stays as it is."""
    return text.translate(_LOOKALIKE) if _LATIN.search(text) and _FOREIGN.search(text) else text


def _punycode(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:  # not a name that can be registered; equal writing is all we can go by
        return domain


def _without_trunk(digits: str) -> str:
    for trunk in _TRUNKS:
        if digits.startswith(trunk):
            return f"+{trunk[:-1]}{digits.removeprefix(trunk)}"
    return f"+{digits}"


def _rare(country: str | None) -> bool:
    return country is not None and country.upper() not in COUNTRIES


def _abroad(digits: str, country: str | None) -> str:
    """A national number of a country outside our table, by the rules of libphonenumber."""
    try:
        number = phonenumbers.parse(digits, (country or "").upper())
    except phonenumbers.NumberParseException:
        return digits
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _national(digits: str, country: Country | None) -> str:
    if country is None or not digits:
        return digits
    if country.trunk and digits.startswith(country.trunk):
        digits = digits.removeprefix(country.trunk)
    return f"+{country.code}{digits}"


_STANDARDS: dict[str, Standard] = {
    "email": email_key,
    "phone": phone_key,
    "fax": phone_key,
    "name": person,
    "given_name": person,
    "family_name": family,
    "company": company,
    "city": person,
    "street": street,
    "house_number": house_number,
    "birth_date": birth_date,
    "postcode": postcode,
}
