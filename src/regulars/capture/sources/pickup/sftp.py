"""Files behind SFTP, through fsspec's own file system, with the host's key always checked."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem

from regulars.capture.offer import Request
from regulars.capture.sources.pickup.place import Thing
from regulars.kernel.errors import ConfigError, DataError

__all__ = ["Server", "server"]

_PATIENCE = 30.0  # seconds for each step of connecting


class _Checked(SFTPFileSystem):  # type: ignore[misc]
    """The file system over a client that is connected already: fsspec's own would trust any host."""

    def _connect(self) -> None:
        self.client = self.ssh_kwargs["client"]
        self.ftp = self.client.open_sftp()


class _Strange(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]
    """Refuses a host that nobody vouched for, and says which key it shows."""

    def missing_host_key(self, client: Any, hostname: str, key: Any) -> None:
        shown = f"{key.get_name()} {key.get_base64()}"
        fix = (
            f'Ask the host\'s owner whether this is its key, then write host_key = "{shown}", or add it to known_hosts.'
        )
        raise ConfigError(f"The host key of {hostname} is not known.", fix=fix)


class Server:
    """One SFTP server, connected."""

    troubles: tuple[type[Exception], ...] = (paramiko.SSHException, EOFError)

    def __init__(self, client: Any, start: str) -> None:
        self._client, self._start = client, start
        self._system = _Checked(host="", client=client, skip_instance_cache=True)

    def things(self, pattern: str) -> list[Thing]:
        """The files that an absolute pattern names; `/~/` is the account's home. A mark is the time of change."""
        if pattern.startswith("/~/"):
            pattern = f"{self._system.ftp.normalize('.').rstrip('/')}/{pattern[3:]}"
        found = self._system.glob(pattern, detail=True)
        return [self._thing(info) for info in found.values() if info["type"] == "file"]

    def _thing(self, info: Mapping[str, Any]) -> Thing:
        mark = round(info["mtime"].timestamp() * 1e6)
        return Thing(info["name"], self._start + info["name"], int(info["size"]), mark)

    def open(self, thing: Thing) -> Any:
        """A stream of a file."""
        stream = self._system.ftp.open(thing.path, "rb")
        stream.prefetch(thing.size)
        return stream

    def close(self) -> None:
        """Hang up."""
        self._client.close()


def server(request: Request, pattern: str) -> tuple[Server, str]:
    """The server that `sftp://user@host:port/path` names, connected, and the path.

    Raises:
        ConfigError: the host's key is not known, or the address says too little or too much.
        DataError: the host shows another key, or refuses the account.
    """
    url = urlsplit(pattern.replace("?", "%3F").replace("#", "%23"))
    if url.password:
        raise ConfigError(f"The address of {url.hostname} holds a password.", fix='Write password = "${NAME}" instead.')
    if not url.hostname or not url.username:
        raise ConfigError(f"{pattern!r} names no account and host.", fix="Write sftp://user@host/path/*.csv")
    client = paramiko.SSHClient()
    try:
        _vouch(client, request, host=url.hostname, port=url.port or 22)
        _connect(client, request, user=unquote(url.username), host=url.hostname, port=url.port or 22)
        return Server(client, f"sftp://{url.netloc}"), unquote(url.path)
    except BaseException:
        client.close()
        raise


def _vouch(client: Any, request: Request, *, host: str, port: int) -> None:
    client.set_missing_host_key_policy(_Strange())
    declared = request.section.get("host_key")
    if not declared:
        known = Path(request.environ.get("HOME", "")) / ".ssh" / "known_hosts"
        if known.is_file():
            client.load_system_host_keys(str(known))
        return
    try:
        kind, body = str(declared).split()[:2]
        key = paramiko.PKey.from_type_string(kind, base64.b64decode(body, validate=True))
    except (ValueError, binascii.Error, paramiko.SSHException) as wrong:
        raise ConfigError("host_key cannot be read.", fix='Write host_key = "ssh-ed25519 AAAA..."') from wrong
    client.get_host_keys().add(host if port == 22 else f"[{host}]:{port}", kind, key)


def _connect(client: Any, request: Request, *, user: str, host: str, port: int) -> None:
    section = request.section
    password, key = section.get("password"), section.get("key")
    try:
        client.connect(
            host, port, user, password, key_filename=str(request.root / key) if key else None,
            passphrase=section.get("passphrase"), look_for_keys=False,
            allow_agent=not (password or key) and "SSH_AUTH_SOCK" in request.environ,
            timeout=_PATIENCE, banner_timeout=_PATIENCE, auth_timeout=_PATIENCE,
        )  # fmt: skip
    except paramiko.BadHostKeyException as other:
        shown = f"{other.key.get_name()} {other.key.get_base64()}"
        fix = "Do not go on before the host's owner has said why; then correct host_key or known_hosts."
        raise DataError(f"{host} shows another host key than the known one: {shown}.", fix=fix) from other
    except (paramiko.AuthenticationException, paramiko.PasswordRequiredException) as refused:
        fix = "Look at the account's name, `password`, `key` and `passphrase`."
        raise DataError(f"{host} refuses the account {user!r}.", fix=fix) from refused
    except (OSError, paramiko.SSHException, EOFError) as trouble:
        problem = f"{host}:{port} cannot be reached: {str(trouble) or type(trouble).__name__}."
        raise DataError(problem, fix="Look whether it is up, then capture again.") from trouble
