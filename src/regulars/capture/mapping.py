"""Which raw columns become which contract columns: one `[[sources.<name>.tables]]` section, checked key by key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field

from regulars.conditions.parse import parse
from regulars.contracts.catalog import CONTRACTS
from regulars.contracts.model import Contract, Load
from regulars.kernel.errors import ConditionError, ConfigError, nearest

__all__ = ["ColumnSpec", "Join", "TableMapping", "mapping_from_config"]

_KEYS = (
    "contract",
    "from",
    "sheet",
    "header",
    "join",
    "fill",
    "columns",
    "constants",
    "attributes",
    "where",
    "refs",
    "load",
    "version",
    "known_at",
    "tax",
    "cursor",
    "overlap",
)
_FORMS = ("from", "expr", "values", "key")


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """Where one contract column comes from: a raw column, an expression, or a key joined from several columns."""

    from_: str | None = None
    expr: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Join:
    """A second file whose row is added to each row with the same text in the columns `on`."""

    from_: str
    on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableMapping:
    """How the files of `pattern` become rows of `contract`.

    `columns` is None where the config names none: contract columns are then taken by equal names from the file.
    `known_at` is "event", "load", a raw column's name, or None for the default. A sheet of a workbook is named behind its
    file, after `#`; `header` is the row of its header. With a `cursor`, only what lies behind the last mark in that column is
    read, and `overlap` before it.
    """

    source: str
    contract: str
    pattern: str
    columns: Mapping[str, ColumnSpec] | None = None
    constants: Mapping[str, str] = field(default_factory=dict)
    attributes: tuple[str, ...] = ()
    where: str | None = None
    joins: tuple[Join, ...] = ()
    refs: Mapping[str, str] = field(default_factory=dict)
    load: str = "append"
    version: str | None = None
    known_at: str | None = None
    tax: str = "excluded"
    header: int | None = None
    cursor: str | None = None
    overlap: str | int | None = None
    fill: tuple[str, ...] = ()
    fill_on: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """One JSON-able object."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping[str, object]) -> TableMapping:
        """The reverse of `to_json`.

        >>> mapping = TableMapping("crm", "store", "s.csv", columns={"store_id": ColumnSpec(from_="nr")})
        >>> TableMapping.from_json(mapping.to_json()) == mapping
        True
        """
        values = dict(plain)
        columns: Mapping[str, dict[str, object]] | None = values["columns"]  # type: ignore[assignment]
        if columns is not None:
            values["columns"] = {name: _spec_from_json(spec) for name, spec in columns.items()}
        for name in ("attributes", "fill", "fill_on"):
            values[name] = tuple(values[name])  # type: ignore[arg-type]
        joins: list[dict[str, object]] = values["joins"]  # type: ignore[assignment]
        values["joins"] = tuple(Join(str(each["from_"]), tuple(each["on"])) for each in joins)  # type: ignore[arg-type]
        return cls(**values)  # type: ignore[arg-type]


def _spec_from_json(plain: dict[str, object]) -> ColumnSpec:
    return ColumnSpec(**(plain | {"key": tuple(plain["key"])}))  # type: ignore[arg-type]


def mapping_from_config(source: str, section: Mapping[str, object]) -> TableMapping:
    """The mapping that one `[[sources.<source>.tables]]` section declares.

    Args:
        source: the source's name; ids are its own unless `refs` says otherwise.
        section: the section as read from TOML.

    Raises:
        ConfigError: an unknown key, contract or column, or a value of the wrong form; names the nearest valid one.

    >>> mapping_from_config("crm", {"contract": "store", "from": "s.csv", "columns": {"store_id": "nr"}}).load
    'upsert'
    """
    place = f"[[sources.{source}.tables]]"
    _known(place, "key", names=section, allowed=_KEYS)
    contract = _contract(place, section)
    place = f"{place} of {contract.name}"
    known_at = _text(place, section, key="known_at")
    mapping = TableMapping(
        source=source,
        contract=contract.name,
        pattern=_pattern(place, section),
        columns=_columns(place, section, contract=contract),
        constants=_constants(place, section, contract=contract),
        attributes=tuple(_texts(place, "attributes", value=section.get("attributes", []))),
        where=_text(place, section, key="where"),
        joins=_joins(place, section),
        refs=_refs(place, section, contract=contract),
        load=_choice(place, section, key="load", allowed=[each.value for each in Load], default=contract.load.value),
        version=_text(place, section, key="version"),
        known_at=known_at,
        tax=_choice(place, section, key="tax", allowed=["excluded", "included"], default="excluded"),
        header=_row(place, section, key="header"),
        cursor=_text(place, section, key="cursor"),
        overlap=_overlap(place, section),
        fill=_fill(place, section, key="columns"),
        fill_on=_fill(place, section, key="on"),
    )
    _check_cursor(place, mapping)
    _check_tax(place, mapping)
    _check_formulas(place, mapping)
    return mapping


