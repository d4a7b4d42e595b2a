"""The card: JSON and Markdown hold everything, and the version follows the model only."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

from regulars.learning.card import card_json, card_markdown, model_version
from regulars.learning.protocol import Card, Estimate, Fold, Gate, Proof

GATE = Gate(True, "Passes: it gains 0.2.")
PROOF = Proof(
    protocol="Rolling origins.",
    folds=(Fold(date(2020, 1, 1), date(2020, 2, 1), 10, {"log_score": -1.5}),),
    metrics={"log_score": Estimate(-1.5, -1.6, -1.4, 95), "lift": Estimate(float("nan"))},
    baseline={"log_score": Estimate(-2.0, -2.1, -1.9, 95)},
    gate=GATE,
    details={"pit": [0.1]},
)
CARD = Card(
    analysis="value", question="What is it worth?", as_of=date(2020, 2, 1), model_version="v1", rows=10,
    population="customers", chosen="BG/NBD", parameters={"r": 0.25}, proof=PROOF, gate=GATE, limits=("One year.",),
)  # fmt: skip


def test_json_has_the_promised_keys_at_the_top_and_no_undefined_number() -> None:
    found = json.loads(json.dumps(card_json(CARD), allow_nan=False))
    assert {"analysis", "as_of", "rows", "metrics", "baseline", "protocol", "gate", "folds"} <= found.keys()
    assert found["gate"] == {"passed": True, "why": GATE.why}
    assert found["as_of"] == "2020-02-01" and found["folds"][0]["origin"] == "2020-01-01"
    assert found["metrics"]["log_score"]["low"] == -1.6 and found["metrics"]["lift"]["value"] is None


def test_a_card_without_a_proof_says_so() -> None:
    found = card_json(replace(CARD, proof=None, gate=Gate(False, "Fails: no backtest was run.")))
    assert found["proof"] is None and found["metrics"] == {} and found["folds"] == []


def test_markdown_shows_model_beside_baseline() -> None:
    page = card_markdown(CARD)
    assert "**Gate: passed.** Passes: it gains 0.2." in page
    assert "| log_score | -1.5 (-1.6 to -1.4, 95 %) | -2 (-2.1 to -1.9, 95 %) |" in page
    assert "- One year." in page


def test_the_version_follows_model_and_cut_and_not_the_last_bit() -> None:
    day = date(2020, 2, 1)
    first = model_version("value", "BG/NBD", parameters={"r": 0.25, "s": [1.0]}, as_of=day)
    assert first == model_version("value", "BG/NBD", parameters={"s": [1.0 + 1e-13], "r": 0.25}, as_of=day)
    assert first != model_version("value", "BG/NBD", parameters={"r": 0.2501, "s": [1.0]}, as_of=day)
    assert first != model_version("value", "BG/NBD", parameters={"r": 0.25, "s": [1.0]}, as_of=date(2020, 2, 2))
