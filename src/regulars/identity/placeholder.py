"""Which addresses and days of birth are nobody's? What people type when they have none, and mailboxes that many share."""

from __future__ import annotations

__all__ = ["nobodys_birth", "nobodys_domain", "nobodys_mailbox"]

_ROLE = """
    abuse accounting accounts admin administration backoffice billing bookkeeping boekhouding buero contact
    customerservice einkauf enquiries facturen hello help helpdesk hostmaster hr info inkoop invoice invoices jobs
    kantoor klantenservice kontakt kundenservice mail mailbox marketing newsletter noreply office order orders post
    postmaster press privacy purchasing reception receptie sales secretariaat service services shop support team verkauf
    verkoop webmaster webshop
"""
_NOBODY = """
    a aa aaa abc anonymous asdf asd dummy example fake geen keine na nomail noemail none nobody noone notprovided null
    test tester testing unknown unbekannt onbekend user x xx xxx
"""
_NOWHERE = """
    test.com test.nl test.de noemail.com nomail.com none.com mailinator.com invalid.com
"""
_WORDS, _DOMAINS = frozenset((_ROLE + _NOBODY).split()), frozenset(_NOWHERE.split())
_ENDS = (".invalid", ".localhost", ".local")
_MARKS = str.maketrans("", "", "0123456789._-")


def nobodys_mailbox(local: str) -> bool:
    """Whether the part before the @ is a role or a placeholder; digits, dots and a plus-tag do not hide it.

    >>> nobodys_mailbox("info2"), nobodys_mailbox("no-reply+july"), nobodys_mailbox("jo"), nobodys_mailbox("000")
    (True, True, False, True)
    """
    word = local.split("+", maxsplit=1)[0]
    return word.translate(_MARKS) in _WORDS or not word.strip("0._-")


def nobodys_domain(domain: str) -> bool:
    """Whether mail to the domain reaches nobody.

    The domains that standards keep for examples are not among them: people test with them, each with an address of
    their own, and one that many records share is set aside anyway.

    >>> nobodys_domain("nomail.com"), nobodys_domain("shop.invalid"), nobodys_domain("example.com")
    (True, True, False)
    """
    return domain in _DOMAINS or domain.endswith(_ENDS)


def nobodys_birth(day: str) -> bool:
    """Whether a day of birth (YYYY-MM-DD) is what systems write when they know none.

    >>> nobodys_birth("1900-01-01"), nobodys_birth("1980-01-01"), nobodys_birth("9999-12-31")
    (True, False, True)
    """
    return day in _BIRTHS or day < "1890" or day > "2100"


_BIRTHS = frozenset(["1900-01-01", "1970-01-01", "1899-12-30", "1899-12-31", "1901-01-01", "1911-11-11"])
