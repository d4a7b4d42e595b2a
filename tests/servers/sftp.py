"""A private SFTP server: OpenSSH on a free port of the loopback, with keys and one account of its own.

The fixture `sftp` gives its address, the folder that it shows, the account's key and the host's public key.
"""

from __future__ import annotations

import getpass
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.place import folder, free_port, program, running


@dataclass(frozen=True)
class Sftp:
    """A running server."""

    url: str
    folder: Path
    key: Path
    host_key: str


@contextmanager
def sftp_server() -> Iterator[Sftp]:
    """Run a server for the account that runs the tests, who may come in with one key and nothing else."""
    user, sshd = getpass.getuser(), program("sshd", "/usr/sbin/sshd")
    with folder(user) as own:
        for name in ("host", "account"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(own / name)], check=True)
        port, shown = free_port(), own / "shown"
        shown.mkdir()
        (own / "config").write_text(
            f"Port {port}\nListenAddress 127.0.0.1\nHostKey {own}/host\nPidFile {own}/pid\nStrictModes no\n"
            f"AuthorizedKeysFile {own}/account.pub\nPasswordAuthentication no\nUsePAM no\nSubsystem sftp internal-sftp\n"
            "PermitRootLogin yes\n"
        )
        Path("/run/sshd").mkdir(
            exist_ok=True
        )  # where OpenSSH, started by root, locks itself in before anybody is known
        command = [sshd, "-D", "-e", "-f", str(own / "config")]
        with running(command, lambda: _listens(port), user=user, log=own / "log"):
            kind, body = (own / "host.pub").read_text().split()[:2]
            yield Sftp(f"sftp://{user}@127.0.0.1:{port}", shown, own / "account", f"{kind} {body}")


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as door:
            return door.recv(4) == b"SSH-"
    except OSError:
        return False


@pytest.fixture(scope="session")
def sftp() -> Iterator[Sftp]:
    """One SFTP server for all tests."""
    with sftp_server() as server:
        yield server
