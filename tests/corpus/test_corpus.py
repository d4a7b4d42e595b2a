"""Every case of the corpus through the product: each row accounted for, nothing silently wrong, and right after the fix.

One project has a source for each case. It is captured as the files came; then everything is mended as a person would, by
a declaration or a corrected file, captured and replayed; and a second project is fed the truth in plain form. A file that
cannot be read as a whole comes after a good one, so that it must be held without stopping the others.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import regulars
from regulars.contracts.catalog import CONTRACTS
from tests.corpus.case import GOOD, GOODS, Case, Row
from tests.corpus.case import csv as plain_csv
from tests.corpus.make import SETTINGS, all_cases, project, write

CASES = {each.name: each for each in all_cases()}
EACH = pytest.mark.parametrize(
    "name", CASES, ids=[f"{each.group}-{each.name}".replace(" ", "_") for each in CASES.values()]
)
COUNTS = ("loaded", "duplicate", "superseded", "skipped", "quarantined")
Rows = Mapping[str, list[dict[str, Any]]]  # by source


@dataclass(frozen=True)
class Told:
    """What the project said: batches, rows aside, changes and rows by source; then the rows after the fix."""

    batches: Rows
    left: Rows
    aside: Rows
    changes: Rows
    rows: Rows
    final: Rows
    clean: Rows


def by_source(rows: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["source"], []).append(row)
    return found


def content(crm: regulars.Crm) -> dict[str, list[dict[str, Any]]]:
    """The business columns of all rows, by source."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name in sorted({each.contract for each in CASES.values()}):
        rows = crm.table(name).to_arrow()
        wanted = [each for each in rows.column_names if each in CONTRACTS[name].names or each.startswith("attr_")]
        for source, each in by_source(rows.select([*wanted, "source"]).to_pylist()).items():
            found[source] = [{key: value for key, value in row.items() if key != "source"} for row in each]
    return found


@pytest.fixture(scope="module")
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("corpus")
    asked = {each.callspec.params["name"] for each in request.session.items if hasattr(each, "callspec")
             and "name" in each.callspec.params}  # fmt: skip
    cases = [each for each in CASES.values() if each.name in asked]
    unreadable = [each for each in cases if each.refused is not None]
    (folder / "regulars.toml").write_text(project(cases))
    for each in unreadable:
        (folder / "cases" / each.name).mkdir(parents=True)
        (folder / "cases" / each.name / "0.csv").write_bytes(plain_csv(*GOOD))
    crm = regulars.open(folder)
    crm.capture()
    write(folder / "cases", cases)
    said = crm.capture()
    batches, left = by_source(said["batches"]), by_source(said["left"])
    sources = {row["batch"]: row["source"] for row in crm.table("batch").to_arrow().to_pylist()}
    aside, changes = (by_source(_listed(crm, each, sources)) for each in ("quarantine", "value_change"))
    rows = content(crm)
    (folder / "regulars.toml").write_text(project(cases, fixed=True))
    write(folder / "cases", [_corrected(each) for each in cases if each.fix and each.fix.data is not None])
    crm.capture()
    crm.do("replay")
    return Told(
        batches, left, aside, changes, rows, content(crm), content(_clean(tmp_path_factory.mktemp("clean"), cases))
    )


def _listed(crm: regulars.Crm, name: str, sources: Mapping[str, str]) -> list[dict[str, Any]]:
    rows = [{**row, "source": sources[row["batch"]]} for row in crm.table(name).to_arrow().to_pylist()]
    return sorted(rows, key=lambda row: (row["batch"], row["record"] or 0))


def _corrected(case: Case) -> Case:
    from dataclasses import replace

    return replace(case, data=case.fix.data if case.fix and case.fix.data is not None else case.data)


