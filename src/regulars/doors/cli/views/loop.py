"""The steps from files to decisions for people: what was proposed, taken in, set aside, done, and what is in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from regulars.doors.cli.page import Page, figure

__all__ = ["capture", "check", "decide", "new", "quarantine", "run"]

_COUNTS = ("read", "loaded", "duplicate", "superseded", "skipped", "quarantined")


def new(page: Page, result: Mapping[str, Any]) -> None:
    """How each file was understood, and what is asked; the reasons stand in regulars.toml."""
    page.pairs({"project": result["path"]})
    asked: dict[str, list[str]] = {}
    for each in _merged(result["proposed"]):
        page.gap()
        page.text(f"{figure(each['files'])}: {each['contract'] or 'fits no contract'}")
        if each["columns"]:
            page.text(", ".join(f"{name} = {_raw(raw)}" for name, raw in each["columns"].items()), indent="  ")
        if each.get("attributes"):
            page.text(f"kept by their own names: {figure(each['attributes'])}", indent="  ")
        for question in each.get("questions", ()):
            asked.setdefault(question, []).append(each["files"][0])
    page.gap()
    for question, files in asked.items():
        page.text(f"? {files[0]}: {question}")
    page.text(result["next"])


def _merged(proposed: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    merged: list[dict[str, Any]] = []
    for each in proposed:
        same = [m for m in merged if (m["contract"], m["columns"]) == (each["contract"], each["columns"])]
        if same and each["contract"]:
            same[0]["files"].append(each["file"])
        else:
            merged.append({**each, "files": [each["file"]]})
    return merged


def _raw(raw: Any) -> str:
    return str(raw.get("expr", figure(raw))) if isinstance(raw, Mapping) else str(raw)


def capture(page: Page, result: Mapping[str, Any]) -> None:
    """The account of each file, and their sum."""
    batches = [{**each, "state": _state(each)} for each in result["batches"]]
    for each in result.get("left", ()):
        page.text(f"Left for the next capture: {each['file']}: {each['why']}")
    for each in result.get("vanished", ()):
        page.text(f"No longer there: {each['file']}; its rows stay")
    if not batches:
        page.text("Nothing new: every file is taken in already.")
        return
    counts = [name for name in _COUNTS if name in _COUNTS[:2] or any(each.get(name) for each in batches)]
    heads = {"file": "file", "contract": "contract", **dict(zip(counts, counts, strict=True)), "state": "state"}
    totals = result.get("totals") or {}
    foot = {"file": f"new: {totals['files']} files", **{name: totals[name] for name in counts}} if totals else None
    page.table(batches, heads, foot=foot)
    for each in batches:
        if each.get("held"):
            page.text(f"Held, nothing of it is loaded: {each['file']}: {each.get('reason')}")
    notes = {note for each in batches for note in each.get("notes", ()) if not note.startswith("the same bytes")}
    for note in sorted(notes):
        page.text(f"Note: {note}")
    if any(each.get("quarantined") or each.get("held") for each in batches):
        page.text("See what was set aside, and why: regulars quarantine")


def _state(batch: Mapping[str, Any]) -> str:
    return "held" if batch.get("held") else "new" if batch.get("new", True) else "known"


def quarantine(page: Page, result: Mapping[str, Any]) -> None:
    """Held files, reasons, and the first rows with their raw text."""
    if not result["reasons"] and not result["held"]:
        page.text("Nothing is set aside.")
        return
    for each in result["held"]:
        page.text(f"Held: {each['file']} ({each['contract']}): {each['reason']}")
    page.gap()
    page.table(result["reasons"], {"contract": "contract", "reason": "reason", "rows": "rows", "says": "what to do"})
    page.gap()
    page.table(result["rows"], {"file": "file", "line": "line", "column": "column", "reason": "reason", "raw": "raw"})
    page.text("After a fix of the file or the mapping: regulars replay")


def run(page: Page, result: Mapping[str, Any]) -> None:
    """Each step, what it did or why not."""
    rows = [{**each, "seconds": f"{each['seconds']:.1f}", "said": _did(each)} for each in result["steps"]]
    page.table(rows, {"step": "step", "status": "status", "seconds": "seconds", "said": "result"})


def _did(step: Mapping[str, Any]) -> str:
    said = []
    if "read" in step:
        rest = [f"{step[name]:,} {name}" for name in _COUNTS[2:] if step[name]]
        said.append(", ".join([f"{step['loaded']:,} of {step['read']:,} rows loaded", *rest]))
    elif "files" in step:
        said.append(f"{step['files']} files wait" if step["files"] else "")
    if "records" in step:
        said.append(f"{step['records']:,} records are {step['customers']:,} customers")
    elif "actions" in step:
        said.append(figure(step["actions"]))
    elif "rows" in step:
        said.append(f"{step['rows']:,} rows")
    return ". ".join(each for each in [*said, str(step.get("why") or "")] if each)


def check(page: Page, result: Mapping[str, Any]) -> None:
    """Each dimension of quality with its share and threshold; what fails comes first."""
    rows = [{**each, "ok": "ok" if each["ok"] else "FAILS"} for each in result["quality"]]
    if not rows:
        page.text("Nothing to check yet. Take something in: regulars capture")
        return
    rows.sort(key=lambda each: each["ok"] == "ok")
    heads = {"contract": "contract", "column": "column", "source": "source", "dimension": "dimension", "ok": "ok",
             "share": "share", "threshold": "needed", "why": "remark"}  # fmt: skip
    page.table(rows, heads, units={"share": "share", "threshold": "share"})
    rest = {key: value for key, value in result.items() if key not in ("quality", "ok")}
    page.pairs({key: value for key, value in rest.items() if not isinstance(value, list)})


def decide(page: Page, result: Mapping[str, Any]) -> None:
    """Each action with its customers and what they are expected to bring."""
    rows = [
        {"action": name, "customers": count, "profit": result["by_action"].get(name)}
        for name, count in result["actions"].items()
    ]
    total = {"action": "total", "customers": sum(result["actions"].values()), "profit": result["expected_profit"]}
    page.text(f"Policy {result['policy']}, as of {result['as_of']}")
    heads = {"action": "action", "customers": "customers", "profit": "expected profit"}
    page.table(rows, heads, units={"profit": "money"}, foot=total)
