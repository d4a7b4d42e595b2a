from __future__ import annotations

import pytest

from regulars.semantics.dimension import DIMENSIONS, reachable
from regulars.semantics.fact import FACTS, attach, reaches
from regulars.semantics.metrics import METRICS
from tests.semantics.company import CONTEXT, SHOP, Company, company

LINKS = {
    "customer": frozenset[str](), "golden": frozenset({"city"}), "cohort": frozenset[str](),
    "segment.rfm": frozenset({"segment"}), "score.value.residual_value": frozenset({"percentile"}),
    "product": frozenset({"brand"}), "store": frozenset({"region"}), "partner": frozenset({"name"}),
    "campaign": frozenset({"name"}), "offer": frozenset({"description"}), "amounts": frozenset({"margin"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def shop() -> Company:
    return company(**SHOP)


@pytest.mark.parametrize("name", FACTS)
def test_no_link_changes_the_number_of_rows(name: str, shop: Company) -> None:
    fact = FACTS[name]
    rows = fact.build(shop)
    assert fact.columns <= set(rows.columns)
    assert {"contract", "source", "batch", "record", "cluster"} <= set(rows.columns)
    links = {link: columns for link, columns in LINKS.items() if reaches(fact, link)}
    linked = attach(rows, fact, links=links, tables=shop, context=CONTEXT)
    assert linked.count().execute() == rows.count().execute() > 0


def test_every_metric_and_dimension_rests_on_a_fact() -> None:
    assert {metric.fact for metric in METRICS.values()} == set(FACTS)
    assert all(any(reachable(each, fact) for fact in FACTS.values()) for each in DIMENSIONS.values())
