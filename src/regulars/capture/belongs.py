"""Which raw records of a file belong to somebody: by the raw columns that its mapping reads ids and addresses from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from regulars.capture.mapping import TableMapping
from regulars.capture.needs import specs_for
from regulars.contracts.catalog import CONTRACTS
from regulars.govern.trace import Known, leads

__all__ = ["Belongs", "Given", "Role", "among", "roles_of"]

_NAMES = ("customer_id", "prospect_id", "visitor_id", "email", "phone")
Given = Callable[[str], str | None]  # raw column -> its text in the record at hand


@dataclass(frozen=True, slots=True)
class Role:
    """A raw column, what its values name, and whose ids they are."""

    raw: str
    kind: str
    source: str


def roles_of(mapping: TableMapping) -> list[Role]:
    """The raw columns of a mapping that lead to a person; derived ones (expressions, joined keys) are none.

    >>> roles_of(TableMapping("crm", "store", "s.csv"))
    []
    """
    contract = CONTRACTS[mapping.contract]
    specs = specs_for(mapping, contract, present=contract.names)
    found = []
    for lead in leads(contract):
        spec = specs.get(lead.column)
        if spec and spec.from_:
            source = "" if lead.kind in ("email", "phone") else mapping.refs.get(lead.column, mapping.source)
            found.append(Role(spec.from_, lead.kind, source))
    return found


@dataclass(frozen=True, slots=True)
class Belongs:
    """Whether a record belongs to the people in question; `records` are known to, whatever stands in them."""

    roles: tuple[Role, ...]
    known: Known
    records: Collection[int] = frozenset()

    def __call__(self, record: int, given: Given) -> bool:
        """Whether this record is theirs: it names one of them as its customer, or names nobody and leads to one."""
        if record in self.records:
            return True
        named = [(role, value) for role in self.roles if role.kind == "customer_id" and (value := _text(given, role))]
        if named:
            return any(self.known.has(role.kind, role.source, value=value) for role, value in named)
        return any(self._leads(role, value) for role in self.roles if (value := _text(given, role)))

    def _leads(self, role: Role, value: str) -> bool:
        if role.kind in ("email", "phone"):
            return self.known.reaches(role.kind, value)
        return role.kind != "customer_id" and self.known.has(role.kind, role.source, value=value)

    def broken(self, record: int, fields: Iterable[str]) -> bool:
        """Whether a record that cannot be read is theirs: any of its pieces names one of them as a customer, or reaches one."""
        if record in self.records:
            return True
        sources = {(role.kind, role.source) for role in self.roles if role.kind in _NAMES}
        return any(
            self.known.reaches(kind, text) if kind in ("email", "phone") else self.known.has(kind, source, value=text)
            for text in fields if len(text) >= 4
            for kind, source in sources
        )  # fmt: skip


def _text(given: Given, role: Role) -> str:
    return (given(role.raw) or "").strip()


def among(uses: Iterable[Belongs]) -> list[str]:
    """All raw columns that any of them looks at."""
    return list(dict.fromkeys(role.raw for use in uses for role in use.roles))
