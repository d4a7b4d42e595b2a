"""The whole loop on a company with known truth: capture, one customer, ask, score, decide, launch, react, effect, again."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pytest

import regulars
from regulars.kernel.errors import GateError
from regulars.project.project import Outside, Project
from regulars.simulate.company import company

CONFIG = """
[project]
name = "loop"
timezone = "Europe/Amsterdam"
[sources.shop]
[[sources.shop.tables]]
contract = "order_line"
from = "in/lines*.csv"
[[sources.shop.tables]]
contract = "customer"
from = "in/customers.csv"
[[sources.shop.tables]]
contract = "product"
from = "in/products*.csv"
[sources.mail]
simulated = true
[[sources.mail.tables]]
contract = "response"
from = "mail/*.csv"
refs = { customer_id = "shop" }
[identity]
keys = ["email"]
[policies.care]
invest = "value.percentile >= 70"
leave = "value.p_alive < 0.3"
average = "otherwise"
[policies.blind]
invest = "churn.probability > 0.5"
[segments.best]
where = "value.percentile >= 90"
[campaigns.thanks]
audience = "value.percentile >= 40"
holdout = 0.3
cost_per_contact = 0.5
sink = "mailing"
[sinks.mailing]
path = "out/"
id_of = "shop"
columns = ["email", "city"]
"""


@dataclass
class Shop:
    """A project that has run once."""

    root: Path
    crm: regulars.Crm
    lines: pa.Table


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    root = tmp_path_factory.mktemp("loop")
    made = company(400, 3, start=date(2022, 1, 3))
    (root / "in").mkdir()
    (root / "regulars.toml").write_text(CONFIG)
    half = made["order_line"].num_rows // 2
    pacsv.write_csv(made["order_line"].slice(0, half), root / "in" / "lines-1.csv")
    pacsv.write_csv(made["order_line"].slice(half), root / "in" / "lines-2.csv")
    pacsv.write_csv(made["customer"], root / "in" / "customers.csv")
    pacsv.write_csv(made["product"], root / "in" / "products.csv")
    found = Shop(root, regulars.open(root), made["order_line"])
    steps = {each["step"]: each for each in found.crm.run()["steps"]}
    assert steps["capture"]["status"] == "done", steps
    return found


def test_the_totals_are_those_of_the_files(shop: Shop) -> None:
    totals = shop.crm.ask("revenue", "order_lines", "buyers")["totals"]
    assert totals["order_lines"] == shop.lines.num_rows
    assert totals["revenue"] == sum(Decimal(str(each)) for each in shop.lines["net_amount"].to_pylist())
    by_month = shop.crm.ask("revenue", by=["month"])
    assert sum(Decimal(str(row["revenue"])) for row in by_month["rows"]) == totals["revenue"]
    assert by_month["simulated"] is False


def test_a_figure_opens_down_to_file_and_line(shop: Shop) -> None:
    answer = shop.crm.ask("revenue", "order_lines", by=["month", "category"])
    row = min(answer["rows"], key=lambda each: each["order_lines"])
    seen, page = [], 1
    while True:
        opened = shop.crm.do("show", what="lineage", name=row["lineage"], page=page)
        seen += opened["items"]
        if not opened["items"]:
            break
        page += 1
    assert len(seen) == opened["rows"] == row["order_lines"]
    total = Decimal(0)
    for each in seen:
        text = (shop.root / each["file"]).read_text().splitlines()[each["line"] - 1]
        assert text == each["raw"]
        header = (shop.root / each["file"]).read_text().splitlines()[0]
        total += Decimal(next(csv.DictReader([header, text]))["net_amount"])
    assert total == Decimal(str(row["revenue"]))


def test_a_source_line_shows_what_it_touched(shop: Shop) -> None:
    found = shop.crm.do("show", what="lineage", name="shop:in/lines-1.csv:5")["items"][0]
    assert (found["contract"], found["record"]) == ("order_line", 4)
    assert found["customer_key"].startswith("c")
    assert {each["measure"] for each in found["scores"]} >= {"residual_value", "p_alive"}
    assert found["decision"][0]["policy"] == "care"


def test_a_score_comes_with_its_card(shop: Shop) -> None:
    card = shop.crm.do("show", what="analyses", name="value")["items"][0]
    assert card["gate"]["passed"], card["gate"]["why"]
    assert card["folds"], "a backtest without folds proves nothing"
    assert set(card["baseline"]) & set(card["metrics"])


def test_each_customer_has_one_decision(shop: Shop) -> None:
    told = shop.crm.decide("care")
    buyers = shop.crm.ask("buyers")["totals"]["buyers"]
    rows = shop.crm.table("decision").to_arrow()
    assert sum(told["actions"].values()) == rows.num_rows == len(set(rows["customer_key"].to_pylist())) >= buyers
    assert set(told["actions"]) == {"invest", "leave", "average"}


def test_a_rule_segment_counts_what_the_report_counts(shop: Shop) -> None:
    by_segment = shop.crm.ask("buyers", by=["best"])["rows"]
    inside = next(row["buyers"] for row in by_segment if row["best"])
    segment = shop.crm.table("segment").to_arrow().to_pylist()
    assert inside == sum(row["segmentation"] == "best" for row in segment)


def test_a_score_that_does_not_exist_may_not_act(shop: Shop) -> None:
    with pytest.raises((GateError, regulars.RegularsError), match="churn"):
        shop.crm.decide("blind")


def test_nothing_is_redone(shop: Shop) -> None:
    again = {each["step"]: each["status"] for each in shop.crm.run()["steps"]}
    assert {status for step, status in again.items() if step != "decide blind"} <= {"fresh", "done"}
    assert again["score value"] == again["unify"] == again["capture"] == "fresh"


def test_a_campaign_is_launched_once_and_read_with_its_hold_out(shop: Shop) -> None:
    planned, dry = shop.crm.plan("thanks"), shop.crm.launch("thanks", dry_run=True)
    assert not (shop.root / "out").exists(), "a dry run sends nothing"
    sent = shop.crm.launch("thanks")
    assert sent["treated"] + sent["held_out"] == planned["reach"] == dry["treated"] + dry["held_out"]
    assert sent["sent"] == sent["treated"] > 0 < sent["held_out"]
    files = list((shop.root / "out").iterdir())
    assert shop.crm.launch("thanks")["already"] is True
    assert list((shop.root / "out").iterdir()) == files
    rows = shop.crm.table("treatment").to_arrow().to_pylist()
    _check_list(files[0], rows)
    withheld = shop.crm.effect("thanks")
    assert (withheld["verdict"], withheld["effect"]["value"]) == ("withheld", None)
    _react(shop, rows)
    shop.crm.run()
    found = shop.crm.effect("thanks")
    assert found["simulated"] is True
    assert found["effect"]["interval"] == 95
    # 20 more of revenue, all of it margin where no costs are declared, less half a contact's euro
    assert found["effect"]["value"] == pytest.approx(19.5)
    assert found["effect"]["low"] - 1e-9 <= 19.5 <= found["effect"]["high"] + 1e-9
    assert found["verdict"] == "worked"


def _check_list(path: Path, rows: list[dict[str, Any]]) -> None:
    listed = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    treated = {row["message_id"] for row in rows if row["arm"] == "treated"}
    assert {row["message_id"] for row in listed} == treated, (
        "a held-out customer is on the list, or a treated one is not"
    )
    assert all(row["customer_id"].startswith("c") for row in listed)
    assert all(row["receipt"] for row in rows if row["arm"] == "treated")
    assert not any(row["sent_at"] or row["receipt"] for row in rows if row["arm"] == "control")


def _react(shop: Shop, rows: list[dict[str, Any]]) -> None:
    """Every treated customer orders for 20 more, told by the mail tool only; everybody is seen on the last day."""
    links = {
        row["customer_key"]: row["customer_id"] for row in shop.crm.table("source_customer").to_arrow().to_pylist()
    }
    (shop.root / "mail").mkdir()
    with (shop.root / "mail" / "reactions.csv").open("w") as out:
        out.write("response_id,occurred_at,kind,customer_id,order_id,amount\n")
        for number, row in enumerate(rows):
            at = row["assigned_at"] + timedelta(days=3)
            amount = 30 if row["arm"] == "treated" else 10
            out.write(f"r{number},{at.isoformat()}Z,order,{links[row['customer_key']]},m{number},{amount}\n")
        last = rows[0]["assigned_at"] + timedelta(days=28, hours=1)
        out.write(f"last,{last.isoformat()}Z,open,{links[rows[0]['customer_key']]},,\n")


def test_last_months_figure_can_be_asked_again(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    config = '[sources.shop]\n[[sources.shop.tables]]\ncontract = "order_line"\nfrom = "in/*.csv"\nload = "upsert"\n'
    (tmp_path / "regulars.toml").write_text(config)
    head = "order_id,line_id,ordered_at,customer_id,net_amount\n"

    def capture_at(day: int, name: str, lines: str) -> dict[str, Any]:
        (tmp_path / "in" / name).write_text(head + lines)
        clock = datetime(2024, 3, day, 12, tzinfo=UTC)
        return _with(tmp_path, clock, "capture")

    capture_at(1, "a.csv", "o1,1,2024-02-10T10:00:00,k1,100\no2,1,2024-02-11T10:00:00,k2,50\n")
    restated = capture_at(5, "b.csv", "o1,1,2024-02-10T10:00:00,k1,80\no3,1,2024-02-12T10:00:00,k1,7\n")
    assert restated["totals"]["loaded"] == 2
    now = datetime(2024, 3, 6, tzinfo=UTC)
    assert _with(tmp_path, now, "ask", metrics=["revenue"])["totals"]["revenue"] == 137
    assert _with(tmp_path, now, "ask", metrics=["revenue"], known="2024-03-02")["totals"]["revenue"] == 150
    assert _with(tmp_path, now, "ask", metrics=["revenue"], as_of="2024-02-10")["totals"]["revenue"] == 80


def _with(root: Path, clock: datetime, verb: str, **args: Any) -> dict[str, Any]:
    import os

    from regulars.doors.call import call

    project = Project(root, Outside(dict(os.environ), lambda: clock), verb=verb)
    try:
        return call(project, verb, args=args)
    finally:
        project.close()
