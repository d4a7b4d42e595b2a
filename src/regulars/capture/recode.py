"""Bytes of any encoding to UTF-8, piece by piece; what the bytes say against their encoding is noticed on the way.

Nothing is replaced: bytes that the encoding does not know stay in the text as they are, so that whoever reads it with
`surrogateescape` finds them and sets the row aside.
"""

from __future__ import annotations

import codecs
import re

__all__ = ["Recoder", "is_wide"]

_LATIN = "iso8859-1"
_CONTROLS = re.compile(rb"[\x80-\x9f]")  # signs that no honest latin-1 text has, and every cp1252 text
_KEPT = {each: 0xDC00 + each for each in range(0x80, 0xA0)}
# What the bytes C2 and C3, and E2 80 or E2 82, become when UTF-8 is read as cp1252 or latin-1 and encoded once more.
_TWICE = re.compile(
    rb"\xc3[\x82\x83](?:\xc2[\x80-\xbf]|\xc5[\x92\x93\xa0\xa1\xb8\xbd\xbe]|\xc6\x92|\xcb[\x86\x9c]|\xe2\x80[\x93-\xba]"
    rb"|\xe2\x82\xac|\xe2\x84\xa2)|\xc3\xa2(?:\xe2\x82\xac|\xc2[\x80\x82])"
)


def is_wide(encoding: str) -> bool:
    """Whether one sign takes several bytes throughout.

    >>> is_wide("utf-16-le"), is_wide("cp1252")
    (True, False)
    """
    return encoding.replace("_", "-").startswith(("utf-16", "utf-32"))


def _keep(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    handler = codecs.lookup_error("surrogatepass" if is_wide(error.encoding) else "surrogateescape")
    try:
        text, end = handler(error)
    except UnicodeDecodeError:  # a byte that looks like ASCII, or half a sign
        return "\udcff", error.end
    return str(text), end


codecs.register_error("regulars-keep", _keep)


def _is_superset(encoding: str) -> bool:
    signs = bytes(range(9, 127))
    return signs.decode(encoding, "replace") == signs.decode("ascii")


class Recoder:
    """Recodes one text.

    Attributes:
        undecodable: whether some bytes are not of the encoding.
        controls: whether they are signs that latin-1 lacks and cp1252 has.
        twice: how many places look like UTF-8 that was encoded twice; `shown` is the first, in line `line`.
    """

    def __init__(self, encoding: str) -> None:
        self.undecodable = self.controls = False
        self.twice, self.shown, self.line = 0, "", 0
        self._encoding, self._lines, self._odd = encoding, 1, False
        self._same = encoding in ("utf-8", "ascii")
        self._wide, self._plain = is_wide(encoding), _is_superset(encoding)
        self._decoder = codecs.getincrementaldecoder(encoding)("regulars-keep")
        self._strict: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")("strict")

    @property
    def is_utf8(self) -> bool:
        """Whether the raw bytes are UTF-8 throughout, with letters beyond ASCII, although declared otherwise."""
        return self._odd and self._strict is not None and not self._same and not self._wide

    def take(self, chunk: bytes, final: bool = False) -> bytes:
        """The next piece as UTF-8."""
        if self._plain and chunk.isascii() and not final and not self._pending():
            self._lines += chunk.count(b"\n")
            return chunk
        self._try(chunk, final)
        if self._same:
            self.undecodable = self._strict is None
            return self._seen(chunk)
        text = self._decoder.decode(chunk, final)
        if self._encoding == _LATIN and _CONTROLS.search(chunk):
            self.controls, text = True, text.translate(_KEPT)
        try:
            return self._seen(text.encode())
        except UnicodeEncodeError:
            self.undecodable = True
            return self._seen(text.encode("utf-8", "surrogatepass" if self._wide else "surrogateescape"))

    def _pending(self) -> bool:
        return bool((self._strict and self._strict.getstate()[0]) or self._decoder.getstate()[0])

    def _try(self, chunk: bytes, final: bool) -> None:
        if self._strict is None:
            return
        self._odd = self._odd or not chunk.isascii()
        try:
            self._strict.decode(chunk, final)
        except UnicodeDecodeError:
            self._strict = None

    def _seen(self, out: bytes) -> bytes:
        if not out.isascii():
            found = _TWICE.findall(out)
            if found and not self.twice:
                first = _TWICE.search(out)
                at = first.start() if first else 0
                self.line = self._lines + out.count(b"\n", 0, at)
                start, end = out.rfind(b"\n", 0, at) + 1, out.find(b"\n", at)
                around = out[max(start, at - 30) : min(len(out) if end < 0 else end, at + 30)]
                self.shown = around.decode("utf-8", "ignore").strip()
            self.twice += len(found)
        self._lines += out.count(b"\n")
        return out
