"""One small case for each builder of the value room and of learning, run on every engine by the engine suite."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from regulars.analyses.value.betageometric import BG_NBD
from regulars.analyses.value.counts import folded
from regulars.analyses.value.features import group_cell, history, holdout, repeat_spend, sampled
from regulars.analyses.value.fit import Fit
from regulars.analyses.value.reading import kept_summary, summary_of
from regulars.analyses.value.scoring import group_forecast, score_rows, scored
from regulars.features.purchase import purchase_summary
from regulars.learning.percentile import with_percentile
from tests.engines.cases_features import LINE_SCHEMA, LINES, LINK_SCHEMA, line

Bring = Callable[[pa.Table], ir.Table]

AS_OF = date(2026, 3, 31)
NAMES = ("1", "2", "3", "4", "5")
DAYS = (date(2026, 1, 5), date(2026, 1, 20), date(2026, 2, 11), date(2026, 3, 3), date(2026, 3, 20))
BOUGHT = [
    line(name, f"{name}{n}", day, net=f"{10 + 3 * n}.0{n}", cost="7.00" if n % 2 else None)
    for name in NAMES
    for n, day in enumerate(DAYS[: int(name)])
] + LINES
LATER = [line("2", "x", date(2026, 4, 2), net="9.99"), line("4", "y", date(2026, 4, 9), net="12.50", cost="20.00")]
LINKS = [{"source": "shop", "customer_id": name, "customer_key": f"c{name}", "until": None} for name in NAMES]
SPEND = Fit(("p", "q", "gamma"), np.array([6.0, 4.0, 15.0]), 0.0, np.eye(3), 9)


def links(bring: Bring) -> ir.Table:
    """Who is who."""
    return bring(pa.Table.from_pylist(LINKS, schema=LINK_SCHEMA))


def summary(bring: Bring) -> ir.Table:
    """Five customers, with one to five purchase days and some more."""
    lines = bring(pa.Table.from_pylist(BOUGHT, schema=LINE_SCHEMA))
    return purchase_summary(lines, links(bring), as_of=AS_OF, default_margin=0.25)


def after(bring: Bring) -> ir.Table:
    """What came after the cut."""
    lines = bring(pa.Table.from_pylist(LATER, schema=LINE_SCHEMA))
    return holdout(summary(bring), lines, source_customer=links(bring), default_margin=0.25)


def members(bring: Bring) -> ir.Table:
    """Two groups."""
    rows = [{"customer_key": f"c{name}", "grouping": "g", "item": "ab"[int(name) % 2]} for name in NAMES]
    return bring(pa.Table.from_pylist(rows))


def wide(bring: Bring) -> ir.Table:
    """All measures side by side; a forecast for every history that the summary may hold."""
    x, last, age = np.meshgrid(np.arange(9), np.arange(100), np.arange(100), indexing="ij")
    some = (last.ravel() <= age.ravel()) & ((x.ravel() == 0) == (last.ravel() == 0))
    groups = folded(x.ravel()[some], last=last.ravel()[some], age=age.ravel()[some])
    posterior = BG_NBD.posterior(np.array([0.8, 6.0, 0.8, 2.5]), groups)
    forecast = group_forecast(posterior, groups, spend=SPEND, weeks=4.0, yearly=0.1)
    return scored(summary(bring), bring(forecast), spend=SPEND)


def scores(bring: Bring) -> ir.Table:
    """Ties, a null and a last bit."""
    values = pa.array([1.0, 0.3, 0.1 + 0.2, None, 2.5, 1.0])
    return with_percentile(bring(pa.table({"row": range(6), "value": values})))


@dataclass(frozen=True)
class CaseLab:
    """As much of a lab as reading the summary needs."""

    bring: Bring
    as_of: date = AS_OF
    default_margin: float = 0.25

    def table(self, name: str) -> ir.Table:
        """Lines or links."""
        lines = pa.Table.from_pylist(BOUGHT, schema=LINE_SCHEMA)
        return self.bring(lines) if name == "order_line" else links(self.bring)

    def keep(self, rows: ir.Table) -> ir.Table:
        """Not run apart: the suite runs it."""
        return rows


CASES: dict[str, Callable[[Bring], ir.Table]] = {
    "regulars.analyses.value.features:group_cell": lambda bring: group_cell(summary(bring), members(bring)),
    "regulars.analyses.value.features:history": lambda bring: history(summary(bring)),
    "regulars.analyses.value.features:holdout": after,
    "regulars.analyses.value.features:repeat_spend": lambda bring: repeat_spend(summary(bring)),
    "regulars.analyses.value.features:sampled": lambda bring: sampled(summary(bring), share=0.5),
    "regulars.analyses.value.reading:kept_summary": lambda bring: kept_summary(CaseLab(bring)),
    "regulars.analyses.value.reading:summary_of": lambda bring: summary_of(CaseLab(bring)),
    "regulars.analyses.value.scoring:score_rows": lambda bring: score_rows(wide(bring), as_of=AS_OF, model_version="v"),
    "regulars.analyses.value.scoring:scored": wide,
    "regulars.learning.percentile:with_percentile": scores,
}
