"""Progress on standard error: one line that rewrites itself on a terminal, one line a step elsewhere."""

from __future__ import annotations

from typing import Self, TextIO

__all__ = ["Line"]


class Line:
    """Where a verb says how far it is.

    Args:
        out: usually standard error.
        quiet: say nothing.
    """

    def __init__(self, out: TextIO, *, quiet: bool) -> None:
        self._out, self._quiet, self._terminal, self._text = out, quiet, out.isatty(), ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        if self._terminal and self._text and not self._quiet:
            self._out.write("\r\x1b[K")
            self._out.flush()

    def say(self, text: str, done: int, total: int) -> None:
        """Tell the step, and how many of how many (total 0: not known)."""
        if self._quiet:
            return
        if self._terminal:
            self._out.write(f"\r\x1b[K{text}{f' {done}/{total}' if total else ''}")
        elif text != self._text:
            self._out.write(f"{text}\n")
        self._text = text
        self._out.flush()
