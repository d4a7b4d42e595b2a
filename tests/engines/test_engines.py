"""Do all engines give the same answers? Every builder runs on each of them, and the answers are compared."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

import pyarrow as pa
import pytest

from regulars.engines.protocol import Engine
from tests.engines.cases import builders, builders_of, cases, needs
from tests.engines.compare import differences

CASES, NEEDS = cases(), needs()


@cache
def answer(engine: Engine, case: str) -> pa.Table:
    """The answer of one engine to one case, asked once; a case that needs what the engine lacks must fail there."""
    if case in NEEDS and NEEDS[case] not in engine.capabilities:
        with pytest.raises(Exception) as refused:  # noqa: PT011 - every engine refuses in its own words
            engine.arrow(CASES[case](engine.bring))
        pytest.xfail(f"{engine.name} lacks {NEEDS[case]}: {refused.value}")
    return engine.arrow(CASES[case](engine.bring))


def test_every_builder_has_a_case() -> None:
    missing = sorted(builders() - CASES.keys())
    assert missing == [], "add a case to tests/engines/cases_<room>.py"


def test_every_case_is_of_a_builder() -> None:
    named = {case.split(",")[0] for case in CASES}  # "builder, under other settings" is a further case of it
    assert sorted(named - builders()) == [], "no builder has this name: rename the case or take it out"
    assert sorted(NEEDS.keys() - CASES.keys()) == []


@pytest.mark.parametrize("case", sorted(CASES))
def test_case_answers_with_rows(case: str, duckdb_engine: Engine) -> None:
    assert answer(duckdb_engine, case).num_rows > 0, "an empty answer proves nothing: give the case rows"


@pytest.mark.spark
@pytest.mark.parametrize("case", sorted(CASES))
def test_engines_agree(case: str, duckdb_engine: Engine, spark_engine: Engine) -> None:
    found = differences(answer(duckdb_engine, case), answer(spark_engine, case))
    assert found == [], "DuckDB and Spark differ: " + "; ".join(found[:5])


def test_builders_are_found_by_their_annotations() -> None:
    text = (
        "def a(t) -> ir.Table: ...\n"
        "def _b(t) -> ir.Table: ...\n"
        "def c(t) -> int: ...\n"
        "def e(t: Project) -> ir.Table: ...\n"
        "class P(Protocol):\n    def d(self) -> ir.Table: ...\n"
    )
    assert builders_of(text) == ["a"]


ROWS = {"key": ["a", "b"], "amount": [Decimal("1.10"), None], "share": [0.25, 0.5]}


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("key", ["a", "c"], "'c'"),
        ("amount", [Decimal("1.11"), None], "1.11"),
        ("share", [0.25, 0.5 + 1e-8], "0.50000001"),
        ("share", [0.25, None], "None"),
        ("share", [1, 2], "int64"),
        ("other", ["a", "c"], "columns"),
    ],
)
def test_a_difference_is_found(column: str, value: list[object], said: str) -> None:
    found = differences(pa.table(ROWS), pa.table({**ROWS, column: value}))
    assert said in " ".join(found)


def test_order_and_the_last_bit_are_no_difference() -> None:
    turned = {name: values[::-1] for name, values in ROWS.items()} | {"share": [0.5 + 1e-13, 0.25]}
    assert differences(pa.table(ROWS), pa.table(turned)) == []
