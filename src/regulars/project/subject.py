"""All that leads to one person: the ids of all sources, visitors, prospects, orders, conversations, and own addresses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from regulars.govern.trace import Traces, leads
from regulars.kernel.errors import NotFoundError
from regulars.project.listed import standards
from regulars.project.person_rows import by_pairs, captured
from regulars.project.project import Project
from regulars.project.who import customer_named

__all__ = ["subject_named", "traced"]

_Pairs = frozenset[tuple[str, str]]
_KEYS = {"order_line": "order_id", "contact": "contact_id", "case": "case_id", "message": "message_id"}


def subject_named(project: Project, who: str) -> Traces:
    """Everything that leads to the customer, or the prospect, whom `who` names.

    Raises:
        NotFoundError: nobody is named so.
        UsageError: several customers are.
    """
    try:
        key = customer_named(project, who)
    except NotFoundError:
        if bare := _unlinked(project, who):
            return traced(project, frozenset(), ids=bare)
        raise
    links = project.warehouse.table("source_customer")
    mine = links.filter((links.customer_key == key) & links.until.isnull())
    return traced(project, frozenset({key}), ids={"customer_id": _pairs(project, mine, column="customer_id")})


def _unlinked(project: Project, who: str) -> dict[str, _Pairs]:
    """`source:id` of a prospect, or of a customer whom `unify` has not seen."""
    source, colon, value = who.strip().partition(":")
    found: dict[str, _Pairs] = {}
    for contract in captured() if colon else ():
        rows = project.warehouse.history(contract.name)
        for lead in leads(contract):
            if lead.kind in ("customer_id", "prospect_id"):
                hit = rows.filter((rows[lead.source] == source) & (rows[lead.column] == value)).limit(1)
                if project.engine.arrow(hit.select(lead.column)).num_rows:
                    found[lead.kind] = frozenset({(source, value)})
    return found


def traced(project: Project, keys: frozenset[str], *, ids: dict[str, _Pairs]) -> Traces:
    """What else leads to the people that these ids name."""
    kinds = standards(project.config)
    start = Traces(keys, ids, standards=kinds)
    emails, phones = (_addresses(project, start, kind=kind) for kind in ("email", "phone"))
    start = Traces(keys, ids, emails, phones, kinds)
    ids = {**ids, "visitor_id": ids.get("visitor_id", frozenset()) | _visitors(project, start)}
    ids["prospect_id"] = ids.get("prospect_id", frozenset()) | _prospects(project, start)
    for name, column in _KEYS.items():
        ids[column] = _own_keys(project, start, name=name, column=column)
    return Traces(keys, {kind: pairs for kind, pairs in ids.items() if pairs}, emails, phones, kinds)


def _pairs(project: Project, rows: ir.Table, *, column: str, source: str = "source") -> _Pairs:
    rows = rows.filter(rows[column].notnull() & rows[source].notnull())
    found = project.engine.arrow(rows.select(a=rows[source], b=rows[column]).distinct())
    return frozenset(zip(found["a"].to_pylist(), found["b"].to_pylist(), strict=True))


def _addresses(project: Project, traces: Traces, *, kind: str) -> frozenset[str]:
    """Addresses that stand in records of these people and of nobody else."""
    rows, standard = project.warehouse.history("customer"), traces.standards[kind]
    mine = by_pairs(rows, traces.ids.get("customer_id", ()), source="source", column="customer_id")
    theirs = _standing(project, rows.filter(mine), kind=kind)
    wanted = {plain for each in theirs if (plain := standard(each))}
    if not wanted:
        return frozenset()
    hints = {plain.partition("@")[0] if kind == "email" else plain[-4:] for plain in wanted}
    text = rows[kind].lower() if kind == "email" else rows[kind].re_replace("[^0-9]", "")
    near = text.contains(sorted(hints)[0])
    for hint in sorted(hints)[1:]:
        near = near | text.contains(hint)
    others = _standing(project, rows.filter(~mine & near), kind=kind)
    return frozenset(wanted - {standard(each) for each in others})


def _standing(project: Project, rows: ir.Table, *, kind: str) -> list[str]:
    found = project.engine.arrow(rows.filter(rows[kind].notnull()).select(kind).distinct())
    texts: list[str] = found[kind].to_pylist()
    return texts


def _visitors(project: Project, traces: Traces) -> _Pairs:
    """Visitors who were seen to be one of them, and never anybody else."""
    mine: set[tuple[str, str]] = set()
    others: set[tuple[str, str]] = set()
    for name in ("identity_link", "visit"):
        rows = project.warehouse.history(name)
        own = by_pairs(rows, traces.ids.get("customer_id", ()), source="customer_source", column="customer_id")
        mine |= _pairs(project, rows.filter(own), column="visitor_id")
        near = by_pairs(rows, mine, source="source", column="visitor_id")
        others |= _pairs(project, rows.filter(~own & rows.customer_id.notnull() & near), column="visitor_id")
    return frozenset(mine - others)


def _prospects(project: Project, traces: Traces) -> _Pairs:
    rows = project.warehouse.history("prospect")
    own = by_pairs(
        rows, traces.ids.get("customer_id", ()), source="converted_customer_source", column="converted_customer_id"
    )
    found = set(_pairs(project, rows.filter(own), column="prospect_id"))
    for kind, wanted in (("email", traces.emails), ("phone", traces.phones)):
        if wanted:
            there = project.engine.arrow(rows.filter(rows[kind].notnull()).select("source", "prospect_id", kind))
            found |= {(row["source"], row["prospect_id"]) for row in _reached(there, traces, kind=kind)}
    return frozenset(found)


def _reached(rows: pa.Table, traces: Traces, *, kind: str) -> Iterable[dict[str, Any]]:
    return [row for row in rows.to_pylist() if traces.reaches(kind, row[kind])]


def _own_keys(project: Project, traces: Traces, *, name: str, column: str) -> _Pairs:
    """Orders, conversations, cases and messages that are theirs and name nobody else."""
    rows = project.warehouse.history(name)
    own = by_pairs(rows, traces.ids.get("customer_id", ()), source="customer_source", column="customer_id")
    mine = _pairs(project, rows.filter(own), column=column)
    near = by_pairs(rows, mine, source="source", column=column)
    return mine - _pairs(project, rows.filter(near & ~own & rows.customer_id.notnull()), column=column)
