"""`check`: is what was captured complete, valid, unique, fresh, consistent, and do its ids lead somewhere?

Every run is kept in the table `quality`, with the figures that a failing check touches. Thresholds come from `[quality]`:
by dimension (`completeness = 0.9`), or by contract and dimension (`[quality.order_line]` with `completeness = 0.95`).
`timeliness` is a number of days; where none is given, a feed that comes seldom may be silent for twice its usual pause.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from regulars.capture.mapping import mapping_from_config
from regulars.contracts.catalog import CONTRACTS
from regulars.contracts.model import Contract, source_of
from regulars.kernel.errors import ConfigError, nearest
from regulars.project.project import Project
from regulars.project.publish import Step, publish
from regulars.project.rhythm import Feed, feeds_with_time, feeds_without_time
from regulars.semantics.touched import touched
from regulars.store.quality import accounted, consistent, filled, referred, referring, repeated, unique
from regulars.store.rule import RULES
from regulars.store.warehouse import Publication

__all__ = ["DEFAULTS", "check", "step"]

# Shares from which a dimension passes; of timeliness the days that a source may lie behind the newest one.
DEFAULTS: dict[str, float] = {
    "completeness": 0.8,
    "validity": 0.99,
    "uniqueness": 1.0,
    "timeliness": 7,
    "consistency": 0.99,
    "references": 0.95,
}
_PAST = frozenset({"order_line", "visit", "contact", "survey", "message", "response", "case", "consent"})
_ZONES = timedelta(days=1)  # somewhere it is tomorrow already
_PAUSES = 2  # so many times its usual pause may a feed be silent
_KEPT = ("contract", "source", "dimension", "column", "passed", "tested", "share", "threshold", "ok", "why")
_ELSEWHERE = 0.5  # ids of which this share is found in another source's table are probably that source's


@dataclass(frozen=True, slots=True)
class _Table:
    project: Project
    contract: Contract
    rows: ir.Table
    mapped: Mapping[str, frozenset[str]]

    def asked(self, expression: ir.Table) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.project.engine.arrow(expression).to_pylist()
        return sorted(found, key=lambda row: row["source"])


def step(project: Project) -> Step:
    """The step as `run` plans it."""
    captured = [name for name, each in CONTRACTS.items() if each.captured]
    return Step("check", tuple(captured), {"quality": project.config.values.get("quality", {})})


def check(project: Project) -> dict[str, Any]:
    """Judge every contract and source that has rows, and keep the result.

    Returns:
        `quality`: rows of contract, source, dimension, passed, tested, share, threshold, ok, why, columns (at fault),
        metrics and dimensions (that a failing check touches); `column` where the row is about one; newest, days and rhythm
        (days between two deliveries as a rule) for timeliness. `failing`: how many are not ok.

    Raises:
        ConfigError: `[quality]` names a contract or a dimension that is not there.
    """
    started, limits = project.now, _limits(project)
    tables = _tables(project)
    rows = [*_validity(project), *(row for table in tables for row in _of_table(table))]
    rows += [*_timeliness(project, tables), *_references(tables)]
    judged = [_judged(row, limits) for row in rows]
    judged.sort(key=lambda row: (row["contract"], row["source"], list(DEFAULTS).index(row["dimension"])))
    if judged:
        _keep(project, judged, started=started)
    failing = sum(not row["ok"] for row in judged)
    return {"quality": judged, "ok": not failing, "failing": failing}


def _keep(project: Project, judged: Sequence[Mapping[str, Any]], *, started: Any) -> None:
    texts = ("columns", "metrics", "dimensions")
    rows = [
        {
            **{name: row.get(name) for name in _KEPT},
            **{name: " ".join(row[name]) for name in texts},
            "checked_at": started,
        }
        for row in judged
    ]
    schema = pa.schema([(name, pa.string()) for name in ("contract", "source", "dimension", "column", "why", *texts)]
                       + [("passed", pa.int64()), ("tested", pa.int64()), ("share", pa.float64()),
                          ("threshold", pa.float64()), ("ok", pa.bool_()), ("checked_at", pa.timestamp("us"))])  # fmt: skip
    table = project.engine.bring(pa.Table.from_pylist(rows, schema=schema))
    publish(project, step(project), publications=[Publication("quality", table, append=True)], started=started)


def _limits(project: Project) -> dict[str, dict[str, float]]:
    own = {**project.config.values.get("quality", {})}
    own.pop("delivery", None)  # what holds a delivery is capture's matter
    for name, value in own.items():
        inner = value if isinstance(value, dict) else {name: value}
        if isinstance(value, dict) and name not in CONTRACTS:
            raise ConfigError(f"[quality.{name}] names no contract.", guess=nearest(name, CONTRACTS), allowed=CONTRACTS)
        for dimension, limit in inner.items():
            _check_limit(dimension, limit)
    shared = {name: value for name, value in own.items() if not isinstance(value, dict)}
    return {"": DEFAULTS | shared, "own": shared} | {
        name: value for name, value in own.items() if isinstance(value, dict)
    }


def _check_limit(dimension: str, limit: Any) -> None:
    if dimension not in DEFAULTS:
        raise ConfigError(
            f"[quality] has no dimension {dimension!r}.", allowed=DEFAULTS, guess=nearest(dimension, DEFAULTS)
        )
    if isinstance(limit, bool) or not isinstance(limit, int | float) or limit < 0:
        fix = "Write days." if dimension == "timeliness" else "Write a share from 0 to 1."
        raise ConfigError(f"[quality] {dimension} is {limit!r}.", fix=fix)


def _tables(project: Project) -> list[_Table]:
    batch = project.warehouse.table("batch")
    found = project.engine.arrow(batch.filter(batch.read > 0).select("contract").distinct())["contract"].to_pylist()
    mapped = _mapped(project)
    names = [name for name in CONTRACTS if name in found]
    return [_Table(project, CONTRACTS[name], project.warehouse.table(name), mapped.get(name, {})) for name in names]


def _mapped(project: Project) -> dict[str, dict[str, frozenset[str]]]:
    """Contract -> source -> the columns that its mappings feed."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    for source, section in project.config.named("sources").items():
        for table in section.get("tables", []):
            mapping = mapping_from_config(source, table)
            columns = frozenset(mapping.columns or ()) | frozenset(mapping.constants)
            there = found.setdefault(mapping.contract, {})
            there[source] = there.get(source, frozenset()) | columns
    return found


