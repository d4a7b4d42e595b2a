"""`regulars.toml`, read once, checked key by key, and handed out as plain values."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from regulars.kernel.errors import ConfigError, NotFoundError, nearest
from regulars.project.keys import KEYS, Key

__all__ = ["Config", "read_config"]

_SECRET = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_PERIOD = re.compile(r"^([1-9][0-9]*[dwmy]|forever)$")
_SPAN = re.compile(r"^[1-9][0-9]*[dw]$")


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration; sections are plain mappings, defaults are applied by `section`."""

    root: Path
    values: Mapping[str, Any]
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    def section(self, name: str) -> dict[str, Any]:
        """One fixed section ("project", "engine", "value") with the defaults filled in."""
        defaults = {
            key.path.partition(".")[2]: key.default
            for key in KEYS
            if key.path.startswith(f"{name}.") and "*" not in key.path and key.default is not None
        }
        given = {key: value for key, value in self.values.get(name, {}).items() if not isinstance(value, dict)}
        return defaults | given

    def named(self, name: str) -> dict[str, dict[str, Any]]:
        """The user's own tables of a section, by name: sources, policies, campaigns, sinks, segments, analyses."""
        return {key: value for key, value in self.values.get(name, {}).items() if isinstance(value, dict)}

    def secret(self, text: str) -> str:
        """`text` with each ${NAME} replaced from the environment.

        Raises:
            ConfigError: a name is not set.
        """
        for name in _SECRET.findall(text):
            if name not in self.environ:
                raise ConfigError(f"The environment has no {name}.", fix=f"Set it: export {name}=...")
        return _SECRET.sub(lambda found: self.environ[found[1]], text)

    @property
    def simulated(self) -> frozenset[str]:
        """Names of the sources whose rows are made up."""
        return frozenset(name for name, source in self.named("sources").items() if source.get("simulated"))


def read_config(root: Path, environ: Mapping[str, str]) -> Config:
    """Read and check the configuration of a project folder.

    Raises:
        NotFoundError: the folder has no `regulars.toml`.
        ConfigError: it is not TOML, or a key is unknown or takes something else.
    """
    path = root / "regulars.toml"
    if not path.is_file():
        raise NotFoundError(f"{root} is no project: it has no regulars.toml.", fix="Make one: regulars new DIR")
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ConfigError(f"{path}: {problem}.", fix="Mend that line; see the reference of regulars.toml.") from problem
    for place, value in _leaves(values, ""):
        _check(place, value)
    _check_zone(values)
    return Config(root, values, environ)


def _leaves(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    if place and _key_of(place) is not None:
        yield place, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{place}.{name}" if place else name)
    elif isinstance(value, list) and all(isinstance(each, dict) for each in value):
        for inner in value:
            yield from _leaves(inner, f"{place}[]")
    else:
        yield place, value


def _key_of(place: str) -> Key | None:
    parts = place.split(".")
    for key in KEYS:
        wanted = key.path.split(".")
        if len(wanted) == len(parts) and all(w in ("*", p) for w, p in zip(wanted, parts, strict=True)):
            return key
    return None


def _check(place: str, value: Any) -> None:
    key = _key_of(place)
    if key is None:
        raise _unknown(place)
    if not _TAKES[key.takes](value):
        raise ConfigError(f"regulars.toml: {place} is {value!r}.", fix=f"It takes {_SAYS[key.takes]}.")
    if key.choices and value not in key.choices:
        raise ConfigError(
            f"regulars.toml: {place} is {value!r}.", allowed=key.choices, guess=nearest(str(value), key.choices)
        )


def _unknown(place: str) -> ConfigError:
    parent, _, name = place.rpartition(".")
    depth = place.count(".") + 1
    here = {key.path.split(".")[-1] for key in KEYS if _under(key.path, parent) and key.path.count(".") + 1 == depth}
    if not parent or not here:
        here = {key.path.split(".")[0] for key in KEYS}
        name = place.split(".", maxsplit=1)[0]
    allowed = sorted(here - {"*"})
    return ConfigError(
        f"regulars.toml: there is no key {place!r}.", allowed=allowed, guess=nearest(name.removesuffix("[]"), allowed)
    )


def _under(path: str, parent: str) -> bool:
    wanted, parts = path.split(".")[:-1], parent.split(".")
    return len(wanted) == len(parts) and all(w in ("*", p) for w, p in zip(wanted, parts, strict=True))


def _check_zone(values: Mapping[str, Any]) -> None:
    zones = {"project.timezone": values.get("project", {}).get("timezone")}
    for name, source in values.get("sources", {}).items():
        zones[f"sources.{name}.timezone"] = source.get("timezone")
    for place, zone in zones.items():
        if zone is not None:
            _zone(place, zone)


def _zone(place: str, zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as problem:
        fix = "Use an IANA name, as Europe/Amsterdam."
        raise ConfigError(f"regulars.toml: {place} names no time zone: {zone!r}.", fix=fix) from problem


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TAKES: dict[str, Any] = {
    "text": lambda value: isinstance(value, str),
    "number": _is_number,
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "flag": lambda value: isinstance(value, bool),
    "texts": lambda value: isinstance(value, list) and all(isinstance(each, str) for each in value),
    "share": lambda value: _is_number(value) and 0 <= value <= 1,
    "span": lambda value: isinstance(value, str) and bool(_SPAN.match(value)),
    "period": lambda value: isinstance(value, str) and bool(_PERIOD.match(value)),
    "any": lambda value: True,
}
_SAYS = {
    "text": "a text in quotes",
    "number": "a number",
    "integer": "a whole number",
    "flag": "true or false",
    "texts": 'a list of texts, as ["a", "b"]',
    "share": "a number from 0 to 1",
    "period": 'a number of days, weeks, months or years, as "400d", "6m" or "2y", or "forever"',
    "span": 'a number of days or weeks, as "90d" or "12w"',
}
