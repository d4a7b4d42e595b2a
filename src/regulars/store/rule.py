"""What must agree inside one row: signs, ends that follow beginnings, shares that are shares. Data, by contract."""

from __future__ import annotations

from dataclasses import dataclass

import ibis.expr.types as ir

__all__ = ["RULES", "Rule"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: `kind` is one_sign, not_negative, in_order or share; it is tested where all its columns have a value."""

    kind: str
    columns: tuple[str, ...]

    @property
    def says(self) -> str:
        """The rule in words.

        >>> Rule("in_order", ("starts_on", "ends_on")).says
        'ends_on is not before starts_on'
        """
        return _SAYS[self.kind].format(*self.columns)

    def tested(self, rows: ir.Table) -> ir.BooleanValue:
        """Whether the rule can be tested in a row."""
        found = rows[self.columns[0]].notnull()
        for name in self.columns[1:]:
            found &= rows[name].notnull()
        return found

    def broken(self, rows: ir.Table) -> ir.BooleanValue:
        """Whether a row breaks the rule; null where it cannot be tested."""
        first, last = rows[self.columns[0]], rows[self.columns[-1]]
        return _broken(self.kind, first=first, last=last)


def _broken(kind: str, *, first: ir.Value, last: ir.Value) -> ir.BooleanValue:
    if kind == "one_sign":
        return ((first > 0) & (last < 0)) | ((first < 0) & (last > 0))
    if kind == "not_negative":
        return first < 0
    if kind == "share":
        return (first < 0) | (first > 1)
    return first > last


_SAYS = {
    "one_sign": "{0} and {1} have the same sign",
    "not_negative": "{0} is not negative",
    "share": "{0} is between 0 and 1",
    "in_order": "{1} is not before {0}",
}


def _rules(kind: str, listed: str) -> tuple[Rule, ...]:
    return tuple(Rule(kind, tuple(each.split("/"))) for each in listed.split())


RULES: dict[str, tuple[Rule, ...]] = {
    "customer": _rules("in_order", "created_at/updated_at created_at/deleted_at"),
    "product": _rules("not_negative", "unit_cost list_price") + _rules("in_order", "launched_on/ended_on"),
    "order_line": (
        *_rules("one_sign", "net_amount/quantity"),
        *_rules("not_negative", "discount_amount freight_amount"),
        *_rules("in_order", "ordered_at/delivered_at"),
    ),
    "subscription": _rules("not_negative", "monthly_fee") + _rules("in_order", "started_on/ended_on"),
    "visit": _rules("not_negative", "duration_seconds results"),
    "contact": _rules("in_order", "started_at/ended_at") + _rules("not_negative", "wait_seconds talk_seconds count"),
    "case": _rules("in_order", "opened_at/resolved_at opened_at/closed_at"),
    "survey": _rules("in_order", "scale_min/scale_max scale_min/score score/scale_max"),
    "campaign": _rules("in_order", "starts_on/ends_on") + _rules("not_negative", "fixed_cost cost_per_contact"),
    "offer": _rules("share", "discount_share") + _rules("not_negative", "unit_cost"),
    "message": _rules("share", "propensity") + _rules("in_order", "assigned_at/sent_at"),
    "opportunity": _rules("in_order", "opened_on/closed_on"),
    "prospect": _rules("not_negative", "cost_amount"),
    "consent": _rules("in_order", "at/expires_at"),
    "promotion": _rules("in_order", "starts_on/ends_on") + _rules("share", "discount_share"),
    "stock": _rules("not_negative", "level"),
    "market": _rules("share", "awareness preference"),
    "target": _rules("in_order", "period_start/period_end"),
    "rate": _rules("not_negative", "rate"),
}