def _row(contract: str, source: str, *, dimension: str, **counts: Any) -> dict[str, Any]:
    return {"contract": contract, "source": source, "dimension": dimension, "why": "", **counts}


def _judged(row: dict[str, Any], limits: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    own = limits.get(row["contract"], {}).get(row["dimension"])
    limit = limits[""][row["dimension"]] if own is None else own
    if row["dimension"] == "timeliness":
        usual = own is None and "timeliness" not in limits["own"]
        row, limit = _timely(row, limit, stretch=usual), 1.0
    tested, passed = row["tested"], row["passed"]
    share = passed / tested if tested else None
    ok = (share is None or share >= limit) and not row.get("fails", False)
    told = {name: row[name] for name in ("contract", "source", "dimension", "column", *_NEWS) if name in row}
    columns = sorted(name for name, filled_share in row.get("shares", {}).items() if filled_share < limit)
    metrics, dimensions = ([], []) if ok else touched(row["contract"], columns or row.get("columns", ()))
    return {**told, "passed": passed, "tested": tested, "share": share, "threshold": limit, "ok": ok, "why": row["why"],
            "columns": columns if not ok else [], "metrics": metrics, "dimensions": dimensions}  # fmt: skip


_NEWS = ("newest", "days", "rhythm")


def _timely(row: dict[str, Any], limit: float, *, stretch: bool) -> dict[str, Any]:
    rhythm = row["rhythm"]
    if stretch and rhythm is not None:
        limit = max(limit, _PAUSES * rhythm)
    beat = f"; it brings news every {rhythm:g} days as a rule" if rhythm is not None else ""
    why = f"its newest row is of {row['newest']}, {row['days']} days behind the newest source{beat}; {limit:g} may be"
    if row["ahead"]:
        why = f"its newest row is of {row['newest']}, which is still to come"
    return {**row, "tested": 1, "passed": int(row["days"] <= limit and not row["ahead"]), "why": why}


def _validity(project: Project) -> Iterator[dict[str, Any]]:
    found = project.engine.arrow(accounted(project.warehouse.table("batch"))).to_pylist()
    for row in sorted(found, key=lambda each: (each["contract"], each["source"])):
        why = []
        if row["set_aside"]:
            why.append(f"{row['set_aside']:,} rows are set aside: regulars quarantine {row['source']}")
        if row["held"]:
            why.append(f"{row['held']} files are held and not read: regulars quarantine {row['source']}")
        yield _row(row["contract"], row["source"], dimension="validity", tested=row["read"],
                   passed=row["read"] - row["set_aside"], why="; ".join(why), fails=row["held"] > 0)  # fmt: skip


def _of_table(table: _Table) -> Iterator[dict[str, Any]]:
    yield from _completeness(table)
    yield from _uniqueness(table)
    yield from _consistency(table)


def _completeness(table: _Table) -> Iterator[dict[str, Any]]:
    required = {column.name for column in table.contract.columns if column.required}
    for row in table.asked(filled(table.rows, table.contract.names)):
        wanted = required | table.mapped.get(row["source"], frozenset())
        names = [name for name in table.contract.names if name in wanted]
        empty = sorted((row[name] / row["tested"], name) for name in names if row[name] < row["tested"])
        why = "least filled: " + ", ".join(f"{name} {share:.1%}" for share, name in empty[:3]) if empty else ""
        yield _row(table.contract.name, row["source"], dimension="completeness", tested=row["tested"] * len(names),
                   passed=sum(row[name] for name in names), why=why,
                   shares={name: share for share, name in empty})  # fmt: skip


def _uniqueness(table: _Table) -> Iterator[dict[str, Any]]:
    contract = table.contract
    others = [name for name in contract.names if name not in contract.key]
    copies = {row["source"]: row["copies"] for row in table.asked(repeated(table.rows, others))} if others else {}
    for row in table.asked(unique(table.rows, contract.key)):
        count = copies.get(row["source"], 0)
        why = f"{count:,} rows say the same as another one under a different key" if count else ""
        yield _row(
            contract.name, row["source"], dimension="uniqueness", tested=row["tested"], passed=row["passed"], why=why
        )


def _consistency(table: _Table) -> Iterator[dict[str, Any]]:
    rules = RULES.get(table.contract.name, ())
    for row in table.asked(consistent(table.rows, rules)) if rules else ():
        tested = sum(row[f"tested_{number}"] for number in range(len(rules)))
        broken = {rule.says: row[f"broken_{number}"] for number, rule in enumerate(rules)}
        why = "; ".join(f"not in {count:,} rows: {says}" for says, count in broken.items() if count)
        if tested:
            passed = tested - sum(broken.values())
            columns = {name for number, rule in enumerate(rules) if row[f"broken_{number}"] for name in rule.columns}
            yield _row(table.contract.name, row["source"], dimension="consistency", tested=tested, passed=passed, why=why,
                       shares=dict.fromkeys(columns, passed / tested))  # fmt: skip


def _timeliness(project: Project, tables: Sequence[_Table]) -> Iterator[dict[str, Any]]:
    dated = {table.contract.name: table.rows for table in tables if table.contract.time}
    today = project.now.date() + _ZONES
    feeds = [feed for name, rows in dated.items() for feed in feeds_with_time(project.engine, name, rows=rows)]
    last = max((feed.newest for feed in feeds if feed.newest <= today), default=today)
    yield from (_news(feed, last=last, today=today) for feed in feeds)
    undated = {table.contract.name for table in tables} - set(dated)
    others = feeds_without_time(project.engine, project.warehouse.table("batch"), contracts=undated)
    arrival = max((feed.newest for feed in others), default=today)
    yield from (_news(feed, last=arrival, today=today) for feed in others)


def _news(feed: Feed, *, last: date, today: date) -> dict[str, Any]:
    return _row(feed.contract, feed.source, dimension="timeliness", newest=feed.newest, rhythm=feed.rhythm,
                days=max((last - feed.newest).days, 0), ahead=feed.newest > today and feed.contract in _PAST)  # fmt: skip


def _references(tables: list[_Table]) -> Iterator[dict[str, Any]]:
    there = {table.contract.name: table for table in tables}
    for table in tables:
        for column, name in table.contract.refs.items():
            if name in there:
                yield from _reference(table, there[name], column=column)


def _reference(table: _Table, target: _Table, *, column: str) -> Iterator[dict[str, Any]]:
    of, key = source_of(column), target.contract.key[0]
    met = table.asked(referred(table.rows, target.rows, id_column=column, source_column=of, key=key))
    homes = {row["source"] for row in target.asked(target.rows.select("source").distinct())}
    for row in table.asked(referring(table.rows, column, source_column=of)):
        found = {
            each["home"]: each["found"] for each in met if (each["source"], each["of"]) == (row["source"], row["of"])
        }
        yield _found(table, target, row={**row, "column": column, "there": row["of"] in homes}, found=found)


def _found(table: _Table, target: _Table, *, row: dict[str, Any], found: Mapping[str, int]) -> dict[str, Any]:
    name, column, of = target.contract.name, row["column"], row["of"]
    result = _row(table.contract.name, row["source"], dimension="references", column=column, shares={column: 0.0})
    others = {home: count for home, count in found.items() if home != of}
    best = max(others, key=lambda home: others[home], default=None)
    write = f'write refs = {{ {column} = "{best}" }} in the table of {table.contract.name} of {row["source"]}'
    if row["there"]:
        missing = row["tested"] - found.get(of, 0)
        why = f"{missing:,} of {row['tested']:,} ids are no {name} of {of}" if missing else ""
        if best and others[best] > found.get(of, 0):
            why += f"; {others[best]:,} are of {best}: {write}"
        return {**result, "tested": row["tested"], "passed": found.get(of, 0), "why": why}
    if best and others[best] >= _ELSEWHERE * row["tested"]:
        why = f"{of} has no {name} rows, but {others[best]:,} of {row['tested']:,} ids are of {best}: {write}"
        return {**result, "tested": row["tested"], "passed": 0, "why": why}
    why = f"{of} has no {name} rows: if the ids are another source's, write refs = {{ {column} = SOURCE }}"
    return {**result, "tested": 0, "passed": 0, "why": why}
