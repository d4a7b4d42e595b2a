"""Texts in many encodings: the same rows from each, and bytes that do not fit are set aside, never replaced."""

from __future__ import annotations

import codecs
import gzip
from typing import Any

import pytest

from tests.capture.conftest import Bench

NAMES = {"contract": "store", "columns": {"store_id": "nr", "name": "name"}}
HONEST = "nr;name\n1;Müller & Söhne\n2;Straße 7 – ‘Ärger’ € x\n3;Ça va\n"


def text(encoding: str) -> str:
    """The honest text with what the encoding can hold."""
    return HONEST.encode(encoding, "ignore").decode(encoding)


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
@pytest.mark.parametrize(
    "encoding", ["cp1252", "latin-1", "iso-8859-15", "mac-roman", "cp850", "utf-16-le", "utf-16-be", "utf-8", "cp037"]
)
def test_declared_encodings(bench: Bench, typed: Any, encoding: str, name: str, ends: str) -> None:
    raw = text(encoding).replace("\n", ends).encode(encoding)
    parsed = bench.parse(
        gzip.compress(raw) if name.endswith("gz") else raw, NAMES, dialect={"encoding": encoding}, name=name
    )
    assert [row["name"] for row in typed(parsed)] == [line.split(";")[1] for line in text(encoding).splitlines()[1:]]
    assert parsed.quarantined == 0 and not parsed.held


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")],
)
@pytest.mark.parametrize("declared", [{}, {"encoding": "cp1252"}])
def test_a_byte_order_mark_wins(bench: Bench, typed: Any, mark: bytes, encoding: str, declared: dict[str, str]) -> None:
    parsed = bench.parse(mark + HONEST.encode(encoding), NAMES, dialect=declared)
    assert typed(parsed)[0]["name"] == "Müller & Söhne"
    assert any("byte order mark" in note for note in parsed.notes) == bool(declared)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_seen(bench: Bench, typed: Any, encoding: str) -> None:
    parsed = bench.parse(HONEST.encode(encoding), NAMES)
    assert len(typed(parsed)) == 3 and encoding in parsed.notes[0]


@pytest.mark.parametrize(
    ("raw", "declared", "shown"),
    [
        (b"nr;name\n1;M\xfcller\n2;ok\n", "utf-8", "1;M\\xfcller"),
        (b"nr;name\n1;a\x81b\n2;ok\n", "cp1252", "1;a\\x81b"),
        (b"nr;name\n1;5 \x80\n2;ok\n", "latin-1", "1;5 \\x80"),
        ("nr;name\n1;".encode("utf-16-le") + b"\x00\xd8" + "x\n2;ok\n".encode("utf-16-le"), "utf-16-le", "1;"),
        (b"nr;name\n1;\xff\x20x\n2;ok\n", "shift_jis", "1;"),
    ],
)
def test_undecodable_bytes_are_set_aside(
    bench: Bench, typed: Any, aside: Any, raw: bytes, declared: str, shown: str
) -> None:
    parsed = bench.parse(raw, NAMES, dialect={"encoding": declared})
    assert [row["name"] for row in typed(parsed)] == ["ok"]
    assert [(row["line"], row["reason"]) for row in aside(parsed)] == [(2, "bad_encoding")]
    assert aside(parsed)[0]["raw"].startswith(shown)
    assert any("declare cp1252" in note for note in parsed.notes) == (declared == "latin-1")


def test_half_a_sign_at_the_end(bench: Bench, typed: Any, aside: Any) -> None:
    parsed = bench.parse("nr;name\n1;ok\n2;ü".encode("utf-16-le")[:-1], NAMES, dialect={"encoding": "utf-16-le"})
    assert len(typed(parsed)) == 1 and [row["line"] for row in aside(parsed)] == [3]


def test_what_was_encoded_twice_is_told(bench: Bench, typed: Any) -> None:
    twice = "nr;name\n1;ok\n2;Müller\n".encode().decode("cp1252").encode()
    parsed = bench.parse(twice, NAMES)
    assert typed(parsed)[1]["name"] == "MÃ¼ller"
    assert "1 places" in parsed.notes[0] and "line 3: '2;MÃ¼ller'" in parsed.notes[0]
    honest = bench.parse("nr;name\n1;SÃO PAULO\n2;Âge\n3;Ærø 5 €\n", NAMES)
    assert honest.notes == ()


def test_utf8_that_is_declared_as_something_else_is_held(bench: Bench, typed: Any) -> None:
    parsed = bench.parse("nr;name\n1;Müller\n", NAMES, dialect={"encoding": "cp1252"})
    assert parsed.held and 'Declare encoding = "utf-8"' in parsed.held and "MÃ¼ller" in parsed.held
    released = bench.parse("nr;name\n1;Müller\n", NAMES, dialect={"encoding": "cp1252"}, release=True)
    assert typed(released)[0]["name"] == "MÃ¼ller"


def test_pieces_may_cut_a_sign(bench: Bench, typed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("regulars.capture.unpack._CHUNK", 3)
    for encoding in ("utf-8", "utf-16-le", "cp1252", "shift_jis"):
        raw = "nr;name\n1;é\n2;日本\n" if encoding == "shift_jis" else HONEST
        body = raw.encode(encoding, "ignore")
        parsed = bench.parse(body, NAMES, dialect={"encoding": encoding})
        assert [row["name"] for row in typed(parsed)] == [
            x.split(";")[1] or None for x in body.decode(encoding).splitlines()[1:]
        ]
