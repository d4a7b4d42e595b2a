"""Which metrics are there, each with its definition; the reference page and `show metrics` are made from this list."""

from __future__ import annotations

from collections.abc import Mapping

from ibis import _

from regulars.semantics.encounters import OF_ENCOUNTERS
from regulars.semantics.metric import Measure, Metric, Uncertainty, Unit, distinct_of, sum_of

__all__ = ["METRICS"]

_RATIO, _LEVEL = Measure.RATIO, Measure.SEMI_ADDITIVE
_MONEY, _COUNT, _SHARE = Unit.MONEY, Unit.COUNT, Unit.SHARE


_SALES = "sale_lines"

_OF_SALES = (
    sum_of(
        "revenue",
        "What was sold: the net amount of all order lines, without tax and after discounts; returns are"
        " subtracted, cancelled lines never count, anonymous buyers do.",
        fact=_SALES,
        part=_.net.sum(),
        needs="amounts:net",
    ),
    sum_of(
        "units",
        "Units sold less units returned; a line without a quantity adds none.",
        fact=_SALES,
        part=_.quantity.sum(),
        unit=Unit.QUANTITY,
    ),
    distinct_of(
        "orders",
        "Different orders, an order being one order number of one source.",
        fact=_SALES,
        part=_.order_key.nunique(),
    ),
    sum_of(
        "order_lines", "Order lines, returns included, cancelled ones not.", fact=_SALES, part=_.count(), unit=_COUNT
    ),
    distinct_of(
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
    sum_of(
        "discount",
        "Discounts given: the line's discount amount, or its list amount less its net amount where only that is known.",
        fact=_SALES,
        part=_.discount.sum(),
        needs="amounts:discount",
    ),
    sum_of(
        "product_cost",
        "What the goods sold cost us; a line without a cost takes the product's unit cost at the time of the sale times"
        " its quantity, else revenue less the default margin, and adds none where there is neither.",
        fact=_SALES,
        part=_.cost.sum(),
        needs="amounts:cost product@sale:unit_cost",
    ),
    sum_of(
        "margin",
        "Contribution I: revenue less product cost; lines without a cost take the product's unit cost at the time of the"
        " sale, else the default margin, and are left out where there is neither.",
        fact=_SALES,
        part=_.margin.sum(),
        needs="amounts:margin product@sale:unit_cost",
    ),
    sum_of(
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
    distinct_of(
        "new_customers",
        "Different known customers with an order line on the day of their first order.",
        fact=_SALES,
        part=_.customer_key.nunique(where=_.day == _.cohort__first_day),
        needs="customer cohort",
    ),
    distinct_of(
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
    sum_of(
        "messages",
        "Messages sent, captured ones and our own; held-out customers were sent none.",
        fact="messages",
        part=_.sent.cast("int64").sum(),
        unit=_COUNT,
    ),
    sum_of(
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
    sum_of(
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
        "The customers' residual value as the latest run of `value` expects it, summed; it has no period. The interval is"
        " that of the run, for all customers and for the segments of one segmentation.",
        "customer_values",
        _LEVEL,
        _MONEY,
        _.amount.sum(),
        uncertainty=Uncertainty.MODEL,
    ),
)

METRICS: Mapping[str, Metric] = {
    each.name: each for each in (*_OF_SALES, *_OF_CAMPAIGNS, *_OF_CUSTOMERS, *OF_ENCOUNTERS)
}
