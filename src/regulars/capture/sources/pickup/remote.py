"""Files that lie on an object store or behind SFTP: listed, and fetched by streaming when they are new."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Self

from regulars.capture.offer import Offer, Request
from regulars.capture.sources.pickup.place import Place, Thing
from regulars.kernel.errors import ConfigError, DataError

__all__ = ["is_remote", "remote_offers"]

_TRIES = 4
_PAUSE = 0.5  # seconds before the second try, doubled each time
_CHUNK = 1 << 20


def is_remote(pattern: str) -> bool:
    """Whether a pattern leads to another machine.

    >>> is_remote("s3://bucket/a/*.csv"), is_remote("in/a.csv")
    (True, False)
    """
    return pattern.startswith(("s3://", "sftp://"))


def remote_offers(request: Request, pattern: str) -> list[Offer]:
    """The remote files that a pattern names, sorted by name.

    Raises:
        DataError: the place cannot be reached.
        ConfigError: the section lacks what the place needs, or the extra is not installed.
    """
    line = _line(request, pattern)
    things = _tried(lambda place: place.things(line.path), line, what=pattern)
    return [_offer(request, each, pattern=pattern) for each in sorted(things, key=lambda each: each.name)]


class _Line:
    """A place that stays connected for as long as the capture runs, and is connected anew when it stumbles."""

    def __init__(self, request: Request, pattern: str) -> None:
        self._request, self._pattern = request, pattern
        self.place, self.path = _place(request, pattern)

    def renew(self) -> None:
        self.place.close()
        self.place, _ = _place(self._request, self._pattern)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *of: object) -> None:
        self.place.close()


def _line(request: Request, pattern: str) -> _Line:
    return request.opened.once(("pickup", request.mapping.source, pattern), lambda: _Line(request, pattern))


def _place(request: Request, pattern: str) -> tuple[Place, str]:
    try:
        if pattern.startswith("s3://"):
            from regulars.capture.sources.pickup.s3 import bucket

            return bucket(request.section, request.environ), pattern.removeprefix("s3://")
        from regulars.capture.sources.pickup.sftp import server
    except ImportError as missing:
        problem = f"{pattern} needs {missing.name}, which is not installed."
        raise ConfigError(problem, fix="pip install 'regulars[sources]'") from missing
    return server(request, pattern)


def _offer(request: Request, thing: Thing, *, pattern: str) -> Offer:
    label = hashlib.sha256(f"{thing.name} {thing.mark} {thing.size}".encode()).hexdigest()[:16]
    target = request.folder / f"{label}{PurePosixPath(thing.path).suffix}"
    fetch = _Fetch(request, thing, pattern, target)
    return Offer(thing.name, thing.size, thing.mark, fetch=fetch, done=fetch.tidy)


@dataclass(frozen=True, slots=True)
class _Fetch:
    """Fetches one file once; a second call gives what the first one brought."""

    request: Request
    thing: Thing
    pattern: str
    target: Path

    def __call__(self) -> Path:
        if not self.target.exists():
            _tried(self._stream, _line(self.request, self.pattern), what=self.thing.name)
        return self.target

    def tidy(self) -> None:
        self.target.unlink(missing_ok=True)

    def _stream(self, place: Place) -> None:
        part = self.target.with_name(self.target.name + ".part")
        with place.open(self.thing) as source, part.open("wb") as out:
            while chunk := source.read(_CHUNK):
                out.write(chunk)
        if part.stat().st_size != self.thing.size:
            raise DataError(f"{part.stat().st_size} bytes came instead of {self.thing.size}")
        part.replace(self.target)


def _tried(work: Callable[[Place], Any], line: _Line, *, what: str) -> Any:
    pause = _PAUSE
    troubles: tuple[type[Exception], ...] = (OSError, DataError, *line.place.troubles)
    for _ in range(_TRIES - 1):
        try:
            return work(line.place)
        except (FileNotFoundError, PermissionError) as final:
            raise _unreachable(what, final) from final
        except troubles:
            time.sleep(pause)
            pause *= 2
            line.renew()
    try:
        return work(line.place)
    except troubles as trouble:
        raise _unreachable(what, trouble) from trouble


def _unreachable(what: str, trouble: Exception) -> DataError:
    problem = f"{what} cannot be reached: {str(trouble) or type(trouble).__name__}."
    return DataError(problem, fix="Look whether it is there and may be read, then capture again.")
