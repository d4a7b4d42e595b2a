"""What was published stays what it was: late, corrected and deleted rows, descriptions of then and now, junk, trust."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from regulars.kernel.errors import ConfigError, GateError, UsageError
from regulars.project.lab import lab_of
from regulars.project.project import Outside, Project
from regulars.project.steps.ask import ask
from regulars.project.steps.capture import capture
from regulars.project.steps.check import check
from regulars.project.steps.junk import junk
from regulars.project.steps.show import show
from regulars.project.steps.table import table
from regulars.project.steps.unify import unify

SRC = str(Path(__file__).resolve().parents[2] / "src")
TOML = """
[project]
name = "truth"
timezone = "Europe/Amsterdam"
[sources.tills]
[[sources.tills.tables]]
contract = "order_line"
from = "tills/lines*.csv"
load = "upsert"
known_at = "load"
[[sources.tills.tables]]
contract = "product"
from = "tills/products*.csv"
[sources.web]
[[sources.web.tables]]
contract = "order_line"
from = "web/lines*.csv"
refs = { product_id = "tills" }
load = "snapshot"
known_at = "load"
[[sources.web.tables]]
contract = "visit"
from = "web/visits*.csv"
[sources.crm]
[[sources.crm.tables]]
contract = "customer"
from = "crm/customers*.csv"
"""
HEAD = "order_id,line_id,ordered_at,customer_id,product_id,quantity,net_amount"
OCTOBER = datetime(2026, 10, 31, 18, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 20, 9, tzinfo=UTC)


def write(path: Path, *lines: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def opened(root: Path, at: datetime) -> Project:
    return Project(root, Outside({**os.environ, "PYTHONPATH": SRC}, lambda: at), verb="test")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """October is captured and published; then rows come late, are corrected and deleted, and a category changes."""
    root = tmp_path_factory.mktemp("truth")
    (root / "regulars.toml").write_text(TOML, encoding="utf-8")
    write(root / "tills" / "lines-1.csv", HEAD, "t1,1,2026-10-05,,p1,2,20.00", "t2,1,2026-10-30,,p2,1,5.00")
    write(root / "tills" / "products-1.csv", "product_id,name,category", "p1,Tea,Drinks", "p2,Jam,Spreads")
    write(root / "web" / "lines.csv", HEAD, "w1,1,2026-10-07,,p1,1,7.00", "w2,1,2026-10-08,,p1,1,9.00")
    project = opened(root, OCTOBER)
    capture(project)
    told = ask(project, ["revenue", "orders"], by=["category"], start="2026-10-01", end="2026-10-31")
    project.close()
    # late: t3; corrected: t1 (20.00 -> 24.00); deleted: w2; p1 is called Beverages from now on
    write(root / "tills" / "lines-2.csv", HEAD, "t3,1,2026-10-29,,p2,1,3.50", "t1,1,2026-10-05,,p1,2,24.00",
          "t9,1,2026-11-10 11:00:00,,p1,1,10.00")  # fmt: skip
    write(root / "tills" / "products-2.csv", "product_id,name,category", "p1,Tea,Beverages")
    write(root / "web" / "lines.csv", HEAD, "w1,1,2026-10-07,,p1,1,7.00")
    project = opened(root, datetime(2026, 11, 10, 9, tzinfo=UTC))
    capture(project)
    project.close()
    return root, told


@pytest.fixture
def project(published: tuple[Path, dict[str, Any]]) -> Iterator[Project]:
    found = opened(published[0], NOVEMBER)
    yield found
    found.close()


def cells(told: dict[str, Any], by: str, metric: str) -> dict[Any, Any]:
    return {row[by]: row[metric] for row in told["rows"]}


def test_known_gives_what_was_published_beside_the_restated(
    project: Project, published: tuple[Path, dict[str, Any]]
) -> None:
    before = published[1]
    assert before["totals"]["revenue"] == Decimal("41.0000") and before["totals"]["orders"] == 4
    how = {"by": ["category"], "start": "2026-10-01", "end": "2026-10-31"}
    told = ask(project, ["revenue", "orders"], known="2026-10-31", **how)
    then = cells(told, "category", "revenue")
    assert {name: then[name] for name in ("Drinks", "Spreads")} == cells(before, "category", "revenue")
    assert then["Beverages"] is None  # nobody called it so then
    assert cells(told, "category", "revenue_now") == {
        "Drinks": None, "Spreads": Decimal("8.5000"), "Beverages": Decimal("31.0000"),
    }  # fmt: skip
    assert told["totals"]["revenue"] == before["totals"]["revenue"]
    assert told["totals"]["orders"] == 4 and told["totals"]["orders_now"] == 4
    # 24 + 5 + 3.50 + 7: one line late, one corrected, one deleted
    assert told["totals"]["revenue_now"] == Decimal("39.5000")
    assert told["totals"]["revenue_restated"] == Decimal("-1.5000")
    assert "revenue: restated since: -1.50; it is 39.50 by what is known now." in told["notes"]
    assert "orders: not restated since." in told["notes"]
    assert told["as_of"].isoformat() == "2026-10-30"
    now = ask(project, ["revenue"], start="2026-10-01", end="2026-10-31")
    assert now["totals"]["revenue"] == Decimal("39.5000")


def test_what_was_not_restated_says_so(project: Project) -> None:
    told = ask(project, ["revenue"], known="2026-11-15", start="2026-10-01", end="2026-10-31")
    assert told["totals"]["revenue"] == told["totals"]["revenue_now"] == Decimal("39.5000")
    assert "revenue: not restated since." in told["notes"]


def test_the_category_now_and_at_the_time_of_the_sale(project: Project) -> None:
    now = ask(project, ["revenue"], by=["category"])
    then = ask(project, ["revenue"], by=["category@sale"])
    assert cells(now, "category", "revenue") == {"Beverages": Decimal("41.0000"), "Spreads": Decimal("8.5000")}
    assert cells(then, "category@sale", "revenue") == {
        "Drinks": Decimal("31.0000"), "Beverages": Decimal("10.0000"), "Spreads": Decimal("8.5000"),
    }  # fmt: skip
    assert now["totals"]["revenue"] == then["totals"]["revenue"] == Decimal("49.5000")
    # the October lines are older than the first capture: what they were called before is not known
    assert any("4 rows are older than what is known of their product" in note for note in then["notes"]), then["notes"]
    one = ask(project, ["revenue"], where="\"category@sale\" = 'Drinks'")
    assert one["totals"]["revenue"] == Decimal("31.0000")


def test_scores_that_nobody_made_are_named_with_the_command(project: Project) -> None:
    with pytest.raises(GateError, match="score value"):
        ask(project, ["revenue"], where="value.percentile > 50")


@pytest.fixture
def junky(tmp_path: Path) -> Iterator[Project]:
    """A shop with a test order, an employee who buys, a crawler and a visitor who is too fast."""
    (tmp_path / "regulars.toml").write_text(
        TOML
        + """
