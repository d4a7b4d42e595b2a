"""Which tables of measurements are there, and which dimensions can each of them reach without multiplying its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import ibis.expr.types as ir

from regulars.engines.protocol import Tables
from regulars.semantics import facts
from regulars.semantics.amounts import with_amounts
from regulars.semantics.context import Context
from regulars.semantics.customers import latest_scores, members, with_customer, with_first_order, with_golden
from regulars.semantics.lookup import looked_up, one_row_each
from regulars.semantics.prospects import with_prospect
from regulars.semantics.targets import targets
from regulars.semantics.then import SALE, described_then, version_spans, with_customer_then
from regulars.semantics.visits import visits, with_conversion

__all__ = ["FACTS", "Fact", "Links", "attach", "reaches"]

Attach = Callable[[ir.Table, Tables], ir.Table]
Links = Mapping[str, frozenset[str]]  # link -> the columns wanted of it


@dataclass(frozen=True, slots=True)
class Fact:
    """One table of measurements.

    Attributes:
        name: what metrics call it.
        grain: "one row is ...".
        contracts: the stored tables behind it.
        build: gives the table.
        columns: its own columns that are dimensions or may stand in a condition.
        links: what its rows can be joined with, each many-to-one.
    """

    name: str
    grain: str
    contracts: tuple[str, ...]
    build: Callable[[Tables], ir.Table]
    columns: frozenset[str]
    links: frozenset[str]


def _fact(build: Callable[[Tables], ir.Table], grain: str, *, contracts: str, columns: str, links: str) -> Fact:
    return Fact(
        build.__name__, grain, tuple(contracts.split()), build, frozenset(columns.split()), frozenset(links.split())
    )


_CAMPAIGNING = "day source campaign_id offer_id arm channel"  # a cost has a day, a message has an instant too

FACTS: Mapping[str, Fact] = {
    each.name: each
    for each in (
        _fact(
            facts.sale_lines,
            "one order line that was not cancelled",
            contracts="order_line",
            columns="day at source channel payment_method product_id store_id partner_id campaign_id order_id line_id "
            "agent salesperson_id coupon_id status currency quantity net_amount list_amount discount_amount cost_amount",
            links="customer product store partner campaign amounts",
        ),
        _fact(facts.messages, "one assignment of a customer to a campaign", contracts="message treatment response",
              columns=f"{_CAMPAIGNING} at propensity decision_id", links="keyed campaign offer"),
        _fact(facts.responses, "one response", contracts="response message treatment",
              columns=f"{_CAMPAIGNING} at kind order_id", links="keyed campaign offer"),
        _fact(facts.campaign_costs, "one cost of a campaign", contracts="message treatment campaign cost",
              columns=_CAMPAIGNING, links="keyed campaign offer"),
        _fact(facts.customer_values, "one customer's residual value", contracts="score", columns="", links="keyed"),
        _fact(facts.contacts, "one conversation", contracts="contact",
              columns="day at source channel product_id reason agent direction", links="customer product"),
        _fact(facts.answers, "one survey answer", contracts="survey",
              columns="day at source product_id instrument subject", links="customer product"),
        _fact(visits, "one event of a visitor", contracts="visit",
              columns="day at source channel product_id store_id campaign_id kind zone",
              links="customer product store campaign conversion"),
        _fact(facts.opportunities, "one deal in its last state", contracts="opportunity",
              columns="day source product_id partner_id agent team stage", links="customer product partner"),
        _fact(targets, "one plan figure", contracts="target", columns="day source target_metric scenario", links=""),
    )
}  # fmt: skip


def _describe(rows: ir.Table, tables: Tables, *, name: str, columns: Sequence[str]) -> ir.Table:
    table = one_row_each(tables.table(name), ["source", f"{name}_id"], columns=columns)
    return looked_up(rows, table, on={f"{name}_source": "source", f"{name}_id": f"{name}_id"}, prefix=name)


def _describe_then(rows: ir.Table, tables: Tables, *, name: str, columns: Sequence[str]) -> ir.Table:
    spans = version_spans(tables.versions(name), ["source", f"{name}_id"], columns=columns)
    on = {f"{name}_source": "source", f"{name}_id": f"{name}_id"}
    return described_then(rows, spans, on=on, prefix=f"{name}{SALE}")


def _segment(rows: ir.Table, tables: Tables, *, segmentation: str) -> ir.Table:
    member = members(tables.table("segment"), segmentation)
    return looked_up(rows, member, on={"customer_key": "customer_key"}, prefix=f"segment.{segmentation}")


def _score(rows: ir.Table, tables: Tables, *, name: str, columns: Sequence[str]) -> ir.Table:
    _, analysis, measure = name.split(".", 2)
    score = latest_scores(tables.table("score"), analysis, measure=measure, columns=columns)
    return looked_up(rows, score, on={"customer_key": "subject_id"}, prefix=name)


_STEPS: Mapping[str, Attach] = {
    "customer": with_customer,
    "cohort": with_first_order,
    "prospect": with_prospect,
    "conversion": with_conversion,
}
_FIRST = ("customer", "product@sale", "amounts")  # what others stand on


def _of_customer(link: str) -> bool:
    return link in ("customer", "golden", "cohort", "prospect") or link.startswith(("segment.", "score."))


def reaches(fact: Fact, link: str) -> bool:
    """Whether the fact's rows can be joined with that link many-to-one.

    >>> reaches(FACTS["customer_values"], "cohort"), reaches(FACTS["customer_values"], "product")
    (True, False)
    """
    link, _, then = link.partition("@")
    if then and "day" not in fact.columns:
        return False
    if _of_customer(link):
        return "customer" in fact.links or "keyed" in fact.links
    return link in fact.links


def attach(rows: ir.Table, fact: Fact, *, links: Links, tables: Tables, context: Context) -> ir.Table:
    """The fact's rows with exactly the links asked for, each joined once; as many rows as before.

    Args:
        rows: rows of `fact`.
        fact: says how rows are linked.
        links: link -> the columns that are wanted of it.
        tables: gives the tables to look up in.
        context: the settings.
    """
    wanted = dict(links)
    if any(_of_customer(link.partition("@")[0]) or link == "conversion" for link in links) and "customer" in fact.links:
        wanted.setdefault("customer", frozenset())
    if "keyed" in fact.links:
        wanted.pop("customer", None)
    for link in sorted(wanted, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name)):
        rows = _attach_of(link, sorted(wanted[link]), context=context)(rows, tables)
    return rows


def _attach_of(link: str, columns: Sequence[str], *, context: Context) -> Attach:
    if link in _STEPS:
        return _STEPS[link]
    if link == "amounts":
        return partial(with_amounts, context=context, columns=columns)
    if link.startswith("segment."):
        return partial(_segment, segmentation=link.removeprefix("segment."))
    if link.startswith("score."):
        return partial(_score, name=link, columns=columns)
    name, _, then = link.partition("@")
    if name == "golden":
        return partial(with_customer_then if then else with_golden, columns=columns)
    return partial(_describe_then if then else _describe, name=name, columns=columns)
