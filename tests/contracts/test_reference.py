"""The reference page shows every table and every column."""

from __future__ import annotations

import re

from regulars.contracts.catalog import CONTRACTS
from regulars.contracts.reference import reference_markdown
from regulars.contracts.results import RESULTS


def _sections() -> dict[str, str]:
    parts = re.split(r"^### `(.+)`$", reference_markdown(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_table_has_a_section_with_every_column() -> None:
    sections = _sections()
    assert list(sections) == [*CONTRACTS, *RESULTS]
    for table in (*CONTRACTS.values(), *RESULTS.values()):
        for column in table.columns:
            assert f"`{column.name}`" in sections[table.name]
            assert column.says in sections[table.name]


def test_rows_of_tables_have_five_cells() -> None:
    rows = [line for line in reference_markdown().splitlines() if line.startswith("|")]
    assert {line.count("|") for line in rows} == {6}


def test_keys_times_and_loads_are_shown() -> None:
    line = _sections()["order_line"]
    assert "Key: **order_id**, **line_id**." in line
    assert "Time: `ordered_at`." in line and "Default load: append." in line
    assert "| **`order_id`** | text | yes |  |" in line
    assert "| `customer_id` | text |  | `customer` |" in line
    assert "`returns_order_source`" in line
    assert "`source` is the row's own value here" in _sections()["source_customer"]