def _clean(folder: Path, cases: list[Case]) -> regulars.Crm:
    sections = [SETTINGS]
    for case in cases:
        rows = wanted(case)
        names = list(dict.fromkeys(name for row in rows for name in row))
        if not rows:
            continue
        more = [name.removeprefix("attr_") for name in names if name.startswith("attr_")]
        sections.append(
            f"[sources.{case.name}]\ndelimiter = ','\ndates = 'iso'\ndecimal = '.'\ntimezone = 'UTC'\n"
            f"[[sources.{case.name}.tables]]\ncontract = '{case.contract}'\nfrom = 'in/{case.name}.csv'\n"
            f"attributes = {json.dumps(more)}\n"
        )
        out = io.StringIO()
        writer = csv.DictWriter(out, [name.removeprefix("attr_") for name in names], lineterminator="\n")
        writer.writeheader()
        writer.writerows({name.removeprefix("attr_"): value for name, value in row.items()} for row in rows)
        (folder / "in").mkdir(exist_ok=True)
        (folder / "in" / f"{case.name}.csv").write_text(out.getvalue(), encoding="utf-8", newline="")
    (folder / "regulars.toml").write_text("".join(sections))
    crm = regulars.open(folder)
    crm.capture()
    return crm


def wanted(case: Case) -> list[Row]:
    """What is in the warehouse in the end: what refuses to be read leaves what came before it."""
    return list(GOODS) if case.refused is not None else list(case.final)


def _same(value: Any) -> str | None:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value.normalize() + 0)
    return value if value is None else str(value)


def _given(row: Row, contract: str) -> dict[str, str | None]:
    names = CONTRACTS[contract].names
    kinds = {each: CONTRACTS[contract].column(each).kind.value for each in row if each in names}
    return {name: _same(Decimal(value)) if value is not None and kinds.get(name) in ("money", "quantity") else value
            for name, value in row.items()}  # fmt: skip


def compared(found: list[dict[str, Any]], rows: Iterable[Row], contract: str) -> tuple[list[str], list[str]]:
    """Both sides as sorted texts, over the columns that the truth names; all other columns must be null."""
    truth = [_given(row, contract) for row in rows]
    names = sorted({name for row in truth for name in row})
    told = [{name: _same(row.get(name)) for name in names} for row in found]
    return sorted(map(json.dumps, told)), sorted(json.dumps({name: row.get(name) for name in names}) for row in truth)


def fingerprint(rows: list[dict[str, Any]]) -> str:
    """A hash over the business columns of all rows that have a value, in no order."""
    plain = [
        json.dumps({name: _same(value) for name, value in sorted(row.items()) if value is not None}) for row in rows
    ]
    return hashlib.sha256("\n".join(sorted(plain)).encode()).hexdigest()


@EACH
def test_each_row_is_accounted_for(name: str, told: Told) -> None:
    case, batches = CASES[name], told.batches.get(name, [])
    if case.refused is not None and name in told.left:
        assert case.refused in told.left[name][0]["why"]
        return
    (batch,) = [each for each in batches if each["new"]]
    assert batch["read"] == sum(batch[each] for each in COUNTS)
    if case.held is not None or case.refused is not None:
        assert batch["held"], batch
        assert (case.held or case.refused or "") in batch["reason"]
        assert batch["read"] == 0
    else:
        assert not batch["held"], batch["reason"]
        assert {each: batch[each] for each in ("read", *COUNTS)} == case.wanted
        assert [row["reason"] for row in told.aside.get(name, [])] == list(case.reasons)
        assert all(row["raw"] for row in told.aside.get(name, []))
        mine = [(row["column"], row["reason"]) for row in told.changes.get(name, [])]
        assert mine == list(case.changed)
    if case.says:
        assert case.says in " ".join(batch["notes"])


@EACH
def test_nothing_is_loaded_wrong(name: str, told: Told) -> None:
    case = CASES[name]
    rows = GOODS if case.refused is not None else case.rows
    found, truth = compared(told.rows.get(name, []), rows, case.contract)
    assert found == truth


@EACH
def test_after_the_fix_it_is_as_if_the_file_had_been_right(name: str, told: Told) -> None:
    case = CASES[name]
    found, truth = compared(told.final.get(name, []), wanted(case), case.contract)
    assert found == truth
    assert fingerprint(told.final.get(name, [])) == fingerprint(told.clean.get(name, []))


def test_the_corpus_covers_the_catalogue() -> None:
    groups = {each.group for each in CASES.values()}
    assert groups == {"bytes", "shape", "archives", "numbers", "dates", "business", "time order", "identity", "hostile",
                      "honest but odd"}  # fmt: skip
    assert len(CASES) >= 70
