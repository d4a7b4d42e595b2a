"""What is in a file that nobody has described yet: its encoding, its columns, and what all of their values look like.

Every value of the file is looked at, none is converted: a count, and the first record that shows it, for each shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from regulars.capture.aside import REJECTS, Pile
from regulars.capture.dialect import Dialect
from regulars.capture.job import Landed, Limits
from regulars.capture.moment import ordered
from regulars.capture.objects import entries
from regulars.capture.reading import number_pattern
from regulars.capture.record import Lines
from regulars.capture.shape import shape_of
from regulars.capture.sheet import Sheet, Stage, ident
from regulars.capture.sheets import sheet_of
from regulars.capture.sql import text, texts
from regulars.capture.trace import lines_of
from regulars.capture.unpack import format_of, unpack
from regulars.engines.scratch import Scratch

__all__ = ["FORMATS", "NOTHING", "READINGS", "Column", "Hit", "Look", "found_in", "look", "repeated"]

READINGS = ((".", None), (",", None), (",", "."), (".", ","), (",", " "), (".", "'"), (".", " "))
FORMATS = ("%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%Y%m%d", "%d.%m.%y %H:%M", "%m/%d/%y %H:%M")
NOTHING = ("-", "--", "n/a", "N/A", "NA", "NULL", "null", "None", "#N/A", "k.A.", "k. A.", "n.v.t.", "?", "unknown")
_BLANKS = "' \t\r\n\u00a0\ufeff'"
_ISO = "^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.,]+ ?(Z|z|[+-][0-9:]{2,6})?)?$"
_MARKS = (b"\xff\xfe", b"\xfe\xff")
_OLD_DOS = re.compile(rb"[A-Za-z][\x81\x84\x94][a-z]")


@dataclass(frozen=True, slots=True)
class Hit:
    """How many values have a shape, and the first of them."""

    count: int = 0
    record: int = 0
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One raw column; `typed` says that its values came with a type, so that no locale applies to them."""

    name: str
    position: int
    filled: int
    distinct: int
    typed: bool
    hits: Mapping[str, Hit]

    def share(self, *shapes: str) -> float:
        """The share of values that have one of the shapes, 0 to 1, texts that mean nothing left out."""
        known = self.filled - self.hits["nothing"].count
        return sum(self.hits[each].count for each in shapes) / known if known else 0.0


@dataclass(frozen=True, slots=True)
class Look:
    """One file: what it is, and all its columns; `sheet` is where its staged texts are for as long as `db` is open."""

    path: Path
    format: str
    encoding: str | None
    delimiter: str | None
    records: int
    columns: tuple[Column, ...]
    sheet: Sheet
    spelling: str = ""  # what shows the encoding
    reasons: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()

    def line(self, db: Scratch, record: int) -> int:
        """The physical line of a record."""
        return lines_of(self.sheet, db, wanted=[record]).get(record, record)


@dataclass(slots=True)
class _Encoding:
    read_as: str = "utf-8"
    claim: str | None = None  # what the source must declare; None: any declaration reads the file
    why: str = ""
    questions: list[str] = field(default_factory=list)


def look(db: Scratch, path: Path, *, folder: Path) -> Look:
    """Look at the whole of one file.

    Args:
        db: where the staged texts can be asked.
        path: a CSV, TSV, JSON lines or Parquet file, plain or .gz.
        folder: an existing empty folder for what is staged.

    Raises:
        DataError: the file is of an unknown type, broken, or empty.
    """
    kind = format_of(path.name)
    landed = Landed(str(path), path.name)
    encoding = _encoding(landed, folder) if kind in ("csv", "json") else _Encoding()
    dialect = Dialect(encoding=encoding.read_as, declared=frozenset({"encoding"} if encoding.claim else ()))
    aside = Pile(folder / "aside.parquet", REJECTS)
    names = _json_names(landed, folder, dialect=dialect) if kind == "json" else ()
    sheet = sheet_of(Stage(db, folder, dialect, Limits(), aside), landed, wanted=names, choose=_all)
    columns = tuple(_column(db, sheet, position=position) for position in range(len(sheet.names)))
    records = int(db.one(f"SELECT count(*) FROM {sheet.relation}")[0])
    delimiter = _delimiter(path, folder) if kind == "csv" else None
    if aside.count:
        encoding.questions.append(f"{aside.count} records are not whole; capture sets them aside, see `quarantine`.")
    reason = f"{records:,} records with {len(columns)} columns" + (f", cut by {delimiter!r}" if delimiter else "")
    return Look(path, kind, encoding.claim, delimiter, records, columns, sheet, encoding.why, (reason,),
                (*encoding.questions, *_headless(sheet.names, records)))  # fmt: skip


