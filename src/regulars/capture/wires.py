"""Is a delivery like those before it? Trip wires that hold a strange file before anything of it is loaded.

A file is measured when it is typed: rows, sum of amounts, newest day, filled columns, form of ids. With enough history it
is compared with the last deliveries of the same mapping. What a person releases joins the history, so that the same
strangeness is known the next time. A new mapping has no history, and is never bothered.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from regulars.contracts.model import Contract, Kind
from regulars.kernel.errors import ConfigError, nearest

__all__ = ["KEPT", "Profile", "Wires", "profile_of", "repeated_share", "unlike", "wires_from_config"]

KEPT = 30  # profiles that are remembered for each mapping
_MAD = 1.4826  # a normal distribution's sigma in median absolute deviations
_LARGE = 2_000_000  # rows beyond which a delivery is no daily one, and is measured by its metadata alone
_STEADY = 0.1  # sums that always agree still may move by this share


@dataclass(frozen=True, slots=True)
class Wires:
    """When a delivery counts as strange; all are keys of `[quality.delivery]`.

    Attributes:
        history: deliveries that must be known before anything is compared.
        rows_low: rows at least, as a share of the median of the last ones.
        rows_high: rows at most, the same way.
        few: deliveries of fewer rows than this (median) are not compared by their number and sum.
        amount_sigmas: robust standard deviations by which the sum of amounts may differ.
        repeated: the share of repeated keys inside the file, above what the last ones had.
        stale_days: days by which the newest day may lie behind the newest one delivered.
        reject_share: the share of rows that may be set aside.
        reject_rows: so many rows may always be set aside.
    """

    history: float = 8
    rows_low: float = 0.5
    rows_high: float = 2.0
    few: float = 20
    amount_sigmas: float = 3.0
    repeated: float = 0.1
    stale_days: float = 7
    reject_share: float = 0.01
    reject_rows: float = 20


@dataclass(frozen=True, slots=True)
class Profile:
    """One delivery in a few figures; `total` is of the contract's first amount, `newest` an ISO day."""

    rows: int
    total: float | None = None
    newest: str | None = None
    filled: Mapping[str, float] = field(default_factory=dict)
    digits: Mapping[str, float] = field(default_factory=dict)
    repeated: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """One JSON-able object."""
        return asdict(self)


def wires_from_config(section: Mapping[str, object]) -> Wires:
    """The thresholds that `[quality.delivery]` sets, over the defaults.

    Raises:
        ConfigError: there is no such key, or it is no number from 0 on.

    >>> wires_from_config({"history": 12}).history
    12.0
    """
    known = [each.name for each in fields(Wires)]
    for key, value in section.items():
        if key not in known:
            raise ConfigError(f"[quality.delivery] has no key {key!r}.", allowed=known, guess=nearest(key, known))
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise ConfigError(f"[quality.delivery] {key} is {value!r}.", fix="Write a number.")
    return Wires(**{key: float(value) for key, value in section.items()})  # type: ignore[arg-type]


def profile_of(rows: Path, contract: Contract, *, read: int) -> Profile:
    """Measure a typed file: its metadata, one amount column, and the ids of its first rows."""
    file = pq.ParquetFile(rows)
    names = [each for each in contract.names if each in file.schema_arrow.names]
    money = next((each for each in names if contract.column(each).kind is Kind.MONEY), None)
    total = _total(file, money) if money and file.metadata.num_rows <= _LARGE else None
    ids = [each for each in names if contract.column(each).kind is Kind.TEXT
           and (each in contract.key or each in contract.refs)]  # fmt: skip
    newest = _newest(file) if "business_date" in file.schema_arrow.names else None
    return Profile(read, total, newest, _filled(file, names), _digits(file, ids))


def _total(file: pq.ParquetFile, column: str) -> float:
    sums = [pc.sum(batch.column(0)).as_py() for batch in file.iter_batches(200_000, columns=[column])]
    return float(sum(each for each in sums if each is not None))


def _groups(file: pq.ParquetFile, column: str) -> Iterator[Any]:
    place = file.schema_arrow.names.index(column)
    for group in range(file.metadata.num_row_groups):
        yield file.metadata.row_group(group).column(place)


def _newest(file: pq.ParquetFile) -> str | None:
    found = [each.statistics.max for each in _groups(file, "business_date")
             if each.statistics is not None and each.statistics.has_min_max]  # fmt: skip
    return max(found).isoformat() if found else None


def _filled(file: pq.ParquetFile, names: Sequence[str]) -> dict[str, float]:
    count = file.metadata.num_rows
    return {each: round(1 - _nulls(file, each) / count, 4) for each in names} if count else {}


def _nulls(file: pq.ParquetFile, column: str) -> int:
    stats = [each.statistics for each in _groups(file, column)]
    return sum(each.null_count for each in stats if each is not None and each.has_null_count)