[junk.tests]
where = "net_amount = 0.01"
reason = "test order"
[junk.staff]
contract = "customer"
where = "email like '%@shop.example'"
reason = "employee"
[junk.bots]
per_minute = 5
""",
        encoding="utf-8",
    )
    write(tmp_path / "tills" / "lines-1.csv", HEAD, "t1,1,2026-10-05,c1,p1,1,20.00", "t2,1,2026-10-06,,p1,1,0.01")
    write(tmp_path / "tills" / "products-1.csv", "product_id,name,category", "p1,Tea,Drinks")
    write(tmp_path / "web" / "lines.csv", HEAD, "w1,1,2026-10-07,,p1,1,7.00")
    write(tmp_path / "crm" / "customers.csv", "customer_id,email", "c1,eva@mail.example", "c2,boss@shop.example")
    fast = [f"f{each},fast,2026-10-09 10:00:{each:02d},page,Mozilla/5.0 (X11)" for each in range(7)]
    write(tmp_path / "web" / "visits.csv", "event_id,visitor_id,occurred_at,kind,user_agent", *fast,
          "e1,v1,2026-10-09 10:00:00,page,Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0",
          "e2,v2,2026-10-09 10:00:00,page,Mozilla/5.0 (compatible; Googlebot/2.1; +http://google.com/bot.html)")  # fmt: skip
    toml = (
        (tmp_path / "regulars.toml")
        .read_text()
        .replace('from = "tills/lines*.csv"', 'from = "tills/lines*.csv"\nrefs = { customer_id = "crm" }')
    )
    (tmp_path / "regulars.toml").write_text(toml, encoding="utf-8")
    write(tmp_path / "tills" / "lines-3.csv", HEAD, "t3,1,2026-10-08,c2,p1,1,30.00")
    found = opened(tmp_path, NOVEMBER)
    capture(found)
    yield found
    found.close()


def test_junk_is_left_out_said_shown_and_taken_back(junky: Project) -> None:
    everything = ask(junky, ["revenue", "orders"])["totals"]
    assert (everything["revenue"], everything["orders"]) == (Decimal("57.0100"), 4)
    assert {each["rule"]: each["new"] for each in junk(junky, dry_run=True)["changed"]} == {
        "bots": 8,
        "staff": 2,
        "tests": 1,
    }
    assert ask(junky, ["revenue"])["totals"]["revenue"] == Decimal("57.0100")
    made = junk(junky)
    assert {(each["rule"], each["contract"]): each["rows"] for each in made["marked"]} == {
        ("bots", "visit"): 8, ("staff", "customer"): 1, ("staff", "order_line"): 1, ("tests", "order_line"): 1,
    }  # fmt: skip
    assert junk(junky)["changed"] == []
    told = ask(junky, ["revenue", "orders"])
    assert (told["totals"]["revenue"], told["totals"]["orders"]) == (Decimal("27.0000"), 2)
    assert any(
        "2 rows of order_line in the period are left out as junk (1 employee, 1 test order)" in n for n in told["notes"]
    )
    assert ask(junky, ["revenue"], with_junk=True)["totals"]["revenue"] == Decimal("57.0100")
    assert ask(junky, ["visits", "visitors"])["totals"]["visitors"] == 1
    assert table(junky, "order_line")["rows"] == 4  # nothing is deleted
    assert {(row["rule"], row["rows"]) for row in show(junky, "junk")["items"]} >= {("bots", 8), ("tests", 1)}
    assert [row["key"] for row in show(junky, "junk", name="tests")["items"]] == ["t2 1"]


def test_a_person_keeps_a_row_and_marks_another(junky: Project) -> None:
    junk(junky)
    junk(junky, keep="order_line:tills:t3 1", reason="a real sale")
    assert ask(junky, ["revenue"])["totals"]["revenue"] == Decimal("57.0000")
    junk(junky)  # rules come again, the person's word stands
    junk(junky, mark="order_line:web:w1 1", reason="booked for a film")
    assert ask(junky, ["revenue"])["totals"]["revenue"] == Decimal("50.0000")
    junk(junky, keep="order_line:web:w1 1")
    assert ask(junky, ["revenue"])["totals"]["revenue"] == Decimal("57.0000")
    with pytest.raises(UsageError, match="no row"):
        junk(junky, mark="order_line:web:w77 1")


def test_a_rule_that_is_taken_away_takes_its_marks_along(junky: Project) -> None:
    junk(junky)
    text = (junky.root / "regulars.toml").read_text().replace("net_amount = 0.01", "net_amount = 0.02")
    (junky.root / "regulars.toml").write_text(text.replace("[junk.staff]", "[junk.people]"))
    junky.reread()
    changed = {each["rule"]: (each["new"], each["ended"]) for each in junk(junky)["changed"]}
    assert changed == {"tests": (0, 1), "staff": (0, 2), "people": (2, 0)}
    assert ask(junky, ["revenue"])["totals"]["revenue"] == Decimal("27.0100")
    (junky.root / "regulars.toml").write_text(text.replace('"customer"', '"custmer"'))
    junky.reread()
    with pytest.raises(ConfigError, match="custmer"):
        junk(junky)


def test_customers_are_unified_without_junk_orders(junky: Project) -> None:
    junk(junky)
    unify(junky)
    assert ask(junky, ["buyers"])["totals"]["buyers"] == 1
    assert ask(junky, ["buyers"], with_junk=True)["totals"]["buyers"] == 2
    lab = lab_of(junky, as_of=date(2026, 10, 31), settings={}, learns=True)
    orders = lab.arrow(lab.table("order_line").select("order_id"))["order_id"].to_pylist()
    assert sorted(orders) == ["t1", "w1"]
    early = lab_of(junky, as_of=date(2026, 10, 6), settings={}, learns=True)
    assert early.arrow(early.outcome("order_line", date(2026, 10, 31)).select("order_id"))["order_id"].to_pylist() == [
        "w1"
    ]


def test_checks_are_kept_and_figures_that_rest_on_them_say_so(junky: Project) -> None:
    first = check(junky)
    assert first["failing"] == 0 or all(row["why"] for row in first["quality"] if not row["ok"])
    write(junky.root / "tills" / "lines-4.csv", HEAD, *(f"x{n},1,2026-10-09,,zz{n},-1,5.00" for n in range(6)))
    capture(junky)
    second = check(junky)
    bad = {(row["source"], row["dimension"]): row for row in second["quality"] if not row["ok"]}
    signs = bad["tills", "consistency"]
    assert signs["columns"] == ["net_amount", "quantity"] and "revenue" in signs["metrics"]
    ids = bad["tills", "references"]
    assert ids["columns"] == ["product_id"] and {"category", "product", "brand"} <= set(ids["dimensions"])
    assert "revenue" not in ids["metrics"]
    notes = ask(junky, ["revenue"], by=["category"])["notes"]
    assert any(
        note.startswith("revenue rests on data that failed its check on 2026-11-20: consistency") for note in notes
    )
    assert any(note.startswith("category rests on data") and "references of order_line" in note for note in notes)
    assert not any("failed its check" in note for note in ask(junky, ["visitors"])["notes"])
    page = {(row["source"], row["dimension"]): row for row in show(junky, "quality", name="order_line")["items"]}
    row = page["tills", "consistency"]
    assert (row["before"], row["share"], len(row["trend"])) == (1.0, signs["share"], 2)
    assert row["change"] == pytest.approx(signs["share"] - 1.0)
