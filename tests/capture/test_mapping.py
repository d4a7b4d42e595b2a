"""Config sections: every wrong key, name and form is refused with the valid ones."""

from __future__ import annotations

from typing import Any

import pytest

from regulars.capture.dialect import Dialect, dialect_from_config
from regulars.capture.job import ParseJob
from regulars.capture.mapping import ColumnSpec, TableMapping, mapping_from_config
from regulars.kernel.errors import ConfigError

GOOD: dict[str, Any] = {"contract": "store", "from": "s.csv", "columns": {"store_id": "nr"}}


@pytest.mark.parametrize(
    ("change", "guess"),
    [
        ({"contract": "stor"}, "store"),
        ({"column": {}}, "columns"),
        ({"columns": {"store_idd": "nr"}}, "store_id"),
        ({"columns": {"store_id": {"expression": "a"}}}, "expr"),
        ({"constants": {"nam": "x"}}, "name"),
        ({"load": "upsrt"}, "upsert"),
        ({"contract": "order_line", "refs": {"customer": "crm"}, "columns": {}}, "customer_id"),
        ({"join": [{"form": "x", "on": "a"}]}, "from"),
    ],
)
def test_a_typo_is_refused_with_the_nearest(change: dict[str, Any], guess: str) -> None:
    with pytest.raises(ConfigError) as error:
        mapping_from_config("tills", GOOD | change)
    assert error.value.guess == guess
    assert guess in error.value.allowed


@pytest.mark.parametrize(
    "change",
    [
        {"from": None},
        {"from": 5},
        {"columns": "nr"},
        {"columns": {"store_id": 5}},
        {"columns": {"store_id": {"from": "a", "expr": "b"}}},
        {"join": {"from": "x"}},
        {"attributes": [1]},
        {"contract": "order_line", "columns": {"net_amount": "n"}, "tax": "included"},
        {"columns": {"store_id": {"expr": "a +"}}},
        {"where": "a ="},
    ],
)
def test_a_wrong_form_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        mapping_from_config("tills", GOOD | change)


def test_a_job_survives_the_wire() -> None:
    mapping = mapping_from_config("tills", GOOD | {"join": [{"from": "x", "on": ["a", "b"]}], "attributes": ["q"]})
    job = ParseJob("a", "a.csv", Dialect(nulls=("", "-")), mapping, "out")
    assert ParseJob.from_json(job.to_json()) == job
    assert mapping.columns == {"store_id": ColumnSpec(from_="nr")}
    assert TableMapping.from_json(mapping.to_json()) == mapping


@pytest.mark.parametrize(
    "section",
    [
        {"encoding": "utf-99"},
        {"decimal": ";"},
        {"decimal": ",", "thousands": ","},
        {"delimiter": ";;"},
        {"dates": "dayfirst"},
        {"timezone": "Europe/Berln"},
        {"nulls": "-"},
    ],
)
def test_a_wrong_dialect_is_refused(section: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        dialect_from_config("tills", section)
