"""What a contract is: a table's promise about columns, key, time, grain and default load.

Contracts are data. The reference page, the parser, the warehouse and the checks are all generated from these values, so
that a column is described once. Physical types are those of `Kind.dtype`, written as Ibis type strings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["Column", "Contract", "Kind", "Load", "SYSTEM_COLUMNS"]


class Kind(StrEnum):
    """What a column holds; decides how it is parsed and stored."""

    TEXT = "text"
    TEXTS = "texts"
    MONEY = "money"
    QUANTITY = "quantity"
    NUMBER = "number"
    INTEGER = "integer"
    FLAG = "flag"
    INSTANT = "instant"
    DAY = "day"

    @property
    def dtype(self) -> str:
        """The stored type, as an Ibis type string.

        >>> Kind.MONEY.dtype, Kind.INSTANT.dtype
        ('decimal(18, 4)', 'timestamp')
        """
        return _DTYPES[self]


_DTYPES = {
    Kind.TEXT: "string",
    Kind.TEXTS: "string",  # several ids in one text, separated by a space
    Kind.MONEY: "decimal(18, 4)",
    Kind.QUANTITY: "decimal(18, 3)",
    Kind.NUMBER: "float64",
    Kind.INTEGER: "int64",
    Kind.FLAG: "boolean",
    Kind.INSTANT: "timestamp",  # UTC, without zone
    Kind.DAY: "date",
}


class Load(StrEnum):
    """How a table's new files relate to what is there already."""

    APPEND = "append"
    UPSERT = "upsert"
    SNAPSHOT = "snapshot"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, kind and one sentence that says what it holds.

    `ref` names the contract whose key this id belongs to (`customer_id` refers to `customer`). `required` columns may
    not be null in a loaded row. A wrong value in a `critical` column sets the whole row aside; in another one it is set
    to null and listed in `value_change`. `shortened` columns hold network addresses, which are cut at the door.
    """

    name: str
    kind: Kind
    says: str
    required: bool = False
    ref: str | None = None
    shortened: bool = False

    @property
    def critical(self) -> bool:
        """Keys, money, quantities and times are critical; so is what is required.

        >>> Column("net_amount", Kind.MONEY, "...").critical, Column("fax", Kind.TEXT, "...").critical
        (True, False)
        """
        return self.required or self.kind in (Kind.MONEY, Kind.QUANTITY, Kind.INSTANT)


@dataclass(frozen=True, slots=True)
class Contract:
    """One canonical table.

    Attributes:
        name: table name, singular.
        grain: "one row is ...".
        columns: in the order of the reference page; key and required ones first.
        key: column names; a null in a key counts as a value.
        time: the column with the row's event time (kind INSTANT or DAY), or None for things without one.
        load: default load.
        captured: True for tables that sources feed, False for tables that Regulars writes.
    """

    name: str
    grain: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    time: str | None = None
    load: Load = Load.APPEND
    captured: bool = True
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(column.name for column in self.columns))

    def column(self, name: str) -> Column:
        """The column of that name (KeyError when there is none)."""
        return self.columns[self._index(name)]

    def _index(self, name: str) -> int:
        try:
            return self.names.index(name)
        except ValueError as missing:
            raise KeyError(name) from missing

    @property
    def refs(self) -> dict[str, str]:
        """Id column -> contract whose ids it holds, e.g. {"customer_id": "customer", "product_id": "product"}."""
        return {column.name: column.ref for column in self.columns if column.ref}

    @property
    def schema(self) -> dict[str, str]:
        """Physical column -> Ibis type string: the columns, then `<ref>_source` for each ref, then the system's own."""
        types = {column.name: column.kind.dtype for column in self.columns}
        if self.captured:
            types |= {source_of(name): "string" for name in self.refs}
            if self.time:
                types["business_date"] = "date"
            types |= {"content": "string", "version": "float64"}
        return types | SYSTEM_COLUMNS


def source_of(id_column: str) -> str:
    """The column that says whose ids `id_column` holds.

    >>> source_of("customer_id")
    'customer_source'
    """
    return id_column.removesuffix("_id") + "_source"


# Carried by every stored row. (batch, record) is the row's address down to the file; known_until is null while the row
# is what we know. For tables that Regulars writes, `batch` is the run's id and `source` is "regulars", unless the table
# has a `source`, `batch` or `record` of its own (`source_customer`): that is then the one column of the name.
SYSTEM_COLUMNS = {
    "source": "string",
    "batch": "string",
    "record": "int64",
    "known_from": "timestamp",
    "known_until": "timestamp",
}