def _pattern(place: str, section: Mapping[str, object]) -> str:
    pattern = _required(place, section, key="from")
    sheets = _texts(place, "sheet", value=section.get("sheet", []))
    book = pattern.lower().removesuffix(".gz").endswith((".xlsx", ".xlsm"))
    if (sheets or "header" in section) and not book and "#" not in pattern:
        raise ConfigError(f"{place}: sheet and header belong to a `from` that ends with .xlsx.")
    return f"{pattern}#{'/'.join(sheets)}" if sheets else pattern


def _row(place: str, section: Mapping[str, object], *, key: str) -> int | None:
    value = section.get(key)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
        raise ConfigError(f"{place}: {key} = {value!r} must be the number of a row, from 1.")
    return value


def _overlap(place: str, section: Mapping[str, object]) -> str | int | None:
    value = section.get("overlap")
    if value is None:
        return None
    if "cursor" not in section:
        raise ConfigError(f"{place}: overlap belongs to a cursor.", fix='Add cursor = "COLUMN", or leave overlap out.')
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ConfigError(f"{place}: overlap = {value!r} cannot be.", fix='Write a span as "1h", or a whole number.')
    return value


def _known(place: str, kind: str, *, names: Iterable[str], allowed: Iterable[str]) -> None:
    valid = list(allowed)
    for name in names:
        if name not in valid:
            raise ConfigError(f"{place} has no {kind} {name!r}.", allowed=valid, guess=nearest(name, valid))


def _contract(place: str, section: Mapping[str, object]) -> Contract:
    name = _required(place, section, key="contract")
    captured = {each.name: each for each in CONTRACTS.values() if each.captured}
    if name not in captured:
        problem = f"{place} names the contract {name!r}, which does not exist."
        raise ConfigError(problem, allowed=captured, guess=nearest(name, captured))
    return captured[name]


def _required(place: str, section: Mapping[str, object], *, key: str) -> str:
    value = _text(place, section, key=key)
    if not value:
        raise ConfigError(f"{place} has no `{key}`.", fix=f'Add {key} = "...".')
    return value


def _text(place: str, section: Mapping[str, object], *, key: str) -> str | None:
    value = section.get(key)
    if value is not None and not isinstance(value, str):
        raise ConfigError(f"{place}: {key} = {value!r} must be a text.")
    return value


def _texts(place: str, key: str, *, value: object) -> list[str]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list | tuple) or not all(isinstance(each, str) for each in values):
        raise ConfigError(f"{place}: {key} = {value!r} must be a list of texts.")
    return list(values)


def _table(place: str, section: Mapping[str, object], *, key: str) -> Mapping[str, object]:
    value = section.get(key, {})
    if not isinstance(value, Mapping):
        raise ConfigError(f"{place}: {key} must be a table, for example {key} = {{ column = ... }}.")
    return value


def _choice(place: str, section: Mapping[str, object], *, key: str, allowed: list[str], default: str) -> str:
    value = _text(place, section, key=key) or default
    if value not in allowed:
        raise ConfigError(f"{place}: {key} = {value!r} cannot be.", allowed=allowed, guess=nearest(value, allowed))
    return value


