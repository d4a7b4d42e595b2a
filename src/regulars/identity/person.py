"""Which part of a name is the given one, which the family's? Order, titles and particles, without a list of all names."""

from __future__ import annotations

import re

__all__ = ["split_name"]

_BEFORE = """
    mr mrs ms miss mx dr prof ir ing drs mevr mw dhr heer mevrouw herr frau dipl med mag phd msc bsc ba ma jr sr mme mlle
    sir lady
"""
_SMALL = """
    van von der den de het ten ter te zu zum zur vom op in la le les du des di da del della dos das el al bin ibn y 't 's
    st
"""
_TITLES, _PARTICLES = frozenset(_BEFORE.split()), frozenset(_SMALL.split())
_BREAK = re.compile(r"\s+")


def split_name(text: str | None) -> tuple[str | None, str | None]:
    """Given and family name of a person's name in one piece; particles go with the family name.

    >>> split_name("Dr. Jan van der Berg"), split_name("Berg, Jan van der"), split_name("Maria Lopez")
    (('Jan', 'van der Berg'), ('Jan', 'van der Berg'), ('Maria', 'Lopez'))
    >>> split_name("Cher"), split_name(" ")
    ((None, 'Cher'), (None, None))
    """
    before, comma, after = (text or "").partition(",")
    if comma:
        given, particles = _particles_last(_words(after))
        return _joined(given), _joined([*particles, *_words(before)])
    words = _words(before)
    cut = next((at for at, word in enumerate(words) if at and word.lower() in _PARTICLES), max(len(words) - 1, 0))
    return _joined(words[:cut]), _joined(words[cut:])


def _words(text: str) -> list[str]:
    return [word for word in _BREAK.split(text.strip()) if word and word.lower().rstrip(".") not in _TITLES]


def _particles_last(words: list[str]) -> tuple[list[str], list[str]]:
    cut = len(words)
    while cut > 1 and words[cut - 1].lower() in _PARTICLES:
        cut -= 1
    return words[:cut], words[cut:]


def _joined(words: list[str]) -> str | None:
    return " ".join(words) or None
