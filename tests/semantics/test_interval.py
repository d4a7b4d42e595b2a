from __future__ import annotations

import ibis
import numpy as np
import pyarrow as pa
import pytest
from ibis import _
from scipy.stats import t

from regulars.engines.portable import hash_group
from regulars.semantics.interval import bounds, student, variances
from regulars.semantics.metric import Measure, Metric, Uncertainty, Unit

SHARE = Metric("share", "", "", Measure.RATIO, Unit.SHARE, _.hit.sum(), _.hit.count(), bounds=(0.0, 1.0),
               uncertainty=Uncertainty.SAMPLING)  # fmt: skip
MEAN = Metric("mean", "", "", Measure.RATIO, Unit.MONEY, _.spend.sum(), _.spend.count(), n=_.spend.count(),
              uncertainty=Uncertainty.SAMPLING)  # fmt: skip


def intervals(rows: pa.Table) -> pa.Table:
    table = ibis.duckdb.connect().create_table("t", rows)
    table = table.mutate(customer_group=hash_group(table.customer), cluster=table.customer)
    spread = variances(table, ["company"], metrics=[SHARE, MEAN])
    sums = table.group_by("company").aggregate(
        hits=table.hit.sum(), spends=table.spend.sum(), share__n=table.count(), mean__n=table.count()
    )
    cells = sums.join(spread, "company")
    share, mean = cells.hits / cells.share__n, cells.spends / cells.mean__n
    ends = {f"share_{end}": value for end, value in bounds(SHARE, share, cells=cells).items()}
    ends |= {f"mean_{end}": value for end, value in bounds(MEAN, mean, cells=cells).items()}
    return cells.select("company", **ends).to_pyarrow()


def simulated(companies: int, customers: int) -> pa.Table:
    # customers differ in how often they buy, in how readily they respond and in what they spend
    draw = np.random.default_rng(20170101)
    company = np.repeat(np.arange(companies), customers)
    visits = draw.poisson(4, company.size) + 1
    readiness, level = draw.beta(1, 9, company.size), draw.gamma(2, 10, company.size)
    owner = np.repeat(np.arange(company.size), visits)
    return pa.table({
        "company": company[owner],
        "customer": pa.array([f"customer {each}" for each in owner]),
        "hit": (draw.random(owner.size) < readiness[owner]).astype("int64"),
        "spend": level[owner] * draw.gamma(4, 0.25, owner.size),
    })  # fmt: skip


def test_intervals_of_80_percent_hold_the_truth_in_80_percent() -> None:
    found = intervals(simulated(companies=400, customers=150)).to_pydict()
    for name, truth in (("share", 0.1), ("mean", 20.0)):
        pairs = zip(found[f"{name}_low"], found[f"{name}_high"], strict=True)
        covered = np.mean([low <= truth <= high for low, high in pairs])
        assert 0.74 <= covered <= 0.87, (name, covered)  # 400 draws: a standard error of 0.02


def test_nobody_and_one_group_have_no_interval() -> None:
    one = pa.table({"company": [1, 1], "customer": ["a", "a"], "hit": [1, 0], "spend": [1.0, 2.0]})
    assert intervals(one).to_pylist() == [
        {"company": 1, "share_low": None, "share_high": None, "mean_low": None, "mean_high": None}
    ]


def test_a_share_of_nought_is_not_certain() -> None:
    names = [f"c{place}" for place in range(30)]
    none = pa.table({"company": [1] * 30, "customer": names, "hit": [0] * 30, "spend": [1.0] * 30})
    (found,) = intervals(none).to_pylist()
    assert found["share_low"] == 0.0 and 0.03 < found["share_high"] < 0.08


@pytest.mark.parametrize("degrees", [4, 10, 63])
def test_student(degrees: int) -> None:
    assert ibis.duckdb.connect().execute(student(ibis.literal(float(degrees)))) == pytest.approx(
        t.ppf(0.9, degrees), abs=0.003
    )
