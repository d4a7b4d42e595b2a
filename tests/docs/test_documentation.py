"""Is everything documented that a user can name: contracts, metrics, verbs, keys, reasons, errors? Do links hold?"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tools import reference

ROOT = Path(__file__).resolve().parents[2]
TEXTS = ("*.md", "docs/**/*.md", "src/**/*.md", "requirements/*.md")
PAGES = sorted(
    each for glob in TEXTS for each in ROOT.glob(glob) if each.parent.name != "reference"
)  # mkdocs checks those
LINK = re.compile(r"(?<!\!)\[[^\]]+\]\(([^)\s]+)\)")


def named(module: str, name: str, of: Callable[[object], Iterable[str]]) -> set[str]:
    """The names that a module declares."""
    return set(of(getattr(importlib.import_module(module), name)))


DECLARED: dict[str, Callable[[], set[str]]] = {
    "contracts": lambda: named("regulars.contracts.catalog", "CONTRACTS", lambda each: each),  # type: ignore[return-value]
    "metrics": lambda: named("regulars.semantics.metrics", "METRICS", lambda each: each),  # type: ignore[return-value]
    "commands": lambda: named("regulars.project.verb", "VERBS", lambda each: [v.name for v in each]),  # type: ignore[attr-defined]
    "configuration": lambda: named("regulars.project.keys", "KEYS", lambda each: [k.path for k in each]),  # type: ignore[attr-defined]
    "reasons": lambda: named("regulars.capture.reason", "Reason", lambda each: [r.value for r in each]),  # type: ignore[attr-defined]
    "errors": lambda: named("regulars.kernel.errors", "__all__", lambda each: [n for n in each if n.endswith("Error")]),  # type: ignore[attr-defined]
    "conditions": lambda: named("regulars.conditions.parse", "FUNCTIONS", lambda each: each),  # type: ignore[return-value]
    "engines": lambda: named("regulars.engines.protocol", "Capability", lambda each: [c.value for c in each]),  # type: ignore[attr-defined]
}


@pytest.mark.parametrize("page", DECLARED)
def test_everything_declared_is_documented(page: str) -> None:
    text = reference.PAGES[page]()
    names = DECLARED[page]()
    assert len(names) >= 2
    assert [name for name in sorted(names) if not _described(text, name)] == []


def _described(text: str, name: str) -> bool:
    """A row that names it and says something, or a heading with a text below it."""
    row = re.search(rf"^\|[^\n|]*`{re.escape(name)}`\**[^\n|]*\|(.*)$", text, re.MULTILINE)
    heading = re.search(rf"^##+ `?{re.escape(name)}`?\n+(.+)$", text, re.MULTILINE)
    plain = re.search(rf"^Functions: .*`{re.escape(name)}`", text, re.MULTILINE)
    return bool(plain or (row and len(row[1].strip(" |")) > 3) or (heading and len(heading[1]) > 10))


def test_every_column_of_every_contract_is_described() -> None:
    contracts = importlib.import_module("regulars.contracts.catalog").CONTRACTS
    empty = [f"{name}.{c.name}" for name, contract in contracts.items() for c in contract.columns if len(c.says) < 5]
    assert empty == []


def test_a_missing_description_is_found() -> None:
    assert _described("| `revenue` | What was sold. |", "revenue")
    assert not _described("| `revenue` |  |", "revenue")
    assert not _described("| `orders` | Count of `revenue` |", "revenue")


def test_pages_are_written_from_the_code(tmp_path: Path) -> None:
    reference.write(tmp_path)
    assert {path.stem for path in tmp_path.glob("*.md")} == reference.PAGES.keys()
    assert all(path.read_text().startswith("# ") for path in tmp_path.glob("*.md"))


def test_the_site_lists_every_page() -> None:
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    own = [str(path.relative_to(ROOT / "docs")) for path in PAGES if path.is_relative_to(ROOT / "docs")]
    assert [name for name in own + [f"reference/{page}.md" for page in reference.PAGES] if name not in nav] == []


def broken(page: Path, text: str) -> list[str]:
    """Links of a page to files that are neither there nor written from the code, or to foreign hosts."""
    targets = [target for target in LINK.findall(text) if not target.startswith(("#", "mailto:"))]
    return [
        target for target in targets if "://" in target or not _leads((page.parent / target.split("#")[0]).resolve())
    ]


def _leads(path: Path) -> bool:
    return path.exists() or (path.parent == ROOT / "docs" / "reference" and path.stem in reference.PAGES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert broken(page, page.read_text(encoding="utf-8")) == []


def test_a_broken_link_is_found() -> None:
    text = "[a](README.md) [b](gone.md#x) [c](https://example.org)"
    assert broken(ROOT / "README.md", text) == ["gone.md#x", "https://example.org"]


TOML = re.compile(r"^```toml\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if TOML.search(page.read_text("utf-8"))], ids=lambda page: page.name
)
def test_the_configuration_in_the_pages_is_valid(page: Path, tmp_path: Path) -> None:
    read_config = importlib.import_module("regulars.project.config").read_config
    for block in TOML.findall(page.read_text(encoding="utf-8")):
        (tmp_path / "regulars.toml").write_text(block, encoding="utf-8")
        assert read_config(tmp_path, {}).values


SHELL = re.compile(r"^regulars(?: -C \w+)? ([a-z]\S*)(.*)$", re.MULTILINE)


def unknown_words(text: str) -> list[str]:
    """Verbs and options of a page's commands that the command line does not have."""
    verbs = {each.name: each for each in importlib.import_module("regulars.project.verb").VERBS}
    found = []
    for name, rest in SHELL.findall(text):
        options = {each.option for each in verbs[name].params} | {"--json"} if name in verbs else set()
        used = re.findall(r"(?<=\s)--[a-z-]+", rest.split("#")[0])
        found += [f"{name} {each}" for each in used if each not in options] + ([] if name in verbs else [name])
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_in_the_pages_exist(page: Path) -> None:
    assert unknown_words(page.read_text(encoding="utf-8")) == []


