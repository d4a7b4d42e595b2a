"""The room through a lab: its tables, its card, and the sentence and figures made of the card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from regulars.analyses.segments.model import ROOM, days_of
from regulars.analyses.segments.report import figures, headline
from regulars.kernel.errors import ConfigError
from regulars.learning.card import card_json
from tests.engines import cases_segments
from tests.engines.cases_features import LINE_SCHEMA, LINK_SCHEMA


class _Lab:
    as_of = cases_segments.AS_OF
    currency = "EUR"
    default_margin = 0.25
    seed = 1

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings
        self._con = ibis.duckdb.connect()

    def at(self, day: date) -> _Lab:
        raise AssertionError("both dates are computed from what is known now")

    def table(self, name: str) -> ir.Table:
        links = [
            {"source": "shop", "customer_id": who, "customer_key": who, "until": None} for who in cases_segments.BOUGHT
        ]
        made = {
            "order_line": pa.Table.from_pylist(cases_segments._rows(), LINE_SCHEMA),
            "source_customer": pa.Table.from_pylist(links, LINK_SCHEMA),
        }
        return ibis.memtable(made[name])

    def keep(self, rows: ir.Table) -> ir.Table:
        return rows

    def arrow(self, rows: ir.Table) -> pa.Table:
        return self._con.to_pyarrow(rows)


def test_the_room_gives_its_tables_and_a_card_that_is_json() -> None:
    lab = _Lab({"migration": "13w", "valuable": {"where": "monetary > 10"}})
    result = ROOM.score(lab, ROOM.backtest(lab))
    assert set(result.tables) == {"segment", "segments.rfm", "segments.migration"}
    assert lab.arrow(result.tables["segment"]).column_names == ["customer_key", "segmentation", "segment", "as_of"]
    assert result.card.rows == len(cases_segments.BOUGHT)
    assert result.card.gate.passed and result.card.proof is None
    assert result.card.parameters["migration_days"] == 91
    assert json.loads(json.dumps(card_json(result.card)))["extra"]["earlier"] == "2026-03-31"


def test_figures_add_up() -> None:
    card = ROOM.score(_Lab({}), None).card
    assert headline(card).startswith("1 of 8 customers (12%) are champions and gave ")
    drawn = figures(card)
    for figure in drawn[:3]:
        assert sum(row[1] for row in figure["rows"]) == 8
        assert sum(row[2] for row in figure["rows"]) == pytest.approx(1)
        assert sum(row[3] for row in figure["rows"]) == pytest.approx(1)
    assert sum(sum(row[1:]) for row in drawn[3]["rows"]) == 8


@pytest.mark.parametrize("span", ["", "91", "d", "0d", "-3d", "1.5d", "91 days"])
def test_a_wrong_span_says_its_setting(span: str) -> None:
    with pytest.raises(ConfigError, match=r"segments\.window"):
        days_of(span, setting="window")
