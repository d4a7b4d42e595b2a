"""One small case for each builder of the room `decide`, run on every engine by the engine suite."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import ibis.expr.types as ir
import pyarrow as pa

from regulars.decide.customer import Vocabulary, customer_facts
from regulars.decide.policy import decisions, names_needed, policy

Bring = Callable[[pa.Table], ir.Table]

OLD, NEW = date(2026, 5, 31), date(2026, 6, 30)
WORDS = Vocabulary(
    {"value": ("residual_value", "p_alive"), "churn": ("probability",)}, segmentations=["rfm"], rules=["leaving"]
)
CARE = policy(
    "care",
    {
        "invest": "value.percentile >= 80 and not leaving",
        "rescue": "leaving or city = 'Delft'",
        "leave": "value.high < 5",
        "average": "otherwise",
    },
)
CUSTOMERS = pa.table(
    {
        "customer_key": ["c1", "c2", "c3", "c4"],
        "city": ["Delft", "Essen", None, "Essen"],
        "birth_date": pa.array([date(1980, 2, 29), None, None, None], pa.date32()),
        "attr_card": ["gold", None, "blue", None],
    }
)


def score_row(customer: str, measure: str, value: float, **changes: object) -> dict[str, object]:
    """A score of the analysis value on the new date."""
    row = {"subject": "customer", "subject_id": customer, "analysis": "value", "measure": measure, "value": value}
    return row | {"low": value / 2, "high": value * 2, "percentile": 50.0, "as_of": NEW} | changes


SCORE_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("subject", "subject_id", "item", "analysis", "measure")]
    + [(name, pa.float64()) for name in ("value", "low", "high", "percentile")]
    + [("as_of", pa.date32())]
)
SCORES = [
    score_row("c1", "residual_value", 120.125, percentile=95.0),
    score_row("c1", "residual_value", 999.0, as_of=OLD),
    score_row("c1", "p_alive", 0.9),
    score_row("c2", "residual_value", 2.0, percentile=10.0),
    score_row("c2", "probability", 0.8, analysis="churn", as_of=OLD),
    score_row("c3", "residual_value", 70.0, percentile=85.0),
    score_row("c4", "residual_value", 500.0, as_of=OLD),
    score_row("c4", "residual_value", 7.0, item="offer-1"),
    score_row("c4", "residual_value", 7.0, subject="prospect"),
]
SEGMENTS = pa.table(
    {
        "customer_key": ["c1", "c2", "c3", "c1"],
        "segmentation": ["rfm", "rfm", "leaving", "rfm"],
        "segment": ["champion", "lost", "in", "new"],
        "as_of": pa.array([NEW, NEW, OLD, OLD], pa.date32()),
    }
)
NAMES = ("value", "value.high", "value.p_alive", "churn.probability", "segment.rfm", "leaving", "city", "card")


def facts(bring: Bring, names: tuple[str, ...] | set[str] = NAMES) -> ir.Table:
    """The customers above with the names asked for."""
    score = bring(pa.Table.from_pylist(SCORES, SCORE_SCHEMA))
    return customer_facts(bring(CUSTOMERS), score, segment=bring(SEGMENTS), names=names, words=WORDS)


def decided(bring: Bring) -> ir.Table:
    """The policy `care` over them."""
    return decisions(facts(bring, names_needed(CARE, WORDS)), CARE, as_of=NEW, model_version="value-7")


CASES: dict[str, Callable[[Bring], ir.Table]] = {
    "regulars.decide.customer:customer_facts": facts,
    "regulars.decide.policy:decisions": decided,
}
