"""One look at every value of the staged file: how many there are, how many have the common form, in which years they lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from regulars.capture.layers import Feed, Layers
from regulars.capture.moment import Moment, moment
from regulars.capture.reading import Reading, coded, flag, number, passed, undeclared
from regulars.contracts.model import Kind
from regulars.engines.scratch import Scratch

__all__ = ["SQL_TYPES", "Seen", "Survey", "survey_of"]

SQL_TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.TEXTS: "VARCHAR",
    Kind.MONEY: "DECIMAL(18,4)",
    Kind.QUANTITY: "DECIMAL(18,3)",
    Kind.NUMBER: "DOUBLE",
    Kind.INTEGER: "BIGINT",
    Kind.FLAG: "BOOLEAN",
    Kind.INSTANT: "TIMESTAMP",
    Kind.DAY: "DATE",
}
_THIS = (2000, 2030)
_GROUPED, _POINTED = 1, 3  # the least and the highest level of a number


@dataclass(frozen=True, slots=True)
class Seen:
    """One column's counts: values, those of the common form, and the years of its times."""

    feed: Feed
    values: int
    fast: int
    years: tuple[int, int] = _THIS
    grouped: bool = False  # some may have groups of thousands
    pointed: bool = False  # some show that the point is the decimal mark

    @property
    def odd(self) -> bool:
        """Whether some values have not the common form."""
        return self.fast < self.values

    @property
    def doubtful(self) -> bool:
        """Whether the declared reading must be held against the values."""
        return self.odd or (self.grouped and not self.pointed)

    def reading(self, zone: str) -> Reading:
        """The typed reading of the column."""
        feed = self.feed
        if feed.kind in (Kind.DAY, Kind.INSTANT) and not feed.direct:
            return moment(feed.raw, feed.dialect).reading(feed.kind, zone, years=self.years)
        return _reading(feed)


@dataclass(frozen=True, slots=True)
class Survey:
    """The counts of a staged file; `kept` is what `where` leaves."""

    total: int
    kept: int
    seen: Mapping[str, Seen]
    version: Kind | None = None


def _reading(feed: Feed) -> Reading:
    if feed.coded and not feed.direct:
        return coded(feed.raw)
    if feed.direct or feed.kind in (Kind.TEXT, Kind.TEXTS):
        return passed(feed.raw, SQL_TYPES[feed.kind])
    if feed.kind is Kind.FLAG:
        return flag(feed.raw)
    return number(feed.raw, feed.kind, dialect=feed.dialect)


def survey_of(db: Scratch, layers: Layers, *, version: Feed | None) -> Survey:
    """Count everything once; times with odd forms are looked at a second time for their years."""
    picks = ["count(*)"]
    looks = ["record"]
    for place, feed in enumerate(layers.read):
        picks += _picks(feed, place)
        looks += [f"{feed.raw} AS t{place}", f"{_look(feed)} AS s{place}"]
    for place, sql in enumerate(_version_looks(version)):
        picks.append(f"count(y{place})")
        looks.append(f"{sql} AS y{place}")
    row = list(
        db.one(f"WITH {layers.ctes} SELECT {', '.join(picks)} FROM (SELECT {', '.join(looks)} FROM fed WHERE keep)")
    )
    kept = row.pop(0)
    seen: dict[str, Seen] = {}
    for place, feed in enumerate(layers.read):
        mine, row = row[: len(_picks(feed, place))], row[len(_picks(feed, place)) :]
        seen[feed.name] = _seen(db, layers, feed=feed, found=mine)
    total = db.one(f"WITH {layers.ctes} SELECT count(*) FROM fed")[0] if layers.filtered else kept
    return Survey(total, kept, seen, _version_kind(row) if version else None)


def _timed(feed: Feed) -> Moment | None:
    return moment(feed.raw, feed.dialect) if feed.kind in (Kind.DAY, Kind.INSTANT) and not feed.direct else None


def _look(feed: Feed) -> str:
    timed = _timed(feed)
    return timed.fast_local if timed else _reading(feed).fast


def _picks(feed: Feed, place: int) -> list[str]:
    counts = [f"count(t{place})", f"count(s{place})"]
    if _timed(feed):
        return [*counts, f"year(min(s{place}))", f"year(max(s{place}))"]
    return [*counts, f"min(s{place})", f"max(s{place})"] if _levelled(feed) else counts


def _levelled(feed: Feed) -> bool:
    return not feed.direct and undeclared(feed.kind, feed.dialect)


def _seen(db: Scratch, layers: Layers, *, feed: Feed, found: list[int | None]) -> Seen:
    values, fast = int(found[0] or 0), int(found[1] or 0)
    timed = _timed(feed)
    if timed is None:
        levels = found[2:4] if _levelled(feed) else [None, None]
        return Seen(feed, values, fast, grouped=levels[0] == _GROUPED, pointed=levels[1] == _POINTED)
    first, last = found[2], found[3]
    if fast < values:
        first, last = db.one(
            f"WITH {layers.ctes} SELECT year(min({timed.local})), year(max({timed.local})) FROM fed WHERE keep"
        )
    years = (first, last) if first is not None and last is not None else _THIS
    if years[0] <= 1900 or years[1] >= 2261:
        fast = min(fast, values - 1)  # some may be out of range, so each is looked at
    return Seen(feed, values, fast, (min(max(years[0] - 1, 1901), 2260), min(max(years[1] + 1, 1901), 2260)))


def _version_looks(version: Feed | None) -> list[str]:
    if version is None:
        return []
    timed = moment(version.raw, version.dialect)
    counted = number(version.raw, Kind.NUMBER, dialect=version.dialect)
    return [version.raw, timed.local, counted.value]


def _version_kind(counts: list[int]) -> Kind:
    _, times, numbers = counts
    return Kind.NUMBER if numbers >= times else Kind.INSTANT
