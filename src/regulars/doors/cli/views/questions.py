"""The answers of `ask`, `customer` and `show` for people: figures with their unit and interval, notes at the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regulars.doors.cli.page import Page, figure

__all__ = ["ask", "customer", "show"]

_LINES = 10  # order lines shown of one customer


def ask(page: Page, result: Mapping[str, Any]) -> None:
    """Rows, totals, what the figures mean, and what they rest on."""
    units, columns = result.get("units", {}), [str(each) for each in result["columns"]]
    ranged = [name for name in columns if f"{name}_low" in columns]
    hidden = {f"{name}_{part}" for name in ranged for part in ("low", "high", "n")}
    heads: dict[str, str] = {}
    for name in columns:
        heads |= {} if name in hidden else {name: name}
        heads |= {f"{name}_range": "80 % interval"} if name in ranged else {}
    split = any(name not in units for name in heads if not name.endswith("_range"))
    rows = [_ranged(row, ranged, units=units) for row in result["rows"]]
    total = _ranged(result["totals"], ranged, units=units)
    total = {next(iter(heads)): "total", **total} if split else total
    page.table(rows if split else [total], heads, units=units, foot=total if split else None)
    page.gap()
    page.pairs(result["definitions"])
    _rests_on(page, result)


def _ranged(row: Mapping[str, Any], ranged: list[str], *, units: Mapping[str, str]) -> dict[str, Any]:
    told = dict(row)
    for name in ranged:
        low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
        unit = units.get(name, "")
        told[f"{name}_range"] = None if low is None else f"{figure(low, unit)} to {figure(high, unit)}"
    return told


def _rests_on(page: Page, result: Mapping[str, Any]) -> None:
    page.gap()
    for note in result["notes"]:
        page.text(f"Note: {note}")
    said = [f"period {result['period']}", f"as of {result['as_of']}", f"amounts in {result.get('currency', '-')}"]
    said += [f"compared with {result['compared']}"] if result.get("compared") else []
    said += [f"from {figure(result['sources'])}"] if result["sources"] else []
    said += ["rests on a simulated feed"] if result["simulated"] else []
    page.text("; ".join(said) + ".")
    page.text(f"Open a row: regulars show lineage {str(result['totals']['lineage']).rpartition('.')[0]}.0 (or .total)")


def customer(page: Page, result: Mapping[str, Any]) -> None:
    """One customer: who, what was bought, what is expected, what was done."""
    names = figure([f"{each['source']}:{each['customer_id']}" for each in result["ids"]])
    page.pairs({"customer": result["customer_key"], "known as": names})
    page.pairs({each["attribute"]: each["value"] for each in result["attributes"]})
    page.gap()
    page.pairs(result["totals"], units={"revenue": "money"})
    for key in (
        "scores",
        "segments",
        "decisions",
        "treatments",
        "messages",
        "responses",
        "contacts",
        "cases",
        "visits",
    ):
        if rows := result.get(key):
            page.gap()
            page.table([_flat(row) for row in rows], _heads(rows), units={"expected_profit": "money"})
    if rows := result.get("order_lines"):
        page.gap()
        page.table([_flat(row) for row in rows[:_LINES]], _heads(rows), units={"net_amount": "money"})
        if len(rows) > _LINES:
            page.lines.append(f"... and {len(rows) - _LINES:,} more lines; --json gives all.")


_SKIPPED = {"model_version", "interval", "ordered_at", "decision_id", "message_id", "customer_key"}


def _heads(rows: Any) -> dict[str, str]:
    return {name: name for name in rows[0] if name not in _SKIPPED} | {
        name: name for row in rows for name in row if name not in _SKIPPED
    }


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    where = row.get("from")
    return {**row, "from": f"{where['file']} record {where['record']}"} if isinstance(where, Mapping) else dict(row)


def show(page: Page, result: Mapping[str, Any]) -> None:
    """What there is; runs without their fingerprints; a lineage from the figure to lines of files."""
    hidden = {"fingerprint", "ended_at", "reads", "writes"}
    page.pairs({key: value for key, value in result.items() if not isinstance(value, list) or not value})
    for key, rows in result.items():
        if isinstance(rows, list) and rows and isinstance(rows[0], Mapping):
            if key != "items":
                page.gap()
                page.lines.append(f"{key}:")
            told = [{name: _short(value) for name, value in row.items()} for row in rows]
            page.table(told, {name: name for row in rows[:60] for name in row if name not in hidden})
        elif isinstance(rows, list) and rows:
            page.pairs({key: rows})


def _short(value: Any) -> Any:
    # instants to the second
    return value[:19].replace("T", " ") if isinstance(value, str) and value[10:11] == "T" and "." in value else value
