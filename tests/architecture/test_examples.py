"""Can each law fail? A small bad example for each, and a good one that it lets pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture import laws_files, laws_imports, laws_shape
from tests.architecture.source import Module
from tests.architecture.test_laws import LAWS

TOP = '"""Which one?"""\nfrom __future__ import annotations\n__all__ = []\n'
LONG = "def f():\n" + "    a = 1\n" * 61
BRANCHES = "def f(a):\n" + "    if a:\n        a = 0\n" * 8
METHODS = "class C:\n" + "".join(f"    def m{n}(self): return {n}\n" for n in range(13))
DECORATOR = (
    "from functools import wraps\ndef deco(g):\n    @wraps(g)\n    def inner():\n        return g()\n    return inner\n"
)

# law -> (module name, bad text, good text)
EXAMPLES: dict[str, tuple[str, str, str]] = {
    "module_length": ("regulars.store.rows", "a = 1\n" * 401, "a = 1\n" * 400),
    "body_size": ("regulars.store.rows", LONG, LONG.replace("    a = 1\n", "", 1)),
    "parameters": ("regulars.store.rows", "def f(a, b, *, c, d, e, g, h): ...", "def f(a, b, *, c, d, e, g): ..."),
    "positional": ("regulars.store.rows", "def f(a, b, c): ...", "class C:\n    def f(self, a, b, *, c): ..."),
    "nested": ("regulars.store.rows", "def f():\n    def g(): ...\n    return g", DECORATOR),
    "complexity": ("regulars.store.rows", BRANCHES, BRANCHES.replace("    if a:\n        a = 0\n", "", 1)),
    "methods": ("regulars.store.rows", METHODS, METHODS.replace("def m12", "def _m12")),
    "names": ("regulars.store.utils", "", ""),
    "as_of": ("regulars.features.customer", "def f(rows, cutoff): ...", "def f(rows, as_of): ..."),
    "empty_rooms": ("regulars.store", "a = 1\n", ""),
    "sorted_names": ("regulars.store.rows", '__all__ = ["b", "a"]\na = b = 1', '__all__ = ["a", "b"]\na = b = 1'),
    "module_docs": ("regulars.store.rows", "a = 1\n", TOP),
    "public_docs": ("regulars.store.rows", "def f(): ...\n", 'def f():\n    """Says."""\ndef _g(): ...\n'),
    "future": ("regulars.store.rows", "a = 1\n", TOP),
    "drivers": ("regulars.store.rows", "def f():\n    import duckdb\n", "import sqlite3\n"),
    "rooms_apart": (
        "regulars.analyses.churn.model",
        "from regulars.analyses.value.model import ROOM",
        "from regulars.analyses.churn.features import table",
    ),
    "errors": (
        "regulars.store.rows",
        "def f():\n    raise ValueError('no')\n",
        "from regulars.kernel.errors import DataError\ndef f():\n    raise DataError('no')\n",
    ),
    "broad_except": (
        "regulars.store.rows",
        "try:\n    a = 1\nexcept Exception:\n    a = 2\n",
        "try:\n    a = 1\nexcept (OSError, KeyError):\n    a = 2\n",
    ),
    "no_code": ("regulars.store.rows", "a = eval('1')\n", "a = int('1')\n"),
    "clock": ("regulars.store.rows", "import time\na = time.time()\n", "def f(now):\n    return now\n"),
    "money": (
        "regulars.semantics.measure",
        "import ibis\ndef f(t):\n    return t.net_amount * t.quantity\n",
        "import ibis\ndef f(t):\n    return money(t.net_amount * t.quantity) + ratio(t.margin, t.net_amount)\n",
    ),
}

FURTHER_BAD = {
    "as_of": "observation_date = 1",
    "drivers": "from pandas import DataFrame",
    "errors": "class Mine(ValueError): ...",
    "no_code": "import pickle",
    "clock": "import numpy as np\nrng = np.random.default_rng()",
    "money": "import ibis\nx = (_['list_amount'] - 1) / 2",
    "sorted_names": '__all__ = ["gone"]',
    "public_docs": 'class C:\n    """Says."""\n    def f(self): ...',
    "broad_except": "try:\n    a = 1\nexcept:\n    a = 2",
}


def example(name: str, text: str) -> Module:
    return Module(name, text, package=name.count(".") == 1)


@pytest.mark.parametrize("law", LAWS)
def test_law_finds_the_bad_example(law: str) -> None:
    name, bad, _ = EXAMPLES[law]
    findings = list(LAWS[law](example(name, bad)))
    assert findings
    assert all(each.startswith(name) for each in findings)


@pytest.mark.parametrize("law", [law for law in LAWS if law != "names"])
def test_law_lets_the_good_example_pass(law: str) -> None:
    name, _, good = EXAMPLES[law]
    assert list(LAWS[law](example(name, good))) == []


@pytest.mark.parametrize("law", FURTHER_BAD)
def test_law_finds_the_other_bad_example(law: str) -> None:
    assert list(LAWS[law](Module("regulars.semantics.rows", FURTHER_BAD[law])))


def test_names_lets_a_business_word_pass() -> None:
    assert list(LAWS["names"](Module("regulars.store.batch", ""))) == []


def test_the_root_lists_every_public_name() -> None:
    text = "from regulars.project.facade import Project, open_\n__all__ = ['Project']\n"
    assert "open_" in "".join(LAWS["sorted_names"](Module("regulars", text, package=True)))


def test_median_finds_long_bodies() -> None:
    long = Module("regulars.store.rows", "def f():\n" + "    a = 1\n" * 9)
    short = Module("regulars.store.rows", "def f():\n    a = 1\n")
    assert list(laws_shape.body_median([long]))
    assert list(laws_shape.body_median([long, short, short])) == []


def test_cycles_are_found_when_hidden() -> None:
    a = Module("regulars.store.a", "def f():\n    from regulars.store import b\n")
    b = Module("regulars.store.b", "from regulars.store.c import x\n")
    c = Module("regulars.store.c", "import regulars.store.a\n")
    d = Module("regulars.store.d", "import regulars.store.a\n")
    (finding,) = laws_imports.cycles([a, b, c, d])
    assert "regulars.store.c" in finding
    assert "regulars.store.d" not in finding
    assert list(laws_imports.cycles([a, b, Module("regulars.store.c", ""), d])) == []


def test_rooms_need_their_files(tmp_path: Path) -> None:
    for name in ("README.md", "features.py", "report.py"):
        (tmp_path / name).write_text("")
    assert len(list(laws_files.room(tmp_path))) == 1
    (tmp_path / "model.py").write_text("room = 1")
    assert "ROOM" in "".join(laws_files.room(tmp_path))
    (tmp_path / "model.py").write_text("ROOM = 1")
    assert list(laws_files.room(tmp_path)) == []


@pytest.mark.parametrize("text", ["see /ho" + "me/ann/x", "pip -i https://py" + "pi.org/simple", "in /wo" + "rk/main"])
def test_addresses_are_found(text: str) -> None:
    assert list(laws_files.addresses("docs/x.md", text))
    assert list(laws_files.addresses("docs/x.md", "see docs/home/ann and GET /api/v1/work/1")) == []


@pytest.mark.parametrize("line", ["--index-url x", "a==1 \\\n  # via\nb @ file:///c", "a>=1", "a==1"])
def test_locks_with_addresses_or_without_hashes_are_found(line: str) -> None:
    assert list(laws_files.lock("core.txt", line))
    assert list(laws_files.lock("core.txt", "a==1.0 ; sys_platform == 'win32' \\\n    --hash=sha256:00\n")) == []
