"""What should everybody be able to read about a fit? The model card as JSON and as Markdown, and the model's version.

Models are stored as JSON only: names, numbers, texts. What cannot be written so does not belong on a card.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from regulars.learning.protocol import Card, Estimate, Fold, Gate, Proof

__all__ = ["card_json", "card_markdown", "model_version", "proof_json"]

_DIGITS = 12


def model_version(analysis: str, chosen: str, *, parameters: Mapping[str, Any], as_of: date) -> str:
    """A name that changes with the model, its parameters or its cut, and with nothing else.

    Numbers count to 8 digits, so that the last bit of another machine gives the same name.

    >>> model_version("value", "BG/NBD", parameters={"r": 0.25}, as_of=date(2017, 12, 31))
    'value-20171231-3968e1f9'
    """
    text = json.dumps([analysis, chosen, _plain(parameters, digits=8)], sort_keys=True)
    return f"{analysis}-{as_of:%Y%m%d}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def card_json(card: Card) -> dict[str, Any]:
    """The card as one JSON-able object: dates as ISO texts, undefined numbers as null.

    Keys: those of `Card`; besides `metrics`, `baseline`, `protocol` and `folds` of the proof at the top.
    """
    proof = card.proof
    top = {
        "analysis": card.analysis,
        "question": card.question,
        "as_of": card.as_of,
        "model_version": card.model_version,
        "rows": card.rows,
        "population": card.population,
        "chosen": card.chosen,
        "parameters": card.parameters,
        "gate": card.gate,
        "assumptions": card.assumptions,
        "limits": card.limits,
        "extra": card.extra,
        "protocol": proof.protocol if proof else None,
        "metrics": proof.metrics if proof else {},
        "baseline": proof.baseline if proof else {},
        "folds": proof.folds if proof else (),
        "proof": proof,
    }
    return {key: _plain(value) for key, value in top.items()}


def proof_json(proof: Proof) -> dict[str, Any]:
    """A backtest alone as one JSON-able object: protocol, folds, metrics, baseline, gate, details."""
    plain: dict[str, Any] = _plain(proof)
    return plain


def _plain(value: Any, digits: int = _DIGITS) -> Any:
    if isinstance(value, Estimate | Fold | Gate | Proof):
        value = {name: getattr(value, name) for name in value.__dataclass_fields__}
    if isinstance(value, Mapping):
        return {str(key): _plain(each, digits) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each, digits) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return _number(value, digits) if isinstance(value, float) else value


def _number(value: float, digits: int) -> float | None:
    return float(f"{value:.{digits}g}") if math.isfinite(value) else None


def card_markdown(card: Card) -> str:
    """The card as a page to read."""
    lines = [
        f"# {card.analysis}: {card.question}",
        "",
        f"As of {card.as_of}, {card.rows:,} {card.population}. Model: {card.chosen} ({card.model_version}).",
        "",
        f"**Gate: {'passed' if card.gate.passed else 'not passed'}.** {card.gate.why}",
        "",
    ]
    if card.proof:
        lines += _proof_lines(card.proof)
    lines += _table(
        "Parameters", ("name", "value"), rows=[(name, _shown(each)) for name, each in card.parameters.items()]
    )
    for title, texts in (("Assumptions", card.assumptions), ("Limits", card.limits)):
        lines += [f"## {title}", "", *(f"- {text}" for text in texts), ""] if texts else []
    return "\n".join(lines).rstrip() + "\n"


def _proof_lines(proof: Proof) -> list[str]:
    names = list(dict.fromkeys([*proof.metrics, *proof.baseline]))
    rows = [(name, _estimate(proof.metrics.get(name)), _estimate(proof.baseline.get(name))) for name in names]
    folds = [
        (
            str(fold.origin),
            str(fold.until),
            f"{fold.customers:,}",
            ", ".join(f"{k} {v:.4g}" for k, v in fold.metrics.items()),
        )
        for fold in proof.folds
    ]
    return [
        proof.protocol,
        "",
        *_table("Backtest", ("metric", "model", "naive baseline"), rows=rows),
        *_table("Folds", ("origin", "until", "customers", "metrics"), rows=folds),
    ]


def _table(title: str, head: tuple[str, ...], *, rows: Sequence[tuple[str, ...]]) -> list[str]:
    body = [f"| {' | '.join(row)} |" for row in rows]
    return [f"## {title}", "", f"| {' | '.join(head)} |", "|---" * len(head) + "|", *body, ""]


def _estimate(figure: Estimate | None) -> str:
    if figure is None:
        return ""
    shown = f"{figure.value:.4g}"
    if figure.low is None or figure.high is None:
        return shown
    return f"{shown} ({figure.low:.4g} to {figure.high:.4g}, {figure.interval} %)"


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.5g}"
    return json.dumps(_plain(value)) if isinstance(value, Mapping | list | tuple) else str(value)
