"""Which source does a client feed? Write keys and origins of the sources of kind `events`, as regulars.toml says them."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from regulars.kernel.errors import ConfigError
from regulars.project.config import Config

__all__ = ["Entrance", "entrances", "opened", "user_name"]


@dataclass(frozen=True, slots=True)
class Entrance:
    """One source of kind `events`: its name, its write keys, the origins that browsers may send from (none: all)."""

    source: str
    keys: tuple[str, ...]
    origins: frozenset[str]
    seconds: int

    def admits(self, origin: str | None) -> bool:
        """Whether a page of this origin may send; None is no browser, or a page of the server itself."""
        return origin is None or not self.origins or origin.lower() in self.origins


def entrances(config: Config) -> tuple[Entrance, ...]:
    """Every source of kind `events`.

    Raises:
        ConfigError: one has no write key, or an empty one, or two share one.
    """
    found: list[Entrance] = []
    taken: dict[str, str] = {}
    for name, section in config.named("sources").items():
        if section.get("kind") == "events":
            entrance = _entrance(config, name)
            for key in entrance.keys:
                if taken.setdefault(key, name) != name:
                    raise ConfigError(
                        f"The sources {taken[key]} and {name} have the same write key.", fix="Give each its own."
                    )
            found.append(entrance)
    return tuple(found)


def opened(found: Sequence[Entrance], key: str | None) -> Entrance | None:
    """The entrance that a write key opens; every key is compared, in constant time."""
    given, met = (key or "").encode("utf-8", "surrogatepass"), None
    for each in found:
        for own in each.keys:
            if hmac.compare_digest(own.encode(), given):
                met = each
    return met


def user_name(authorization: str | None) -> str | None:
    """The user name of a Basic authorization: the write key, with or without the colon behind it; None without one.

    >>> user_name("Basic YWJjMTIzOg==")
    'abc123'
    """
    scheme, _, packed = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(packed.strip(), validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _entrance(config: Config, name: str) -> Entrance:
    section = config.named("sources")[name]
    given = section.get("write_key")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts or not all(isinstance(each, str) and each for each in texts):
        fix = f'Write write_key = "${{{name.upper()}_KEY}}", and set it in the environment.'
        raise ConfigError(f"[sources.{name}] has no write_key: nobody could send it events.", fix=fix)
    keys = tuple(config.secret(each) for each in texts)
    if not all(each.strip() for each in keys):
        raise ConfigError(f"[sources.{name}] has an empty write_key.", fix="Set it in the environment.")
    origins = frozenset(str(each).rstrip("/").lower() for each in section.get("origins", ()))
    return Entrance(name, keys, origins, max(1, int(section.get("capture_seconds", 60))))
