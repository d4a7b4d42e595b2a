"""Every table by its name: those that sources feed, those that Regulars writes, in the order of the reference page."""

from __future__ import annotations

from regulars.contracts import article, marketing, matching, outside, party, sale, service, written
from regulars.contracts.model import Contract
from regulars.contracts.results import RESULTS
from regulars.kernel.errors import UnknownNameError

__all__ = ["CONTRACTS", "contract"]

CONTRACTS: dict[str, Contract] = {
    each.name: each
    for each in (
        party.CUSTOMER,
        article.PRODUCT,
        article.STORE,
        party.PARTNER,
        sale.ORDER_LINE,
        sale.PAYMENT,
        sale.SUBSCRIPTION,
        sale.USAGE,
        service.VISIT,
        service.CONTACT,
        service.CASE,
        service.SURVEY,
        marketing.CAMPAIGN,
        marketing.OFFER,
        marketing.MESSAGE,
        marketing.RESPONSE,
        sale.OPPORTUNITY,
        party.PROSPECT,
        marketing.COST,
        party.CONSENT,
        party.IDENTITY_LINK,
        article.PROMOTION,
        article.STOCK,
        outside.MARKET,
        outside.TARGET,
        outside.CALENDAR,
        outside.RATE,
        written.GOLDEN_CUSTOMER,
        written.SOURCE_CUSTOMER,
        written.QUARANTINE,
        written.SCORE,
        written.SEGMENT,
        written.DECISION,
        written.TREATMENT,
        written.FORECAST,
        written.RUN,
        written.BATCH,
        written.VALUE_CHANGE,
        written.CARD,
        written.ERASURE,
        matching.MATCH_RECORD,
        matching.MATCH_PAIR,
        matching.MATCH_MODEL,
        matching.MATCH_DECISION,
        written.JUNK,
        written.QUALITY,
    )
}


def contract(name: str) -> Contract:
    """The contract or result table of that name.

    Raises:
        UnknownNameError: there is none; names the nearest and all valid ones.

    >>> contract("order_line").key
    ('order_id', 'line_id')
    >>> contract("affinity.pairs").captured
    False
    """
    known = CONTRACTS | RESULTS
    if name not in known:
        raise UnknownNameError("table", name, known)
    return known[name]
