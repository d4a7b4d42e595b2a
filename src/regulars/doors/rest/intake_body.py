"""What did a client send? The body of one request, read within limits, unpacked, parsed and looked through.

Nothing of a body is ever repeated in an answer or a log. Network addresses are shortened here, before anything is stored.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import ClientDisconnect, Request

__all__ = ["KINDS", "LIMITS", "Limits", "Refusal", "Sent", "read", "shortened"]

KINDS = ("track", "identify", "page", "screen", "group", "alias")
_NAMES_OF_ADDRESSES = frozenset(("ip", "ip_address", "ipAddress", "ipaddress"))
_compact = json.JSONEncoder(separators=(",", ":")).encode
_GZIP = 31  # zlib's window bits for gzip
_DRAIN = 5_000_000  # bytes read on after a body was found too large, so that the client gets to see the answer


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may bring; sizes in bytes."""

    event: int = 32 << 10
    batch: int = 500 << 10
    events: int = 2_500
    depth: int = 32
    values: int = 5_000  # names and values of one event
    seconds: float = 20.0


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not taken: the status, a word for programs, a sentence for people."""

    status: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A readable request: its events as JSON texts, each with type and messageId, the body's write key, when it was sent."""

    events: list[str]
    write_key: str | None
    sent_at: str | None


async def read(request: Request, kind: str, *, number: Callable[[], str], limits: Limits = LIMITS) -> Sent | Refusal:
    """Read one request.

    Args:
        request: its body has not been read yet.
        kind: of KINDS, or "batch".
        number: makes a messageId where the client gave none.
        limits: what is too much.
    """
    try:
        async with asyncio.timeout(limits.seconds):
            raw = await _body(request, limits.batch)
    except TimeoutError:
        return Refusal(408, "timeout", f"The body took longer than {limits.seconds:.0f} seconds.")
    except ClientDisconnect:
        return Refusal(400, "disconnected", "The client went away before the body was complete.")
    plain = _unpacked(raw, request.headers.get("content-encoding", ""), most=limits.batch) if raw is not None else raw
    if plain is None:
        return Refusal(413, "too_large", f"A request may have {limits.batch >> 10} KB, unpacked.")
    return plain if isinstance(plain, Refusal) else _parsed(plain, kind, number=number, limits=limits)


def shortened(address: str) -> str | None:
    """A network address without its last part: /24 of IPv4, /48 of IPv6; None for what is no address.

    >>> shortened("203.0.113.77"), shortened("2001:db8:1:2::3"), shortened("::ffff:203.0.113.77"), shortened("x")
    ('203.0.113.0', '2001:db8:1::', '203.0.113.0', None)
    """
    try:
        found = ipaddress.ip_address(address.strip().partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    kept = 24 if found.version == 4 else 48
    return str(ipaddress.ip_network(f"{found}/{kept}", strict=False).network_address)


async def _body(request: Request, most: int) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size <= most:
            parts.append(part)
        elif size > _DRAIN:
            break
    return b"".join(parts) if size <= most else None


def _unpacked(raw: bytes, encoding: str, *, most: int) -> bytes | Refusal | None:
    if encoding in ("", "identity"):
        return raw
    if encoding != "gzip":
        return Refusal(415, "encoding", "A body may be plain or packed with gzip.")
    packed = zlib.decompressobj(_GZIP)
    try:
        plain = packed.decompress(raw, most + 1)
    except zlib.error:
        return Refusal(400, "not_gzip", "The body is said to be gzip, and is not.")
    if len(plain) > most:
        return None
    return plain if packed.eof else Refusal(400, "not_gzip", "The gzip body breaks off.")


def _parsed(plain: bytes, kind: str, *, number: Callable[[], str], limits: Limits) -> Sent | Refusal:
    try:
        body = json.loads(plain, parse_constant=_no_constant)
    except (ValueError, KeyError, RecursionError):
        return Refusal(400, "not_json", "The body is not JSON.")
    if not isinstance(body, dict):
        return Refusal(400, "not_an_object", "The body must be one JSON object.")
    key, sent_at = body.pop("writeKey", None), body.pop("sentAt", None)
    events = body.get("batch") if kind == "batch" else [{**body, "type": kind}]
    if not isinstance(events, list) or not all(isinstance(each, dict) for each in events):
        return Refusal(400, "no_batch", "A batch needs `batch`: a list of events, each an object.")
    if len(events) > limits.events:
        return Refusal(413, "too_many", f"A batch may have {limits.events:,} events.")
    if kind != "batch" and (lacking := _incomplete(events[0])):
        return lacking
    texts = [_judged(_defaulted(each, body.get("context"), number=number), limits=limits) for each in events]
    refused = next((each for each in texts if isinstance(each, Refusal)), None)
    return refused or Sent([each for each in texts if isinstance(each, str)], _text(key), _text(sent_at))


def _no_constant(name: str) -> None:
    raise KeyError(name)  # NaN and Infinity are not JSON


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _defaulted(event: dict[str, Any], context: Any, *, number: Callable[[], str]) -> dict[str, Any]:
    if isinstance(context, dict) and "context" not in event:  # a batch may give it once for all its events
        event["context"] = context
    event.pop("writeKey", None)
    if not event.get("messageId"):
        event["messageId"] = number()
    return event


def _judged(event: dict[str, Any], *, limits: Limits) -> Refusal | str:
    if not _looked_through(event, limits=limits):
        problem = f"An event may have {limits.values:,} values, {limits.depth} deep; nothing of the request was taken."
        return Refusal(400, "too_deep", problem)
    text = _compact(event)  # in ASCII, so never shorter than what the client sent
    if len(text) > limits.event and _size(event) > limits.event:
        return Refusal(
            413, "too_large", f"An event may have {limits.event >> 10} KB; nothing of the request was taken."
        )
    return text


def _size(event: dict[str, Any]) -> int:
    return len(json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass"))


def _looked_through(event: dict[str, Any], *, limits: Limits) -> bool:
    """Shorten addresses in place; False when there is too much in the event."""
    level: list[dict[str, Any] | list[Any]] = [event]
    values = 0
    for _ in range(limits.depth):
        deeper: list[dict[str, Any] | list[Any]] = []
        for holder in level:
            values += len(holder)
            if isinstance(holder, dict):
                _shorten(holder)
            inner = holder.values() if isinstance(holder, dict) else holder
            deeper += [each for each in inner if isinstance(each, dict | list)]
        if values > limits.values:
            return False
        if not deeper:
            return True
        level = deeper
    return False


def _shorten(holder: dict[str, Any]) -> None:
    for name in _NAMES_OF_ADDRESSES & holder.keys():
        if isinstance(holder[name], str):
            holder[name] = shortened(holder[name])


def _incomplete(event: dict[str, Any]) -> Refusal | None:
    if not event.get("userId") and not event.get("anonymousId"):
        return Refusal(400, "no_user_anon_id", "An event needs a userId or an anonymousId.")
    if event["type"] == "track" and not event.get("event"):
        return Refusal(400, "no_event", "A track call needs `event`, the name of what happened.")
    if event["type"] == "group" and not event.get("groupId"):
        return Refusal(400, "no_group", "A group call needs `groupId`.")
    if event["type"] == "alias" and not event.get("previousId"):
        return Refusal(400, "no_previous_id", "An alias call needs `previousId`.")
    return None
