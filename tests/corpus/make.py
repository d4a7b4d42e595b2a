"""The corpus of bad and odd input: `python -m tests.corpus.make FOLDER` writes each case's file with its outcome beside it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.corpus.case import Case
from tests.corpus.files import archive_cases, bytes_cases, shape_cases
from tests.corpus.values import business_cases, dates_cases, number_cases, text_cases

__all__ = ["all_cases", "project", "write"]

SETTINGS = '[project]\nname = "corpus"\ntimezone = "UTC"\nfounded = "1990-01-01"\n'


def all_cases() -> list[Case]:
    """Every case, in the order of the catalogue."""
    found = [*bytes_cases(), *shape_cases(), *archive_cases(), *number_cases(), *dates_cases(), *business_cases(),
             *text_cases()]  # fmt: skip
    names = [each.name for each in found]
    assert len(set(names)) == len(names), "a name stands for two cases"
    return found


def write(folder: Path, cases: Sequence[Case]) -> None:
    """Write the files and, beside each folder, what is expected."""
    for case in cases:
        place = folder / case.name
        place.mkdir(parents=True, exist_ok=True)
        (place / case.file).write_bytes(case.data)
        (folder / f"{case.name}.json").write_text(json.dumps(case.expected(), indent=1, ensure_ascii=False))


def project(cases: Sequence[Case], *, fixed: bool = False) -> str:
    """The regulars.toml that captures each case as a source of its own; `fixed`: with the person's settings."""
    return SETTINGS + "".join(_section(each, fixed) for each in cases)


def _section(case: Case, fixed: bool) -> str:
    fix = case.fix if fixed else None
    source = fix.source if fix and fix.source is not None else case.source
    table = case.table
    if fix and fix.table is not None:
        table = fix.table if "columns" in fix.table else f"{table}\n{fix.table}"
    return (f'[sources.{case.name}]\n{source}\n[[sources.{case.name}.tables]]\ncontract = "{case.contract}"\n'
            f"from = 'cases/{case.name}/*'\n{table}\n")  # fmt: skip


def main() -> None:
    """Write the corpus into the folder that the command line names."""
    folder = Path(sys.argv[1])
    cases = all_cases()
    write(folder / "cases", cases)
    (folder / "regulars.toml").write_text(project(cases))
    print(f"{len(cases)} cases in {folder}")


if __name__ == "__main__":
    main()
