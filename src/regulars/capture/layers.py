"""From staged texts to one text per contract column: trimming, joins, value tables, constants, expressions, `where`.

Each layer is one SELECT in a WITH list; the last one has `record`, `keep` (what `where` says), `bad_operand`, and for
each feed a column `f_<name>`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from regulars.capture.dialect import Dialect
from regulars.capture.expression import Formula, formulas, operands_of
from regulars.capture.mapping import ColumnSpec, Join, TableMapping
from regulars.capture.reading import PLAIN
from regulars.capture.sheet import Sheet, ident
from regulars.capture.sql import case, name, text, texts
from regulars.contracts.model import Contract, Kind
from regulars.engines.scratch import Scratch

__all__ = ["Feed", "Layers", "Side", "Staged", "layers_of"]

_NUMBERS = ("phone", "fax")
_BLANKS = "' \t\r\n\u00a0\ufeff'"


@dataclass(frozen=True, slots=True)
class Side:
    """A joined file: its staged table and the columns that it is joined on."""

    sheet: Sheet
    join: Join


@dataclass(frozen=True, slots=True)
class Staged:
    """A staged file with its joined files, in the order of the joins, the source's dialect, and where they are staged."""

    sheet: Sheet
    sides: tuple[Side, ...]
    dialect: Dialect
    db: Scratch


@dataclass(frozen=True, slots=True)
class Feed:
    """What fills one column of the rows: `f_<name>` of the last layer, a text to be read unless `direct`."""

    name: str
    kind: Kind
    dialect: Dialect
    required: bool = False
    critical: bool = False
    direct: bool = False
    coded: bool = False  # an id or a telephone number, whose digits all matter

    @property
    def raw(self) -> str:
        """SQL of the text."""
        return name(f"f_{self.name}")


@dataclass(frozen=True, slots=True)
class Layers:
    """The WITH list, the feeds, and the join columns `miss_<n>` that say what went wrong in a join.

    `used` are the numbers and days that expressions and `where` calculate with: read, but not columns of the rows.
    `operands` says that some operands cannot be read, `filtered` that `keep` is not always true.
    """

    ctes: str
    feeds: tuple[Feed, ...]
    used: tuple[Feed, ...]
    keys: Mapping[str, tuple[str, ...]]
    joins: int
    operands: bool
    filtered: bool
    dialect: Dialect

    @property
    def read(self) -> tuple[Feed, ...]:
        """All that is read: the columns of the rows, and what expressions calculate with."""
        return (*self.feeds, *self.used)


@dataclass(frozen=True, slots=True)
class _Place:
    sql: str
    dialect: Dialect


def layers_of(mapping: TableMapping, contract: Contract, *, specs: Mapping[str, ColumnSpec], staged: Staged) -> Layers:
    """The layers of one file under one mapping.

    Args:
        mapping: the mapping.
        contract: its contract.
        specs: its column specs.
        staged: its file and the joined ones; operands of expressions are looked at there.
    """
    sheet, sides, dialect = staged.sheet, list(staged.sides), staged.dialect
    places = _places(sheet, sides, dialect=dialect)
    ctes = [f"base AS ({_filled(mapping, sheet, base=_base(sheet, sides, dialect=dialect))})"]
    found = _formulas(mapping, contract, specs=specs)
    columns_of = {raw: place.sql for raw, place in places.items()}
    spoken = {place.sql: place.dialect for place in places.values()}
    operands = operands_of(found, columns_of, spoken=spoken, look=partial(_looked, staged, base=ctes[0]))
    ctes.append(f"operands AS (SELECT *{operands.select} FROM base)")
    ctes.append(f"formulas AS ({operands.compiled(found)})")
    feeds, columns = _feeds(mapping, contract, specs=specs, places=places, found=found, dialect=dialect)
    keys = {column: spec.key for column, spec in specs.items() if spec.key}
    picks = ", ".join(f"{sql} AS {name('f_' + each)}" for each, sql in columns.items())
    parts = {part for key in keys.values() for part in key if part not in columns}
    picks += "".join(f", {places[part].sql} AS {name('k_' + part)}" for part in sorted(parts))
    used = _used(operands.used, {place.sql: raw for raw, place in places.items()}, places=places)
    picks += "".join(f", {column} AS {each.raw}" for each, column in used.items())
    keep = "coalesce(x_where, false)" if mapping.where else "true"
    misses = "".join(f", miss_{each}" for each in range(len(sides)))
    bad = operands.bad
    ctes.append(f"fed AS (SELECT record, {keep} AS keep, {bad} AS bad_operand{misses}, {picks} FROM formulas)")
    return Layers(",\n".join(ctes), feeds, tuple(used), keys, len(sides), bad != "false", bool(mapping.where), dialect)


