"""The local line between a door and the server that owns the project: one JSON object a line over an owner-only socket."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import tempfile
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from regulars.kernel import errors

__all__ = ["address", "ask", "connect", "dumps", "failure", "raise_failure"]

_LONGEST = 100  # bytes that a Unix socket's path may have, with some to spare


def address(root: Path) -> Path:
    """Where the socket of a project's server lies; in the temporary folder when the project's own path is too long."""
    near = root.resolve() / ".regulars" / "socket"
    if len(str(near).encode()) <= _LONGEST:
        return near
    folder = Path(tempfile.gettempdir()) / f"regulars-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / hashlib.sha256(str(near).encode()).hexdigest()[:16]


def connect(root: Path) -> socket.socket | None:
    """A line to the project's server, or None when none answers."""
    path = address(root)
    if not path.exists():
        return None
    line = socket.socket(socket.AF_UNIX)
    try:
        line.connect(str(path))
    except OSError:
        line.close()
        return None
    return line


def ask(
    line: socket.socket, name: str, *, args: Mapping[str, Any], progress: Callable[[str, int, int], None]
) -> dict[str, Any]:
    """Send one verb and wait for its result, passing progress on.

    Raises:
        RegularsError: what the verb met at the server, as the same class.
        BusyError: the server went away before it answered.
    """
    with line, line.makefile("rw", encoding="utf-8") as talk:
        talk.write(dumps({"verb": name, "args": dict(args)}) + "\n")
        talk.flush()
        for said in talk:
            message = json.loads(said)
            if "progress" in message:
                progress(*message["progress"])
            elif "error" in message:
                raise_failure(message["error"])
            else:
                result: dict[str, Any] = message["result"]
                return result
    raise errors.BusyError(
        "The server stopped before it answered.", fix="Start it again, or repeat the verb without it."
    )


def failure(problem: errors.RegularsError) -> dict[str, Any]:
    """An error as it travels."""
    return dict(problem.as_json())


def raise_failure(sent: Mapping[str, Any]) -> None:
    """Raise a travelled error as the class that it had.

    >>> try:
    ...     raise_failure(failure(errors.DataError("no column 'Preis'", allowed=["preis"], guess="preis")))
    ... except errors.DataError as problem:
    ...     print(problem)
    no column 'Preis' Did you mean 'preis'? Valid: preis.
    """
    kind = getattr(errors, str(sent["kind"]), errors.RegularsError)
    problem = kind.__new__(kind)
    errors.RegularsError.__init__(
        problem, sent["problem"], allowed=sent["allowed"], guess=sent["did_you_mean"], fix=sent["fix"]
    )
    raise problem


def dumps(value: Any) -> str:
    """JSON with our dates as ISO texts and exact amounts as numbers.

    >>> dumps({"day": date(2017, 1, 2), "revenue": Decimal("12.5000")})
    '{"day": "2017-01-02", "revenue": 12.5}'
    """
    return json.dumps(value, default=_plain, ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
