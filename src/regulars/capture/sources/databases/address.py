"""Where a database is: the `url` of a source, taken apart, and told without its secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from regulars.kernel.errors import ConfigError, nearest

__all__ = ["SCHEMES", "Address", "address_of"]

SCHEMES = ("postgresql", "mysql", "mssql", "oracle", "sqlite", "duckdb")
_SAME = {"postgres": "postgresql", "mariadb": "mysql", "sqlserver": "mssql"}
_FILES = ("sqlite", "duckdb")


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed url; `path` is set for databases that are one file.

    >>> address = address_of("postgresql://me:secret@db.shop:5433/crm", root=Path("."), place="[sources.crm]")
    >>> str(address), address.password
    ('postgresql://me@db.shop:5433/crm', 'secret')
    """

    scheme: str
    host: str = ""
    port: int | None = None
    user: str = ""
    password: str = field(default="", repr=False)
    database: str = ""
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    path: Path | None = None

    def __str__(self) -> str:
        """The address without password and options."""
        if self.path is not None:
            return f"{self.scheme}:///{self.path.as_posix()}"
        user = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}://{user}{self.host}{port}/{self.database}"

    @property
    def file(self) -> Path:
        """The path of a database that is one file."""
        if self.path is None:
            raise ConfigError(f"{self} names no file.")
        return self.path

    @property
    def door(self) -> str:
        """Host and port, or the file."""
        if self.path is not None:
            return str(self.path)
        return f"{self.host or 'this machine'}{f':{self.port}' if self.port else ''}"

    def hushed(self, message: str) -> str:
        """A driver's message without the password and without what options may hold."""
        for secret in (self.password, *self.options.values()):
            if len(secret) > 2:
                message = message.replace(secret, "***")
        return message


def address_of(url: str, *, root: Path, place: str) -> Address:
    """Take a url apart.

    Args:
        url: with its secrets filled in.
        root: the project folder, which relative files are in.
        place: the section, for messages.

    Raises:
        ConfigError: it is no such url; the message holds nothing of it but its scheme.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ConfigError(f"{place}: url cannot be read.", fix=_form("postgresql")) from None
    scheme = parts.scheme.partition("+")[0].lower()
    scheme = _SAME.get(scheme, scheme)
    if scheme not in SCHEMES:
        problem = f"{place}: url names no database that can be read."
        raise ConfigError(problem, allowed=SCHEMES, guess=nearest(scheme, SCHEMES), fix=_form("postgresql"))
    if scheme in _FILES:
        return Address(scheme, path=_file(parts, root=root, place=place))
    if not parts.hostname and scheme != "postgresql":  # which has a door inside the machine
        raise ConfigError(f"{place}: url has no host.", fix=_form(scheme))
    return Address(
        scheme=scheme,
        host=parts.hostname or "",
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=unquote(parts.path.lstrip("/")),
        options=dict(parse_qsl(parts.query)),
    )


def _file(parts: SplitResult, *, root: Path, place: str) -> Path:
    # As everybody writes it: three slashes for a file inside the project, four for an absolute path.
    plain = unquote(parts.path)[1:]
    if parts.netloc or not plain:
        raise ConfigError(f"{place}: url names no file.", fix=f'Write url = "{parts.scheme}:///data/shop.db".')
    return root / plain


def _form(scheme: str) -> str:
    return f'Write url = "{scheme}://USER:${{PASSWORD}}@HOST/DATABASE", or the whole url as "${{NAME}}".'
