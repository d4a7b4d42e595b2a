"""One small case for each builder of the cube, run on every engine by the engine suite."""

from __future__ import annotations

from datetime import date
from functools import cache

import ibis.expr.types as ir
import pyarrow as pa

from regulars.semantics.amounts import rate_spans, with_amounts
from regulars.semantics.cells import cells, leaders, overlaid
from regulars.semantics.cube import rows_behind, rows_for, top_rows, totals_for
from regulars.semantics.customers import (
    first_orders,
    keys_of_customers,
    latest_scores,
    members,
    with_customer,
    with_first_order,
    with_golden,
)
from regulars.semantics.fact import FACTS, attach
from regulars.semantics.facts import (
    answers,
    campaign_costs,
    contacts,
    customer_values,
    messages,
    opportunities,
    responses,
    sale_lines,
)
from regulars.semantics.interval import variances
from regulars.semantics.lookup import looked_up, one_row_each
from regulars.semantics.plan import Plan, placed, planned
from regulars.semantics.question import Question
from tests.engines.cases import Bring, Case
from tests.semantics.company import CONTEXT, SHOP, Company


@cache  # each engine stages the tables once for all cases
def _shop(bring: Bring) -> Company:
    return Company(bring, SHOP)


def _plan(bring: Bring, question: Question) -> Plan:
    return planned(question, _shop(bring), context=CONTEXT)


def _overlaid(bring: Bring) -> ir.Table:
    left = bring(pa.table({"key": ["a", None], "revenue": [1.5, 2.5]}))
    right = bring(pa.table({"key": pa.array([None, "b"], pa.string()), "messages": [3, 4]}))
    return overlaid([left, right], ["key"])


def _variances(bring: Bring) -> ir.Table:
    plan = planned(Question(("average_order_value", "repeat_rate"), by=("channel",)), _shop(bring), context=CONTEXT)
    return variances(placed(plan, "sale_lines"), plan.members, metrics=plan.metrics)


def _placed(bring: Bring) -> ir.Table:
    asked = Question(
        ("revenue",), by=("month", "weekday", "city"), start=date(2017, 2, 1), end=date(2017, 3, 31),
        compare="previous", where="value.percentile >= 20 or brand = 'Own' or rfm is null",
    )  # fmt: skip
    rows = placed(planned(asked, _shop(bring), context=CONTEXT), "sale_lines", then=True)
    return rows.select("order_id", "line_id", "net", *(name for name in rows.columns if name.startswith("member_")))


def _attached(bring: Bring) -> ir.Table:
    shop, links = _shop(bring), {"product": frozenset({"brand"}), "segment.rfm": frozenset({"segment"})}
    rows = attach(sale_lines(shop), FACTS["sale_lines"], links=links, tables=shop, context=CONTEXT)
    return rows.select("order_id", "line_id", "product__brand", "segment.rfm__segment", "customer_group")


def _looked_up(bring: Bring) -> ir.Table:
    shop = _shop(bring)
    product = one_row_each(shop.table("product"), ["product_id"], columns=["name"])
    return looked_up(sale_lines(shop), product, on={"product_id": "product_id"}, prefix="product")


_RATES = Question(("average_order_value", "messages"), by=("channel",), last="1y", compare="last-year")
_TOTALS = Question(
    ("return_rate", "margin", "discount", "new_customers", "csat", "ces", "complaints", "pipeline_amount")
)
_TOP = Question(("revenue", "buyers"), by=("city", "rfm"), top=1)
_SERVICE = Question(("nps", "win_rate", "contacts"), by=("week", "quarter"))

CASES: dict[str, Case] = {
    "regulars.semantics.amounts:rate_spans": lambda bring: rate_spans(_shop(bring).table("rate")),
    "regulars.semantics.amounts:with_amounts": lambda bring: with_amounts(
        sale_lines(_shop(bring)), _shop(bring), context=CONTEXT
    ),
    "regulars.semantics.cells:cells": lambda bring: cells(_plan(bring, _SERVICE), ["member_0", "member_1"]),
    "regulars.semantics.cells:leaders": lambda bring: leaders(_plan(bring, _TOP)),
    "regulars.semantics.cells:overlaid": _overlaid,
    "regulars.semantics.cube:rows_behind": lambda bring: rows_behind(_plan(bring, _RATES), {"channel": "web"}),
    "regulars.semantics.cube:rows_for": lambda bring: rows_for(_plan(bring, _RATES)),
    "regulars.semantics.cube:top_rows": lambda bring: top_rows(_plan(bring, _TOP)),
    "regulars.semantics.cube:totals_for": lambda bring: totals_for(_plan(bring, _TOTALS)),
    "regulars.semantics.customers:first_orders": lambda bring: first_orders(
        _shop(bring).table("order_line"), _shop(bring).table("source_customer")
    ),
    "regulars.semantics.customers:keys_of_customers": lambda bring: keys_of_customers(
        _shop(bring).table("source_customer")
    ),
    "regulars.semantics.customers:latest_scores": lambda bring: latest_scores(
        _shop(bring).table("score"), "value", measure="residual_value"
    ),
    "regulars.semantics.customers:members": lambda bring: members(_shop(bring).table("segment"), "rfm"),
    "regulars.semantics.customers:with_customer": lambda bring: with_customer(sale_lines(_shop(bring)), _shop(bring)),
    "regulars.semantics.customers:with_first_order": lambda bring: with_first_order(
        messages(_shop(bring)), _shop(bring)
    ),
    "regulars.semantics.customers:with_golden": lambda bring: with_golden(
        messages(_shop(bring)), _shop(bring), columns=["city", "birth_date"]
    ),
    "regulars.semantics.fact:attach": _attached,
    "regulars.semantics.facts:answers": lambda bring: answers(_shop(bring)),
    "regulars.semantics.facts:campaign_costs": lambda bring: campaign_costs(_shop(bring)),
    "regulars.semantics.facts:contacts": lambda bring: contacts(_shop(bring)),
    "regulars.semantics.facts:customer_values": lambda bring: customer_values(_shop(bring)),
    "regulars.semantics.facts:messages": lambda bring: messages(_shop(bring)),
    "regulars.semantics.facts:opportunities": lambda bring: opportunities(_shop(bring)),
    "regulars.semantics.facts:responses": lambda bring: responses(_shop(bring)),
    "regulars.semantics.facts:sale_lines": lambda bring: sale_lines(_shop(bring)),
    "regulars.semantics.interval:variances": _variances,
    "regulars.semantics.lookup:looked_up": _looked_up,
    "regulars.semantics.lookup:one_row_each": lambda bring: one_row_each(
        _shop(bring).table("product"), ["source", "product_id"]
    ),
    "regulars.semantics.plan:placed": _placed,
}
