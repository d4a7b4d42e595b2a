"""`check`: each dimension passes on sound data, fails on unsound data, and says why and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from regulars.kernel.errors import ConfigError
from regulars.project.project import Project
from regulars.project.steps.capture import capture
from regulars.project.steps.check import DEFAULTS, check
from tests.project.conftest import outside, write_lines

LINE_COLUMNS = """
[sources.{}.tables.columns]
order_id = "order"
ordered_at = "at"
customer_id = "who"
product_id = "item"
quantity = "n"
net_amount = "net"
"""
TOML = f"""
[project]
name = "odd"
[sources.till]
[[sources.till.tables]]
contract = "order_line"
from = "lines.csv"
{LINE_COLUMNS.format("till")}
discount_amount = "off"
[sources.old]
[[sources.old.tables]]
contract = "order_line"
from = "old.csv"
{LINE_COLUMNS.format("old")}
[sources.erp]
[[sources.erp.tables]]
contract = "product"
from = "items.csv"
columns = {{ product_id = "id", name = "name" }}
"""


def found(rows: list[dict[str, Any]], contract: str, source: str, dimension: str) -> dict[str, Any]:
    """The one row of that place (the first, of several columns)."""
    return next(r for r in rows if (r["contract"], r["source"], r["dimension"]) == (contract, source, dimension))


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose data has one fault of each kind."""
    folder = tmp_path_factory.mktemp("odd")
    (folder / "regulars.toml").write_text(TOML, encoding="utf-8")
    lines = [f"o{n},2025-01-{n + 1:02d},,i{n % 3},1,9.50,0.1" for n in range(20)]
    lines += ["o30,2025-01-30,c1,i1,-2,9.50,0.1", "o31,2025-01-30,c1,i2,2,9.50,-4", "o32,2025-01-30,c1,i2,2,9.50,-4",
              "o33,2025-01-30,c1,i2,2,nine,0"]  # fmt: skip
    write_lines(folder / "lines.csv", ["order,at,who,item,n,net,off", *lines])
    write_lines(folder / "old.csv", ["order,at,who,item,n,net", "x1,2024-11-01,c7,z9,1,5.00"])
    write_lines(folder / "items.csv", ["id,name", *(f"i{n},Item {n}" for n in range(5))])
    project = Project(folder, outside(), verb="test")
    capture(project)
    return project


def test_sound_data_passes_everything(shop: Project) -> None:
    told = check(shop)
    assert told["ok"] and {row["dimension"] for row in told["quality"]} == set(DEFAULTS)
    row = found(told["quality"], "order_line", "files", "references")
    assert (row["column"], row["tested"], row["share"]) == ("customer_id", 30, 1.0)
    assert list(row)[:3] == ["contract", "source", "dimension"]


def test_each_fault_is_found_and_named(odd: Project) -> None:
    rows = check(odd)["quality"]
    complete = found(rows, "order_line", "till", "completeness")
    assert "customer_id 13.0%" in complete["why"] and complete["tested"] == 23 * 8
    valid = found(rows, "order_line", "till", "validity")
    assert (valid["passed"], valid["tested"], valid["ok"]) == (23, 24, False) and "quarantine" in valid["why"]
    consistent = found(rows, "order_line", "till", "consistency")
    assert not consistent["ok"] and "the same sign" in consistent["why"]
    assert "not in 2 rows: discount_amount is not negative" in consistent["why"]
    same = found(rows, "order_line", "till", "uniqueness")
    assert same["ok"] and same["why"].startswith("1 rows say the same")


def test_a_source_that_lags_is_late(odd: Project) -> None:
    rows = check(odd)["quality"]
    assert found(rows, "order_line", "till", "timeliness")["ok"]
    late = found(rows, "order_line", "old", "timeliness")
    assert not late["ok"] and "90 days behind" in late["why"]


def test_ids_of_another_source_are_told_with_the_line_to_write(odd: Project) -> None:
    rows = check(odd)["quality"]
    item = found(rows, "order_line", "till", "references")
    assert not item["ok"] and 'refs = { product_id = "erp" }' in item["why"]
    stray = found(rows, "order_line", "old", "references")
    assert stray["tested"] == 0 and stray["ok"] and "refs = { product_id = SOURCE }" in stray["why"]


def test_thresholds_come_from_the_configuration(odd: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    own = {**odd.config.values, "quality": {"validity": 0.5, "order_line": {"timeliness": 400}}}
    monkeypatch.setattr(odd, "config", type(odd.config)(odd.config.root, own, {}))
    rows = check(odd)["quality"]
    assert found(rows, "order_line", "till", "validity")["ok"]
    assert found(rows, "order_line", "old", "timeliness")["ok"]


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ({"complete": 0.9}, "completeness"),
        ({"orderline": {"validity": 1}}, "order_line"),
        ({"validity": "high"}, "high"),
    ],
)
def test_a_wrong_threshold_is_refused(
    odd: Project, monkeypatch: pytest.MonkeyPatch, section: dict[str, Any], says: str, tmp_path: Path
) -> None:
    monkeypatch.setattr(odd, "config", type(odd.config)(tmp_path, {**odd.config.values, "quality": section}, {}))
    with pytest.raises(ConfigError, match=says):
        check(odd)
