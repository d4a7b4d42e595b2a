"""What did the door take in? Spooled requests become JSON lines in the shape that Segment itself hands out.

A line is the event as it was sent, with `receivedAt`, `sentAt`, `originalTimestamp` and `timestamp`: when it happened by
our clock. A client's clock may be wrong; how wrong, the moments of sending and receiving tell:
timestamp = receivedAt - (sentAt - originalTimestamp), as Segment's specification of common fields says.
Lines are sorted into views: what visitors did, what is told of people, which visitor is which person, products of events.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TextIO

from regulars.capture.basket import amounts, number
from regulars.store.seen import Seen, Sight, Trait
from regulars.store.spool import lines

__all__ = ["VIEWS", "agreed", "happened", "render"]

VIEWS = ("visits", "people", "links", "products", "events")
_GROUP, _GROUP_NAME = "\x1fgroup", "\x1fgroup name"  # beside the traits; no trait that a person types is called so
_ABOUT = ("identify", "group", "alias")  # types that tell of a person and are no visit
_NO_INSTANT, _NO_DAY, _NO_NUMBER = "no ISO instant: ", "no ISO day: ", "no number: "
_content = json.JSONEncoder(sort_keys=True).encode
_compact = json.JSONEncoder(separators=(",", ":")).encode
_EPOCH_MS = 1e11  # larger numbers are milliseconds since 1970, not seconds


def render(segment: Path, folder: Path, *, views: Collection[str], seen: Seen) -> None:
    """Write one file of JSON lines for each wanted view, empty where the segment has nothing for it.

    Args:
        segment: a closed segment of the spool.
        folder: an existing folder for VIEW.jsonl.
        views: of VIEWS.
        seen: what the source remembers; rendering a segment twice gives lines that load alike.
    """
    with ExitStack() as stack:
        files = {each: stack.enter_context((folder / f"{each}.jsonl").open("w", encoding="utf-8")) for each in views}
        _Renderer(files, seen).run(segment)


def happened(original: Any, sent: Any, *, received: str) -> str:
    """When an event happened by the server's clock.

    Args:
        original: the client's time of the event; null counts as received.
        sent: the client's time of sending; null where it does not say.
        received: the server's time.

    Returns:
        An ISO instant; what is none comes back with that said, so that its row is set aside and nobody guesses.

    >>> happened("2026-01-05T12:00:00Z", "2026-01-05T12:00:03Z", received="2026-01-05T09:30:04.5Z")
    '2026-01-05T09:30:01.500Z'
    """
    if original is None:
        return received
    event, leaving, arrival = _instant(original), _instant(sent), _instant(received)
    if event is None or arrival is None:
        return _NO_INSTANT + str(original)
    try:
        return _iso(arrival - (leaving - event)) if leaving else _iso(event)
    except OverflowError:
        return _NO_INSTANT + str(original)


def agreed(context: Any) -> str | None:
    """The purposes that `context.consent.categoryPreferences` agrees to, `none` for none; None where nobody asked.

    >>> agreed({"consent": {"categoryPreferences": {"Ads": False, "Site Analytics": True}}})
    'Site-Analytics'
    """
    preferences = _dig(context, "consent", "categoryPreferences")
    if not isinstance(preferences, dict) or not preferences:
        return None
    return " ".join(sorted("-".join(name.split()) for name, yes in preferences.items() if yes is True)) or "none"


class _Renderer:
    def __init__(self, files: Mapping[str, TextIO], seen: Seen) -> None:
        self._files, self._seen = files, seen

    def run(self, segment: Path) -> None:
        for line in lines(segment):
            if line.sound:
                for event, stamps, told in _events(json.loads(line.text)):
                    self._event(event, stamps, told=told)
            else:
                self._damaged(line.text)

    def _damaged(self, text: bytes) -> None:
        view = next(each for each in ("events", "visits", *VIEWS) if each in self._files)
        # The checksum stays before it: a line whose bytes changed must not pass for JSON, even if it could be read.
        self._files[view].write("damaged on disk: " + text.decode("utf-8", "replace") + "\n")

    def _event(self, event: dict[str, Any], stamps: dict[str, Any], *, told: str) -> None:
        content = _content({**event, "sentAt": None})
        first = self._seen.first(Sight(str(event.get("messageId")), content, told, stamps["receivedAt"]))
        line = _line(event, stamps if first == told else json.loads(first))
        self._write("events", line)
        kind = event.get("type")
        if kind not in _ABOUT:
            self._write("visits", line)
        elif not _unfit(content):
            self._person(line, str(kind))
            self._link(line, str(kind))
        else:
            self._write("people", line)  # will be set aside, and told of nobody
        if "products" in self._files:
            for each in _products(line):
                self._write("products", each)

    def _person(self, line: dict[str, Any], kind: str) -> None:
        person = _id(line.get("userId"))
        if kind == "alias" or person is None or "people" not in self._files:
            return
        at = line["timestamp"] if _instant(line["timestamp"]) else line["receivedAt"]
        told = _told_of_group(line) if kind == "group" else line.get("traits")
        new = [Trait(name, json.dumps(value), at) for name, value in told.items()] if isinstance(told, dict) else []
        known = {name: json.loads(value) for name, value in self._seen.told(person, new).items()}
        account, company = known.pop(_GROUP, None), known.pop(_GROUP_NAME, None)
        own = {name: line[name] for name in ("type", "messageId", "userId", "timestamp", "receivedAt")}
        self._write(
            "people",
            {
                **own,
                "traits": known,
                "accountId": account,
                "company": _company(known) or company,
                "createdAt": _created(known.get("createdAt") or known.get("created_at")),
                "birthday": _day(known.get("birthday")),
                "sequence": self._seen.next_number(),
            },
        )

    def _link(self, line: dict[str, Any], kind: str) -> None:
        visitor = _id(line.get("previousId" if kind == "alias" else "anonymousId"))
        person = _id(line.get("userId"))
        if kind == "group" or not visitor or not person or "links" not in self._files:
            return
        if self._seen.linked(visitor, person, event=str(line["messageId"])):
            at = {"timestamp": line["timestamp"], "receivedAt": line["receivedAt"], "messageId": line["messageId"]}
            self._write("links", {"type": kind, "visitorId": visitor, "userId": person, **at})

    def _write(self, view: str, line: dict[str, Any]) -> None:
        if view in self._files:
            self._files[view].write(_compact(line) + "\n")


def _events(request: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any], str]]:
    """Each event with the stamps of its delivery, and those as a text."""
    stamps = {name: request.get(name) for name in ("receivedAt", "sentAt", "ip", "userAgent")}
    told = _compact(stamps)
    for event in request["events"]:
        if own := event.get("sentAt"):
            its = {**stamps, "sentAt": own}
            yield event, its, _compact(its)
        else:
            yield event, stamps, told


def _line(event: dict[str, Any], stamps: dict[str, Any]) -> dict[str, Any]:
    original = event.get("originalTimestamp") or event.get("timestamp")
    given = event.get("context")
    context = dict(given) if isinstance(given, dict) else {}
    for name in ("ip", "userAgent"):
        if stamps[name] and not context.get(name):
            context[name] = stamps[name]
    return {
        **event,
        "context": context,
        "originalTimestamp": original,
        "sentAt": stamps["sentAt"],
        "receivedAt": stamps["receivedAt"],
        "timestamp": happened(original, stamps["sentAt"], received=stamps["receivedAt"]),
        "consent": agreed(context),
    }


def _products(line: dict[str, Any]) -> Iterator[dict[str, Any]]:
    properties = line.get("properties")
    found = properties.get("products") if isinstance(properties, dict) else None
    if not isinstance(properties, dict) or not isinstance(found, list):
        return
    whole = {name: value for name, value in properties.items() if name != "products"}
    for place, (product, amount) in enumerate(zip(found, amounts(properties, found), strict=True), start=1):
        yield {**line, "properties": whole, "product": product, "line": place, "quantity": _quantity(product), **amount}


def _told_of_group(line: dict[str, Any]) -> dict[str, Any]:
    name = _dig(line.get("traits"), "name")
    return {_GROUP: line.get("groupId")} | ({_GROUP_NAME: name} if name else {})


def _company(traits: Mapping[str, Any]) -> str | None:
    company = traits.get("company")
    name = company.get("name") if isinstance(company, dict) else company
    return str(name) if name else None


def _created(created: Any) -> str | None:
    if isinstance(created, int | float) and not isinstance(created, bool):
        seconds = created / 1000 if abs(created) > _EPOCH_MS else created
        try:
            return _iso(datetime.fromtimestamp(seconds, UTC))
        except (ValueError, OverflowError, OSError):
            return _NO_INSTANT + str(created)
    found = _instant(created)
    return None if created in (None, "") else _iso(found) if found else _NO_INSTANT + str(created)


def _day(birthday: Any) -> str | None:
    if birthday in (None, ""):
        return None
    try:
        return date.fromisoformat(str(birthday)[:10]).isoformat()
    except ValueError:
        return _NO_DAY + str(birthday)


def _quantity(product: Any) -> str | None:
    given = product.get("quantity") if isinstance(product, dict) else None
    found = number(given)
    return None if given is None else format(found, "f") if found is not None else _NO_NUMBER + str(given)


def _id(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int | float) and value != "" else None


def _dig(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _instant(text: Any) -> datetime | None:
    return _read_instant(text) if isinstance(text, str) else None


@lru_cache(4096)  # all events of a request were sent and received at the same time
def _read_instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _unfit(content: str) -> bool:
    """Whether a text inside has a NUL or half a character: such rows are set aside, and no memory may keep them."""
    return "\\u0000" in content or ("\\ud" in content and _halved(content))


def _halved(content: str) -> bool:
    try:
        json.dumps(json.loads(content), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False
