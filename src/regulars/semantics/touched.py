"""Which figures does a wrong column touch? From a contract and the columns at fault to metrics and dimensions.

A metric that names no columns of its own reads its tables whole. A fault in a whole table touches every metric over it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from regulars.contracts.catalog import CONTRACTS
from regulars.contracts.party import CUSTOMER_ATTRIBUTES
from regulars.semantics.dimension import DIMENSIONS, Dimension
from regulars.semantics.fact import FACTS
from regulars.semantics.metric import Metric
from regulars.semantics.metrics import METRICS

__all__ = ["READS", "touched"]

_SOLD = "net_amount currency status"
READS: Mapping[str, frozenset[str]] = {
    name: frozenset(columns.split())
    for name, columns in {
        "revenue": _SOLD,
        "units": "quantity status",
        "orders": "order_id status",
        "order_lines": "order_id line_id status",
        "buyers": "customer_id status",
        "average_order_value": f"{_SOLD} order_id customer_id",
        "discount": f"{_SOLD} discount_amount list_amount",
        "product_cost": f"{_SOLD} cost_amount quantity product_id",
        "margin": f"{_SOLD} cost_amount quantity product_id",
        "returns": f"{_SOLD} quantity",
        "return_rate": f"{_SOLD} quantity",
        "new_customers": f"{_SOLD} quantity customer_id",
        "active_customers": f"{_SOLD} quantity customer_id",
        "repeat_rate": f"{_SOLD} quantity customer_id",
        "contacts": "contact_id count",
        "complaints": "contact_id count complaint",
        "complaint_rate": "contact_id count complaint",
        "first_contact_resolution": "contact_id case_id count resolved direction",
        "handle_time": "talk_seconds hold_seconds after_seconds abandoned count",
        "nps": "instrument score",
        "csat": "instrument score scale_max",
        "ces": "instrument score",
        "visitors": "visitor_id",
        "visits": "visitor_id",
        "conversion_rate": "visitor_id customer_id kind",
        "win_rate": "won closed_on",
        "pipeline_amount": "won closed_on amount",
        "sales_velocity": "won closed_on opened_on amount",
    }.items()
}
"""Metric -> the columns of its fact's tables that it reads, beside the time; a metric that is not here reads all."""


def touched(contract: str, columns: Collection[str] = ()) -> tuple[list[str], list[str]]:
    """Metrics and dimensions that a fault touches.

    Args:
        contract: the table at fault.
        columns: its columns at fault; none = the whole table.

    >>> touched("order_line", ["payment_method"])
    ([], ['payment_method'])
    >>> "margin" in touched("product", ["unit_cost"])[0], touched("store", ["region"])[1]
    (True, ['region'])
    """
    wrong = frozenset(columns)
    metrics = [each.name for each in METRICS.values() if _rests_on(each, contract, wrong=wrong)]
    return metrics, [*(each.name for each in DIMENSIONS.values() if _split_by(each, contract, wrong=wrong)),
                     *_attributes(contract, wrong)]  # fmt: skip


def _rests_on(metric: Metric, contract: str, *, wrong: frozenset[str]) -> bool:
    described = {need.partition(":")[2] for need in metric.needs if need.partition("@")[0] == contract}
    if described and (not wrong or wrong & described):
        return True
    if contract not in FACTS[metric.fact].contracts:
        return False
    reads = READS.get(metric.name, frozenset())
    time = CONTRACTS[contract].time
    return not wrong or not reads or bool(wrong & reads) or time in wrong


def _split_by(dimension: Dimension, contract: str, *, wrong: frozenset[str]) -> bool:
    column = dimension.column.rpartition("__")[2]
    if dimension.link == contract and (not wrong or column in wrong):
        return True
    if not any(contract in fact.contracts for fact in FACTS.values()):
        return False
    reference = f"{dimension.link}_id" if dimension.link else _OWN.get(dimension.name, column)
    return reference in wrong or (dimension.name == "cohort" and "customer_id" in wrong)


_OWN = {"agent": "salesperson_id", "customer": "customer_id"}


def _attributes(contract: str, wrong: frozenset[str]) -> list[str]:
    names = [each.name for each in CUSTOMER_ATTRIBUTES] if contract == "customer" else []
    return [name for name in names if not wrong or name in wrong]
