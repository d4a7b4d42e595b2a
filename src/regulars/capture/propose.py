"""What would a project over these files look like? A mapping proposed from the whole of each file, with reasons.

What the values prove is proposed; what they cannot decide is asked. Files that agree on their locale become one source.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from regulars.capture.evidence import Locale, Part, agree, locale_of
from regulars.capture.guess import NUMERIC, TEMPORAL, Guess, guess, named, nearly, second
from regulars.capture.look import Look, found_in, look, repeated
from regulars.capture.synonyms import language_of
from regulars.contracts.catalog import CONTRACTS
from regulars.engines.scratch import Scratch, scratch

__all__ = ["Proposal", "SourceDraft", "TableDraft", "Unknown", "propose"]

_SYMBOLS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY"}
_KNOWN = 0.5  # from this share on, ids that are found elsewhere are taken to be those ids


@dataclass(slots=True)
class TableDraft:
    """One `[[sources.NAME.tables]]`: which files, and how they map; `columns` is as TOML would hold it."""

    contract: str
    pattern: str
    files: list[str]
    columns: dict[str, str | dict[str, object]]
    attributes: list[str] = field(default_factory=list)
    where: str | None = None
    version: str | None = None
    refs: dict[str, str] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)


@dataclass(slots=True)
class SourceDraft:
    """One `[sources.NAME]`: a locale, and the tables that are read under it."""

    name: str
    locale: Locale
    tables: list[TableDraft]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A file that no contract takes: the nearest one, what it lacks, and the file's columns."""

    file: str
    contract: str
    lacking: tuple[str, ...]
    columns: tuple[str, ...]
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """Everything proposed; `language` and `currency` are None where the files do not tell."""

    sources: tuple[SourceDraft, ...]
    unknown: tuple[Unknown, ...]
    language: str | None
    currency: str | None

    def source_of(self, contract: str) -> SourceDraft | None:
        """The first source that feeds a contract."""
        return next((each for each in self.sources if any(t.contract == contract for t in each.tables)), None)


@dataclass(slots=True)
class _File:
    look: Look
    name: str  # inside the project
    label: str  # the folder that it came from
    guesses: list[Guess]

    @property
    def part(self) -> Part:
        numbers = {raw.position: raw for each in self.guesses for raw in each.of_kinds(NUMERIC)}
        dates = {raw.position: raw for each in self.guesses for raw in each.of_kinds(TEMPORAL)}
        return Part(self.look, tuple(numbers.values()), tuple(dates.values()))


def propose(files: Mapping[Path, str], *, workspace: Path) -> Proposal:
    """A proposal from the whole of each file.

    Args:
        files: each file and its place inside the project, relative, with slashes.
        workspace: an empty folder for what is staged; the caller removes it.

    Raises:
        DataError: a file of an unknown type, a broken or an empty one.
    """
    db = scratch("1GB", 2, temp=workspace)
    try:
        return _proposed(db, _looked(db, files, workspace=workspace))
    finally:
        db.close()


def _looked(db: Scratch, files: Mapping[Path, str], *, workspace: Path) -> list[_File]:
    found = []
    for number, (path, name) in enumerate(files.items()):
        folder = workspace / str(number)
        folder.mkdir()
        seen = look(db, path, folder=folder)
        first = guess(seen)
        found.append(_File(seen, name, path.parent.name, [first] if first else []))
    for contract in ("customer", "product"):
        _seconds(found, contract)
    return found


def _seconds(files: list[_File], contract: str) -> None:
    if any(each.contract == contract for file in files for each in file.guesses):
        return
    for file in files:
        if file.guesses and (more := second(file.guesses[0], file.look, contract=contract)):
            file.guesses.append(more)


def _proposed(db: Scratch, files: list[_File]) -> Proposal:
    known = [each for each in files if each.guesses]
    groups = _groups(known)
    names = _names(groups)
    owner = {id(file): name for name, group in zip(names, groups, strict=True) for file in group}
    sources = []
    for name, group in zip(names, groups, strict=True):
        locale = locale_of(db, [each.part for each in group])
        tables = _tables(db, group, known=known, owner=owner)
        sources.append(SourceDraft(name, locale, tables))
    headers = [column.name for file in known for column in file.look.columns]
    unknown = tuple(_unknown(each) for each in files if not each.guesses)
    return Proposal(tuple(sources), unknown, language_of(headers), _currency(known))


