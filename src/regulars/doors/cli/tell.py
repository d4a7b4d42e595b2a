"""A verb's result for people: what matters of it, short; the whole of it is in `--json`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from regulars.doors.cli.page import Page
from regulars.doors.cli.views import loop, privacy, proof, questions

__all__ = ["tell"]

_PLAIN = 100  # signs a line where there is no terminal

_VIEWS: dict[str, Callable[[Page, Mapping[str, Any]], None]] = {
    "ask": questions.ask,
    "customer": questions.customer,
    "show": questions.show,
    "new": loop.new,
    "capture": loop.capture,
    "replay": loop.capture,
    "quarantine": loop.quarantine,
    "run": loop.run,
    "check": loop.check,
    "decide": loop.decide,
    "plan": proof.plan,
    "launch": proof.launch,
    "effect": proof.effect,
    "score": proof.score,
    "backtest": proof.backtest,
    "forget": privacy.forget,
    "export": privacy.export,
}


def tell(name: str, result: Mapping[str, Any]) -> None:
    """Print one result."""
    page = Page(min(max(shutil.get_terminal_size().columns, 60), 160) if sys.stdout.isatty() else _PLAIN)
    _VIEWS.get(name, plain)(page, result)
    print("\n".join(page.lines))


def plain(page: Page, result: Mapping[str, Any]) -> None:
    """Any result: tables of what is tabular, a line for each of the rest."""
    page.pairs({key: value for key, value in result.items() if not _is_rows(value) and not _is_long(value)})
    for value in result.values():
        if _is_long(value):
            page.gap()
            page.lines += str(value).splitlines()
        elif _is_rows(value):
            page.gap()
            page.table(value, {name: name for row in value[:60] for name in row})


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and "\n" in value


def _is_rows(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and bool(value) and isinstance(value[0], Mapping)