def _columns(place: str, section: Mapping[str, object], *, contract: Contract) -> dict[str, ColumnSpec] | None:
    if "columns" not in section:
        return None
    columns = _table(place, section, key="columns")
    _known(place, "column", names=columns, allowed=contract.names)
    return {name: _spec(f"{place}: {name}", value) for name, value in columns.items()}


def _spec(place: str, value: object) -> ColumnSpec:
    if isinstance(value, str):
        return ColumnSpec(from_=value)
    if not isinstance(value, Mapping):
        raise ConfigError(f"{place} = {value!r} must be a raw column's name or a table.", allowed=_FORMS)
    _known(place, "form", names=value, allowed=_FORMS)
    if sum(form in value for form in ("from", "expr", "key")) != 1:
        raise ConfigError(f"{place} must have exactly one of from, expr and key.")
    values = {str(raw): str(new) for raw, new in _table(place, value, key="values").items()}
    key = tuple(_texts(place, "key", value=value.get("key", [])))
    return ColumnSpec(_text(place, value, key="from"), _text(place, value, key="expr"), values, key)


def _constants(place: str, section: Mapping[str, object], *, contract: Contract) -> dict[str, str]:
    constants = _table(place, section, key="constants")
    _known(place, "column", names=constants, allowed=contract.names)
    return {name: _plain(value) for name, value in constants.items()}


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _joins(place: str, section: Mapping[str, object]) -> tuple[Join, ...]:
    joins = section.get("join", [])
    if not isinstance(joins, list) or not all(isinstance(each, Mapping) for each in joins):
        raise ConfigError(
            f"{place}: join must be a list of tables.", fix='Write join = [{ from = "...", on = "..." }].'
        )
    for each in joins:
        _known(f"{place}: join", "key", names=each, allowed=("from", "on"))
    return tuple(
        Join(_required(f"{place}: join", each, key="from"), tuple(_texts(place, "on", value=each.get("on"))))
        for each in joins
    )


def _fill(place: str, section: Mapping[str, object], *, key: str) -> tuple[str, ...]:
    fill = _table(place, section, key="fill")
    _known(f"{place}: fill", "key", names=fill, allowed=("on", "columns"))
    if fill and (not fill.get("on") or not fill.get("columns")):
        raise ConfigError(
            f"{place}: fill needs `on` and `columns`.", fix='Write fill = { on = "...", columns = ["..."] }.'
        )
    return tuple(_texts(place, f"fill.{key}", value=fill.get(key, [])))


def _refs(place: str, section: Mapping[str, object], *, contract: Contract) -> dict[str, str]:
    refs = _table(place, section, key="refs")
    _known(place, "id column", names=refs, allowed=contract.refs)
    return {name: str(value) for name, value in refs.items()}


def _check_formulas(place: str, mapping: TableMapping) -> None:
    formulas = {name: spec.expr for name, spec in (mapping.columns or {}).items()} | {"where": mapping.where}
    for name, formula in formulas.items():
        try:
            parse(formula) if formula else None
        except ConditionError as wrong:
            problem = f"{place}: {name} cannot be read: {wrong.problem}"
            raise ConfigError(problem, allowed=wrong.allowed, guess=wrong.guess, fix=wrong.fix) from wrong


def _check_cursor(place: str, mapping: TableMapping) -> None:
    if mapping.cursor is None:
        return
    if mapping.load == Load.SNAPSHOT:
        problem = f"{place} is loaded as a snapshot and has a cursor, which leaves out what did not change."
        raise ConfigError(problem, fix="Leave the cursor out, or load by upsert; then deletions are not seen.")
    if mapping.contract == "order_line" and mapping.columns is not None and "line_id" not in mapping.columns:
        problem = (
            f"{place} has a cursor but no line_id: a line's place in its order is not known from a part of the order."
        )
        raise ConfigError(problem, fix="Map line_id, or leave the cursor out.")


def _check_tax(place: str, mapping: TableMapping) -> None:
    if mapping.tax != "included":
        return
    if mapping.columns is not None and not {"net_amount", "tax_amount"} <= set(mapping.columns):
        problem = f'{place} says tax = "included", but maps no tax_amount beside net_amount.'
        raise ConfigError(problem, fix="Map tax_amount, or compute net_amount with an expression.")
