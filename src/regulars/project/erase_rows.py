"""What becomes of a person's stored rows: most are gone; rows that carry money stay, cut from the person.

A cut row keeps its amounts, times and whatever others have too (a product, a channel, a shop). Its customer is null, ids that
are nobody else's become tokens that lead nowhere, other texts that are nobody else's are null. So sums stay exact.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from regulars.contracts.model import Contract
from regulars.engines.protocol import Engine
from regulars.govern.trace import KINDS, Traces
from regulars.project.person_rows import TABLES, theirs

__all__ = ["CUT", "Erasure", "Mine", "erased", "found_rows", "rewritten"]

# Contracts whose rows carry money; all others about a person are erased whole.
CUT = frozenset(
    {"order_line", "payment", "subscription", "usage", "contact", "message", "response", "opportunity", "cost"}
)
_FREE = frozenset({"text", "lost_reason", "reason"})  # words about a person, whoever else may have them
_MASTERS = ("product", "store", "partner", "campaign", "offer")
_SYSTEM = ("source", "batch", "record", "known_from", "known_until", "business_date", "version")
_MANY = 1 << 40
_WORD = 4  # shorter texts are anybody's


@dataclass(frozen=True, slots=True)
class Erasure:
    """Whose rows, and how: `records` are places in landed files that are theirs, `salt` makes tokens, kept for no longer."""

    traces: Traces
    records: Collection[tuple[str, int, int]]
    salt: str
    keep_facts: bool = True

    def of(self, name: str, rows: ir.Table) -> ir.BooleanValue:
        """Whether a row is theirs."""
        return theirs(name, rows, traces=self.traces, records=self.records)


@dataclass(frozen=True, slots=True)
class Mine:
    """Their rows of one stored table, the others', and for each column the texts that nobody else's rows have."""

    name: str
    there: pa.Table
    others: ir.Table
    own: Mapping[str, set[str]]

    @property
    def words(self) -> set[str]:
        """Texts that say who is meant."""
        return {text for texts in self.own.values() for text in texts if len(text) >= _WORD}


def found_rows(engine: Engine, erasure: Erasure) -> list[Mine]:
    """Their rows in every stored table that has some."""
    found = []
    for name in engine.tables():
        rows = engine.table(name)
        mine = erasure.of(name, rows)
        there = engine.arrow(rows.filter(mine))
        if there.num_rows:
            found.append(Mine(name, there, rows.filter(~mine), _own(engine, name, rows=rows, there=there)))
    return found


def _own(engine: Engine, name: str, *, rows: ir.Table, there: pa.Table) -> dict[str, set[str]]:
    """Column -> the texts of these rows that no other row has in it, and no product, shop or campaign is called."""
    counts = {column.name: _counted(there[column.name]) for column in there.schema if _is_free(column)}
    asked = [
        part
        for column, texts in counts.items()
        if texts
        for part in _met(engine, name, rows=rows, column=column, texts=texts)
    ]
    own = {column: set(texts) for column, texts in counts.items()}
    if asked:
        met = engine.arrow(reduce(_union, asked))
        for column, text, count in zip(*(met[each].to_pylist() for each in ("column", "text", "n")), strict=True):
            if count > counts[column][text]:
                own[column].discard(text)
    return own


def _is_free(column: pa.Field) -> bool:
    return pa.types.is_string(column.type) and column.name not in _SYSTEM and not column.name.endswith("_source")


def _counted(column: pa.ChunkedArray) -> dict[str, int]:
    found = column.drop_null().value_counts()
    return dict(zip(found.field(0).to_pylist(), found.field(1).to_pylist(), strict=True))


def _met(engine: Engine, name: str, *, rows: ir.Table, column: str, texts: Mapping[str, int]) -> list[ir.Table]:
    """How often the texts stand in the column, and (beyond count) whether they are the key of what the column refers to."""
    contract = TABLES.get(name)
    master = contract.refs.get(column) if contract else None
    found = [_tallied(rows, column, texts=sorted(texts), told=column, more=0)]
    if master in _MASTERS and master != name:
        place = engine.table(str(master))
        found.append(_tallied(place, TABLES[str(master)].key[0], texts=sorted(texts), told=column, more=_MANY))
    return found


def _tallied(rows: ir.Table, column: str, *, texts: list[str], told: str, more: int) -> ir.Table:
    hit = rows.filter(rows[column].isin(texts)).select(text=rows[column])
    counted = hit.group_by("text").aggregate(n=hit.count() + more)
    return counted.select(column=ibis.literal(told), text=counted.text, n=counted.n.cast("int64"))


def _union(one: ir.Table, two: ir.Table) -> ir.Table:
    return one.union(two)


def rewritten(engine: Engine, erasure: Erasure, *, found: Iterable[Mine]) -> dict[str, ir.Table]:
    """The tables that change, each as it is to be from now on."""
    return {each.name: _left_of(engine, each, erasure=erasure) for each in found}


def _left_of(engine: Engine, mine: Mine, *, erasure: Erasure) -> ir.Table:
    contract, others = TABLES.get(mine.name), mine.others
    if mine.name not in CUT or contract is None or not erasure.keep_facts:
        return others
    cut = engine.bring(_cut(contract, mine.there, own=mine.own, salt=erasure.salt))
    schema = others.schema()
    return others.union(cut.select(**{each: cut[each].cast(schema[each]) for each in others.columns}))


def _cut(contract: Contract, rows: pa.Table, *, own: Mapping[str, set[str]], salt: str) -> pa.Table:
    for at, column in enumerate(rows.schema):
        if pa.types.is_string(column.type) and column.name not in _SYSTEM:
            texts = rows[column.name].to_pylist()
            kept = [_left(contract, column.name, text=text, own=own.get(column.name, ()), salt=salt) for text in texts]
            rows = rows.set_column(at, column.name, pa.array(kept, pa.string()))
    return rows


def _left(contract: Contract, column: str, *, text: Any, own: Collection[str], salt: str) -> str | None:
    if text is None or column in ("customer_id", "customer_source", "content") or column in _FREE:
        return None
    if text not in own:
        return None if column in KINDS and column not in contract.key and column != "order_id" else str(text)
    if column in contract.key or column in KINDS or contract.refs.get(column):
        return erased(text, salt)
    required = column in contract.names and contract.column(column).required
    return "erased" if required else None


def erased(text: str, salt: str) -> str:
    """A token instead of an id: the same for the same id as long as the salt is known, and nobody keeps the salt.

    >>> erased("4711", "ab") == erased("4711", "ab") != erased("4711", "cd")
    True
    """
    return "erased-" + hmac.digest(bytes.fromhex(salt), text.encode("utf-8", "surrogatepass"), "sha256").hex()[:20]
