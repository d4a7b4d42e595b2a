"""`forget`: a person leaves the warehouse, the landing, what was written out, and every copy; a certificate says so."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pyarrow as pa

from regulars.contracts.catalog import CONTRACTS
from regulars.contracts.results import RESULTS
from regulars.govern.suppression import subject_hash, suppress, write_suppression
from regulars.govern.trace import Traces
from regulars.kernel.points import reach
from regulars.project.edge import fresh_secret
from regulars.project.erase_files import Found, delivered, erased_places, landed_objects, written_out
from regulars.project.erase_rows import CUT, Erasure, found_rows, rewritten
from regulars.project.listed import listed, place_of, standards
from regulars.project.project import Project, home
from regulars.project.promise import Promise, break_off, keep, promised
from regulars.project.steps.capture import capture
from regulars.project.subject import subject_named
from regulars.store.runs import fingerprint
from regulars.store.seen import forget_people
from regulars.store.snapshots import publish_snapshot
from regulars.store.warehouse import Publication

__all__ = ["erase_people", "finish", "forget"]

_OUTSIDE = (
    "Backups made before still hold the person; restoring one here erases them again.",
    "Lists that a sink has handed to another system are that system's to erase.",
)


def forget(project: Project, who: str, *, facts: str = "keep") -> dict[str, Any]:
    """Erase one person.

    Args:
        who: a customer_key, `source:id`, an e-mail address or a phone number.
        facts: keep (rows that carry money stay, cut from the person) or delete (figures are restated).

    Returns:
        The certificate: erasure_id, subject (a keyed hash), asked_at, done_at, facts, counts, restated, models, notes, path.

    Raises:
        NotFoundError: nobody is named so.
        UsageError: several customers are.
    """
    finish(project)
    _take_in_events(project)
    return erase_people(project, subject_named(project, who), keep_facts=facts == "keep", why="asked")


def _take_in_events(project: Project) -> None:
    """What was received and still waits is landed first: then it is found like everything else."""
    for name, section in project.config.named("sources").items():
        if section.get("kind") == "events":
            capture(project, name)


def erase_people(project: Project, traces: Traces, *, keep_facts: bool, why: str) -> dict[str, Any]:
    """Promise the erasure of one person or several, then do it."""
    now = project.now.isoformat()
    number = "e" + fingerprint(sorted(traces.keys), traces.to_json(), now)[:15]
    promise = Promise(number, traces.to_json(), fresh_secret(), keep_facts, now, why)
    keep(project.root, promise)
    return _fulfil(project, promise)


def finish(project: Project) -> dict[str, Any] | None:
    """End an erasure that was broken off; gives its certificate, or None when there was none."""
    promise = promised(project.root)
    return _fulfil(project, promise) if promise else None


def _fulfil(project: Project, promise: Promise) -> dict[str, Any]:
    traces = Traces.from_json(promise.traces, standards(project.config))
    for name, step in _STEPS.items():
        if name not in promise.done:
            project.outside.progress(f"forget: {name}", len(promise.done), len(_STEPS))
            step(project, promise, traces=traces)
            promise.done.append(name)
            keep(project.root, promise)
            reach("erasing")
    certificate = _certificate(project, promise, traces=traces)
    _scratch(project)
    break_off(project.root)
    return certificate


def _suppress(project: Project, promise: Promise, *, traces: Traces) -> None:
    before = listed(project.root, project.config)
    write_suppression(place_of(project.root), suppress(before, traces, fresh=fresh_secret))


def _files(project: Project, promise: Promise, *, traces: Traces) -> None:
    for found in (landed_objects(project, traces), delivered(project, traces)):
        _tell(promise, "files", found=found)
    forget_people(home(project.root), traces.ids.get("customer_id", ()))


def _tell(promise: Promise, what: str, *, found: Found) -> None:
    promise.counts.setdefault(what, {}).update(found.records)
    promise.notes.update(found.left)


def _tables(project: Project, promise: Promise, *, traces: Traces) -> None:
    erasure = Erasure(traces, erased_places(project), promise.salt, promise.keep_facts)
    found = found_rows(project.engine, erasure)
    counts, before = {each.name: each.there.num_rows for each in found}, promise.counts.get("tables", {})
    # Broken off after the tables were rewritten, there is nothing left to count: what was counted then holds.
    promise.counts["tables"] = before | {name: max(count, before.get(name, 0)) for name, count in counts.items()}
    promise.words = sorted({*promise.words, *(word for each in found for word in each.words)})
    keep(project.root, promise)
    changed = rewritten(project.engine, erasure, found=found)
    project.engine.rewrite(changed)
    reach("erased-tables")


def _book(project: Project, promise: Promise, *, traces: Traces) -> None:
    words = [*traces.keys, *traces.emails, *(each for each in promise.words if len(each) >= 6)]
    count = project.journal.forget(words)
    promise.counts["answers"] = {"answers": count} if count else {}
    with project.upkeep() as upkeep:
        upkeep.scrub()


def _published(project: Project, promise: Promise, *, traces: Traces) -> None:
    folder = project.root / "published"
    if folder.exists():
        publish_snapshot(project.warehouse, folder, names=[*CONTRACTS, *RESULTS], afresh=True)


def _written(project: Project, promise: Promise, *, traces: Traces) -> None:
    _tell(promise, "written", found=written_out(project, traces, words=promise.words))


def _scratch(project: Project) -> None:
    project.engine.tidy()
    for path in (home(project.root) / "staging").glob("*"):
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


_STEPS: dict[str, Callable[..., None]] = {
    "suppression": _suppress,
    "files": _files,
    "tables": _tables,
    "book": _book,
    "published": _published,
    "written": _written,
}


def _certificate(project: Project, promise: Promise, *, traces: Traces) -> dict[str, Any]:
    key = listed(project.root, project.config).books[0][0]
    tables = promise.counts.get("tables", {})
    cut = {name: count for name, count in tables.items() if name in CUT and promise.keep_facts}
    told: dict[str, Any] = {
        "erasure_id": promise.number,
        "subject": subject_hash(key, [*traces.keys, *traces.of("customer_id"), *traces.of("prospect_id")]),
        "why": promise.why,
        "asked_at": promise.asked_at,
        "done_at": project.now.isoformat(),
        "facts": "keep" if promise.keep_facts else "delete",
        "counts": {**promise.counts, "tables": tables},
        "cut": cut,
        "restated": sorted(name for name in tables if name not in cut),
        "models": _models(project, promise),
        "notes": [*(f"{name}: {says}" for name, says in sorted(promise.notes.items())), *_OUTSIDE],
    }
    _record(project, told)
    folder = project.root / "erasures"
    folder.mkdir(exist_ok=True)
    path = folder / f"{promise.number}.json"
    path.write_text(json.dumps(told, indent=1), encoding="utf-8")
    return {**told, "path": path}


def _models(project: Project, promise: Promise) -> list[dict[str, Any]]:
    """Models that were fitted while the person was there; fit them again to be rid of that, too."""
    if not any(name in promise.counts.get("tables", {}) for name in ("order_line", "score", "visit")):
        return []
    card = project.warehouse.table("card")
    rows = card.select("analysis", "model_version", "as_of").order_by("analysis", "model_version")
    found = project.engine.arrow(rows).to_pylist()
    return [{**row, "as_of": str(row["as_of"]), "fix": f"regulars score {row['analysis']}"} for row in found]


def _record(project: Project, told: dict[str, Any]) -> None:
    there = project.warehouse.table("erasure")
    if project.engine.arrow(there.filter(there.erasure_id == told["erasure_id"]).limit(1)).num_rows:
        return
    rows = [
        {"erasure_id": told["erasure_id"], "subject": told["subject"], "why": told["why"], "what": what, "name": name,
         "rows": count, "facts": told["facts"], "asked_at": datetime.fromisoformat(told["asked_at"]),
         "done_at": datetime.fromisoformat(told["done_at"])}
        for what, counts in told["counts"].items() for name, count in counts.items()
    ]  # fmt: skip
    if rows:
        brought = project.engine.bring(pa.Table.from_pylist(rows))
        project.warehouse.commit([Publication("erasure", brought, append=True)], run=told["erasure_id"], at=project.now)