def _delimiter(path: Path, folder: Path) -> str:
    tabs = "\t" if path.name.lower().removesuffix(".gz").endswith(".tsv") else None
    return shape_of(folder / "plain.txt", tabs, wanted=(), file=path.name).delimiter


def _all(names: Sequence[str]) -> range:
    return range(len(names))


def _json_names(landed: Landed, folder: Path, *, dialect: Dialect) -> tuple[str, ...]:
    limits = replace(Limits(), line=1 << 60)
    plain = unpack(landed, folder / "probe.txt", dialect=dialect, limits=limits)
    names: dict[str, None] = {}
    for entry in entries(plain.path, longest=limits.line, file=landed.name):
        names |= dict.fromkeys(_flat(entry.value or {}, ""))
    return tuple(names)


def _flat(value: Mapping[str, Any], before: str) -> Iterator[str]:
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield from _flat(inner, f"{before}{name}.")
        else:
            yield before + name


def _headless(names: Sequence[str], records: int) -> list[str]:
    if not records:
        return ["The file has a header and no records: nothing can be proved; give a fuller export."]
    odd = [name for name in names if re.fullmatch(r"[0-9.,:/ -]+", name)]
    if not odd:
        return []
    return [f"The first line looks like data, not like a header ({odd[0]!r}): add a line with the columns' names."]


def _encoding(landed: Landed, folder: Path) -> _Encoding:
    plain = unpack(landed, folder / "probe.txt", dialect=Dialect(), limits=Limits())
    if plain.undecodable:
        return _eight_bits(plain.path)
    if plain.encoding.startswith("utf-16"):
        marked = Path(landed.raw).read_bytes()[:2] in _MARKS
        return _Encoding(plain.encoding, None if marked else plain.encoding, f"the bytes are {plain.encoding}")
    if _is_ascii(plain.path):
        return _Encoding()
    return _Encoding("utf-8", "utf-8", "all letters beyond ASCII are valid UTF-8")


def _is_ascii(path: Path) -> bool:
    with path.open("rb") as stream:
        return all(chunk.isascii() for chunk in iter(lambda: stream.read(1 << 20), b""))


def _eight_bits(path: Path) -> _Encoding:
    number, raw = _first_odd(path)
    try:
        shown = raw.decode("cp1252").strip()
    except UnicodeDecodeError:
        shown = ""
    if not shown or _OLD_DOS.search(raw):
        ask = f'encoding: line {number} is not UTF-8 and looks like old DOS text: is it "cp850" or "cp1252"?'
        return _Encoding("latin-1", None, "", [ask])
    return _Encoding("cp1252", "cp1252", f"line {number} is not UTF-8; in cp1252 it reads {shown[:60]!r}")


def _first_odd(path: Path) -> tuple[int, bytes]:
    lines = Lines(path)
    try:
        while (line := lines.take()) is not None:
            if not line.isascii() and any("\ud800" <= sign <= "\udfff" for sign in line):
                return lines.number, line.encode("utf-8", "surrogateescape")
    finally:
        lines.close()
    return 0, b""