def _groups(files: list[_File]) -> list[list[_File]]:
    groups: list[list[_File]] = []
    for file in files:
        for group in groups:
            if group[0].label == file.label and agree([each.part for each in group], file.part):
                group.append(file)
                break
        else:
            groups.append([file])
    return groups


def _names(groups: list[list[_File]]) -> list[str]:
    labels = [group[0].label for group in groups]
    plain = [re.sub(r"\W+", "_", label.lower()).strip("_") if len(set(labels)) > 1 else "files" for label in labels]
    plain = [each if each and not each[0].isdigit() else f"files_{each}".rstrip("_") for each in plain]
    return [
        each if plain[:at].count(each) == 0 else f"{each}_{plain[:at].count(each) + 1}" for at, each in enumerate(plain)
    ]


def _tables(db: Scratch, group: list[_File], *, known: list[_File], owner: Mapping[int, str]) -> list[TableDraft]:
    tables: list[TableDraft] = []
    headers: dict[int, tuple[str, ...]] = {}
    for file in group:
        header = tuple(column.name for column in file.look.columns)
        for each in file.guesses:
            pattern = _pattern(file, known)
            if home := _same_kind(tables, file, each=each, pattern=pattern, headers=headers):
                home.files.append(file.name)
                continue
            table = _table(db, file, each=each, pattern=pattern)
            _refer(db, table, file=file, known=known, owner=owner)
            _note_cost(table, file=file, known=[each for each in group if each.guesses])
            headers[id(table)] = header
            tables.append(table)
    return tables


def _same_kind(
    tables: Sequence[TableDraft], file: _File, *, each: Guess, pattern: str, headers: Mapping[int, tuple[str, ...]]
) -> TableDraft | None:
    """The table that takes this file in already, or would with the file's wider pattern: no file is read twice."""
    header = tuple(column.name for column in file.look.columns)
    for table in tables:
        if table.contract == each.contract and headers[id(table)] == header:
            if fnmatchcase(file.name, table.pattern):
                return table
            if all(fnmatchcase(name, pattern) for name in table.files):
                table.pattern = pattern
                return table
    return None


def _pattern(file: _File, known: Sequence[_File]) -> str:
    """The file's name with its digits open, if that takes in no file of another kind."""
    folder, slash, name = file.name.rpartition("/")
    wide = f"{folder}{slash}" + re.sub(r"\d+([-_.]\d+)*", "*", name)
    header = [column.name for column in file.look.columns]
    others = [each for each in known if fnmatchcase(each.name, wide)]
    alike = all([column.name for column in each.look.columns] == header for each in others)
    return wide if wide != file.name and alike and not wide.startswith(f"{folder}{slash}*.") else file.name


def _table(db: Scratch, file: _File, *, each: Guess, pattern: str) -> TableDraft:
    contract = CONTRACTS[each.contract]
    columns: dict[str, str | dict[str, object]] = {}
    for name in contract.names:
        if name in each.exprs:
            columns[name] = each.exprs[name]
        elif name in each.columns:
            columns[name] = each.columns[name].name
    raw = each.columns.get("updated_at") if each.contract == "customer" else None
    table = TableDraft(each.contract, pattern, [file.name], columns, list(each.attributes), each.where,
                       raw.name if raw else None, {}, list(each.reasons), list(each.questions))  # fmt: skip
    _note_file(table, file)
    _note_key(db, table, file=file, each=each)
    _note_signs(table, each)
    return table


def _note_file(table: TableDraft, file: _File) -> None:
    table.reasons[:0] = file.look.reasons
    table.questions += file.look.questions


def _note_key(db: Scratch, table: TableDraft, *, file: _File, each: Guess) -> None:
    key = [each.columns[name] for name in CONTRACTS[each.contract].key if name in each.columns]
    if not key or each.where:
        return
    count, shown = repeated(db, file.look, columns=key)
    said = " + ".join(repr(raw.name) for raw in key)
    if each.contract == "order_line" and "line_id" not in each.columns:
        lines = "each order has one line" if not count else f"{count:,} orders have several lines"
        table.reasons.append(f"line_id: the file numbers no lines, so their order in {said} does ({lines})")
    elif not count:
        table.reasons.append(f"key: {said} is unique in all {file.look.records:,} records")
    elif CONTRACTS[each.contract].load == "append":
        table.questions.append(f"key: {count:,} values of {said} stand in several records, as {shown!r}; "
                               "such lines are set aside as conflicts if they differ.")  # fmt: skip
    else:
        table.reasons.append(
            f"key: {count:,} values of {said} stand in several records, as {shown!r}; the last one counts"
        )


