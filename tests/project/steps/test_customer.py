"""`customer`: named in four ways, the card holds what the sources say and where each line comes from."""

from __future__ import annotations

from datetime import date, datetime

import pyarrow as pa
import pytest

from regulars.kernel.errors import NotFoundError, UsageError
from regulars.project.project import Project
from regulars.project.steps.customer import customer
from regulars.store.warehouse import Publication


@pytest.mark.parametrize(
    "who", ["key-K003", "files:K003", "K003", " EVA3@shop-mail.de", "+49 30 5550003", "0305550003"]
)
def test_a_customer_has_many_names(shop: Project, who: str) -> None:
    assert customer(shop, who)["customer_key"] == "key-K003"


def test_the_card_adds_up_and_names_its_lines(shop: Project) -> None:
    card = customer(shop, "files:K002")
    orders = [order for order in range(120) if order % 30 == 2]
    assert card["totals"]["orders"] == len(orders) == 4
    amounts = [1200.5 if line == 2 else 10.25 + order % 5 for order in orders for line in range(1 + order % 3)]
    assert float(card["totals"]["revenue"]) == pytest.approx(sum(amounts)) and card["totals"]["currency"] == "EUR"
    assert card["totals"]["first_purchase"] == date(2024, 6, 7) and card["ids"][0]["method"] == "single"
    assert {"attribute": "city", "value": "Köln", "source": "files"} in card["attributes"]
    first = card["order_lines"][0]
    assert first["day"] == date(2024, 12, 4) and first["Filialleiter"] == "Jürgen Müller"
    assert first["order_id"] == "B0092" and first["from"]["file"] == "data/orders.csv"
    text = (shop.root / "data/orders.csv").read_text(encoding="cp1252").splitlines()
    assert text[first["from"]["record"]].startswith("B0092")
    assert card["contacts"] == [] and card["treatments"] == []


def test_a_customer_without_orders_has_a_card_too(shop: Project) -> None:
    card = customer(shop, "files:K030")
    assert card["totals"]["orders"] == 0 and card["order_lines"] == [] and card["totals"]["revenue"] == 0


def test_scores_segments_and_decisions_are_the_newest(shop: Project) -> None:
    days = (date(2024, 12, 31), date(2024, 6, 30))
    score = {"subject": "customer", "subject_id": "key-K001", "analysis": "value", "measure": "residual_value"}
    band = {"low": 1.0, "high": 9.0, "interval": 0.8, "percentile": 70.0}
    scores = [{**score, **band, "value": value, "as_of": day} for value, day in zip((5.0, 4.0), days, strict=True)]
    choice = {"customer_key": "key-K001", "policy": "care", "action": "invest", "reason": "value.percentile >= 80"}
    decisions = [{**choice, "decision_id": f"d{day.month}", "as_of": day} for day in days]
    tables = [
        Publication("score", shop.engine.bring(pa.Table.from_pylist(scores))),
        Publication("decision", shop.engine.bring(pa.Table.from_pylist(decisions))),
    ]
    shop.warehouse.commit(tables, run="r2", at=datetime(2025, 1, 1))
    card = customer(shop, "key-K001")
    assert [score["value"] for score in card["scores"]] == [5.0] and card["scores"][0]["percentile"] == 70.0
    assert [each["decision_id"] for each in card["decisions"]] == ["d12"]
    assert card["decisions"][0]["reason"] == "value.percentile >= 80"


def test_nobody_is_said_with_a_hint(shop: Project) -> None:
    with pytest.raises(NotFoundError, match="files:ID"):
        customer(shop, "K999")
    with pytest.raises(NotFoundError, match="no source is called 'crm'"):
        customer(shop, "crm:K001")


def test_several_are_listed(shop: Project) -> None:
    links = shop.warehouse.table("source_customer")
    twin = shop.engine.arrow(links.filter(links.customer_id == "K005")).to_pylist()[0]
    stay = links.schema().to_pyarrow()
    names = shop.warehouse.contract("source_customer").names
    row = {**{name: twin[name] for name in names}, "source": "web", "customer_key": "key-twin"}
    schema = pa.schema([stay.field(name) for name in names])
    rows = shop.engine.bring(pa.Table.from_pylist([row], schema))
    tables = [Publication("source_customer", rows, append=True)]
    shop.warehouse.commit(tables, run="r3", at=datetime(2025, 1, 1))
    with pytest.raises(UsageError, match="key-K005, key-twin"):
        customer(shop, "K005")
