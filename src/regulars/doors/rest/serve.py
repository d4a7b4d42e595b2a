"""`serve`: one process owns the project; report, health and event intake over HTTP, every verb over the local socket."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import uvicorn

from regulars.doors.rest.app import application
from regulars.doors.rest.desk import Desk
from regulars.doors.rest.intake import Intake
from regulars.doors.rest.intake_rhythm import Rhythm
from regulars.kernel.errors import BusyError, UsageError
from regulars.project.project import Outside, Project

__all__ = ["serve"]

PORT = 8765
_TRIES = 20
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def serve(root: Path, outside: Outside, *, host: str = "127.0.0.1", port: int | None = None) -> dict[str, Any]:
    """Serve until stopped; returns where it was.

    Raises:
        UsageError: an address that others could reach; there are no accounts yet.
        BusyError: the port that was asked for, or every port from 8765 on, is taken; or the project is held.
    """
    if host not in _LOOPBACK:
        raise UsageError(f"{host} can be reached by others, and there are no accounts yet.", fix="Use 127.0.0.1.")
    project = Project(root, outside, verb="serve")
    try:
        found = _bind(host, port)
        with Desk(project) as desk, Rhythm(desk, Intake(lambda: project.config)) as rhythm:
            address = f"http://{host}:{found.getsockname()[1]}"
            outside.progress(
                f"Regulars serves {project.config.section('project')['name']} on {address} (Ctrl-C stops it)", 0, 0
            )
            server = uvicorn.Server(
                uvicorn.Config(application(desk, rhythm.intake), log_level="warning", lifespan="off")
            )
            server.run(sockets=[found])
    finally:
        project.close()
    return {"served": address}


def _bind(host: str, port: int | None) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in [port] if port is not None else range(PORT, PORT + _TRIES):
        found = socket.socket(family)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((host, candidate))
            found.listen(128)
        except OSError:
            found.close()
        else:
            return found
    taken = f"The port {port} is taken." if port is not None else f"The ports {PORT} to {PORT + _TRIES - 1} are taken."
    raise BusyError(taken, fix="Name another one: regulars serve --port 9000")
