"""Files that are picked up from S3 and SFTP, against real servers."""

from __future__ import annotations

import builtins
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from regulars.capture.sources.pickup import remote
from regulars.kernel.errors import ConfigError, DataError
from tests.capture.sources.projects import Shop
from tests.capture.sources.test_files import HEAD, LINES, lines, told
from tests.capture.test_archive import packed
from tests.servers.s3 import Store
from tests.servers.sftp import Sftp

ACCOUNT = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": "eu-central-1"}


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what is fetched from now on."""
    names: list[str] = []
    stream = remote._Fetch._stream

    def counted(self: Any, place: Any) -> None:
        names.append(self.thing.name.rpartition("/")[2])
        stream(self, place)

    monkeypatch.setattr(remote._Fetch, "_stream", counted)
    return names


def on_s3(tmp_path: Path, s3: Store, pattern: str) -> Shop:
    """A project over objects."""
    made = Shop(tmp_path / "shop").says(LINES.format(pattern), kind='"files"', url="", endpoint=f'"{s3.url}"')
    made.environ |= ACCOUNT
    return made


def put(s3: Store, key: str, body: str | bytes) -> None:
    """An object."""
    s3.client.put_object(Bucket="shop", Key=key, Body=body)


def test_objects_are_fetched_once(tmp_path: Path, s3: Store, fetched: list[str]) -> None:
    made = on_s3(tmp_path, s3, "s3://shop/one/*.csv")
    put(s3, "one/a.csv", HEAD + lines(0, 3))
    put(s3, "one/b.csv", HEAD + lines(10, 12))
    put(s3, "one/c.txt", "x")
    put(s3, "one/deeper/d.csv", "x")
    first = told(made)["batches"]
    assert [(each["file"], each["loaded"]) for each in first] == [
        ("s3://shop/one/a.csv", 3),
        ("s3://shop/one/b.csv", 2),
    ]
    assert told(made)["batches"] == [] and fetched == ["a.csv", "b.csv"]
    put(s3, "one/a.csv", HEAD + lines(0, 5))
    (grown,) = told(made)["batches"]
    assert (grown["loaded"], grown["duplicate"]) == (2, 3) and "grew" in grown["notes"][0]
    assert fetched == ["a.csv", "b.csv", "a.csv"]
    s3.client.delete_object(Bucket="shop", Key="one/b.csv")
    assert [each["file"] for each in told(made)["vanished"]] == ["s3://shop/one/b.csv"]
    assert len(made.rows("order_line")) == 7
    assert not list((made.root / ".regulars" / "staging").rglob("*.csv"))


def test_an_archive_on_a_store_is_listed_once(tmp_path: Path, s3: Store, fetched: list[str]) -> None:
    made = on_s3(tmp_path, s3, "s3://shop/two/*.zip/*.csv")
    put(s3, "two/m.zip", packed({"a.csv": (HEAD + lines(0, 3)).encode(), "b.csv": (HEAD + lines(5, 6)).encode()}))
    assert [each["file"] for each in told(made)["batches"]] == [
        "s3://shop/two/m.zip/a.csv",
        "s3://shop/two/m.zip/b.csv",
    ]
    assert told(made)["batches"] == [] and fetched == ["m.zip"]


def test_a_store_that_stumbles_is_asked_again(tmp_path: Path, s3: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    made = on_s3(tmp_path, s3, "s3://shop/three/a.csv")
    put(s3, "three/a.csv", HEAD + lines(0, 3))
    monkeypatch.setattr(remote, "_PAUSE", 0.01)
    stream, falls = remote._Fetch._stream, [1, 2]

    def stumbling(self: Any, place: Any) -> None:
        stream(self, place)
        if falls:
            falls.pop()
            self.target.unlink()
            raise ConnectionResetError("the line broke")

    monkeypatch.setattr(remote._Fetch, "_stream", stumbling)
    assert told(made)["totals"]["loaded"] == 3 and falls == []


def test_what_s3_cannot_do_is_said(tmp_path: Path, s3: Store) -> None:
    with pytest.raises(DataError, match=r"nothing\.csv"):
        told(on_s3(tmp_path / "a", s3, "s3://shop/none/nothing.csv"))
    assert told(on_s3(tmp_path / "b", s3, "s3://shop/none/*.csv"))["batches"] == []
    with pytest.raises(DataError, match="cannot be reached"):
        told(on_s3(tmp_path / "c", s3, "s3://no-such-bucket/*.csv"))
    made = on_s3(tmp_path / "d", s3, "s3://shop/four/a.csv")
    put(s3, "four/a.csv", HEAD + lines(0, 3))
    assert told(made)["totals"]["loaded"] == 3
    s3.client.delete_object(Bucket="shop", Key="four/a.csv")
    assert [each["file"] for each in told(made)["vanished"]] == ["s3://shop/four/a.csv"]


@pytest.mark.parametrize("scheme", ["s3://shop/*.csv", "sftp://eva@127.0.0.1/*.csv"])
def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    load = builtins.__import__

    def poor(name: str, *rest: Any) -> Any:
        if name.startswith("regulars.capture.sources.pickup.s"):
            raise ImportError(name="paramiko")
        return load(name, *rest)

    made = Shop(tmp_path / "shop").says(LINES.format(scheme), kind='"files"', url="")
    monkeypatch.setattr(builtins, "__import__", poor)
    with pytest.raises(ConfigError) as error:
        told(made)
    assert error.value.fix == "pip install 'regulars[sources]'"


def on_sftp(tmp_path: Path, sftp: Sftp, pattern: str, **section: str) -> Shop:
    """A project over files behind SFTP."""
    keys = {"key": f'"{sftp.key}"', "host_key": f'"{sftp.host_key}"'} | section
    return Shop(tmp_path / "shop").says(LINES.format(pattern), kind='"files"', url="", **keys)


def test_files_behind_sftp_are_fetched_once(tmp_path: Path, sftp: Sftp, fetched: list[str]) -> None:
    place = sftp.folder / "one"
    place.mkdir()
    (place / "a.csv").write_text(HEAD + lines(0, 3))
    (place / "b.csv").write_text(HEAD + lines(10, 12))
    made = on_sftp(tmp_path, sftp, f"{sftp.url}{place}/*.csv")
    assert [(each["file"], each["loaded"]) for each in told(made)["batches"]] == [
        (f"{sftp.url}{place}/a.csv", 3),
        (f"{sftp.url}{place}/b.csv", 2),
    ]
    (place / "b.csv").write_text(HEAD + lines(10, 14))
    os.utime(place / "b.csv", (1, 1_700_000_000))
    assert [(each["loaded"], each["duplicate"]) for each in told(made)["batches"]] == [(2, 2)]
    assert told(made)["batches"] == [] and fetched == ["a.csv", "b.csv", "b.csv"]


def test_a_large_file_comes_whole(tmp_path: Path, sftp: Sftp) -> None:
    place = sftp.folder / "two"
    place.mkdir()
    (place / "a.csv").write_text(HEAD + lines(0, 200_000))
    assert told(on_sftp(tmp_path, sftp, f"{sftp.url}{place}/a.csv"))["totals"]["loaded"] == 200_000


def test_a_host_must_be_known(tmp_path: Path, sftp: Sftp) -> None:
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    made = on_sftp(tmp_path, sftp, f"{sftp.url}/{sftp.folder}/*.nothing", host_key="")
    made.environ["HOME"] = str(home)
    with pytest.raises(ConfigError) as error:
        told(made)
    assert sftp.host_key in str(error.value.fix)
    port = sftp.url.rpartition(":")[2]
    (home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{port} {sftp.host_key}\n")
    assert told(made)["batches"] == []
    other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP" + "A" * 41 + "1"
    with pytest.raises(DataError, match="another host key"):
        told(on_sftp(tmp_path / "b", sftp, f"{sftp.url}/*.csv", host_key=f'"{other}"'))
    with pytest.raises(ConfigError, match="host_key"):
        told(on_sftp(tmp_path / "c", sftp, f"{sftp.url}/*.csv", host_key='"nonsense"'))


def test_an_account_must_be_let_in(tmp_path: Path, sftp: Sftp, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match="refuses the account"):
        told(
            on_sftp(tmp_path / "a", sftp, f"{sftp.url}/*.csv", key="", password='"${PW}"')
            if _set(monkeypatch)
            else None
        )
    secret = sftp.url.replace("@", ":secret@")
    with pytest.raises(ConfigError, match="holds a password"):
        told(on_sftp(tmp_path / "b", sftp, f"{secret}/*.csv"))
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        closed = sftp.url.rpartition(":")[0] + f":{door.getsockname()[1]}"
        with pytest.raises(DataError, match="cannot be reached"):
            told(on_sftp(tmp_path / "c", sftp, f"{closed}/*.csv"))


def _set(monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setenv("PW", "wrong")
    return True
