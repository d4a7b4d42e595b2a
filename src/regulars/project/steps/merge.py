"""`merge` and `split`: a person knows better than any rule who is one customer; later runs of `unify` respect it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product
from typing import Any

import ibis

from regulars.kernel.errors import NotFoundError, UsageError
from regulars.project.decided import Record, decide_pairs, records_of
from regulars.project.matching import standing_decisions
from regulars.project.project import Project
from regulars.project.steps.unify import unify
from regulars.project.who import customer_named

__all__ = ["merge", "split"]

_MOST = 60  # records of one customer that a split without names takes apart, one by one


def merge(project: Project, who: Sequence[str], *, why: str | None = None) -> dict[str, Any]:
    """These are one customer. The oldest record's key survives.

    Args:
        who: at least two customers, by key, `source:id`, e-mail or phone.
        why: the reason, kept with the decision.

    Raises:
        NotFoundError: nobody is named so.
        UsageError: fewer than two customers are named.
    """
    keys = list(dict.fromkeys(customer_named(project, each) for each in who))
    if len(keys) < 2:
        raise UsageError("These names mean one customer.", fix="Name at least two: regulars merge WHO WHO")
    records = {key: records_of(project, key) for key in keys}
    first, *others = (each[0] for each in records.values())
    same = [(first, other) for other in others]
    parts = combinations(records.values(), 2)
    lifted = [pair for one, other in parts for pair in _standing(project, one, right=other, kind="different")]
    again = [pair for pair in lifted if tuple(sorted(pair)) not in {tuple(sorted(each)) for each in same}]
    decision = decide_pairs(project, [("same", same), ("open", again)], why=why)
    report = unify(project)
    return {
        "decision": decision,
        "customer_key": customer_named(project, ":".join(first)),
        "merged": keys,
        **_told(report),
    }


def split(
    project: Project, who: str, *, records: Sequence[str] | None = None, why: str | None = None
) -> dict[str, Any]:
    """These records are not this customer.

    Without records, the last merge by hand of the customer is taken back; where there was none, every record becomes a
    customer of its own.

    Args:
        who: the customer, by key, `source:id`, e-mail or phone.
        records: `source:id` of those that do not belong to it; one that is another customer's already stays apart.
        why: the reason, kept with the decision.

    Raises:
        NotFoundError: nobody, or no record, is named so.
        UsageError: nothing is left to split.
    """
    key = customer_named(project, who)
    mine = records_of(project, key)
    kinds = _apart(mine, [_record(project, each) for each in records]) if records else _taken_back(project, mine)
    decision = decide_pairs(project, kinds, why=why)
    report = unify(project)
    keys = sorted({customer_named(project, ":".join(each)) for each in mine})
    if len(keys) == 1 and not records:
        raise UsageError(
            "The merge was taken back, but other evidence makes these records one customer.",
            fix=f"Name the records that do not belong to it: regulars split {key} SOURCE:ID",
        )
    return {"decision": decision, "customer_key": key, "customers": keys, **_told(report)}


def _told(report: dict[str, Any]) -> dict[str, Any]:
    return {"customers_in_all": report["customers"], "changed": report["changed"]}


def _record(project: Project, text: str) -> Record:
    source, _, number = text.partition(":")
    links = project.warehouse.table("source_customer")
    found = links.filter((links["source"] == source) & (links["customer_id"] == number))
    if not project.engine.arrow(found.limit(1)).num_rows:
        raise NotFoundError(
            f"There is no record {text!r}.", fix="Write it as SOURCE:ID, as `regulars customer` shows it."
        )
    return source, number


def _apart(mine: list[Record], chosen: list[Record]) -> list[tuple[str, Sequence[tuple[Record, Record]]]]:
    rest = [each for each in mine if each not in chosen]
    if not rest:
        raise UsageError("These are all records of the customer.", fix="Name those that do not belong to it.")
    return [("different", list(product(rest, dict.fromkeys(chosen))))]


def _taken_back(project: Project, mine: list[Record]) -> list[tuple[str, Sequence[tuple[Record, Record]]]]:
    if len(mine) < 2:
        raise UsageError("The customer is one record; there is nothing to split.")
    last = _last_merge(project, mine)
    if last:
        return [("open", last)]
    if len(mine) > _MOST:
        raise UsageError(f"The customer has {len(mine)} records.", fix="Name those that do not belong to it.")
    return [("different", list(combinations(mine, 2)))]


def _standing(
    project: Project, left: Sequence[Record], *, right: Sequence[Record], kind: str
) -> list[tuple[Record, Record]]:
    rows = standing_decisions(project).to_pylist()
    pairs = [
        ((row["left_source"], row["left_id"]), (row["right_source"], row["right_id"]))
        for row in rows
        if row["kind"] == kind
    ]
    here, there = set(left), set(right)
    return [(a, b) for a, b in pairs if (a in here and b in there) or (b in here and a in there)]


def _last_merge(project: Project, mine: list[Record]) -> list[tuple[Record, Record]]:
    """The pairs of the latest merge by hand between these records that still stands."""
    standing = set(_standing(project, mine, right=mine, kind="same"))
    rows = project.warehouse.table("match_decision")
    same = rows.filter(rows["kind"] == "same").order_by(ibis.desc("at"), "decision_id")
    by_decision: dict[str, list[tuple[Record, Record]]] = {}
    for row in project.engine.arrow(same).to_pylist():
        pair = ((row["left_source"], row["left_id"]), (row["right_source"], row["right_id"]))
        if pair in standing:
            by_decision.setdefault(row["decision_id"], []).append(pair)
    return next(iter(by_decision.values()), [])
