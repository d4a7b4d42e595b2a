"""Events over HTTP, as Segment's tracking specification describes it: answered when they are on the disk, not before.

A request is read within limits, its write key names the source, and its events go to that source's spool. The warehouse is
not touched: the server captures the spool at its own rhythm, and a client never waits for that.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from regulars.doors.rest.intake_body import KINDS, Limits, Refusal, Sent, read, shortened
from regulars.doors.rest.intake_keys import Entrance, entrances, opened, user_name
from regulars.kernel.errors import BusyError, ConfigError
from regulars.project.config import Config
from regulars.project.project import home
from regulars.store.spool import Spool, folder_of

__all__ = ["Intake", "PATHS"]

# Path -> kind of call. The short ones are those of the browser's and the mobile libraries.
PATHS = {f"/v1/{each}": each for each in KINDS} | {f"/v1/{each[0]}": each for each in KINDS}
PATHS |= {"/v1/batch": "batch", "/v1/b": "batch", "/v1/import": "batch"}

_MOST_AT_ONCE = 256  # requests that are read or written at the same time
_RETRY = {"Retry-After": "1"}
_NO_SOURCE = Refusal(
    404,
    "no_source",
    'This server takes no events. Declare a source in regulars.toml: [sources.web], kind = "events", '
    'write_key = "${WEB_KEY}"; then start it again.',
)
_NO_KEY = Refusal(
    401,
    "invalid_write_key",
    "No source has this write key. Send it as the user name of HTTP Basic, or as writeKey in the body; "
    "it is the write_key of a source in regulars.toml.",
)
_FOREIGN = Refusal(403, "origin", "Pages of this origin may not send events to this source: see its `origins`.")
_CROWDED = Refusal(429, "busy", "More requests than can be taken at once; nothing was taken. Send it again.")


def _number() -> str:
    return f"server-{uuid4()}"


def _clock() -> datetime:
    return datetime.now(UTC)


class Intake:
    """The tracking endpoints over one project's spools.

    Args:
        config: gives the configuration as it is now; it is looked at again when it changed.
        clock: this instant, UTC with zone.
        limits: of one request.

    Raises:
        ConfigError: a source of kind `events` has no write key.
    """

    def __init__(
        self, config: Callable[[], Config], *, clock: Callable[[], datetime] = _clock, limits: Limits | None = None
    ) -> None:
        self._config, self._clock, self._limits = config, clock, limits or Limits()
        self._read = config()
        self._entrances = entrances(self._read)
        self._spools: dict[str, Spool] = {each.source: self._opened(each.source) for each in self._entrances}
        self._inside = 0

    @property
    def entrances(self) -> tuple[Entrance, ...]:
        """The sources that take events now; those of before while regulars.toml is wrong."""
        now = self._config()
        if now is not self._read:
            self._read = now
            with suppress(ConfigError):  # who runs a verb is told; a running shop's clients do not suffer from a typo
                self._entrances = entrances(now)
        return self._entrances

    def routes(self) -> list[Route]:
        """One route for each path of PATHS."""
        return [Route(path, self.take, methods=["POST", "OPTIONS"], include_in_schema=False) for path in PATHS]

    async def take(self, request: Request) -> Response:
        """One request of a client."""
        headers = self._headers(request.headers.get("origin"))
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=headers)
        if self._inside >= _MOST_AT_ONCE:
            return _refused(_CROWDED, headers)
        self._inside += 1
        try:
            refusal = await self._taken(request)
        finally:
            self._inside -= 1
        return _refused(refusal, headers) if refusal else JSONResponse({"success": True}, 202, headers)

    def close(self) -> None:
        """Write what waits, then stop."""
        for each in self._spools.values():
            each.close()

    async def _taken(self, request: Request) -> Refusal | None:
        doors = self.entrances
        if not doors:
            return _NO_SOURCE
        sent = await read(request, PATHS[request.url.path], number=_number, limits=self._limits)
        if isinstance(sent, Refusal):
            return sent
        named = user_name(request.headers.get("authorization"))
        entrance = opened(doors, sent.write_key if named is None else named)
        if entrance is None:
            return _NO_KEY
        if not entrance.admits(request.headers.get("origin")):
            return _FOREIGN
        return await self._stored(entrance.source, self._record(request, sent)) if sent.events else None

    async def _stored(self, source: str, record: bytes) -> Refusal | None:
        if source not in self._spools:
            self._spools[source] = self._opened(source)
        spool = self._spools[source]
        if not spool.has_room(len(record)):
            return _CROWDED
        try:
            await asyncio.wrap_future(spool.append(record))
        except BusyError as problem:
            return Refusal(503, "busy", problem.problem)
        return None

    def _record(self, request: Request, sent: Sent) -> bytes:
        browser = "origin" in request.headers
        peer = shortened(request.client.host) if browser and request.client else None
        stamps: dict[str, Any] = {
            "receivedAt": self._clock().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "sentAt": sent.sent_at,
            "ip": peer,
            "userAgent": request.headers.get("user-agent") if browser else None,
        }
        return _joined(stamps, sent.events)

    def _opened(self, source: str) -> Spool:
        folder = folder_of(home(self._read.root), source)
        return Spool(folder, lambda: self._clock().astimezone(UTC).replace(tzinfo=None))

    def _headers(self, origin: str | None) -> dict[str, str]:
        headers = {"Request-Id": str(uuid4()), "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        if origin is not None and any(each.admits(origin) for each in self.entrances):
            headers |= {
                "Access-Control-Allow-Origin": origin if all(each.origins for each in self.entrances) else "*",
                "Access-Control-Allow-Methods": "POST, OPTIONS",
                "Access-Control-Allow-Headers": "authorization, content-type, content-encoding, x-retry-count",
                "Access-Control-Expose-Headers": "request-id, retry-after",
                "Access-Control-Max-Age": "86400",
                "Vary": "Origin",
            }
        return headers


def _joined(stamps: dict[str, Any], events: list[str]) -> bytes:
    return f'{json.dumps(stamps, separators=(",", ":"))[:-1]},"events":[{",".join(events)}]}}'.encode("ascii")


def _refused(refusal: Refusal, headers: dict[str, str]) -> Response:
    more = _RETRY if refusal.status in (429, 503) else {}
    more = {"WWW-Authenticate": 'Basic realm="events"'} if refusal.status == 401 else more
    told = {"success": False, "code": refusal.code, "message": refusal.message}
    return JSONResponse(told, refusal.status, {**headers, **more})
