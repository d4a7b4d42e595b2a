"""Small shops: what cannot be judged is said in a sentence, what can be is judged; nothing crashes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from regulars.analyses.value.model import ROOM
from regulars.kernel.errors import DataError
from regulars.learning.card import card_json
from tests.analyses.value.labs import LocalLab, company, lab_of

START = date(2024, 1, 1)


def shop(customers: int, *, purchases: int, days: int = 400, amount: float = 20.0) -> LocalLab:
    """Every customer buys `purchases` times at even distances, all for one amount."""
    rng = np.random.default_rng(5)
    firsts = rng.integers(0, days // 2, customers)
    names = [f"{n:03d}" for n in range(customers) for _ in range(purchases)]
    when = [START + timedelta(days=int(first) + 17 * k) for first in firsts for k in range(purchases)]
    return lab_of(names, when, np.full(len(names), amount), as_of=START + timedelta(days=days))


@pytest.mark.parametrize(
    ("lab", "says"),
    [
        (shop(200, purchases=1), "0 of 200 customers had bought again"),
        (shop(12, purchases=5), "12 customers had bought by then, 30 are needed"),
        (replace(shop(60, purchases=4), default_margin=None), "No margin is known"),
        (shop(60, purchases=3, amount=-20.0), "0 customers had bought by then"),
        (shop(60, purchases=2, days=20), "The data span"),
    ],
    ids=["one-time buyers", "few customers", "no costs", "returns only", "short history"],
)
def test_too_little_is_a_sentence(lab: LocalLab, says: str) -> None:
    with pytest.raises(DataError, match=says):
        ROOM.backtest(lab)


def test_a_shop_that_grew_late_is_judged_on_its_later_folds() -> None:
    lab = company(60, seed=2, days=500)
    early = lab_of(["x"], [START - timedelta(days=900)], np.array([9.0]), as_of=lab.as_of).con.table("order_line")
    line, links = (lab.con.to_pyarrow(lab.con.table(name)) for name in ("order_line", "source_customer"))
    grown = replace(lab, con=lab_of(["x"], [START], np.array([9.0]), as_of=lab.as_of).con)
    grown.con.create_table("order_line", line, overwrite=True)
    grown.con.insert("order_line", early.to_pyarrow().cast(line.schema))
    grown.con.create_table("source_customer", links, overwrite=True)
    proof = ROOM.backtest(grown)
    assert 1 <= len(proof.folds) < ROOM.defaults["folds"]


@pytest.mark.parametrize("purchases", [2, 5, 9])
def test_a_small_and_even_shop_is_judged_and_told_in_json(purchases: int) -> None:
    lab = shop(40, purchases=purchases)
    proof = ROOM.backtest(lab)
    card = ROOM.score(lab, proof).card
    assert card.gate == proof.gate
    json.dumps(card_json(card), default=str, allow_nan=False)