def _note_cost(table: TableDraft, *, file: _File, known: Sequence[_File]) -> None:
    # margins take the lines' own costs; a price list is joined only when told to, since lines whose article it lacks
    # are set aside then
    item, quantity = table.columns.get("product_id"), table.columns.get("quantity")
    if table.contract != "order_line" or "cost_amount" in table.columns or not (item and quantity):
        return
    header = [column.name for column in file.look.columns]
    for other in known:
        for each in (found for found in other.guesses if found.contract == "product"):
            cost, key = each.columns.get("unit_cost"), each.columns["product_id"].name
            if cost and key == item and cost.name not in header:
                expr = f"{named(str(quantity))} * {named(cost.name)}".replace('"', '\\"')
                table.questions.append(
                    f'costs: to count {cost.name!r} of {other.name} in the margin, add join = [{{ from = "{other.name}", '
                    f'on = "{key}" }}] and the column cost_amount = {{ expr = "{expr}" }}; lines whose article is not in '
                    "there are set aside then."
                )


def _note_signs(table: TableDraft, each: Guess) -> None:
    amount, discount = each.columns.get("net_amount"), each.columns.get("discount_amount")
    if amount and amount.hits["negative"].count:
        table.reasons.append(f"returns: {amount.hits['negative'].count:,} amounts are negative, and count as returns")
    if discount and _is_share(discount.name):
        del table.columns["discount_amount"]
        table.attributes.append(discount.name)
        table.reasons.append(f"discount_amount: {discount.name!r} is a share, not an amount; kept by its own name")
    elif discount and discount.hits["negative"].count:
        table.columns["discount_amount"] = {"expr": f"0 - {named(discount.name)}"}
        table.reasons.append(f"discount_amount: {discount.name!r} is negative; the sign is turned")


def _is_share(name: str) -> bool:
    return "%" in name or any(word in name.lower() for word in ("prozent", "percent", "pct", "procent", "pourcent"))


def _refer(db: Scratch, table: TableDraft, *, file: _File, known: Sequence[_File], owner: Mapping[int, str]) -> None:
    mine = owner[id(file)]
    for name, target in CONTRACTS[table.contract].refs.items():
        raw = next((each.columns.get(name) for each in file.guesses if each.contract == table.contract), None)
        homes = [(other, each) for other in known for each in other.guesses if each.contract == target]
        if raw is None or not homes or target == table.contract:
            continue
        shares = [(found_in(db, (file.look, raw), of=(other.look, each.columns[CONTRACTS[target].key[0]])), other)
                  for other, each in homes]  # fmt: skip
        share, home = max(shares, key=lambda each: each[0])
        said = f"{name}: {share:.0%} of the ids in {raw.name!r} are in {home.name}"
        if share < _KNOWN:
            table.questions.append(f"{said}: are they ids of something else? Then write refs = {{ {name} = SOURCE }}.")
        else:
            table.reasons.append(said)
            if owner[id(home)] != mine:
                table.refs[name] = owner[id(home)]


def _currency(files: Sequence[_File]) -> str | None:
    symbols = {
        sign for file in files for column in file.part.numbers for sign in column.hits["symbol"].raw if sign in _SYMBOLS
    }
    words = {word.upper() for file in files for column in file.part.numbers
             for word in re.findall(r"[A-Za-z]{3,4}", column.name.upper().replace("EURO", "EUR"))}  # fmt: skip
    found = {_SYMBOLS[sign] for sign in symbols} or words & {*_SYMBOLS.values(), "CHF"}
    return found.pop() if len(found) == 1 else None


def _unknown(file: _File) -> Unknown:
    contract, lacking = nearly(file.look)
    return Unknown(file.name, contract, tuple(lacking), tuple(column.name for column in file.look.columns),
                   file.look.questions)  # fmt: skip
