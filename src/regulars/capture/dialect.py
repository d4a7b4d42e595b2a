"""How a source writes its values: encoding, delimiter, numbers, dates, zone, and what stands for nothing."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from zoneinfo import ZoneInfo, available_timezones

from regulars.kernel.errors import ConfigError, nearest

__all__ = ["DATE_ORDERS", "Dialect", "dialect_from_config"]

DATE_ORDERS = ("iso", "day-first", "month-first")
_DECIMALS = (".", ",")
_THOUSANDS = (".", ",", " ", "'")


@dataclass(frozen=True, slots=True)
class Dialect:
    """The declared locale of one source; `declared` says which of the fields the config wrote itself.

    Attributes:
        encoding: a Python codec name; byte order marks win over it.
        delimiter: None means: find it among , ; tab | and prove it on the whole file.
        decimal: "." or ",".
        thousands: ".", ",", " " (any kind of blank) or "'", or None for no grouping.
        dates: "iso", "day-first", "month-first" or a strptime format.
        timezone: IANA zone of instants that carry no offset.
        nulls: texts that mean nothing; the empty text always does.
    """

    encoding: str = "utf-8"
    delimiter: str | None = None
    decimal: str = "."
    thousands: str | None = None
    dates: str = "iso"
    timezone: str = "UTC"
    nulls: tuple[str, ...] = ("",)
    declared: frozenset[str] = field(default_factory=frozenset)

    def to_json(self) -> dict[str, object]:
        """One JSON-able object."""
        plain: dict[str, object] = {each.name: getattr(self, each.name) for each in fields(self)}
        return plain | {"nulls": list(self.nulls), "declared": sorted(self.declared)}

    @classmethod
    def from_json(cls, plain: Mapping[str, object]) -> Dialect:
        """The reverse of `to_json`.

        >>> Dialect.from_json(Dialect(decimal=",").to_json()) == Dialect(decimal=",")
        True
        """
        values = dict(plain)
        values["nulls"] = tuple(values["nulls"])  # type: ignore[arg-type]
        values["declared"] = frozenset(values["declared"])  # type: ignore[call-overload]
        return cls(**values)  # type: ignore[arg-type]


def dialect_from_config(source: str, section: Mapping[str, object], *, timezone: str = "UTC") -> Dialect:
    """The dialect of `[sources.<source>]`; keys that are not the dialect's are left to their owners.

    Args:
        source: the source's name, for messages.
        section: the config section.
        timezone: the project's zone, taken where the section names none.

    Raises:
        ConfigError: a value that cannot be.

    >>> dialect_from_config("tills", {"decimal": ",", "kind": "files"}).declared
    frozenset({'decimal'})
    """
    known = [each.name for each in fields(Dialect) if each.name != "declared"]
    given = {key: section[key] for key in known if key in section}
    for key, value in given.items():
        if not isinstance(value, list if key == "nulls" else str):
            raise _wrong(source, key, value=value, wanted="a list of texts" if key == "nulls" else "a text")
    values: dict[str, object] = {"timezone": timezone} | given
    if "nulls" in values:
        values["nulls"] = tuple(str(each) for each in values["nulls"])  # type: ignore[attr-defined]
    dialect = Dialect(declared=frozenset(given), **values)  # type: ignore[arg-type]
    _check(source, dialect)
    return dialect


def _check(source: str, dialect: Dialect) -> None:
    _check_encoding(source, dialect.encoding)
    _check_zone(source, dialect.timezone)
    if dialect.decimal not in _DECIMALS:
        raise _wrong(source, "decimal", value=dialect.decimal, wanted='"." or ","')
    if dialect.thousands not in (None, "", *_THOUSANDS):
        raise _wrong(source, "thousands", value=dialect.thousands, wanted='".", ",", " " or "\'"')
    if dialect.thousands == dialect.decimal:
        raise _wrong(source, "thousands", value=dialect.thousands, wanted="another sign than `decimal`")
    if dialect.delimiter is not None and len(dialect.delimiter.encode()) != 1:
        raise _wrong(source, "delimiter", value=dialect.delimiter, wanted='one character, for example ";"')
    if dialect.dates not in DATE_ORDERS and "%" not in dialect.dates:
        raise _wrong(
            source,
            "dates",
            value=dialect.dates,
            wanted="iso, day-first, month-first or a strptime format",
            allowed=DATE_ORDERS,
        )


def _check_encoding(source: str, encoding: str) -> None:
    try:
        codecs.lookup(encoding)
    except LookupError as missing:
        raise _wrong(
            source, "encoding", value=encoding, wanted="a known encoding, for example utf-8 or cp1252"
        ) from missing


def _check_zone(source: str, zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as missing:
        guess = nearest(zone, available_timezones())
        text = f"[sources.{source}] timezone = {zone!r} is not a time zone."
        raise ConfigError(text, guess=guess, fix="Write an IANA zone, for example Europe/Berlin.") from missing


def _wrong(source: str, key: str, *, value: object, wanted: str, allowed: tuple[str, ...] = ()) -> ConfigError:
    text = f"[sources.{source}] {key} = {value!r} cannot be."
    guess = nearest(str(value), allowed) if allowed else None
    return ConfigError(text, allowed=allowed, guess=guess, fix=f"Write {wanted}.")
