"""Does the house keep its laws of style? One test for each law over all of `src`; the message says what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest

from tests.architecture import laws_conduct, laws_files, laws_imports, laws_shape, laws_words
from tests.architecture.allowed import ALLOWED
from tests.architecture.source import ROOT, SRC, Module, committed, modules

Law = Callable[[Module], Iterator[str]]

LAWS: dict[str, Law] = {
    "module_length": laws_shape.module_length,
    "body_size": laws_shape.body_size,
    "parameters": laws_shape.parameters,
    "positional": laws_shape.positional,
    "nested": laws_shape.nested,
    "complexity": laws_shape.complexity,
    "methods": laws_shape.methods,
    "names": laws_words.names,
    "as_of": laws_words.as_of,
    "empty_rooms": laws_words.empty_rooms,
    "sorted_names": laws_words.sorted_names,
    "module_docs": laws_words.module_docs,
    "public_docs": laws_words.public_docs,
    "future": laws_words.future,
    "drivers": laws_imports.drivers,
    "rooms_apart": laws_imports.rooms_apart,
    "errors": laws_conduct.errors,
    "broad_except": laws_conduct.broad_except,
    "no_code": laws_conduct.no_code,
    "clock": laws_conduct.clock,
    "money": laws_conduct.money,
}


@pytest.fixture(scope="module")
def house() -> list[Module]:
    return modules()


def name_of(module: Module, finding: str) -> str:
    """`module:function` of a finding, the form in which allowed.py lists it; the module alone at its top."""
    line = int(finding.split(":")[1])
    around = [name for name, node, _ in module.functions if node.lineno <= line <= (node.end_lineno or 0)]
    return f"{module.name}:{around[-1]}" if around else module.name


def kept(findings: Iterable[str]) -> None:
    """Fail with every finding on a line of its own."""
    if text := "\n".join(findings):
        pytest.fail(text, pytrace=False)


@pytest.mark.parametrize("law", LAWS)
def test_law(law: str, house: list[Module]) -> None:
    allowed = ALLOWED.get(law, {})
    findings = [(name_of(module, each), each) for module in house for each in LAWS[law](module)]
    kept(each for name, each in findings if name not in allowed)
    assert set(allowed) - {name for name, _ in findings} == set(), "no longer needed in tests/architecture/allowed.py"


def test_half_of_all_bodies_are_short(house: list[Module]) -> None:
    kept(laws_shape.body_median(house))


def test_no_import_goes_in_a_circle(house: list[Module]) -> None:
    kept(laws_imports.cycles(house))


def test_rooms_are_alike() -> None:
    rooms = [path for path in (SRC / "regulars" / "analyses").iterdir() if path.is_dir() and path.name[0] not in "_."]
    kept(each for folder in rooms for each in laws_files.room(folder))


def test_committed_files_name_no_machine_and_no_registry() -> None:
    texts = ((str(path.relative_to(ROOT)), path) for path in committed() if laws_files.readable(path))
    assert [
        each for name, path in texts for each in laws_files.addresses(name, path.read_text("utf-8", "replace"))
    ] == []


@pytest.mark.parametrize("lock", sorted(path.name for path in (ROOT / "requirements").glob("*.txt")))
def test_locks_hold_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    assert text.count("--hash=sha256:") > 0
    kept(laws_files.lock(lock, text))


def test_the_core_stays_small() -> None:
    lines = (ROOT / "requirements" / "core.txt").read_text(encoding="utf-8").splitlines()
    packages = {line.split("==")[0] for line in lines if "==" in line and line[0].isalnum()}
    assert 20 < len(packages) <= 60
