"""A verb's result for people: tables of what is tabular, a line for each of the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

__all__ = ["tell"]

_MOST = 60


def tell(name: str, result: Mapping[str, Any]) -> None:
    """Print one result."""
    console = Console(highlight=False, soft_wrap=True)
    for key, value in result.items():
        if _is_rows(value):
            _rows(console, key, rows=value)
        elif isinstance(value, Mapping) and value:
            _pairs(console, key, pairs=value)
        elif value not in (None, [], {}, ()):
            console.print(f"[bold]{key}[/bold]  {_text(value)}", markup=True)


def _is_rows(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and bool(value) and isinstance(value[0], Mapping)


def _rows(console: Console, title: str, *, rows: Sequence[Mapping[str, Any]]) -> None:
    columns = list(dict.fromkeys(name for row in rows[:_MOST] for name in row))
    columns = [name for name in columns if any(row.get(name) not in (None, [], {}) for row in rows[:_MOST])]
    table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for name in columns:
        numeric = all(isinstance(row.get(name), int | float | None) for row in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows[:_MOST]:
        table.add_row(*[_text(row.get(name)) for name in columns])
    console.print(table)
    if len(rows) > _MOST:
        console.print(f"... and {len(rows) - _MOST:,} more; --json gives all.")


def _pairs(console: Console, title: str, *, pairs: Mapping[str, Any]) -> None:
    table = Table(title=title, title_justify="left", show_header=False, box=None, pad_edge=False)
    for name, value in pairs.items():
        table.add_row(str(name), _text(value))
    console.print(table)


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "-", True: "yes", False: "no"}[value]
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_text(each)}" for key, each in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_text(each) for each in value)
    return str(value).replace("[", r"\[")


def _number(value: float) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.4g}"
