"""The rows of one staged file under its contract: read, judged and written; what does not fit is set aside with a reason."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from regulars.capture.aside import Pile
from regulars.capture.layers import Feed, Layers
from regulars.capture.moment import moment
from regulars.capture.network import shortened_sql
from regulars.capture.reading import Reading, number
from regulars.capture.reason import Reason
from regulars.capture.sql import case, name, text, texts
from regulars.capture.survey import SQL_TYPES, Seen, Survey
from regulars.capture.zone import shifts, to_local
from regulars.contracts.model import Contract, Kind, source_of
from regulars.engines.scratch import Scratch

__all__ = ["Typing", "Zones"]

_ROWS = "FORMAT parquet, COMPRESSION snappy, DICTIONARY_SIZE_LIMIT 1000, ROW_GROUP_SIZE 30720"


# Contracts whose rows tell what has happened: they cannot lie in the future, nor on the days that stand for "unknown".
_HAPPENED = frozenset(
    ("order_line", "visit", "contact", "case", "survey", "message", "response", "consent", "opportunity",
     "identity_link", "stock")
)  # fmt: skip
_UNKNOWN = ("1900-01-01", "1901-01-01", "1970-01-01")


@dataclass(frozen=True, slots=True)
class Zones:
    """The zone of instants without an offset, the zone of business days, and what bounds events.

    `now` is UTC as ISO 8601: nothing has happened more than a day after it; `founded` is the company's first day.
    """

    source: str
    business: str
    now: str | None = None
    founded: str | None = None


class Typing:
    """The typed table of one file as SQL, and the three questions asked of it: rejects, changes, rows.

    Args:
        db: where the file is staged.
        layers: its texts by contract column.
        survey: what was counted over them.
        contract: the contract.
        zones: of the source and of business days.
    """

    def __init__(self, db: Scratch, layers: Layers, *, survey: Survey, contract: Contract, zones: Zones) -> None:
        self._db, self._layers, self._survey = db, layers, survey
        self._contract, self._zones = contract, zones
        self._readings = {each: seen.reading(zones.source) for each, seen in survey.seen.items()}
        self._names = [feed.name for feed in layers.feeds]

    def rejects(self) -> Iterator[tuple[int, str | None, str]]:
        """(record, column, reason) of the rows that cannot be loaded, by record."""
        faults = self._faults()
        if not faults:
            return
        columns = case([(test, text(column) if column else "NULL") for test, column, _ in faults])
        reasons = case([(test, reason) for test, _, reason in faults])
        any_fault = " OR ".join(f"({test})" for test, _, _ in faults)
        sql = (
            f"{self._with()} SELECT record, {columns} AS x, {reasons} AS y FROM keyed WHERE {any_fault} ORDER BY record"
        )
        for batch in self._db.batches(sql):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)

    def changes(self, pile: Pile) -> None:
        """Put aside a note of each descriptive value that becomes null."""
        lost = [feed for feed in self._layers.feeds if not feed.critical and self._may_fail(feed)]
        key = self._key_text()
        for feed in lost:
            reading = self._readings[feed.name]
            fault = f"{feed.raw} IS NOT NULL AND {self._value(feed.name)} IS NULL"
            sql = (
                f'{self._with()} SELECT record, {text(feed.name)} AS "column", {feed.raw} AS raw, '
                f"{reading.reason} AS reason, {key} AS key FROM keyed WHERE {fault} AND NOT ({self._any_fault()})"
            )
            for batch in self._db.batches(sql):
                pile.add_batch(batch)

    def write(self, path: Path, refs: Mapping[str, str], *, tax_included: bool) -> None:
        """Write the rows that fit."""
        picks = [f"{sql} AS {name(each)}" for each, sql in self._columns(refs, tax_included).items()]
        good = f" WHERE NOT ({self._any_fault()})" if self._faults() else ""
        sql = f"{self._with()} SELECT {', '.join(picks)} FROM keyed{good}"
        self._db.run(f"COPY ({sql}) TO {text(str(path))} ({_ROWS})")

    def _with(self) -> str:
        values = [f"{self._typed(feed)} AS {self._value(feed.name)}" for feed in self._layers.feeds]
        values += self._version()
        typed = f"typed AS (SELECT *{''.join(', ' + each for each in values)} FROM fed WHERE keep)"
        keys = [f"{self._joined(parts)} AS {self._value(column)}" for column, parts in self._layers.keys.items()]
        keyed = f"joined AS (SELECT *{''.join(', ' + each for each in keys)} FROM typed)"
        return f"WITH {self._layers.ctes},\n{typed},\n{keyed},\nkeyed AS (SELECT *{self._ordinal()} FROM joined)"

    @staticmethod
    def _value(column: str) -> str:
        return name(f"v_{column}")

    def _typed(self, feed: Feed) -> str:
        reading: Reading = self._readings[feed.name]
        return reading.value if self._survey.seen[feed.name].odd else reading.sure

    def _version(self) -> list[str]:
        if self._survey.version is None:
            return []
        feed = version_feed(self._layers)
        if self._survey.version is Kind.NUMBER:
            return [f"{number(feed.raw, Kind.NUMBER, dialect=feed.dialect).value} AS v_version"]
        reading = moment(feed.raw, feed.dialect).reading(Kind.INSTANT, self._zones.source, years=(1970, 2037))
        return [f"{reading.value} AS v_version"]

    def _joined(self, parts: tuple[str, ...]) -> str:
        texts = [f"CAST({self._part(part)} AS VARCHAR)" for part in parts]
        empty = " AND ".join(f"{each} IS NULL" for each in texts)
        joined = " || '|' || ".join(f"coalesce({each}, '')" for each in texts)
        return case([(empty, "NULL")], joined)

    def _part(self, part: str) -> str:
        return self._value(part) if part in self._names else name(f"k_{part}")

    def _ordinal(self) -> str:
        if "line_id" not in self._contract.names or "line_id" in {*self._names, *self._layers.keys}:
            return ""
        order = self._value("order_id")
        return f", CAST(row_number() OVER (PARTITION BY {order} ORDER BY record) AS VARCHAR) AS v_line_id"

    def _may_fail(self, feed: Feed) -> bool:
        seen = self._survey.seen[feed.name]
        if seen.odd:
            return True
        return feed.kind is Kind.INSTANT and bool(shifts(self._zones.source, seen.years[0], last=seen.years[1])[1])

    def _faults(self) -> list[tuple[str, str | None, str]]:
        found: list[tuple[str, str | None, str]] = [
            (f"miss_{each} IS NOT NULL", None, f"miss_{each}") for each in range(self._layers.joins)
        ]
        if self._layers.operands:
            found.append(("bad_operand", None, text(Reason.BAD_OPERAND)))
        for feed in self._layers.feeds:
            seen = self._survey.seen[feed.name]
            if feed.critical and self._may_fail(feed):
                fault = f"{feed.raw} IS NOT NULL AND {self._value(feed.name)} IS NULL"
                found.append((fault, feed.name, self._readings[feed.name].reason))
            if feed.required and (seen.values < self._survey.kept):
                found.append((f"{feed.raw} IS NULL", feed.name, text(Reason.MISSING_VALUE)))
        found += self._out_of_time()
        open_keys = [each for each, parts in self._layers.keys.items() if not self._full() & set(parts)]
        return found + [(f"{self._value(each)} IS NULL", each, text(Reason.MISSING_KEY)) for each in open_keys]

    def _out_of_time(self) -> list[tuple[str, str | None, str]]:
        column, zones = self._contract.time, self._zones
        if column not in self._names or self._contract.name not in _HAPPENED:
            return []
        seen = self._survey.seen[column]
        first, last = (0, 9999) if seen.feed.direct else seen.years
        day = self._business_date(column)
        found = [(f"{day} IN {texts(_UNKNOWN)}", Reason.PLACEHOLDER_DATE)] if first <= 1970 else []
        if zones.founded and first <= int(zones.founded[:4]):
            found.append((f"{day} < DATE {text(zones.founded)}", Reason.BEFORE_FOUNDED))
        if zones.now and last >= int(zones.now[:4]):
            late = f"CAST({self._value(column)} AS TIMESTAMP) > TIMESTAMP {text(zones.now)} + INTERVAL 1 DAY"
            found.append((late, Reason.IN_FUTURE))
        return [(f"coalesce({test}, false)", column, text(reason)) for test, reason in found]

    def _any_fault(self) -> str:
        return " OR ".join(f"({test})" for test, _, _ in self._faults()) or "false"

    def _key_text(self) -> str:
        parts = [each for each in self._contract.key if each in {*self._names, *self._layers.keys, "line_id"}]
        return self._joined_values(parts) if parts else "CAST(record AS VARCHAR)"

    def _joined_values(self, parts: list[str]) -> str:
        return " || '|' || ".join(f"coalesce(CAST({self._value(each)} AS VARCHAR), '')" for each in parts)

    def _columns(self, refs: Mapping[str, str], tax_included: bool) -> dict[str, str]:
        business = self._business(tax_included)
        # What is not mapped is left out, and null in the warehouse: writing it costs as much as what is there.
        keys = (self._contract.column(each) for each in self._contract.key)
        columns = {each.name: f"CAST(NULL AS {SQL_TYPES[each.kind]})" for each in keys} | business
        for each, origin in refs.items():
            if each in columns:
                columns[source_of(each)] = case([(f"{columns[each]} IS NOT NULL", text(origin))])
        if self._contract.time:
            columns["business_date"] = self._business_date(self._contract.time)
        columns |= {"content": _content(business, self._full()), "record": "record"}
        columns |= {each: self._value(each) for each in ("known_at",) if each in self._names}
        return columns | ({"version": "v_version"} if self._survey.version else {})

    def _business(self, tax_included: bool) -> dict[str, str]:
        given = {*self._names, *self._layers.keys} | ({"line_id"} if self._ordinal() else set())
        attributes = [each for each in self._names if each.startswith("attr_")]
        columns = {each: self._value(each) for each in (*self._contract.names, *attributes) if each in given}
        columns |= {each.name: shortened_sql(columns[each.name]) for each in self._contract.columns
                    if each.shortened and each.name in columns}  # fmt: skip
        if tax_included and {"net_amount", "tax_amount"} <= set(columns):
            net = f"{columns['net_amount']} - coalesce({columns['tax_amount']}, 0)"
            columns["net_amount"] = f"CAST({net} AS DECIMAL(18,4))"
        return columns

    def _full(self) -> set[str]:
        seen = self._survey.seen
        return {each for each in self._names if self._never_null(seen[each])}

    def _never_null(self, seen: Seen) -> bool:
        sure = seen.feed.critical or (seen.feed.kind in (Kind.TEXT, Kind.TEXTS) and not seen.odd)
        return seen.values == self._survey.kept and sure

    def _business_date(self, column: str) -> str:
        if column not in self._names:
            return "CAST(NULL AS DATE)"
        seen = self._survey.seen[column]
        value = self._value(column)
        if seen.feed.kind is Kind.DAY:
            return value
        if not seen.odd and not seen.feed.direct and self._zones.source == self._zones.business:
            return f"CAST({moment(seen.feed.raw, seen.feed.dialect).sure_local} AS DATE)"
        return f"CAST({to_local(value, self._zones.business, years=seen.years)} AS DATE)"


def version_feed(layers: Layers) -> Feed:
    """The version column as a feed of the last layer."""
    return Feed("version", Kind.TEXT, layers.dialect)


def _content(columns: Mapping[str, str], full: Collection[str]) -> str:
    # A null leaves no trace, so a column that is not mapped and one that is empty give the same hash.
    parts: list[str] = []
    for each, sql in columns.items():
        label = text(f"\x1f{each}=")
        value = f"CAST({sql} AS VARCHAR)"
        parts.append(f"{label}, {value}" if each in full else f"coalesce({label} || {value}, '')")
    return f"md5(concat({', '.join(parts)}))"