def _used(used: Sequence[tuple[str, str]], raws: Mapping[str, str], *, places: Mapping[str, _Place]) -> dict[Feed, str]:
    kinds = {"number": Kind.NUMBER, "day": Kind.DAY}
    return {
        Feed(f"{raws[column]}, a {wanted} in an expression", kinds[wanted], places[raws[column]].dialect): column
        for column, wanted in used
        if not {"decimal", "thousands", "dates"} <= places[raws[column]].dialect.declared
    }


def _looked(staged: Staged, picks: list[str], *, base: str) -> tuple[int | None, ...]:
    return staged.db.one(f"WITH {base} SELECT {', '.join(picks)} FROM base")


def _places(sheet: Sheet, sides: list[Side], *, dialect: Dialect) -> dict[str, _Place]:
    places: dict[str, _Place] = {}
    for number, side in reversed(list(enumerate(sides))):
        for position, raw in enumerate(side.sheet.names):
            places[raw] = _Place(f"j{number}_{ident(position)}", _spoken(side.sheet, position, dialect=dialect))
    for position, raw in enumerate(sheet.names):
        places[raw] = _Place(ident(position), _spoken(sheet, position, dialect=dialect))
    return places


def _spoken(sheet: Sheet, position: int, *, dialect: Dialect) -> Dialect:
    return sheet.typed_dialect if position in sheet.typed else dialect


def _base(sheet: Sheet, sides: list[Side], *, dialect: Dialect) -> str:
    main = f"SELECT record, {_trimmed_columns(sheet, dialect, prefix='')} FROM {sheet.relation}"
    for number, side in enumerate(sides):
        main = _joined(main, sheet, side=side, number=number, dialect=dialect)
    return main


def _filled(mapping: TableMapping, sheet: Sheet, *, base: str) -> str:
    """The rows of one thing of which only the first says some columns: the others get them from it."""
    if not mapping.fill:
        return base
    keys = [ident(sheet.names.index(each)) for each in mapping.fill_on]
    known = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    over = f"OVER (PARTITION BY {', '.join(keys)})"
    columns = [ident(sheet.names.index(each)) for each in mapping.fill]
    picks = ", ".join(
        f"coalesce({column}, CASE WHEN {known} THEN arg_min({column}, record) {over} END) AS {column}"
        for column in columns
    )
    return f"SELECT * REPLACE ({picks}) FROM ({base})"


def _staged(sheet: Sheet) -> list[int]:
    return [position for position in range(len(sheet.names)) if position in sheet.kept]


def _trimmed_columns(sheet: Sheet, dialect: Dialect, *, prefix: str) -> str:
    return ", ".join(
        f"{_trimmed(ident(each), dialect, untidy=each in sheet.untidy)} AS {prefix}{ident(each)}"
        for each in _staged(sheet)
    )


def _trimmed(column: str, dialect: Dialect, *, untidy: bool) -> str:
    value = f"nullif(trim({column}, {_BLANKS}), '')" if untidy else column
    marks = [mark for mark in dialect.nulls if mark]
    return case([(f"{value} IN {texts(marks)}", "NULL")], value) if marks else value


