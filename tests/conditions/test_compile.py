"""What the engine answers is what plain Python answers, row by row, unknown (null) included."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.conditions.compile import compile_condition, compile_value
from regulars.conditions.parse import parse
from regulars.conditions.resolve import resolver_of
from regulars.conditions.tree import Arithmetic, Between, Case, Comparison, In, IsNull, Literal, Logic, Name, Node, Not
from regulars.kernel.errors import ConditionError
from tests.conditions.plain import plain

ROWS: dict[str, list[Any]] = {
    "n": [1, 5, None, 0, -3],
    "x": [1.5, 5.0, None, 0.0, 1e9],
    "m": [Decimal("19.9900"), Decimal("5.0000"), None, Decimal("0.0000"), Decimal("-3.2500")],
    "s": ["abc", "100% a_b\\c", None, "", "Größe\nneu"],
    "t": ["5", "1.5", None, "abc", "-3e0"],
    "w": ["2024-01-05", "2024-02-30", None, "", "2023-12-31"],
    "flag": [True, False, None, True, None],
    "d": [date(2024, 1, 5), date(2023, 12, 31), None, date(2024, 2, 29), date(1969, 1, 1)],
    "at": [
        datetime(2024, 1, 5, 23, 59, 59),
        datetime(2024, 1, 5),
        None,
        datetime(2024, 1, 6),
        datetime(2023, 1, 1, 12, 30),
    ],
    "Art der Buchung": ["a", "b", None, "a", "c'd"],
}
TYPES = {"n": pa.int64(), "x": pa.float64(), "m": pa.decimal128(18, 4), "flag": pa.bool_(), "d": pa.date32()}
TYPES["at"] = pa.timestamp("us")
ARROW = pa.table({name: pa.array(values, TYPES.get(name, pa.string())) for name, values in ROWS.items()})
PLAIN = ARROW.to_pylist()

CONDITIONS = (
    "n > 0",
    "n = 5.0",
    "n <> 5",
    "x >= 1.5 and x < 10",
    "m = 19.99",
    "m > n",
    "m = 5",
    "t = 5",
    "t > -4",
    "n = '5'",
    "n = t",
    "x = m",
    "s = 'abc'",
    "s <> ''",
    "s < 'b'",
    "flag",
    "not flag",
    "flag = true",
    "flag and n > 0",
    "flag or n > 0",
    "not (flag or n > 0)",
    "n = null",
    "n <> null or n = 1",
    "null",
    "null and n = 1",
    "true or null",
    "n is null",
    "n is not null and s is null",
    "n in (1, 5.0)",
    "n not in (1, null)",
    "n in (null, 5)",
    "s in ('abc', '', 'it''s')",
    "d in ('2024-01-05', '2024-02-29')",
    "n between 0 and 5",
    "n between null and 3",
    "n not between 0 and x",
    "d between '2024-01-01' and '2024-12-31'",
    "d = '2024-01-05'",
    "'2024-01-05' <= d",
    "d > w",
    "w = d",
    "at = '2024-01-05'",
    "at <= '2024-01-05'",
    "at > '2024-01-05 12:00'",
    "at between '2024-01-05' and '2024-01-06'",
    "at = d",
    "coalesce(null, '2024-01-05') = d",
    "coalesce(d, '1999-09-09') < '2000-01-01'",
    "s like 'a%'",
    "s like '%\\%%'",
    "s like '100\\% a\\_b\\\\c'",
    "s like 'a_c'",
    "s like '%'",
    "s like ''",
    "s like 'Gr__e%neu'",
    "s not like '%c'",
    "s like '.*'",
    "s like '%^%' or s like '%$%' or s like '[a]bc'",
    "\"Art der Buchung\" = 'c''d'",
    "n / n = 1",
    "n / 0 is null",
    "1 / n > 0.1",
    "n + x * 2 - m >= 3",
    "-n < 0",
    "t * 2 = 10",
    "n * n > 9223372036854775807 * 2",
    "coalesce(n, -1) < 0",
    "coalesce(null, n, 7) = 7",
    "concat(s, '!', n) = 'abc!1'",
    "concat(s, \"Art der Buchung\") = ''",
    "case when n > 0 then 'plus' when n < 0 then 'minus' end = 'minus'",
    "case when n is null then 1.5 when flag then n else m end > 1",
    "case when flag then 1 else null end is null",
    "case when n > 0 then null else null end is null",
    "case when flag then d else '2024-01-06' end > '2024-01-05'",
)

VALUES = (
    "n",
    "n + 1",
    "n / 2",
    "-5",
    "coalesce(x, 0)",
    "concat('a', null, 'b')",
    "case when flag then s end",
    "d",
    "null",
)

REFUSED = {
    "n": "a number, not a condition",
    "'x'": "a text, not a condition",
    "n and flag": "a number, not a condition",
    "flag and d": "a day, not a condition",
    "n = 'abc'": "where a number is needed",
    "x + 'abc' > 1": "where a number is needed",
    "d = '05.01.2024'": "where a date is needed",
    "d = '2024-02-30'": "is no date",
    "at > '2024-01-05 25:00'": "is no date",
    "d > '2024-01-05 12:00'": "where a date is needed",
    "d + 1 > 5": "arithmetic needs numbers",
    "flag * 2 = 2": "arithmetic needs numbers",
    "d > 5": "cannot be compared",
    "flag = 'true'": "cannot be compared",
    "flag = 1": "cannot be compared",
    "case when flag then 1 else d end = 1": "cannot be compared",
    "concat(x) = '1.5'": "not a text",
    "x like '1%'": "not a text",
    "nn > 1": "There is no name 'nn'",
}


@pytest.fixture(scope="module")
def rows() -> ir.Table:
    con = ibis.duckdb.connect()
    return con.create_table("rows", ARROW).mutate(order=ibis.row_number())


def _answers(rows: ir.Table, value: ir.Value) -> list[Any]:
    return rows.select(rows.order, answer=value).order_by("order").to_pyarrow()["answer"].to_pylist()


@pytest.mark.parametrize("text", CONDITIONS)
def test_conditions_answer_as_plain_python_does(rows: ir.Table, text: str) -> None:
    node = parse(text)
    assert _answers(rows, compile_condition(node, resolver_of(rows))) == [plain(node, row) for row in PLAIN]


@pytest.mark.parametrize("text", VALUES)
def test_values_answer_as_plain_python_does(rows: ir.Table, text: str) -> None:
    node = parse(text)
    assert _answers(rows, compile_value(node, resolver_of(rows))) == [plain(node, row) for row in PLAIN]


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_meet_is_refused_before_it_runs(rows: ir.Table, text: str) -> None:
    with pytest.raises(ConditionError) as caught:
        compile_condition(parse(text), resolver_of(rows))
    assert REFUSED[text] in caught.value.problem


def test_literals_have_the_declared_types(rows: ir.Table) -> None:
    types = {
        text: str(compile_value(parse(text), resolver_of(rows)).type()) for text in ("1", "-1", "1.0", "1e2", "'a'")
    }
    assert types == {"1": "int64", "-1": "int64", "1.0": "float64", "1e2": "float64", "'a'": "string"}


def test_hostile_texts_stay_texts(rows: ir.Table) -> None:
    for hostile in ("'); drop table rows; --", "\\", "\\'", '"', "%s", "{n}", "${n}", "\n"):
        quoted = "'" + hostile.replace("'", "''") + "'"
        assert _answers(rows, compile_value(parse(quoted), resolver_of(rows))) == [hostile] * 5
        assert _answers(rows, compile_condition(parse(f"s = {quoted}"), resolver_of(rows))).count(True) == 0
    assert rows.count().to_pyarrow().as_py() == 5


def test_aliases_and_wishes(rows: ir.Table) -> None:
    resolve = resolver_of(rows, {"count.of.things": "n"})
    assert _answers(rows, compile_condition(parse("count.of.things = 5"), resolve)).count(True) == 1
    asked: list[tuple[str, str]] = []

    def spy(name: str, wanted: str) -> ir.Value:
        asked.append((name, wanted))
        return resolver_of(rows)(name, wanted)

    compile_condition(parse("t > 1 and s = 'a' and d = w and flag and t * 2 > 0 and n is null"), spy)
    wishes = {("t", "number"), ("s", "text"), ("w", "day"), ("flag", "any"), ("n", "any")}
    assert wishes <= set(asked) and ("t", "any") not in asked


@pytest.mark.parametrize(
    "text",
    [
        " or ".join(["n = 5"] * 2000),
        "n in (" + ",".join(map(str, range(5, 3000))) + ")",
        "+".join(["n"] * 58) + " = 290",
        "(" * 55 + "n = 5" + ")" * 55,
        "not " * 50 + "n = 5",
        "coalesce(" * 50 + "n" + ")" * 50 + " = 5",
        "case when n = 5 then " * 25 + "true" + " else false end" * 25,
    ],
    ids=["ors", "ids", "sum", "parentheses", "nots", "coalesces", "cases"],
)
def test_large_conditions_run(rows: ir.Table, text: str) -> None:
    answers = _answers(rows, compile_condition(parse(text), resolver_of(rows)))
    assert answers[:2] == [False, True]


_NUMBERS = st.one_of(st.sampled_from([Name("n"), Name("x"), Name("m")]), st.integers(-3, 6).map(abs).map(Literal))
_SUMS = st.one_of(_NUMBERS, st.builds(Arithmetic, st.sampled_from("+-*/"), _NUMBERS, _NUMBERS))
_SIMPLE = st.one_of(
    st.builds(Comparison, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), _SUMS, _SUMS),
    st.builds(
        In, st.sampled_from([Name("n"), Name("x")]), st.lists(_SUMS, min_size=1, max_size=2).map(tuple), st.booleans()
    ),
    st.builds(Between, _SUMS, _NUMBERS, _NUMBERS, st.booleans()),
    st.builds(IsNull, _SUMS, st.booleans()),
    st.just(Name("flag")),
)
_CONDITIONS = st.recursive(
    _SIMPLE,
    lambda some: st.one_of(
        st.builds(Logic, st.sampled_from(["and", "or"]), st.lists(some, min_size=2, max_size=3).map(tuple)),
        st.builds(Not, some),
        st.builds(Case, st.lists(st.tuples(some, some), min_size=1, max_size=2).map(tuple), some),
    ),
    max_leaves=5,
)


@settings(derandomize=True, max_examples=30, deadline=None, database=None)
@given(st.lists(_CONDITIONS, min_size=4, max_size=6))
def test_random_conditions_answer_as_plain_python_does(rows: ir.Table, nodes: list[Node]) -> None:
    resolve = resolver_of(rows)
    answers = {f"c{at}": compile_condition(node, resolve) for at, node in enumerate(nodes)}
    found = rows.select(rows.order, **answers).order_by("order").drop("order").to_pyarrow().to_pylist()
    assert found == [{f"c{at}": plain(node, row) for at, node in enumerate(nodes)} for row in PLAIN]
