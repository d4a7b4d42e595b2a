"""What people see of an erasure, an export and a restore."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regulars.doors.cli.page import Page

__all__ = ["export", "forget"]

_PLACES = {"tables": "table", "files": "file", "written": "written out", "answers": "remembered"}


def forget(page: Page, result: Mapping[str, Any]) -> None:
    """The certificate: where the person was, and what became of it."""
    page.pairs({"erased": result["subject"], "certificate": result["path"], "done at": result["done_at"]})
    rows = [
        {"where": _PLACES.get(what, what), "name": name, "rows": count, "now": _now(result, what, name=name)}
        for what, counts in result["counts"].items()
        for name, count in counts.items()
    ]
    page.gap()
    page.table(rows, {"where": "where", "name": "name", "rows": "rows", "now": "now"})
    if result["models"]:
        page.gap()
        page.table(result["models"], {"analysis": "fitted before", "model_version": "model", "fix": "to fit it again"})
    page.gap()
    page.lines += list(result["notes"])


def _now(result: Mapping[str, Any], what: str, *, name: str) -> str:
    return "cut from the person" if what == "tables" and name in result["cut"] else "gone"


def export(page: Page, result: Mapping[str, Any]) -> None:
    """Where it lies, and how many rows of what."""
    page.pairs({"path": result["path"], "customer": result["customer_key"]})
    page.gap()
    rows = [{"part": name, "rows": count} for name, count in sorted(result["counts"].items())]
    page.table(rows, {"part": "part", "rows": "rows"})
