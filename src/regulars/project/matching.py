"""Likely pairs for `unify`: hands the standard forms to the matching and keeps its model and its pairs for the next run."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ibis
import pyarrow as pa

from regulars.engines.scratch import scratch
from regulars.identity.linking import Found, Learned, Search, find
from regulars.identity.match import Likely
from regulars.project.forms import Forms, Wanted
from regulars.project.project import Project, home
from regulars.store.warehouse import Publication

__all__ = ["Matched", "likely_pairs", "standing_decisions"]

_ENDS = ("left_source", "left_id", "right_source", "right_id")


@dataclass(frozen=True, slots=True)
class Matched:
    """Likely pairs, what is to be stored of them, and what to say."""

    likely: Likely | None = None
    publications: list[Publication] = field(default_factory=list)
    report: dict[str, Any] = field(default_factory=dict)
    set_aside: list[tuple[str, str, int]] = field(default_factory=list)


def likely_pairs(project: Project, asked: Wanted, *, forms: Forms, records: pa.Table) -> Matched:
    """What the model finds alike; nothing under deterministic matching."""
    settings = project.config.section("identity")
    if settings["match"] != "probabilistic":
        return Matched()
    learned = _learned(project)
    search = Search(
        threshold=settings["threshold"],
        review=min(settings["review"], settings["threshold"]),
        numbers=asked.numbers,
        max_share=settings["max_share"],
        seed=settings["seed"],
        learned=learned,
        pairs=None if learned is None or forms.all_new else _pairs(project),
        touched=forms.touched,
    )
    found = _found(project, forms, records=records, search=search)
    if found is None:
        return Matched()
    publications = [*_pair_rows(project, found, forms=forms, records=records), *_model_row(project, found)]
    return Matched(found.likely, publications, {"matching": found.report}, found.set_aside)


def _found(project: Project, forms: Forms, *, records: pa.Table, search: Search) -> Found | None:
    engine = project.config.section("engine")
    project.outside.progress("unify: how alike are records", 0, 0)
    with TemporaryDirectory(dir=home(project.root), prefix="linking-") as temp:
        work = scratch(engine["memory"], engine["threads"], temp=Path(temp))
        try:
            return find(records, forms.standard, search=search, scratch=work)
        finally:
            work.close()


def _learned(project: Project) -> Learned | None:
    models = project.warehouse.table("match_model")
    last = project.engine.arrow(models.order_by(ibis.desc("fitted_at"), "model_version").limit(1)).to_pylist()
    if not last:
        return None
    row = last[0]
    return Learned(row["model_version"], row["settings"], row["records"], json.loads(row["body"]))


def _pairs(project: Project) -> pa.Table:
    return project.engine.arrow(project.warehouse.table("match_pair").select(*_ENDS, "probability"))


def _pair_rows(project: Project, found: Found, *, forms: Forms, records: pa.Table) -> list[Publication]:
    engine = project.engine
    if found.fresh is None:
        return [Publication("match_pair", engine.bring(_named(records, found.pairs)))]
    if not forms.touched.num_rows:
        return []
    stored, touched = project.warehouse.table("match_pair"), engine.bring(forms.touched)
    sides = [
        stored.semi_join(
            touched, [stored[f"{side}_source"] == touched["source"], stored[f"{side}_id"] == touched["customer_id"]]
        )
        for side in ("left", "right")
    ]
    ends = engine.keep(ibis.union(*(each.select(*_ENDS) for each in sides), distinct=True))
    return [Publication("match_pair", engine.bring(_named(records, found.fresh)), ends=ends)]


def _named(records: pa.Table, pairs: pa.Table) -> pa.Table:
    columns: dict[str, pa.ChunkedArray] = {}
    for side, end in (("left", "a"), ("right", "b")):
        at = records.take(pairs[end])
        columns |= {f"{side}_source": at["source"], f"{side}_id": at["customer_id"]}
    return pa.table({**columns, "probability": pairs["probability"]})


def _model_row(project: Project, found: Found) -> list[Publication]:
    if not found.trained:
        return []
    learned = found.learned
    row = {"model_version": learned.version, "fitted_at": project.now, "records": learned.records,
           "settings": learned.settings, "body": json.dumps(learned.body, sort_keys=True)}  # fmt: skip
    return [Publication("match_model", project.engine.bring(pa.Table.from_pylist([row], _MODEL)))]


_MODEL = pa.schema(
    [("model_version", pa.string()), ("fitted_at", pa.timestamp("us")), ("records", pa.int64()),
     ("settings", pa.string()), ("body", pa.string())]
)  # fmt: skip


def standing_decisions(project: Project) -> pa.Table:
    """What people decided, the latest word on each pair of records; pairs that were left open again are not among it."""
    rows = project.warehouse.table("match_decision")
    order = [rows["at"].desc(), rows["decision_id"].desc()]
    last = rows.mutate(place=ibis.row_number().over(group_by=list(_ENDS), order_by=order))
    standing = last.filter((last["place"] == 0) & (last["kind"] != "open"))
    return project.engine.arrow(standing.select(*_ENDS, "kind").order_by(*_ENDS))
