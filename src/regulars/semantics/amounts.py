"""What is an order line worth in the currency of the report: amounts converted by day, costs assumed where allowed.

An amount without a rate is null, never taken at par: such lines are kept apart and counted in the answer's notes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import ibis
import ibis.expr.types as ir

from regulars.engines.portable import money
from regulars.engines.protocol import Tables
from regulars.semantics.context import Context
from regulars.semantics.then import SALE

__all__ = ["AMOUNTS", "at_home", "rate_spans", "with_amounts"]

# in the order in which they are made
AMOUNTS = ("net", "is_return", "discount", "known_cost", "cost", "margin")
_USED_BY = {"known_cost": ("cost", "margin"), "cost": ("margin",)}
_MONEY = ("net_amount", "list_amount", "discount_amount", "cost_amount", "tax_amount", "freight_amount")
_EVER = date(9999, 12, 31)
_UNIT_COST = f"product{SALE}__unit_cost"


def rate_spans(rates: ir.Table) -> ir.Table:
    """Rates with the days on which they hold: (currency, rate, first, until), `until` excluded.

    Where two sources give a rate for one day, the one known last holds.
    """
    order = [rates.known_from.desc(), rates.batch.desc(), rates.record.desc()]
    numbered = rates.mutate(number=ibis.row_number().over(group_by=["currency", "day"], order_by=order))
    one = numbered.filter(numbered.number == 0)
    following = one.day.lead().over(group_by="currency", order_by=one.day)
    return one.select("currency", "rate", first=one.day, until=ibis.coalesce(following, ibis.literal(_EVER)))


def at_home(lines: ir.Table, rates: ir.Table, *, currency: str) -> ir.Table:
    """Order lines with every amount in the currency of the reports, as all who add amounts up need them.

    Amounts without a rate are null. The columns, their order and the number of rows stay.

    Args:
        lines: the table `order_line`.
        rates: the table `rate`.
        currency: the currency of the reports.
    """
    spans = rate_spans(rates)
    spans = spans.rename({f"rate__{name}": name for name in spans.columns})
    day = lines.business_date
    held = [lines.currency == spans.rate__currency, day >= spans.rate__first, day < spans.rate__until]
    priced = lines.left_join(spans, held).select(*lines.columns, "rate__rate")
    amounts = {name: _converted(priced, priced[name], currency=currency) for name in _MONEY if name in lines.columns}
    return priced.mutate(**amounts, currency=ibis.literal(currency)).select(*lines.columns)


def with_amounts(rows: ir.Table, tables: Tables, *, context: Context, columns: Sequence[str] = AMOUNTS) -> ir.Table:
    """Order lines with amounts in the report's currency; long expressions, so only those that are wanted.

    Args:
        rows: order lines with `day`.
        tables: gives `rate`.
        context: the currency and the default margin; without the latter a line without cost has no margin.
        columns: some of AMOUNTS; `net` is always there.
    """
    spans = rate_spans(tables.table("rate"))
    spans = spans.rename({f"rate__{name}": name for name in spans.columns})
    held = [rows.currency == spans.rate__currency, rows.day >= spans.rate__first, rows.day < spans.rate__until]
    priced = rows.left_join(spans, held).select(*rows.columns, "rate__rate")
    valued = priced.mutate(net=_converted(priced, priced.net_amount, currency=context.currency))
    for name in AMOUNTS[1:]:
        if not {name, *_USED_BY.get(name, ())}.isdisjoint(columns):
            valued = valued.mutate(**{name: _AMOUNT[name](valued, context)})
    return valued


def _converted(rows: ir.Table, amount: ir.NumericValue, *, currency: str) -> ir.DecimalValue:
    at_home = rows.currency.isnull() | (rows.currency == currency)
    return at_home.ifelse(money(amount), money(amount.cast("float64") * rows.rate__rate.cast("float64")))


def _cost(rows: ir.Table, context: Context) -> ir.DecimalValue:
    if context.default_margin is None:
        return rows.known_cost
    assumed = money(rows.net.cast("float64") * (1.0 - context.default_margin))
    return ibis.coalesce(rows.known_cost, assumed)


def _is_return(rows: ir.Table, context: Context) -> ir.BooleanValue:
    return (rows.net_amount < 0) | ibis.coalesce(rows.quantity < 0, False)


def _discount(rows: ir.Table, context: Context) -> ir.DecimalValue:
    given = ibis.coalesce(rows.discount_amount, rows.list_amount - rows.net_amount)
    return _converted(rows, given, currency=context.currency)


def _known_cost(rows: ir.Table, context: Context) -> ir.DecimalValue:
    recorded = _converted(rows, rows.cost_amount, currency=context.currency)
    if _UNIT_COST not in rows.columns:
        return recorded
    # unit costs have no currency of their own: they are in that of the reports
    counted = money(rows[_UNIT_COST].cast("float64") * rows.quantity.cast("float64"))
    return ibis.coalesce(recorded, counted)


def _margin(rows: ir.Table, context: Context) -> ir.DecimalValue:
    return money(rows.net - rows.cost)


_AMOUNT: Mapping[str, Callable[[ir.Table, Context], ir.Value]] = {
    "is_return": _is_return,
    "discount": _discount,
    "known_cost": _known_cost,
    "cost": _cost,
    "margin": _margin,
}
