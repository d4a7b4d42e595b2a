"""What leads to a person in the data: the ids that sources know them by, their addresses, and what hangs on those ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from regulars.contracts.model import Contract, source_of

__all__ = ["KINDS", "Known", "Lead", "Traces", "kind_of", "leads"]

# What an id may name. `customer_id` decides: a row that names somebody else's is never taken for the person's.
KINDS = ("customer_id", "visitor_id", "prospect_id", "order_id", "contact_id", "case_id", "message_id")
_ALSO = {"converted_customer_id": "customer_id"}
_ADDRESSES = ("email", "phone")
_OWN = frozenset({"customer", "prospect"})  # contracts whose addresses are the person's own

Standard = Callable[[str], str | None]


def kind_of(column: str) -> str | None:
    """What the ids of a contract's column name, where they lead to a person.

    >>> kind_of("converted_customer_id"), kind_of("order_id"), kind_of("product_id")
    ('customer_id', 'order_id', None)
    """
    found = _ALSO.get(column, column)
    return found if found in KINDS else None


@dataclass(frozen=True, slots=True)
class Lead:
    """One column of a contract that may lead to a person; `source` is the column that says whose ids these are."""

    column: str
    kind: str
    source: str = "source"


def leads(contract: Contract) -> list[Lead]:
    """The columns of a captured contract that lead to a person.

    >>> from regulars.contracts.catalog import CONTRACTS
    >>> [(each.column, each.source) for each in leads(CONTRACTS["payment"])]
    [('order_id', 'order_source'), ('customer_id', 'customer_source')]
    """
    found = []
    for name in contract.names:
        if kind := kind_of(name):
            found.append(Lead(name, kind, source_of(name) if name in contract.refs else "source"))
        elif name in _ADDRESSES and contract.name in _OWN:
            found.append(Lead(name, name))
    return found


class Known(Protocol):
    """Whom an id or an address names: the people in question, or somebody else."""

    def has(self, kind: str, source: str, *, value: str) -> bool:
        """Whether a source's id of that kind is theirs."""

    def reaches(self, kind: str, text: str) -> bool:
        """Whether an e-mail address or a telephone number is theirs alone."""


@dataclass(frozen=True, slots=True)
class Traces:
    """All that leads to one person or several.

    Attributes:
        keys: their customer keys.
        ids: kind -> pairs of source and id.
        emails, phones: standard forms of the addresses that are theirs alone.
        standards: how an address is brought to its standard form, by kind.
    """

    keys: frozenset[str] = frozenset()
    ids: Mapping[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    standards: Mapping[str, Standard] = field(default_factory=dict)

    def has(self, kind: str, source: str, *, value: str) -> bool:
        """Whether a source's id of that kind is theirs."""
        return (source, value) in self.ids.get(kind, ())

    def reaches(self, kind: str, text: str) -> bool:
        """Whether an e-mail address or a telephone number is theirs alone."""
        wanted = self.emails if kind == "email" else self.phones
        return bool(wanted) and self.standards[kind](text) in wanted

    def of(self, kind: str) -> list[str]:
        """The ids of one kind, whatever their source."""
        return sorted({value for _, value in self.ids.get(kind, ())})

    def to_json(self) -> dict[str, Any]:
        """One JSON-able object."""
        plain = {name: sorted(getattr(self, name)) for name in ("keys", "emails", "phones")}
        return {**plain, "ids": {kind: sorted(map(list, pairs)) for kind, pairs in self.ids.items()}}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any], standards: Mapping[str, Standard]) -> Traces:
        """The reverse of `to_json`.

        >>> Traces.from_json(Traces(frozenset("k"), {"order_id": frozenset({("s", "1")})}).to_json(), {}).of("order_id")
        ['1']
        """
        ids = {kind: _pairs(pairs) for kind, pairs in plain["ids"].items()}
        told = {name: frozenset(plain[name]) for name in ("keys", "emails", "phones")}
        return cls(**told, ids=ids, standards=standards)


def _pairs(plain: Iterable[Iterable[str]]) -> frozenset[tuple[str, str]]:
    found = set()
    for source, value in plain:
        found.add((source, value))
    return frozenset(found)
