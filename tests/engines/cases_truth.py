"""Cases of what tells the truth apart: descriptions of then and now, visits, plans, junk, two sources with one number."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import ibis.expr.types as ir

from regulars.contracts.catalog import CONTRACTS
from regulars.project.aside import junk_within
from regulars.semantics.amounts import at_home
from regulars.semantics.apart import ambiguous_ids, told_apart
from regulars.semantics.cells import cells
from regulars.semantics.customers import with_customer
from regulars.semantics.facts import sale_lines
from regulars.semantics.plan import planned
from regulars.semantics.prospects import acquired_through, with_prospect
from regulars.semantics.question import Question, Window
from regulars.semantics.targets import targets, targets_of
from regulars.semantics.then import customer_versions, described_then, version_spans, with_customer_then
from regulars.semantics.visits import visits, with_conversion
from regulars.semantics.worth import group_ends, with_group_ends
from regulars.store.junk import busy, marked, of_customers, without_junk
from tests.engines.cases import Bring, Case
from tests.semantics.company import AS_OF, CONTEXT, SHOP, Company, Row, line
from tests.semantics.test_encounters import VISITS, event, house_rows

_LINE = CONTRACTS["order_line"]


def _mark(contract: str, key: str, *, state: str = "junk", rule: str = "tests") -> Row:
    return {"contract": contract, "source": "shop", "key": key, "rule": rule, "reason": f"{rule} said so", "state": state,
            "at": datetime(2018, 1, 1)}  # fmt: skip


def _truth() -> dict[str, list[Row]]:
    moved: dict[str, Any] = {"customer_id": "a", "city": "Delft", "known_from": datetime(2017, 1, 10)}
    return {
        **SHOP,
        **house_rows(),
        "order_line": [
            *SHOP["order_line"], line("o1", "9", date(2017, 1, 6), net="1.00", product_id="p1", source="web"),
            line("o8", "1", date(2017, 1, 6), net="2.00", product_id="p1", source="web") | {"product_source": "web"},
        ],
        "visit": [*VISITS, event("9", "v6", 3), event("10", "v6", 3)],
        "source_customer": SHOP["source_customer"],
        "customer": [moved, moved | {"city": "Gouda", "known_from": datetime(2017, 2, 8)}],
        "golden_customer": [{"customer_key": "key-a", "city": "Gouda", "city_source": "shop"}],
        "product": [
            *SHOP["product"],
            {"product_id": "p1", "name": "Tea", "unit_cost": Decimal("1.25"), "known_from": datetime(2017, 2, 1)},
        ],
        "prospect": [
            {"prospect_id": "1", "list_id": "L1", "origin": "broker", "acquired_on": date(2017, 1, 1),
             "converted_customer_id": "a", "converted_customer_source": "shop"},
        ],
        "value.groups": [
            {"grouping": "all", "item": "all", "customers": 2, "value": Decimal("112.75"), "low": 90.0, "high": 140.0,
             "as_of": AS_OF},
        ],
        "junk": [
            _mark("order_line", "o1 1"), _mark("order_line", "o2 1"), _mark("order_line", "o1 1", rule="staff"),
            _mark("order_line", "o2 1", state="kept", rule="by hand"), _mark("visit", "1"),
        ],
    }  # fmt: skip


@cache
def _tables(bring: Bring) -> Company:
    return Company(bring, _truth())


def _lines(bring: Bring) -> ir.Table:
    return _tables(bring).table("order_line")


def _spans(bring: Bring) -> ir.Table:
    return version_spans(_tables(bring).versions("product"), ["source", "product_id"], columns=["name", "unit_cost"])


def _then(bring: Bring) -> ir.Table:
    on = {"product_source": "source", "product_id": "product_id"}
    found = described_then(sale_lines(_tables(bring)), _spans(bring), on=on, prefix="product@sale")
    return found.select(
        "order_id", "line_id", "source", "product@sale__name", "product@sale__unit_cost", "product@sale__since"
    )


def _customer_then(bring: Bring) -> ir.Table:
    tables = _tables(bring)
    rows = with_customer_then(with_customer(sale_lines(tables), tables), tables, columns=["city"])
    return rows.select("order_id", "line_id", "source", "customer@sale__city")


def _twice(bring: Bring) -> ir.Table:
    return ambiguous_ids([sale_lines(_tables(bring))], "product_id", home="product_source")


def _apart(bring: Bring) -> ir.Table:
    rows = told_apart(
        sale_lines(_tables(bring)), _twice(bring), column="product_id", home="product_source", name="member_0"
    )
    return rows.select("order_id", "line_id", "source", "member_0")


def _converted(bring: Bring) -> ir.Table:
    tables = _tables(bring)
    return with_conversion(with_customer(visits(tables), tables), tables).select("event_id", "starts", "converted")


def _listed(bring: Bring) -> ir.Table:
    tables = _tables(bring)
    rows = with_prospect(with_customer(sale_lines(tables), tables), tables)
    return rows.select("order_id", "line_id", "source", "prospect__list_id", "prospect__origin")


def _group_ends(bring: Bring) -> ir.Table:
    plan = planned(Question(("customer_value",)), _tables(bring), context=CONTEXT)
    return with_group_ends(cells(plan, ()), plan)


CASES: dict[str, Case] = {
    "regulars.project.aside:junk_within": lambda bring: junk_within(
        _lines(bring), _tables(bring).table("junk"), contract=_LINE, window=Window(date(2017, 1, 1), date(2017, 12, 31))
    ),
    "regulars.semantics.amounts:at_home": lambda bring: at_home(
        _lines(bring), _tables(bring).table("rate"), currency="EUR"
    ),
    "regulars.semantics.apart:ambiguous_ids": _twice,
    "regulars.semantics.apart:told_apart": _apart,
    "regulars.semantics.prospects:acquired_through": lambda bring: acquired_through(
        _tables(bring).table("prospect"), _tables(bring).table("source_customer")
    ),
    "regulars.semantics.prospects:with_prospect": _listed,
    "regulars.semantics.targets:targets": lambda bring: targets(_tables(bring)),
    "regulars.semantics.targets:targets_of": lambda bring: targets_of(
        targets(_tables(bring)), metric="revenue", levels=[("channel", "channel")], scenario=False
    ),
    "regulars.semantics.then:customer_versions": lambda bring: customer_versions(_tables(bring), "city"),
    "regulars.semantics.then:described_then": _then,
    "regulars.semantics.then:version_spans": _spans,
    "regulars.semantics.then:with_customer_then": _customer_then,
    "regulars.semantics.visits:visits": lambda bring: visits(_tables(bring)),
    "regulars.semantics.visits:with_conversion": _converted,
    "regulars.semantics.worth:group_ends": lambda bring: group_ends(_tables(bring).table("value.groups"), "all"),
    "regulars.semantics.worth:with_group_ends": _group_ends,
    "regulars.store.junk:busy": lambda bring: busy(_tables(bring).table("visit"), "visitor_id", per_minute=1),
    "regulars.store.junk:marked": lambda bring: marked(_tables(bring).table("junk"), "order_line"),
    "regulars.store.junk:of_customers": lambda bring: of_customers(
        _lines(bring), _tables(bring).table("customer"), key=_LINE.key
    ),
    "regulars.store.junk:without_junk": lambda bring: without_junk(
        _lines(bring), _tables(bring).table("junk"), contract=_LINE
    ),
}