_BARE = "regexp_replace(v, '^[+-]?[€$£¥ ]*|[€$£¥ ]*$', '', 'g')"
_ANY = "(" + " OR ".join(f"fit{place}" for place in range(len(READINGS))) + ")"
# Asked once for each distinct value; what begins with a letter is neither a number nor a date.
_FACTS = {
    f"fit{place}": f"regexp_full_match(bare, {text(number_pattern(*each))})" for place, each in enumerate(READINGS)
}
_FACTS |= {
    "by_day": f"({ordered('v', 'day-first')}) IS NOT NULL",
    "by_month": f"({ordered('v', 'month-first')}) IS NOT NULL",
}
_TESTS = {
    "nothing": f"v IN {texts(NOTHING)}",
    "iso": f"regexp_matches(v, {text(_ISO)}) AND try_cast(substr(v, 1, 10) AS DATE) IS NOT NULL",
    "day": "by_day AND NOT by_month",
    "month": "by_month AND NOT by_day",
    "either": "by_day AND by_month",
    "number": _ANY,
    "whole": "regexp_full_match(v, '[+-]?[0-9]+')",
    "negative": f"starts_with(v, '-') AND {_ANY}",
    "symbol": f"regexp_matches(v, '[€$£¥]') AND {_ANY}",
    "mail": "regexp_full_match(v, '[^@ ]+@[^@ ]+[.][^@ ]+')",
    **{f"reading{place}": f"fit{place}" for place in range(len(READINGS))},
    **{f"odd{place}": f"{_ANY} AND NOT fit{place}" for place in range(len(READINGS))},
    **{each: f"try_strptime(v, {text(each)}) IS NOT NULL" for each in FORMATS},
}


def _column(db: Scratch, sheet: Sheet, *, position: int) -> Column:
    value = f"nullif(trim({ident(position)}, {_BLANKS}), '')"
    rows = f"SELECT {value} AS v, record FROM {sheet.relation}"
    values = f"SELECT v, count(*) AS n, min(record) AS record FROM ({rows}) WHERE v IS NOT NULL GROUP BY v"
    likely = "NOT regexp_matches(v, '^[A-Za-z]')"
    facts = ", ".join(f"{likely} AND {sql} AS {name}" for name, sql in _FACTS.items())
    asked = f"SELECT v, n, record, {facts} FROM (SELECT *, {_BARE} AS bare FROM ({values}))"
    picks = ["coalesce(sum(n), 0)", "count(*)"]
    for test in _TESTS.values():
        holds = f"FILTER (WHERE {test})"
        picks += [f"coalesce(sum(n) {holds}, 0)", f"min(record) {holds}", f"arg_min(v, record) {holds}"]
    found = db.one(f"SELECT {', '.join(picks)} FROM ({asked})")
    hits = {
        name: Hit(int(found[2 + 3 * place]), found[3 + 3 * place] or 0, found[4 + 3 * place] or "")
        for place, name in enumerate(_TESTS)
    }
    return Column(sheet.names[position], position, int(found[0]), int(found[1]), position in sheet.typed, hits)


def found_in(db: Scratch, ids: tuple[Look, Column], *, of: tuple[Look, Column]) -> float:
    """The share of distinct ids of one column that another column has, 0 to 1."""
    left, right = (f"SELECT DISTINCT trim({ident(column.position)}) AS v FROM {each.sheet.relation}"
                   for each, column in (ids, of))  # fmt: skip
    sql = f"SELECT count(*), count(b.v) FROM ({left}) a LEFT JOIN ({right}) b USING (v) WHERE a.v <> ''"
    total, found = db.one(sql)
    return found / total if total else 0.0


def repeated(db: Scratch, what: Look, *, columns: Sequence[Column]) -> tuple[int, str]:
    """How many keys stand in several records, and one of them; the key is all of `columns`."""
    parts = ", ".join(ident(column.position) for column in columns)
    sql = f"SELECT {parts}, count(*) AS n FROM {what.sheet.relation} GROUP BY {parts} HAVING count(*) > 1"
    row = db.one(f"SELECT count(*), min(concat_ws(' ', {parts})) FROM ({sql})")
    return int(row[0]), str(row[1] or "")
