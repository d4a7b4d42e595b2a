"""A private PostgreSQL server: on a free port of the loopback, with a data folder that goes when it stops.

`postgres()` runs one for as long as a `with` block; the fixture `postgres_url` gives each test an empty database on one
server that all tests share.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest

from tests.servers.place import folder, free_port, owner, program, running

PASSWORD = "opensesame"  # the tests look for it in what is printed
_BIN = "/usr/lib/postgresql/*/bin"
_QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB", "max_connections=20")
_numbers = count(1)


@contextmanager
def postgres() -> Iterator[str]:
    """Run a server; gives the URL of its database `postgres`, with a user that may do everything."""
    with folder("postgres") as own:
        data = own / "data"
        _init(own, data)
        port = free_port()
        url = f"postgresql://regulars:{PASSWORD}@127.0.0.1:{port}/postgres"
        settings = (f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", "timezone=UTC", *_QUICK)
        command = [_program("postgres"), "-D", str(data), *(part for each in settings for part in ("-c", each))]
        with running(command, lambda: _answers(url), user="postgres", log=own / "log"):
            yield url


def _init(own: Path, data: Path) -> None:
    secret = own / "secret"
    secret.write_text(PASSWORD)
    command = [_program("initdb"), "-D", str(data), "-U", "regulars", "--pwfile", str(secret), "--auth=scram-sha-256"]
    subprocess.run(
        [*command, "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"],
        check=True, capture_output=True, cwd=own, **owner("postgres"),
    )  # type: ignore[call-overload]  # fmt: skip


def _program(name: str) -> str:
    return program(name, f"{_BIN}/{name}")


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """One server for the whole run; gives the URL of its first database."""
    with postgres() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty database of a test's own."""
    base, _, _ = postgres_server.rpartition("/")
    name = f"shop_{next(_numbers)}"
    with psycopg.connect(postgres_server, autocommit=True) as door:
        door.execute(f"CREATE DATABASE {name}")
    yield f"{base}/{name}"
    with psycopg.connect(postgres_server, autocommit=True) as door:
        door.execute(f"DROP DATABASE {name} WITH (FORCE)")
