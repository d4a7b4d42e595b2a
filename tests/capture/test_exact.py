"""Sums of decimals: the same to the last digit as the float way, and taken only where that is certain."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from regulars.capture.dialect import Dialect
from regulars.capture.expression import formulas, operands_of
from regulars.contracts.model import Kind
from regulars.engines.scratch import Scratch, scratch

COLUMNS = {"a": "c0", "b": "c1", "c": "c2"}
SPOKEN = dict.fromkeys(COLUMNS.values(), Dialect())
EDGES = ("0", "-0", "999999999.9999", "-999999999.9999", "0.0001", "-0.0001", "1.5", "+2.25", "123456789.1235", None)


@pytest.fixture
def db(tmp_path: Path) -> Scratch:
    return scratch("200MB", 1, temp=tmp_path)


def computed(db: Scratch, expr: str, kind: Kind, *, level: int, rows: list[tuple[str | None, ...]]) -> list[Any]:
    found = formulas({"x": (expr, kind)}, None)
    operands = operands_of(found, COLUMNS, spoken=SPOKEN, look=lambda picks: [level] * len(picks))
    values = ", ".join(
        "(" + ", ".join([str(number), *("NULL" if each is None else f"'{each}'" for each in row)]) + ")"
        for number, row in enumerate(rows)
    )
    base = f"base AS (SELECT * FROM (VALUES {values}) AS t(record, c0, c1, c2))"
    sql = f"WITH {base}, operands AS (SELECT *{operands.select} FROM base), f AS ({operands.compiled(found)})"
    assert ("exact_" in operands.select) == (level > 1)
    return [row[0] for row in db.rows(f"{sql} SELECT x_x FROM f ORDER BY record")]


def drawn(places: int) -> list[tuple[str | None, ...]]:
    dice = random.Random(7)
    edges = [each for each in EDGES if each is None or places == 4 or len(each.partition(".")[2]) <= places]
    rows: list[tuple[str | None, ...]] = [(one, other, "0.1") for one in edges for other in edges]
    for _ in range(2000):
        digits = dice.randrange(0, places + 1)
        size = 10 ** dice.randrange(1, 10 + digits)
        rows.append(tuple(str(Decimal(dice.randrange(-size, size)).scaleb(-digits)) for _ in range(3)))
    return rows


@pytest.mark.parametrize(("kind", "places", "level"), [(Kind.MONEY, 4, 2), (Kind.QUANTITY, 3, 3)])
@pytest.mark.parametrize("expr", ["a + b + c", "a - (b - c)", "-a + b", "-(a - b) - -c"])
def test_decimals_and_floats_agree(expr: str, kind: Kind, places: int, level: int, db: Scratch) -> None:
    rows = drawn(places)
    exact = computed(db, expr, kind, level=level, rows=rows)
    assert exact == computed(db, expr, kind, level=1, rows=rows)
    a, b, c = (Decimal(each or 0) for each in rows[-1])
    wanted = {"a + b + c": a + b + c, "a - (b - c)": a - (b - c), "-a + b": b - a, "-(a - b) - -c": b - a + c}
    assert exact[-1] == wanted[expr]


@pytest.mark.parametrize(
    ("first", "expr", "wanted"),
    [
        ("1.00005", "a + b", "1.5000"),  # five decimals: rounded half to even once, after the sum
        ("1.00015", "a + b", "1.5002"),
        ("1.5", "a * b", "0.7500"),
        ("1.5", "a + b + 0.00015", "2.0002"),
        ("1e1", "a + b", "10.5000"),
        ("9999999999.5", "a + b", "10000000000.0000"),
    ],
)
def test_what_is_no_plain_sum_goes_the_float_way(first: str, expr: str, wanted: str, bench: Any, typed: Any) -> None:
    columns = {"order_id": "o", "ordered_at": "t", "net_amount": {"expr": expr}}
    data = f"o,t,a,b\nA,2024-01-05,{first},0.5\nB,2024-01-05,1,\n"
    section = {"contract": "order_line", "columns": columns}
    parsed = bench.parse(data, section)
    assert [row["net_amount"] for row in typed(parsed)] == [Decimal(wanted)]
    assert parsed.quarantined == 1  # a required amount of nothing


def test_an_unreadable_operand_sets_its_row_aside(bench: Any, aside: Any) -> None:
    columns = {"order_id": "o", "ordered_at": "t", "net_amount": {"expr": "a + b"}}
    data = "o,t,a,b\nA,2024-01-05,1,0.5\nB,2024-01-05,one,1\nC,2024-01-05,1,2\n"
    parsed = bench.parse(data, {"contract": "order_line", "columns": columns})
    assert [(row["line"], row["reason"]) for row in aside(parsed)] == [(3, "bad_operand")]
