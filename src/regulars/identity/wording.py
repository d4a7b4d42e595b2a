"""Which words in a name, a company or a street say nothing of who or where? Legal forms, particles, short forms.

Everything takes and gives text in lower case without accents and marks, as `standardise.name` makes it.
"""

from __future__ import annotations

import re

__all__ = ["company_form", "family_form", "folded", "street_form"]

_FORMS = """
    gmbh mbh ag kg kgaa ohg ug eg ek se bv nv vof cv ltd limited plc llp llc inc incorporated corp corporation co company
    sa sas sarl srl spa snc ab as asa aps oy oyj sp zoo sro doo kft lda pty
"""
_SMALL = """
    van von der den de het ten ter te zu zum zur vom in la le du des di da del della dos vd vdr
"""
_LEGAL, _PARTICLES = frozenset(_FORMS.split()), frozenset(_SMALL.split())
_UMLAUT = re.compile(r"(?<![aeiou])([aou])e+")
_STREETS = (
    (re.compile(r"(?<=\w)str\b|\bstr\b"), "strasse"),
    (re.compile(r"straat\b"), "strasse"),
    (re.compile(r"\brd$"), "road"),
    (re.compile(r"\bst$"), "street"),
    (re.compile(r"\bave?$"), "avenue"),
    (re.compile(r"\bln$"), "lane"),
    (re.compile(r"\bdr$"), "drive"),
    (re.compile(r"\bpl$"), "place"),
    (re.compile(r"\bpln\b|plein\b"), "platz"),
    (re.compile(r"^(?:po ?box|p o box|postbus|postfach|boite postale|bp)\b"), "box"),
)


def folded(text: str) -> str:
    """ae, oe and ue as the letter that they stand for, so that both ways of writing an umlaut are one.

    >>> folded("mueller"), folded("muller"), folded("bauer")
    ('muller', 'muller', 'bauer')
    """
    return _UMLAUT.sub(r"\1", text)


def company_form(text: str) -> str:
    """A company's name without its legal form.

    >>> company_form("bakker bv"), company_form("muller gmbh and co kg"), company_form("ag")
    ('bakker', 'muller', 'ag')
    """
    words = text.split()
    while len(words) > 1 and words[-1] in _LEGAL | {"and", "und", "en", "et"}:
        words.pop()
    return " ".join(words)


def family_form(text: str) -> str:
    """A family name without its particles, where something is left.

    >>> family_form("van der berg"), family_form("berg van der"), family_form("de")
    ('berg', 'berg', 'de')
    """
    words = [word for word in text.split() if word not in _PARTICLES]
    return " ".join(words) or text


def street_form(text: str) -> str:
    """A street with its usual short words written out; a post office box in one way of writing.

    >>> street_form("hauptstr"), street_form("high st"), street_form("postbus 12"), street_form("p o box 12")
    ('hauptstrasse', 'high street', 'box 12', 'box 12')
    """
    for pattern, long in _STREETS:
        text = pattern.sub(long, text)
    return text
