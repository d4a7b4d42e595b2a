"""Where a private server of a test lives: a free port of the loopback, a folder of its own, a user that may run it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

_HELP = "run tools/servers.sh, which installs it"


def program(name: str, *places: str) -> str:
    """The path of a server's program, looked for on the PATH and in `places` (globs); skips the test when it is absent."""
    found = sorted(each for place in places for each in Path("/").glob(place.lstrip("/")))
    path = str(found[-1]) if found else shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed: {_HELP}")
    return path


def free_port() -> int:
    """A port of the loopback on which nobody listens."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def owner(name: str) -> dict[str, str | list[str]]:
    """Arguments of `subprocess` that run a server as the user `name` where we are root, who may not run it."""
    return {"user": name, "group": name, "extra_groups": []} if os.getuid() == 0 else {}


@contextmanager
def folder(user: str) -> Iterator[Path]:
    """A short-lived folder that `user` owns; beside the tests' own ones, which no other user may enter."""
    path = Path(tempfile.mkdtemp(prefix="regulars-"))
    try:
        if os.getuid() == 0:
            shutil.chown(path, user, user)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def running(
    command: Sequence[str], ready: Callable[[], bool], *, user: str, log: Path, seconds: float = 60
) -> Iterator[None]:
    """Run a server until the block ends; it is there when `ready` says so."""
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, cwd=log.parent, **owner(user))  # type: ignore[call-overload]
    try:
        _wait(process, ready, log=log, seconds=seconds)
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], ready: Callable[[], bool], *, log: Path, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the server did not start: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.05)