def test_an_unknown_command_is_found() -> None:
    assert unknown_words("regulars -C shop fly\nregulars ask revenue --bye month\n") == ["fly", "ask --bye"]


def test_the_conditions_in_the_pages_can_be_read() -> None:
    parse = importlib.import_module("regulars.conditions.parse").parse
    text = (ROOT / "docs" / "how-to" / "conditions.md").read_text(encoding="utf-8")
    examples = text.split("```text\n")[1].split("```")[0].splitlines()
    assert len([parse(each) for each in examples]) > 4


def coverage() -> list[list[str]]:
    """Rows of the coverage page: id, what, status, where, test."""
    text = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| T")
    ]


GAPS = {*range(26, 30), *range(87, 90), 99, *range(153, 160), *range(175, 180), 199}


def test_coverage_has_every_id_once() -> None:
    assert [row[0] for row in coverage()] == [f"T{number:03d}" for number in range(1, 232) if number not in GAPS]


def test_coverage_is_honest() -> None:
    for number, what, status, where, tests in coverage():
        assert len(what) >= 3, number
        assert len(where) >= 3, number
        assert status in ("works", "partly", "planned"), number
        assert bool(tests) == (status != "planned"), f"{number}: what works names its test, what is planned names none"


def test_coverage_names_tests_that_exist() -> None:
    names = {name for row in coverage() for name in re.findall(r"`([^`]+)`", row[4])}
    assert sorted(name for name in names if not _tests(ROOT / name)) == []


def _tests(path: Path) -> bool:
    return any(path.rglob("test_*.py")) if path.is_dir() else path.is_file()


def test_coverage_names_verbs_that_exist() -> None:
    verbs = {each.name for each in importlib.import_module("regulars.project.verb").VERBS}
    used = {verb for row in coverage() if row[2] != "planned" for verb in re.findall(r"`regulars (\w+)", row[3])}
    assert sorted(used - verbs) == []
