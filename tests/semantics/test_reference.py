from __future__ import annotations

from regulars.semantics.dimension import DIMENSIONS
from regulars.semantics.metrics import METRICS
from regulars.semantics.reference import reference


def test_every_metric_and_dimension_is_on_the_page() -> None:
    page = reference()
    for name in (*METRICS, *DIMENSIONS):
        assert f"\n| {name} | " in page
    assert (
        "| campaign_name | The campaign, by its name. |  | sale_lines, messages, responses, campaign_costs, visits, targets |"
        in page
    )
