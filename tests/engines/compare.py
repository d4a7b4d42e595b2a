"""When are two engines' answers equal? Same columns and types, same rows in any order, floats to 1e-9 relative."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

RELATIVE, ABSOLUTE = 1e-9, 1e-12


def differences(left: pa.Table, right: pa.Table) -> list[str]:
    """What differs, in words; empty when the answers are equal."""
    if left.column_names != right.column_names:
        return [f"columns {left.column_names} and {right.column_names}"]
    if types := list(_types(left.schema, right.schema)):
        return types
    if left.num_rows != right.num_rows:
        return [f"{left.num_rows} and {right.num_rows} rows"]
    pairs = zip(_sorted(left), _sorted(right), strict=True)
    return [f"{a} and {b}" for a, b in pairs if not _same(list(a.values()), list(b.values()))]


def _types(left: pa.Schema, right: pa.Schema) -> Iterator[str]:
    for name in left.names:
        mine, other = left.field(name).type, right.field(name).type
        if _kind(mine) != _kind(other):
            yield f"{name} is {mine} and {other}"


def _kind(dtype: pa.DataType) -> str:
    if pa.types.is_timestamp(dtype):
        return "timestamp" if dtype.tz is None else "timestamp with zone"
    if pa.types.is_large_string(dtype):
        return "string"
    return str(dtype)


def _sorted(table: pa.Table) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.to_pylist()
    return sorted(rows, key=_order)


def _order(row: dict[str, Any]) -> tuple[list[str], list[str]]:
    exact = [repr(value) for value in row.values() if not isinstance(value, float)]
    return exact, [f"{value:.6e}" for value in row.values() if isinstance(value, float)]


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    if isinstance(left, float) and isinstance(right, float):
        both_nan = math.isnan(left) and math.isnan(right)
        return both_nan or math.isclose(left, right, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return type(left) is type(right) and bool(left == right)
