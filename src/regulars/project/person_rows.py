"""Which stored rows are a person's? Of every table, captured or written, by the same leads as in the files."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import ibis
import ibis.expr.types as ir

from regulars.contracts.catalog import CONTRACTS
from regulars.contracts.model import Contract
from regulars.contracts.results import RESULTS
from regulars.govern.trace import Traces, leads
from regulars.store.warehouse import physical

__all__ = ["TABLES", "at_records", "by_pairs", "captured", "theirs"]

TABLES = {physical(name): each for name, each in (CONTRACTS | RESULTS).items()}
_BETWEEN = "\x1f"
_GROUPS = ("household_key", "account_key")  # of several people
_ASIDE = ("quarantine", "value_change")


def captured() -> list[Contract]:
    """Contracts that sources feed."""
    return [each for each in CONTRACTS.values() if each.captured]


def by_pairs(rows: ir.Table, pairs: Iterable[tuple[str, str]], *, source: str, column: str) -> ir.BooleanValue:
    """Whether a row's id is one of these pairs of source and id; never null."""
    wanted = sorted({f"{one}{_BETWEEN}{two}" for one, two in pairs})
    if not wanted:
        return ibis.literal(False)
    return (rows[source] + _BETWEEN + rows[column]).isin(wanted).fill_null(False)


def at_records(rows: ir.Table, records: Iterable[tuple[str, int, int]]) -> ir.BooleanValue:
    """Whether a row was read from one of these places: batch, first and last record."""
    found = ibis.literal(False)
    for batch, first, last in records:
        found = found | ((rows.batch == batch) & rows.record.between(first, last)).fill_null(False)
    return found


def theirs(name: str, rows: ir.Table, *, traces: Traces, records: Collection[tuple[str, int, int]]) -> ir.BooleanValue:
    """Whether a row of a stored table is theirs.

    Args:
        name: the table's stored name.
        rows: all its rows, closed ones included.
        traces: what leads to them.
        records: places in landed files that are theirs.
    """
    contract = TABLES.get(name)
    if name in _ASIDE:
        return at_records(rows, records) | _mentioned(rows, traces)
    if contract is not None and contract.captured:
        # A row that was cut before still has its place, and no content: it is nobody's any more.
        return _captured(contract, rows, traces=traces) | (at_records(rows, records) & rows.content.notnull())
    return _written(rows, traces)


def _captured(contract: Contract, rows: ir.Table, *, traces: Traces) -> ir.BooleanValue:
    found, named = ibis.literal(False), ibis.literal(False)
    for lead in leads(contract):
        if lead.kind in ("email", "phone"):
            continue
        hit = by_pairs(rows, traces.ids.get(lead.kind, ()), source=lead.source, column=lead.column)
        if lead.kind == "customer_id":
            named = named | rows[lead.column].notnull()
            found = found | hit
        else:
            found = found | (hit & ~named) if contract.key[0] != lead.column else found | hit
    return found


def _mentioned(rows: ir.Table, traces: Traces) -> ir.BooleanValue:
    found = ibis.literal(False)
    for address in sorted(traces.emails):
        found = found | rows.raw.lower().contains(address).fill_null(False)
    return found


def _written(rows: ir.Table, traces: Traces) -> ir.BooleanValue:
    """By customer key wherever there is one; by a source's own id; by the subject of a score."""
    found, keys = ibis.literal(False), sorted(traces.keys)
    named = [each for each in rows.columns if each.endswith("_key") and each not in _GROUPS]
    for column in ["customer_key"] if "customer_key" in named else named:
        found = found | rows[column].isin(keys).fill_null(False) if keys else found
    if {"contract", "source", "key"} <= set(rows.columns):
        found = found | _keyed(rows, traces)
    if "subject_id" in rows.columns:
        subjects = sorted({*keys, *traces.of("visitor_id"), *traces.of("prospect_id")})
        found = found | rows.subject_id.isin(subjects).fill_null(False) if subjects else found
    for kind in ("customer_id", "visitor_id"):
        if {kind, "source"} <= set(rows.columns):
            found = found | by_pairs(rows, traces.ids.get(kind, ()), source="source", column=kind)
        elif kind in rows.columns and traces.of(kind):
            found = found | rows[kind].isin(traces.of(kind)).fill_null(False)
    return found | _pairs_of_records(rows, traces)


def _keyed(rows: ir.Table, traces: Traces) -> ir.BooleanValue:
    """Marks on rows by their key, whose first part is one of their ids."""
    found, first = ibis.literal(False), rows.key.split(" ")[0]
    for kind, pairs in traces.ids.items():
        contracts = [each.name for each in captured() if each.key[0] == kind]
        wanted = sorted({f"{one}{_BETWEEN}{two}" for one, two in pairs})
        hit = rows.contract.isin(contracts) & (rows.source + _BETWEEN + first).isin(wanted)
        found = found | hit.fill_null(False) if contracts else found
    return found


def _pairs_of_records(rows: ir.Table, traces: Traces) -> ir.BooleanValue:
    """Tables of two records side by side, as reviews and decisions by hand: either of them is enough."""
    found, ids = ibis.literal(False), traces.ids.get("customer_id", ())
    for column in rows.columns:
        source = (
            column.replace("customer_id", "source") if "customer_id" in column else column.replace("_id", "_source")
        )
        if column != source and column not in ("customer_id", "visitor_id") and source in rows.columns:
            found = found | by_pairs(rows, ids, source=source, column=column)
    return found
