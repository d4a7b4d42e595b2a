"""The reference page of all tables, generated from the contracts, so that it cannot differ from what the code does."""

from __future__ import annotations

from collections.abc import Iterable

from regulars.contracts.catalog import CONTRACTS
from regulars.contracts.model import SYSTEM_COLUMNS, Column, Contract, source_of
from regulars.contracts.results import RESULTS

__all__ = ["reference_markdown"]

_HEAD = """# Tables

This page is generated from `regulars.contracts`. Keys are **bold**; a null in a key counts as a value. A *required*
column is never null in a loaded row. *Whose ids* names the table that an id belongs to.

Instants are UTC without a zone, money is `decimal(18, 4)`, quantities are `decimal(18, 3)`, ids are text. Every row
also carries `source`, `batch`, `record`, `known_from` and `known_until` (null while the row is what we know).
Captured rows carry `content`, a hash of their values, and `business_date` where the table has a time. Named attributes
of your own are columns `attr_NAME`.
"""

_SYSTEM_NOTE = "`{name}` is the row's own value here, not the one that every row carries."


def reference_markdown() -> str:
    """The page as Markdown: captured tables, written tables, results; one section for each.

    >>> reference_markdown().splitlines()[0]
    '# Tables'
    """
    captured = [each for each in CONTRACTS.values() if each.captured]
    written = [each for each in CONTRACTS.values() if not each.captured]
    chapters = (
        _chapter("Captured tables", captured),
        _chapter("Tables that Regulars writes", written),
        _chapter("Results of analyses", RESULTS.values()),
    )
    return "\n".join((_HEAD, *chapters))


def _chapter(title: str, contracts: Iterable[Contract]) -> str:
    return "\n".join((f"## {title}\n", *(_section(each) for each in contracts)))


def _section(contract: Contract) -> str:
    rows = [_row(contract, each) for each in contract.columns]
    table = ["| column | type | required | whose ids | what it holds |", "|---|---|---|---|---|", *rows]
    return "\n".join((f"### `{contract.name}`\n", _facts(contract), "", *table, ""))


def _facts(contract: Contract) -> str:
    lines = [f"One row is {contract.grain}.", f"Key: {', '.join(f'**{name}**' for name in contract.key)}."]
    lines.append(f"Time: `{contract.time}`." if contract.time else "Time: none.")
    if contract.captured:
        lines.append(f"Default load: {contract.load}.")
        lines.extend(_source_note(contract))
    lines.extend(_SYSTEM_NOTE.format(name=name) for name in contract.names if name in SYSTEM_COLUMNS)
    return "\n".join(lines)


def _source_note(contract: Contract) -> list[str]:
    columns = ", ".join(f"`{source_of(name)}`" for name in contract.refs)
    return [f"Whose ids it holds: {columns}."] if columns else []


def _row(contract: Contract, column: Column) -> str:
    name = f"**`{column.name}`**" if column.name in contract.key else f"`{column.name}`"
    required = "yes" if column.required else ""
    ref = f"`{column.ref}`" if column.ref else ""
    return f"| {name} | {column.kind} | {required} | {ref} | {column.says.replace('|', '/')} |"
