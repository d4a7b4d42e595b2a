"""The tracking endpoints: who may send, what is refused and how, and that nothing is answered before it is on the disk."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from regulars.doors.rest import intake as module
from regulars.doors.rest.intake import PATHS, Intake
from regulars.doors.rest.intake_body import LIMITS, shortened
from regulars.kernel.errors import BusyError, ConfigError
from regulars.project.config import read_config
from regulars.store.spool import Spool, close_open, closed, folder_of, lines

TOML = """
[project]
name = "shop"
[sources.web]
kind = "events"
write_key = ["${WEB_KEY}", "${OLD_KEY}"]
origins = ["https://shop.example"]
[sources.app]
kind = "events"
write_key = "${APP_KEY}"
"""
ENVIRON = {"WEB_KEY": "web-key", "OLD_KEY": "old-key", "APP_KEY": "app-key"}
NOW = datetime(2026, 1, 5, 12, 0, 0, 250_000, UTC)


def made(folder: Path, text: str = TOML, environ: dict[str, str] | None = None) -> Intake:
    (folder / "regulars.toml").write_text(text)
    config = read_config(folder, ENVIRON if environ is None else environ)
    return Intake(lambda: config, clock=lambda: NOW)


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    found = made(tmp_path)
    yield found
    found.close()


def call(intake: Intake, *requests: dict[str, Any]) -> list[httpx.Response]:
    """Send requests together, as a server would get them."""

    async def all_of_them() -> list[httpx.Response]:
        transport = httpx.ASGITransport(Starlette(routes=intake.routes()), client=("198.51.100.77", 5000))
        async with httpx.AsyncClient(transport=transport, base_url="http://regulars") as client:
            return list(await asyncio.gather(*(client.request(**{"method": "POST", **each}) for each in requests)))

    return asyncio.run(all_of_them())


def post(intake: Intake, path: str = "/v1/track", **request: Any) -> httpx.Response:
    return call(intake, {"url": path, **request})[0]


def basic(key: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


def taken(folder: Path, source: str = "web") -> list[dict[str, Any]]:
    """Every stored request of a source."""
    spool = folder_of(folder / ".regulars", source)
    close_open(spool)
    return [json.loads(line.text) for segment in closed(spool) for line in lines(segment) if line.sound]


EVENT = {"type": "track", "messageId": "m1", "userId": "k1", "event": "Product Viewed"}


def test_an_event_is_stored_with_its_stamps(intake: Intake, tmp_path: Path) -> None:
    answer = post(intake, json={**EVENT, "sentAt": "2026-01-05T11:59:00Z"}, headers=basic("web-key"))
    assert (answer.status_code, answer.json()) == (202, {"success": True})
    assert answer.headers["request-id"]
    stamps = {"receivedAt": "2026-01-05T12:00:00.250Z", "sentAt": "2026-01-05T11:59:00Z", "ip": None, "userAgent": None}
    assert taken(tmp_path) == [{**stamps, "events": [EVENT]}]


@pytest.mark.parametrize("path", sorted(PATHS))
def test_every_path_of_the_clients_is_there(intake: Intake, tmp_path: Path, path: str) -> None:
    event = {"userId": "k1", "event": "e", "groupId": "g", "previousId": "p", "messageId": "m"}
    body = {"batch": [{**event, "type": "page"}]} if PATHS[path] == "batch" else event
    assert post(intake, path, json={**body, "writeKey": "app-key"}).status_code == 202
    wanted = {"batch": "page"}.get(PATHS[path], PATHS[path])
    assert [each["type"] for each in taken(tmp_path, "app")[0]["events"]] == [wanted]


@pytest.mark.parametrize(
    ("body", "headers", "source"),
    [
        ({}, basic("web-key"), "web"),
        ({}, basic("old-key"), "web"),
        ({}, basic("app-key"), "app"),
        ({"writeKey": "app-key"}, {}, "app"),
        ({"writeKey": "app-key"}, {"Authorization": "Bearer token"}, "app"),
        ({}, {"Authorization": "Basic " + base64.b64encode(b"app-key").decode()}, "app"),
    ],
)
def test_a_write_key_names_the_source(
    intake: Intake, tmp_path: Path, body: dict[str, str], headers: dict[str, str], source: str
) -> None:
    assert post(intake, json={**EVENT, **body}, headers=headers).status_code == 202
    assert taken(tmp_path, source)[0]["events"] == [EVENT]  # the key itself is not kept


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({}, {}),
        ({}, basic("")),
        ({}, basic("wrong")),
        ({}, {"Authorization": "Basic %%%"}),
        ({"writeKey": "web-key"}, basic("wrong")),
        ({"writeKey": ["web-key"]}, {}),
        ({"writeKey": "\ud800"}, {}),
    ],
)
def test_a_wrong_key_is_turned_away(
    intake: Intake, tmp_path: Path, body: dict[str, Any], headers: dict[str, str]
) -> None:
    answer = post(intake, content=json.dumps({**EVENT, **body}), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_write_key")
    assert "write_key" in answer.json()["message"]
    assert taken(tmp_path) == taken(tmp_path, "app") == []


def test_a_server_without_such_a_source_says_what_to_declare(tmp_path: Path) -> None:
    answer = post(made(tmp_path, '[project]\nname = "x"\n'), json=EVENT, headers=basic("web-key"))
    assert answer.status_code == 404
    assert 'kind = "events"' in answer.json()["message"]


@pytest.mark.parametrize(
    ("text", "environ", "says"),
    [
        ('[sources.web]\nkind = "events"\n', {}, "write_key"),
        ('[sources.web]\nkind = "events"\nwrite_key = "${WEB_KEY}"\n', {}, "WEB_KEY"),
        ('[sources.web]\nkind = "events"\nwrite_key = "${WEB_KEY}"\n', {"WEB_KEY": " "}, "empty"),
        ('[sources.a]\nkind = "events"\nwrite_key = "x"\n[sources.b]\nkind = "events"\nwrite_key = "x"\n', {}, "same"),
    ],
)
def test_a_source_without_a_key_of_its_own_is_no_server(
    tmp_path: Path, text: str, environ: dict[str, str], says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        made(tmp_path, text, environ)


def test_gzip_is_unpacked(intake: Intake, tmp_path: Path) -> None:
    packed = gzip.compress(json.dumps({"batch": [EVENT]}).encode())
    answer = post(intake, "/v1/batch", content=packed, headers={**basic("web-key"), "Content-Encoding": "gzip"})
    assert answer.status_code == 202
    assert taken(tmp_path)[0]["events"] == [EVENT]


BOMB = gzip.compress(b" " * 80_000_000, mtime=0)
DEEP = b'{"userId":"k","event":"e","a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
SHALLOW = b'{"userId":"k","event":"e","a":' + b"[" * 50 + b"]" * 50 + b"}"


@pytest.mark.parametrize(
    ("path", "content", "headers", "status", "code"),
    [
        ("/v1/track", b"", {}, 400, "not_json"),
        ("/v1/track", b"{", {}, 400, "not_json"),
        ("/v1/track", b"\xff\xfe\xff", {}, 400, "not_json"),
        ("/v1/track", b'{"userId":"k","event":"e","n":NaN}', {}, 400, "not_json"),
        ("/v1/track", b'{"userId":"k","event":"e","n":' + b"9" * 10_000 + b"}", {}, 400, "not_json"),
        ("/v1/track", DEEP, {}, 400, "not_json"),
        ("/v1/track", SHALLOW, {}, 400, "too_deep"),
        ("/v1/track", json.dumps({**EVENT, "a": [0] * 6_000}).encode(), {}, 400, "too_deep"),
        ("/v1/track", b"[]", {}, 400, "not_an_object"),
        ("/v1/track", b'{"event":"e"}', {}, 400, "no_user_anon_id"),
        ("/v1/track", b'{"userId":"k"}', {}, 400, "no_event"),
        ("/v1/group", b'{"userId":"k"}', {}, 400, "no_group"),
        ("/v1/alias", b'{"userId":"k"}', {}, 400, "no_previous_id"),
        ("/v1/batch", b"{}", {}, 400, "no_batch"),
        ("/v1/batch", b'{"batch":[1]}', {}, 400, "no_batch"),
        ("/v1/batch", json.dumps({"batch": [EVENT] * 2_501}).encode(), {}, 413, "too_many"),
        ("/v1/track", json.dumps({**EVENT, "a": "x" * 33_000}).encode(), {}, 413, "too_large"),
        ("/v1/batch", json.dumps({"batch": [EVENT, {**EVENT, "a": "x" * 33_000}]}).encode(), {}, 413, "too_large"),
        ("/v1/batch", b" " * 600_000, {}, 413, "too_large"),
        ("/v1/batch", BOMB, {"Content-Encoding": "gzip"}, 413, "too_large"),
        ("/v1/batch", b"no gzip", {"Content-Encoding": "gzip"}, 400, "not_gzip"),
        ("/v1/batch", BOMB[:100], {"Content-Encoding": "gzip"}, 400, "not_gzip"),
        ("/v1/batch", b"", {"Content-Encoding": "br"}, 415, "encoding"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_refused_whole(
    intake: Intake, tmp_path: Path, path: str, content: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    answer = post(intake, path, content=content, headers={**basic("web-key"), **headers})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["success"] is False
    assert len(answer.json()["message"]) > 10
    assert taken(tmp_path) == []


def test_an_event_may_have_32_kb_of_any_script(intake: Intake) -> None:
    room = LIMITS.event - len(json.dumps({**EVENT, "a": ""}, separators=(",", ":")))
    assert post(intake, json={**EVENT, "a": "ü" * (room // 2)}, headers=basic("web-key")).status_code == 202
    assert post(intake, json={**EVENT, "a": "ü" * (room // 2 + 1)}, headers=basic("web-key")).status_code == 413


def test_nothing_that_was_sent_comes_back(intake: Intake) -> None:
    canary = "canary-7f3a"
    requests = [
        {"url": "/v1/track", "content": canary},
        {"url": "/v1/track", "json": {canary: canary}},
        {"url": "/v1/batch", "json": {"batch": canary}},
        {"url": "/v1/track", "json": {**EVENT, "event": canary}, "headers": basic(canary)},
        {"url": "/v1/track", "json": EVENT, "headers": {"Origin": f"https://{canary}", **basic("web-key")}},
    ]
    for answer in call(intake, *requests):
        assert answer.status_code >= 400
        assert canary not in answer.text + str(answer.headers)


def test_an_event_without_a_number_gets_one(intake: Intake, tmp_path: Path) -> None:
    for _ in range(2):
        post(intake, json={"userId": "k", "event": "e"}, headers=basic("web-key"))
    numbers = [each["events"][0]["messageId"] for each in taken(tmp_path)]
    assert len(set(numbers)) == 2


def test_pages_of_other_sites_are_turned_away(intake: Intake, tmp_path: Path) -> None:
    ours = post(intake, json=EVENT, headers={**basic("web-key"), "Origin": "https://shop.example"})
    assert ours.headers["access-control-allow-origin"] == "*"  # the source `app` takes events of every site
    foreign = post(intake, json=EVENT, headers={**basic("web-key"), "Origin": "https://evil.example"})
    assert (ours.status_code, foreign.status_code, foreign.json()["code"]) == (202, 403, "origin")
    assert len(taken(tmp_path)) == 1


def test_a_preflight_is_answered_for_known_sites_only(tmp_path: Path) -> None:
    one = made(tmp_path, TOML.partition("[sources.app]")[0])
    known = post(one, "/v1/t", method="OPTIONS", headers={"Origin": "https://shop.example"})
    foreign = post(one, "/v1/t", method="OPTIONS", headers={"Origin": "https://evil.example"})
    assert known.status_code == foreign.status_code == 204
    assert known.headers["access-control-allow-origin"] == "https://shop.example"
    assert "authorization" in known.headers["access-control-allow-headers"]
    assert "access-control-allow-origin" not in foreign.headers
    one.close()


def test_addresses_are_shortened_before_they_are_stored(intake: Intake, tmp_path: Path) -> None:
    browser = {**basic("app-key"), "Origin": "https://shop.example", "User-Agent": "Browser 7"}
    post(intake, json=EVENT, headers=browser)
    server = {**EVENT, "context": {"ip": "203.0.113.77"}, "properties": {"list": [{"ip_address": "2001:db8:1:2::3"}]}}
    post(intake, json=server, headers=basic("app-key"))
    post(intake, json={**EVENT, "ip": "my address is 203.0.113.77"}, headers=basic("app-key"))
    stored = json.dumps(taken(tmp_path, "app"))
    assert "198.51.100.77" not in stored and "203.0.113.77" not in stored and "::3" not in stored
    first, second, third = taken(tmp_path, "app")
    assert (first["ip"], first["userAgent"]) == ("198.51.100.0", "Browser 7")
    assert (second["ip"], second["userAgent"]) == (None, None)  # a server's own address says nothing of the visitor
    assert second["events"][0]["context"]["ip"] == "203.0.113.0"
    assert third["events"][0]["ip"] is None
    assert shortened("203.0.113.77") == "203.0.113.0"


def test_overload_is_429_with_retry_after(intake: Intake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_AT_ONCE", 3)
    answers = call(intake, *[{"url": "/v1/track", "json": EVENT, "headers": basic("web-key")}] * 20)
    said = [each.status_code for each in answers]
    assert set(said) == {202, 429}
    assert all(each.headers["retry-after"] == "1" for each in answers if each.status_code == 429)
    assert len(taken(tmp_path)) == said.count(202)


def test_a_crowded_spool_is_429(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Spool, "has_room", lambda self, size: False)
    assert post(intake, json=EVENT, headers=basic("web-key")).status_code == 429


def test_what_could_not_be_written_is_503(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Spool, text: bytes) -> None:
        raise BusyError("The server's disk is full.")

    monkeypatch.setattr(Spool, "append", full)
    answer = post(intake, json=EVENT, headers=basic("web-key"))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


def test_a_stopping_server_is_503_and_has_kept_what_it_took(intake: Intake, tmp_path: Path) -> None:
    assert post(intake, json=EVENT, headers=basic("web-key")).status_code == 202
    intake.close()
    assert post(intake, json=EVENT, headers=basic("web-key")).status_code == 503
    assert len(taken(tmp_path)) == 1


def test_keys_follow_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "regulars.toml").write_text(TOML)
    configs = [read_config(tmp_path, ENVIRON)]
    intake = Intake(lambda: configs[-1])
    configs.append(read_config(tmp_path, {**ENVIRON, "APP_KEY": "new-key"}))
    assert post(intake, json=EVENT, headers=basic("new-key")).status_code == 202
    assert post(intake, json=EVENT, headers=basic("app-key")).status_code == 401
    configs.append(read_config(tmp_path, {}))  # wrong now: the keys of before stay
    assert post(intake, json=EVENT, headers=basic("new-key")).status_code == 202
    intake.close()


def test_an_empty_batch_is_fine(intake: Intake, tmp_path: Path) -> None:
    assert post(intake, "/v1/batch", json={"batch": []}, headers=basic("web-key")).status_code == 202
    assert taken(tmp_path) == []
