"""Which metrics are there, each with its definition; the reference page and `show metrics` are made from this list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ibis import _

from regulars.semantics.metric import Measure, Metric, Uncertainty, Unit

__all__ = ["METRICS"]

_ADDITIVE, _DISTINCT, _RATIO, _LEVEL = Measure.ADDITIVE, Measure.DISTINCT, Measure.RATIO, Measure.SEMI_ADDITIVE
_MONEY, _COUNT, _SHARE, _POINTS = Unit.MONEY, Unit.COUNT, Unit.SHARE, Unit.POINTS


def _sum(name: str, says: str, *, fact: str, part: Any, unit: Unit = _MONEY, needs: str = "") -> Metric:
    return Metric(name, says, fact, _ADDITIVE, unit, part, needs=frozenset(needs.split()))


def _distinct(name: str, says: str, *, fact: str, part: Any, needs: str = "") -> Metric:
    return Metric(name, says, fact, _DISTINCT, _COUNT, part, needs=frozenset(needs.split()))


_SALES = "sale_lines"

_OF_SALES = (
    _sum(
        "revenue",
        "What was sold: the net amount of all order lines, without tax and after discounts; returns are"
        " subtracted, cancelled lines never count, anonymous buyers do.",
        fact=_SALES,
        part=_.net.sum(),
        needs="amounts:net",
    ),
    _sum(
        "units",
        "Units sold less units returned; a line without a quantity adds none.",
        fact=_SALES,
        part=_.quantity.sum(),
        unit=Unit.QUANTITY,
    ),
    _distinct(
        "orders",
        "Different orders, an order being one order number of one source.",
        fact=_SALES,
        part=_.order_key.nunique(),
    ),
    _sum("order_lines", "Order lines, returns included, cancelled ones not.", fact=_SALES, part=_.count(), unit=_COUNT),
    _distinct(
        "buyers",
        "Different known customers with an order line; anonymous buyers are in the revenue and not in here.",
        fact=_SALES,
        part=_.customer_key.nunique(),
        needs="customer",
    ),
    Metric(
        "average_order_value",
        "Revenue / orders.",
        _SALES,
        _RATIO,
        _MONEY,
        _.net.sum(),
        _.order_key.nunique(where=_.net.notnull()),
        uncertainty=Uncertainty.SAMPLING,
        needs=frozenset({"customer", "amounts:net"}),
    ),
    _sum(
        "discount",
        "Discounts given: the line's discount amount, or its list amount less its net amount where only that is known.",
        fact=_SALES,
        part=_.discount.sum(),
        needs="amounts:discount",
    ),
    _sum(
        "product_cost",
        "What the goods sold cost us; a line without a cost takes revenue less the default margin, and"
        " adds none where there is no default margin.",
        fact=_SALES,
        part=_.cost.sum(),
        needs="amounts:cost",
    ),
    _sum(
        "margin",
        "Contribution I: revenue less product cost; lines without a cost take the default margin, and are"
        " left out where there is none.",
        fact=_SALES,
        part=_.margin.sum(),
        needs="amounts:margin",
    ),
    _sum(
        "returns",
        "The amount of return lines (negative amount or quantity), as a positive number.",
        fact=_SALES,
        part=_.is_return.ifelse(_.net.abs(), 0).sum(),
        needs="amounts:is_return",
    ),
    Metric(
        "return_rate",
        "Returns / what was sold before returns.",
        _SALES,
        _RATIO,
        _SHARE,
        _.is_return.ifelse(_.net.abs(), 0).sum(),
        _.is_return.ifelse(0, _.net).sum(),
        n=_.count(where=~_.is_return),
        uncertainty=Uncertainty.SAMPLING,
        needs=frozenset({"customer", "amounts:is_return"}),
        bounds=(0.0, None),
    ),
    _distinct(
        "new_customers",
        "Different known customers with an order line on the day of their first order.",
        fact=_SALES,
        part=_.customer_key.nunique(where=_.day == _.cohort__first_day),
        needs="customer cohort",
    ),
    _distinct(
        "active_customers",
        "Different known customers who bought, and did not only return, in the period.",
        fact=_SALES,
        part=_.customer_key.nunique(where=(_.net > 0) | (_.net.isnull() & (_.quantity > 0))),
        needs="customer amounts:net",
    ),
    Metric(
        "repeat_rate",
        "Buyers with an order line on a later day than their first order / buyers.",
        _SALES,
        _RATIO,
        _SHARE,
        _.customer_key.nunique(where=_.day > _.cohort__first_day),
        _.customer_key.nunique(),
        uncertainty=Uncertainty.SAMPLING,
        needs=frozenset({"customer", "cohort"}),
        bounds=(0.0, 1.0),
    ),
)

_OF_CAMPAIGNS = (
    _sum(
        "messages",
        "Messages sent, captured ones and our own; held-out customers were sent none.",
        fact="messages",
        part=_.sent.cast("int64").sum(),
        unit=_COUNT,
    ),
    _sum(
        "responses",
        "Responses: reactions other than delivered, open, bounce, unsubscribe and spam.",
        fact="responses",
        part=_.count(),
        unit=_COUNT,
    ),
    Metric(
        "response_rate",
        "Messages sent that were answered by a response after the assignment / messages sent.",
        "messages",
        _RATIO,
        _SHARE,
        (_.sent & _.answered).cast("int64").sum(),
        _.sent.cast("int64").sum(),
        uncertainty=Uncertainty.SAMPLING,
        bounds=(0.0, 1.0),
    ),
    _sum(
        "campaign_cost",
        "What campaigns cost: the cost of each message sent (else the campaign's cost per contact),"
        " fixed costs on the campaign's first day, and other costs that name a campaign.",
        fact="campaign_costs",
        part=_.amount.sum(),
    ),
)

_OF_CUSTOMERS = (
    Metric(
        "customer_value",
        "The customers' residual value as the latest run of `value` expects it, summed; it has no period.",
        "customer_values",
        _LEVEL,
        _MONEY,
        _.amount.sum(),
        uncertainty=Uncertainty.MODEL,
    ),
    _sum(
        "contacts",
        "Conversations: calls, mails, chats, visits; pooled rows count as many as they stand for.",
        fact="contacts",
        part=_.pooled.sum(),
        unit=_COUNT,
    ),
    _sum(
        "complaints",
        "Conversations that were complaints.",
        fact="contacts",
        part=(_.complaint.notnull() & _.complaint).ifelse(_.pooled, 0).sum(),
        unit=_COUNT,
    ),
    Metric(
        "nps",
        "Share of answers 9-10 less share of answers 0-6 to the recommend question, in points.",
        "answers",
        _RATIO,
        _POINTS,
        ((_.instrument == "nps") & (_.score >= 9)).cast("int64").sum()
        - ((_.instrument == "nps") & (_.score <= 6)).cast("int64").sum(),
        (_.instrument == "nps").cast("int64").sum(),
        uncertainty=Uncertainty.SAMPLING,
        needs=frozenset({"customer"}),
        scale=100.0,
        bounds=(-100.0, 100.0),
    ),
    Metric(
        "csat",
        "Share of the top two answers on the scale (1 to 5 where the source names none) to the satisfaction question.",
        "answers",
        _RATIO,
        _SHARE,
        ((_.instrument == "csat") & (_.score >= _.top - 1)).cast("int64").sum(),
        (_.instrument == "csat").cast("int64").sum(),
        uncertainty=Uncertainty.SAMPLING,
        needs=frozenset({"customer"}),
        bounds=(0.0, 1.0),
    ),
    Metric(
        "ces",
        "Mean answer to the effort question, on its own scale.",
        "answers",
        _RATIO,
        _POINTS,
        (_.instrument == "ces").ifelse(_.score, 0.0).sum(),
        (_.instrument == "ces").cast("int64").sum(),
        uncertainty=Uncertainty.SAMPLING,
        needs=frozenset({"customer"}),
    ),
    _distinct(
        "visitors", "Different visitors, as each source numbers them.", fact="visits", part=_.visitor_key.nunique()
    ),
    Metric(
        "win_rate",
        "Deals won / deals won or lost, by the day they closed.",
        "opportunities",
        _RATIO,
        _SHARE,
        (_.won & _.won.notnull()).cast("int64").sum(),
        _.won.notnull().cast("int64").sum(),
        uncertainty=Uncertainty.SAMPLING,
        needs=frozenset({"customer"}),
        bounds=(0.0, 1.0),
    ),
    _sum(
        "pipeline_amount",
        "Expected amount of the deals that are open, by the day they were opened.",
        fact="opportunities",
        part=(_.won.isnull() & _.closed_on.isnull()).ifelse(_.amount, 0).sum(),
    ),
)

METRICS: Mapping[str, Metric] = {each.name: each for each in (*_OF_SALES, *_OF_CAMPAIGNS, *_OF_CUSTOMERS)}
