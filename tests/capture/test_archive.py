"""Zip archives: what lies in them, and what is refused."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from regulars.capture.archive import contents, taken_out
from regulars.capture.job import Limits
from regulars.kernel.errors import DataError


def packed(files: Mapping[str, bytes]) -> bytes:
    """An archive of files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return out.getvalue()


def put(tmp_path: Path, raw: bytes) -> Path:
    """The archive as a file."""
    path = tmp_path / "a.zip"
    path.write_bytes(raw)
    return path


def test_members_at_any_depth_are_files_of_their_own(tmp_path: Path) -> None:
    inner = packed({"deep/c.csv": b"c\n3\n"})
    noise = {"__MACOSX/._a.csv": b"x", "x/.DS_Store": b"x", "readme.pdf": b"x", "x/": b""}
    path = put(tmp_path, packed({"b.csv": b"b\n2\n", "x/a.csv.gz": b"gz", "more.zip": inner} | noise))
    found = contents(path, "a.zip", limits=Limits(), folder=tmp_path)
    assert [each.label for each in found.members] == ["b.csv", "more.zip/deep/c.csv", "x/a.csv.gz"]
    assert found.others == ("readme.pdf",)
    bodies = [
        taken_out(path, each, target=tmp_path / f"{n}.out", name="a.zip", limits=Limits()).read_bytes()
        for n, each in enumerate(found.members)
    ]
    assert bodies == [b"b\n2\n", b"c\n3\n", b"gz"]
    some = contents(path, "a.zip", limits=Limits(), wanted="*/c.csv", folder=tmp_path)
    assert [each.label for each in some.members] == ["more.zip/deep/c.csv"]


def encrypted(name: str) -> bytes:
    """An archive whose member says that it is encrypted."""
    raw = bytearray(packed({name: b"secret"}))
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


def linked() -> bytes:
    """An archive with a symbolic link."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo("a.csv")
        entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return out.getvalue()


def twice() -> bytes:
    """An archive with two members of one name."""
    raw = packed({"a.csv": b"1", "b.csv": b"2"})
    return raw.replace(b"b.csv", b"a.csv")


def lying() -> bytes:
    """An archive whose member is longer than its directory says."""
    raw = bytearray(packed({"a.csv": b"x" * 1000}))
    at = raw.index(b"PK\x01\x02") + 24
    raw[at : at + 4] = (10).to_bytes(4, "little")
    return bytes(raw)


NESTED = packed({"1.zip": packed({"2.zip": packed({"3.zip": packed({"a.csv": b"x"})})})})


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (encrypted("a.csv"), "password"),
        (linked(), "a link"),
        (twice(), "twice"),
        (packed({"../a.csv": b"x"}), "leads out"),
        (packed({"/etc/a.csv": b"x"}), "leads out"),
        (packed({"c:\\a.csv": b"x"}), "leads out"),
        (packed({"a.csv": b"0" * 3_000_000}), "would unpack to 3 MB"),
        (packed({f"{n}.csv": b"x" for n in range(101)}), "101 files"),
        (NESTED, "deep"),
        (b"PK\x03\x04 and nothing more", "broken"),
        (packed({"a.csv": b"x" * 50})[:60], "broken"),
    ],
)
def test_refused(tmp_path: Path, raw: bytes, why: str) -> None:
    limits = Limits(ratio_from=1_000_000, members=100)
    with pytest.raises(DataError, match=why):
        contents(put(tmp_path, raw), "a.zip", limits=limits, folder=tmp_path)


def test_a_directory_that_lies_is_found_out_while_unpacking(tmp_path: Path) -> None:
    path = put(tmp_path, lying())
    (member,) = contents(path, "a.zip", limits=Limits(), folder=tmp_path).members
    with pytest.raises(DataError, match="broken"):
        taken_out(path, member, target=tmp_path / "out", name="a.zip", limits=Limits())