def _digits(file: pq.ParquetFile, ids: Sequence[str]) -> dict[str, float]:
    if not ids or not file.metadata.num_row_groups:
        return {}
    first = file.read_row_group(0, columns=list(ids))
    return {each: share for each in ids if (share := _whole(first[each])) is not None}


def _whole(column: pa.ChunkedArray) -> float | None:
    values = column.drop_null()
    if not len(values):
        return None
    found = pc.sum(pc.match_substring_regex(values, "^[0-9]+$").cast(pa.int64())).as_py()
    return float(round(found / len(values), 4))


def repeated_share(rows: Path, contract: Contract) -> float:
    """The share of rows whose key stands in the file before, 0 to 1; 0 for a very large file."""
    if pq.read_metadata(rows).num_rows > _LARGE:
        return 0.0
    keys = pq.read_table(rows, columns=list(contract.key))
    if not keys.num_rows:
        return 0.0
    different = keys.group_by(list(contract.key)).aggregate([]).num_rows
    return float(round(1 - different / keys.num_rows, 4))


def unlike(now: Profile, before: Sequence[Profile], *, wires: Wires) -> list[str]:
    """What is strange about a delivery, in sentences without a full stop; empty when nothing is.

    Args:
        now: the delivery.
        before: the ones before it, oldest first.
        wires: the thresholds.

    >>> unlike(Profile(10), [Profile(100)] * 8, wires=Wires())
    ['it has 10 rows where the last 8 had 100 (median)']
    >>> unlike(Profile(10), [Profile(100)] * 7, wires=Wires())
    []
    """
    least = int(wires.history)
    if len(before) < max(least, 1):
        return []
    last = before[-least:]
    found = [_rows(now, before, last=last, wires=wires), _sum(now, before, last=last, wires=wires)]
    found += [_repeats(now, last, wires=wires), _stale(now, last, wires=wires)]
    return [each for each in found if each] + _emptied(now, last, wires=wires) + _retyped(now, last, wires=wires)


def _rows(now: Profile, before: Sequence[Profile], *, last: Sequence[Profile], wires: Wires) -> str | None:
    usual = median(each.rows for each in last)
    if max(usual, now.rows) < wires.few or wires.rows_low * usual <= now.rows <= wires.rows_high * usual:
        return None
    if _met(now.rows, [each.rows for each in before]):
        return None
    return f"it has {now.rows:,} rows where the last {len(last)} had {usual:,.0f} (median)"


def _met(value: float, before: Sequence[float]) -> bool:
    # A shop that is closed on Sundays has small files each week: what was accepted before is not strange.
    return min(before) <= value <= max(before)


def _sum(now: Profile, before: Sequence[Profile], *, last: Sequence[Profile], wires: Wires) -> str | None:
    sums = [each.total for each in before if each.total is not None]
    if now.total is None or len(sums) < len(last) or median(each.rows for each in last) < wires.few:
        return None
    middle = median(sums)
    sigma = max(_MAD * median(abs(each - middle) for each in sums), _STEADY * abs(middle))
    if abs(now.total - middle) <= wires.amount_sigmas * sigma or _met(now.total, sums):
        return None
    return f"its amounts come to {now.total:,.2f} where the last {len(sums)} came to {middle:,.2f} (median)"


def _repeats(now: Profile, last: Sequence[Profile], *, wires: Wires) -> str | None:
    usual = median(each.repeated for each in last)
    if now.repeated <= usual + wires.repeated:
        return None
    return f"{now.repeated:.0%} of its rows repeat a key of the same file, where {usual:.0%} did before"


def _stale(now: Profile, last: Sequence[Profile], *, wires: Wires) -> str | None:
    days = sorted({date.fromisoformat(each.newest) for each in last if each.newest})
    if now.newest is None or not days:
        return None
    steps = [(later - earlier).days for earlier, later in itertools.pairwise(days)]
    allowed = max(wires.stale_days, 3 * median(steps) if steps else 0)
    if date.fromisoformat(now.newest) >= days[-1] - timedelta(days=allowed):
        return None
    return f"its newest day is {now.newest}, where {days[-1].isoformat()} was delivered before"


def _emptied(now: Profile, last: Sequence[Profile], *, wires: Wires) -> list[str]:
    if now.rows < wires.few:
        return []
    usual = {each: median(profile.filled.get(each, 0.0) for profile in last) for each in last[-1].filled}
    return [f"{each} is empty, where {share:.0%} of it was filled before"
            for each, share in usual.items() if share >= 0.5 and not now.filled.get(each, 0.0)]  # fmt: skip


def _retyped(now: Profile, last: Sequence[Profile], *, wires: Wires) -> list[str]:
    if now.rows < wires.few:
        return []
    found = []
    for each, share in now.digits.items():
        usual = [profile.digits[each] for profile in last if each in profile.digits]
        if usual and abs(median(usual) - share) > 0.9:
            was, is_now = ("numbers", "no numbers") if share < 0.5 else ("no numbers", "numbers")
            found.append(f"the ids of {each} are {is_now}, where they were {was} before")
    return found