def _joined(main: str, sheet: Sheet, *, side: Side, number: int, dialect: Dialect) -> str:
    own = {raw: ident(position) for position, raw in enumerate(side.sheet.names)}
    left = {raw: ident(position) for position, raw in enumerate(sheet.names)}
    keys = [f"j{number}_{own[each]}" for each in side.join.on]
    rows = f"SELECT DISTINCT {_trimmed_columns(side.sheet, dialect, prefix=f'j{number}_')} FROM {side.sheet.relation}"
    count = f"count(*) OVER (PARTITION BY {', '.join(keys)})"
    ranked = f"SELECT *, {count} AS same_{number} FROM ({rows})"
    picks = ", ".join(f"any_value(j{number}_{ident(each)}) AS j{number}_{ident(each)}" for each in _staged(side.sheet)
                      if f"j{number}_{ident(each)}" not in keys)  # fmt: skip
    grouped = f"SELECT {', '.join(keys)}, any_value(same_{number}) AS same_{number}"
    grouped += f"{', ' + picks if picks else ''} FROM ({ranked}) GROUP BY {', '.join(keys)}"
    on = " AND ".join(f"main.{left[each]} = side.{key}" for each, key in zip(side.join.on, keys, strict=True))
    miss = case(
        [(f"side.same_{number} IS NULL", text("join_not_found")), (f"side.same_{number} > 1", text("join_ambiguous"))]
    )
    both = f"({main}) AS main LEFT JOIN ({grouped}) AS side ON {on}"
    return f"SELECT main.*, side.* EXCLUDE (same_{number}), {miss} AS miss_{number} FROM {both}"


def _formulas(mapping: TableMapping, contract: Contract, *, specs: Mapping[str, ColumnSpec]) -> dict[str, Formula]:
    wanted = {column: (spec.expr, contract.column(column).kind) for column, spec in specs.items() if spec.expr}
    return formulas(wanted, mapping.where)


def _feeds(
    mapping: TableMapping, contract: Contract, *, specs: Mapping[str, ColumnSpec], places: Mapping[str, _Place],
    found: Mapping[str, Formula], dialect: Dialect,
) -> tuple[tuple[Feed, ...], dict[str, str]]:  # fmt: skip
    feeds: list[Feed] = []
    columns: dict[str, str] = {}
    for column in contract.columns:
        spec = specs.get(column.name)
        if spec is None and column.name not in mapping.constants:
            continue
        if spec is not None and spec.key:
            continue
        sql, local, direct = _source_of(mapping, column.name, spec=spec, places=places, found=found, dialect=dialect)
        columns[column.name] = sql
        coded = column.kind is Kind.TEXT and (column.ref is not None or column.name in (*contract.key, *_NUMBERS))
        critical = column.critical or column.ref is not None
        feeds.append(Feed(column.name, column.kind, local, column.required, critical, direct=direct, coded=coded))
    extra = {f"attr_{each}": (each, Kind.TEXT) for each in mapping.attributes}
    if mapping.known_at not in (None, "event", "load"):
        extra["known_at"] = (str(mapping.known_at), Kind.INSTANT)
    for own, (raw, kind) in extra.items():
        columns[own] = places[raw].sql
        feeds.append(Feed(own, kind, places[raw].dialect, critical=kind is Kind.INSTANT))
    if mapping.version:
        columns["version"] = places[mapping.version].sql
    return tuple(feeds), columns


def _source_of(
    mapping: TableMapping, column: str, *, spec: ColumnSpec | None, places: Mapping[str, _Place],
    found: Mapping[str, Formula], dialect: Dialect,
) -> tuple[str, Dialect, bool]:  # fmt: skip
    if spec is None:
        return text(mapping.constants[column]), PLAIN, False
    if spec.expr:
        sql, local, direct = f"x_{column}", dialect, found[column].direct
    else:
        place = places[str(spec.from_)]
        sql, local, direct = place.sql, place.dialect, False
    if spec.values:
        arms = [(f"{sql} = {text(old)}", text(new)) for old, new in spec.values.items()]
        sql = case(arms, sql)
    return sql, local, direct
