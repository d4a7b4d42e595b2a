"""A private MariaDB server: on a free port of the loopback, with a data folder that goes when it stops.

`mariadb()` runs one for as long as a `with` block; the fixture `mariadb_url` gives each test an empty database on one
server that all tests share.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import pymysql
import pytest

from tests.servers.place import folder, free_port, owner, program, running

PASSWORD = "open+sesame/%"  # signs that a URL must escape
ESCAPED = "open%2Bsesame%2F%25"
_numbers = count(1)
_QUICK = ("--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M")


@contextmanager
def mariadb() -> Iterator[str]:
    """Run a server; gives the URL of its database `shop`, with a user that may do everything."""
    with folder("mysql") as own:
        data, first = own / "data", own / "first.sql"
        _init(own)
        first.write_text(
            f"CREATE USER 'regulars'@'%' IDENTIFIED BY '{PASSWORD}';\n"
            "GRANT ALL ON *.* TO 'regulars'@'%';\n"
            "CREATE DATABASE shop CHARACTER SET utf8mb4;\n"
        )
        port = free_port()
        command = [
            program("mariadbd", "/usr/sbin/mariadbd"), "--no-defaults", f"--datadir={data}", f"--port={port}",
            "--bind-address=127.0.0.1", f"--socket={own / 'door'}", f"--pid-file={own / 'pid'}", f"--init-file={first}",
            "--character-set-server=utf8mb4", *_QUICK,
        ]  # fmt: skip
        with running(command, lambda: _answers(port), user="mysql", log=own / "log"):
            yield f"mysql://regulars:{ESCAPED}@127.0.0.1:{port}/shop"


def _init(own: Path) -> None:
    command = [program("mariadb-install-db"), "--no-defaults", f"--datadir={own / 'data'}", "--skip-test-db"]
    subprocess.run(
        [*command, "--auth-root-authentication-method=normal"],
        check=True, capture_output=True, cwd=own, **owner("mysql"),
    )  # type: ignore[call-overload]  # fmt: skip


def connect(url: str) -> pymysql.connections.Connection:
    """A connection of the tests' own; commits by itself."""
    place, _, database = url.rpartition("/")
    port = int(place.rpartition(":")[2])
    return pymysql.connect(
        host="127.0.0.1", port=port, user="regulars", password=PASSWORD, database=database, autocommit=True
    )


def _answers(port: int) -> bool:
    try:
        connect(f"mysql://x:{port}/shop").close()
    except pymysql.OperationalError:
        return False
    return True


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[str]:
    """One server for the whole run; gives the URL of its first database."""
    with mariadb() as url:
        yield url


@pytest.fixture
def mariadb_url(mariadb_server: str) -> Iterator[str]:
    """The URL of an empty database of a test's own."""
    base, _, _ = mariadb_server.rpartition("/")
    name = f"shop_{next(_numbers)}"
    with closing(connect(mariadb_server)) as door:
        door.cursor().execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    yield f"{base}/{name}"
    with closing(connect(mariadb_server)) as door:
        door.cursor().execute(f"DROP DATABASE {name}")
