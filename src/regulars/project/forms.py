"""Standard forms of all records: kept in `match_record`, so that a run standardises only what is new or has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import md5
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from regulars.identity.comparison import COLUMNS
from regulars.identity.evidence import needed, standard_records
from regulars.identity.standardise import RULES_VERSION
from regulars.kernel.errors import UnknownNameError
from regulars.project.project import Project
from regulars.store.warehouse import Publication

__all__ = ["Forms", "Wanted", "standard_forms", "wanted"]

_PAIR = ["source", "customer_id"]
_NUMBER = "^[A-Za-z]{0,3}[-/ ]?[0-9][0-9A-Za-z./-]{4,}$"  # at least five digits or letters, the first a digit
_FEW, _SHARED = 20, 0.2  # fewer values prove nothing; a number stands on at most about five records


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the settings ask for, by the stored names of columns.

    `columns` are standardised; `keys` of them link when equal; `numbers` of them are compared as unique values;
    `apart` of them keep records apart that differ in them.
    """

    columns: tuple[str, ...]
    keys: tuple[str, ...]
    numbers: tuple[str, ...]
    country: str | None
    rule: str
    apart: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Forms:
    """All records in standard form; those that are new, other than before or gone (`touched`); what is to be stored."""

    standard: pa.Table
    touched: pa.Table
    publications: list[Publication]
    all_new: bool


def wanted(project: Project, trust: dict[str, Any]) -> Wanted:
    """Read the settings.

    Raises:
        UnknownNameError: a key or attribute that customers do not have.
    """
    settings = project.config.section("identity")
    there = project.warehouse.table("customer").columns
    keys = _columns("identity key", settings["keys"], there=there)
    likely = settings["match"] == "probabilistic"
    told_of = settings.get("attributes")
    numbers = _columns("attribute", _telling(project) if told_of is None and likely else told_of or (), there=there)
    compared = COLUMNS if likely else ()
    apart = _columns("identity.apart", settings["apart"], there=there)
    columns = tuple(dict.fromkeys([*compared, *keys, *numbers, *apart]))
    told = repr([RULES_VERSION, columns, settings.get("country"), sorted(trust.items()), _survivorship(project)])
    rule = md5(told.encode(), usedforsecurity=False).hexdigest()[:8]
    return Wanted(columns, keys, numbers, settings.get("country"), rule, apart)


def _telling(project: Project) -> list[str]:
    """Attributes that look like the number of a card or a register: most records have one, few share it."""
    customer = project.warehouse.table("customer")
    names = [name for name in customer.columns if name.startswith("attr_")]
    if not names:
        return []
    tests = {name: customer[name].re_search(_NUMBER) for name in names}
    counted = customer.aggregate(
        records=customer.count(),
        **{f"{name} n": customer[name].count() for name in names},
        **{f"{name} distinct": customer[name].nunique() for name in names},
        **{f"{name} numbers": tests[name].sum() for name in names},
    )
    row = project.engine.arrow(counted).to_pylist()[0]
    return [name for name in names if _is_number(row, name)]


def _is_number(row: dict[str, Any], name: str) -> bool:
    there, distinct, numbers = (row[f"{name} {what}"] or 0 for what in ("n", "distinct", "numbers"))
    known = there >= max(_FEW, row["records"] / 2) and numbers >= 0.9 * there
    return bool(known and _SHARED * there <= distinct < there)


def _survivorship(project: Project) -> list[Any]:
    return sorted(project.config.values.get("identity", {}).get("survivorship", {}).items())


def _columns(kind: str, names: Sequence[str], *, there: Sequence[str]) -> tuple[str, ...]:
    found = []
    for name in names:
        column = name if name in there else f"attr_{name}"
        if column not in there:
            known = [each.removeprefix("attr_") for each in there if each not in _PAIR]
            raise UnknownNameError(kind, name, known, fix="Name columns of `customer`, or attributes of a mapping.")
        found.append(column)
    return tuple(dict.fromkeys(found))


def standard_forms(project: Project, asked: Wanted) -> Forms:
    """Bring `match_record` up to date, without writing it yet."""
    engine, warehouse = project.engine, project.warehouse
    warehouse.ensure("match_record", dict.fromkeys(asked.columns, "string"))
    customer, stored = warehouse.table("customer"), warehouse.table("match_record")
    content = customer["content"].coalesce("") + ibis.literal(f"|{asked.rule}")
    now = customer.mutate(form=content)
    changed = engine.keep(now.anti_join(stored, [*_PAIR, "form"]).select(*_PAIR, "form", *_from(asked, now)))
    rows = engine.arrow(changed)
    new = standard_records(rows, asked.columns, country=asked.country).append_column(
        "form", rows["form"].cast("string")
    )
    gone = engine.arrow(stored.anti_join(customer, _PAIR).select(*_PAIR))
    touched = pa.concat_tables([new.select(_PAIR), gone.cast(new.select(_PAIR).schema)])
    if not touched.num_rows:
        return Forms(_stored(project, stored, asked=asked, schema=new.schema), touched, [], False)
    brought = engine.bring(touched)
    kept = _stored(project, stored.anti_join(brought, _PAIR), asked=asked, schema=new.schema)
    publication = Publication("match_record", engine.bring(new), ends=brought)
    return Forms(pa.concat_tables([kept, new]), touched, [publication], not kept.num_rows)


def _from(asked: Wanted, customer: ir.Table) -> list[str]:
    return [name for name in needed(asked.columns, customer.columns) if name not in (*_PAIR, "form")]


def _stored(project: Project, rows: ir.Table, *, asked: Wanted, schema: pa.Schema) -> pa.Table:
    return project.engine.arrow(rows.select(*_PAIR, *asked.columns, "form")).cast(schema)
