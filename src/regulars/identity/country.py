"""How does each country write its telephone numbers? Its code abroad and the digit that national numbers begin with.

A short table by hand of the countries that most shops sell to; a number of another country keeps its digits, and so
still equals itself.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["COUNTRIES", "Country"]


class Country(NamedTuple):
    """`code` follows the +; `trunk` is dropped from a national number ("" where every digit counts)."""

    code: str
    trunk: str


_ZERO = (
    "NL 31, BE 32, FR 33, CH 41, AT 43, GB 44, SE 46, DE 49, IE 353, FI 358, HR 385, SI 386, SK 421, RO 40, BG 359, "
    "TR 90, AU 61, NZ 64, JP 81, KR 82, CN 86, IN 91, ZA 27, BR 55, IL 972, UA 380"
)
_WHOLE = (
    "IT 39, ES 34, PT 351, LU 352, MT 356, CY 357, GR 30, DK 45, NO 47, PL 48, CZ 420, EE 372, LV 371, IS 354, SG 65, "
    "HK 852"
)
_ONE = "US 1, CA 1"


def _countries(listed: str, trunk: str) -> dict[str, Country]:
    return {each.split()[0]: Country(each.split()[1], trunk) for each in listed.split(", ")}


COUNTRIES: dict[str, Country] = _countries(_ZERO, "0") | _countries(_WHOLE, "") | _countries(_ONE, "1")
