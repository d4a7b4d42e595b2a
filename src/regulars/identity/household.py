"""Who lives together, and who buys for the same house? Levels above the customer, for the cube.

A household is the one that the records name; else the customers who share a family name, a postcode and a house number.
An account is the one that the records name; else the customers who share a company's name and a postcode. Companies are
in no household.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from regulars.engines.portable import hash_text

__all__ = ["with_levels"]


def with_levels(golden: ir.Table) -> ir.Table:
    """The golden customers with household_key and account_key, null where nothing says which.

    Args:
        golden: what `golden_customer` gives; attributes that it lacks count as null.
    """
    there = {name: _text(golden, name) for name in _READ}
    company = there["company"]
    person = (there["kind"].coalesce("person") != "company") & (company.isnull() | there["family_name"].notnull())
    named = _of_source(there["household_id"], there["household_id_source"])
    home = _joined(_plain(there["family_name"]), _plain(there["postcode"]), _plain(there["house_number"]))
    household = ibis.ifelse(person, ibis.coalesce(named, home), ibis.null("string"))
    account = ibis.coalesce(
        _of_source(there["account_id"], there["account_id_source"]), _joined(_plain(company), _plain(there["postcode"]))
    )
    return golden.mutate(household_key=_key(household, "h"), account_key=_key(account, "a"))


_READ = (
    "kind", "family_name", "postcode", "house_number", "company", "household_id", "household_id_source", "account_id",
    "account_id_source",
)  # fmt: skip


def _text(golden: ir.Table, name: str) -> ir.StringValue:
    return golden[name].cast("string") if name in golden.columns else ibis.null("string")


def _of_source(number: ir.StringValue, source: ir.StringValue) -> ir.StringValue:
    return source + "\x1f" + number


def _plain(value: ir.StringValue) -> ir.StringValue:
    return value.lower().re_replace("[^0-9a-z\u00df-\u00ff]", "").nullif("")


def _joined(*values: ir.StringValue) -> ir.StringValue:
    found = values[0]
    for each in values[1:]:
        found = found + "\x1f" + each
    return found


def _key(value: ir.StringValue, first: str) -> ir.StringValue:
    return ibis.literal(first) + hash_text(value, first).substr(0, 15)
