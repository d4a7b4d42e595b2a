"""`review`: pairs of records that may be one customer, with what speaks for it and against; a person answers."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from regulars.engines.scratch import scratch
from regulars.project.matching import standing_decisions
from regulars.project.project import Project, home

__all__ = ["review"]

_ENDS = ["left_source", "left_id", "right_source", "right_id"]


def review(project: Project, top: int = 20) -> dict[str, Any]:
    """Doubtful pairs, the most probable first; answer with `merge LEFT RIGHT` or `split LEFT RIGHT`.

    Returns:
        waiting: how many pairs; pairs: left, right, probability, why (doubtful, or refused because the customer would
        hold a contradiction), speaks_for, speaks_against (in bits, log2 of the odds).
    """
    waiting = project.engine.keep(_waiting(project))
    count = int(project.engine.arrow(waiting.aggregate(n=waiting.count()))["n"][0].as_py())
    rows = project.engine.arrow(waiting.order_by(ibis.desc("probability"), *_ENDS).limit(top)).to_pylist()
    weighed = _weighed(project, rows) if rows else []
    return {
        "waiting": count,
        "pairs": [_shown(project, row, weights=each) for row, each in zip(rows, weighed, strict=True)],
    }


def _waiting(project: Project) -> ir.Table:
    """Pairs whose records are two customers, and of which nobody has decided."""
    pairs, links = project.warehouse.table("match_pair"), project.warehouse.table("source_customer")
    keyed = pairs.select(*_ENDS, "probability")
    for side in ("left", "right"):
        own = links.select(link_source="source", link_id="customer_id", **{f"{side}_key": "customer_key"})
        on = [keyed[f"{side}_source"] == own["link_source"], keyed[f"{side}_id"] == own["link_id"]]
        keyed = keyed.inner_join(own, on).drop("link_source", "link_id")
    two = keyed.filter(keyed["left_key"] != keyed["right_key"])
    decided = standing_decisions(project)
    return two.anti_join(project.engine.bring(decided.select(_ENDS)), _ENDS) if decided.num_rows else two


def _shown(project: Project, row: Mapping[str, Any], *, weights: Sequence[tuple[str, float]]) -> dict[str, Any]:
    sure = row["probability"] >= project.config.section("identity")["threshold"]
    return {
        "left": f"{row['left_source']}:{row['left_id']}",
        "right": f"{row['right_source']}:{row['right_id']}",
        "probability": round(row["probability"], 4),
        "why": "refused: the customer would hold a contradiction" if sure else "doubtful",
        "speaks_for": [f"{says} (+{bits:.1f})" for says, bits in weights if bits > 0],
        "speaks_against": [f"{says} ({bits:.1f})" for says, bits in weights if bits < 0],
    }


def _weighed(project: Project, rows: Sequence[Mapping[str, Any]]) -> list[list[tuple[str, float]]]:
    """For each pair what each comparison says, with its weight, the heaviest first."""
    model = _model(project)["comparisons"]
    with TemporaryDirectory(dir=home(project.root), prefix="review-") as temp:
        work = scratch("500MB", 1, temp=Path(temp))
        try:
            work.take("pair", _beside(project, rows))
            found = work.rows(f"SELECT {', '.join(_level(each) for each in model)} FROM pair ORDER BY turn")
        finally:
            work.close()
    return [_said(model, levels) for levels in found]


def _model(project: Project) -> dict[str, Any]:
    models = project.warehouse.table("match_model")
    last = project.engine.arrow(models.order_by(ibis.desc("fitted_at"), "model_version").limit(1)).to_pylist()
    found: dict[str, Any] = json.loads(last[0]["body"])["model"]
    return found


def _beside(project: Project, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """The standard forms of both records of each pair in one row, columns ending in _l and _r."""
    wanted = {(row[f"{side}_source"], row[f"{side}_id"]) for row in rows for side in ("left", "right")}
    names = pa.table(
        {name: pa.array([each[at] for each in sorted(wanted)]) for at, name in enumerate(("source", "customer_id"))}
    )
    records = project.warehouse.table("match_record")
    forms = project.engine.arrow(records.semi_join(project.engine.bring(names), ["source", "customer_id"])).to_pylist()
    of = {(form["source"], form["customer_id"]): form for form in forms}
    columns = [
        name
        for name in records.columns
        if name not in ("source", "customer_id", "form") and not name.startswith("known_")
    ]
    beside = [
        {"turn": at} | {f"{name}_{end}": of[row[f"{side}_source"], row[f"{side}_id"]][name]
                      for name in columns for side, end in (("left", "l"), ("right", "r"))}
        for at, row in enumerate(rows)
    ]  # fmt: skip
    schema = [("turn", pa.int64())] + [(f"{name}_{end}", pa.string()) for name in columns for end in "lr"]
    return pa.Table.from_pylist(
        [
            {key: value if key == "turn" or value is None else str(value) for key, value in row.items()}
            for row in beside
        ],
        pa.schema(schema),
    )


def _level(comparison: Mapping[str, Any]) -> str:
    levels = comparison["comparison_levels"]
    tests = [
        f"WHEN {each['sql_condition']} THEN {at}" for at, each in enumerate(levels) if each["sql_condition"] != "ELSE"
    ]
    return f"CASE {' '.join(tests)} ELSE {len(levels) - 1} END"


def _said(model: Sequence[Mapping[str, Any]], levels: Sequence[int]) -> list[tuple[str, float]]:
    told = []
    for comparison, at in zip(model, levels, strict=True):
        level = comparison["comparison_levels"][at]
        if not level.get("is_null_level"):
            bits = math.log2(level["m_probability"] / level["u_probability"])
            name = comparison["output_column_name"].removeprefix("attr_").replace("_", " ")
            told.append((f"{name}: {level['label_for_charts']}", bits))
    return sorted(told, key=lambda each: (-abs(each[1]), each[0]))
