"""The project's own suppression list, and how its addresses are brought to their standard form."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from regulars.govern.suppression import Suppression, read_suppression
from regulars.govern.trace import Standard
from regulars.identity.standardise import email_key, phone_key
from regulars.project.config import Config

__all__ = ["listed", "place_of", "standards"]


def place_of(root: Path) -> Path:
    """Where the list of a project lies."""
    return root / ".regulars" / "suppression.json"


def standards(config: Config) -> Mapping[str, Standard]:
    """How e-mail addresses and telephone numbers are compared, by kind; shared and made-up ones are nobody's."""
    country = config.section("identity").get("country")
    return {"email": partial(email_key, country=None), "phone": partial(phone_key, country=country)}


def listed(root: Path, config: Config) -> Suppression:
    """Everybody who was forgotten in this project."""
    return read_suppression(place_of(root), standards(config))
