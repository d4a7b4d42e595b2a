"""The published figures of the buy-till-you-die models on CDNOW (1/10 sample, 2,357 customers, 39 + 39 weeks)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from regulars.analyses.value.betageometric import BG_NBD, MBG_NBD
from regulars.analyses.value.counts import Counts, Floats, Ints, grouped
from regulars.analyses.value.fit import CountModel, Fit, fit_counts
from regulars.analyses.value.pareto import PARETO_NBD
from regulars.analyses.value.spend import fit_spend

CDNOW = Path(__file__).resolve().parents[2] / "../shared/data/cdnow/sample.parquet"
CUT = date(1997, 9, 30)
WEEKS = 39.0

pytestmark = pytest.mark.skipif(not CDNOW.exists(), reason=f"CDNOW is not there: {CDNOW.name}")


@dataclass(frozen=True)
class Cdnow:
    """The calibration period, folded, and what the hold-out brought."""

    counts: Counts
    index: Ints
    bought: Ints
    repeats: Ints
    spend: Floats


@cache
def cdnow() -> Cdnow:
    """Same-day purchases are one purchase; x counts repeat days; the hold-out begins the day after CUT."""
    days: dict[str, dict[date, float]] = {}
    for row in pq.read_table(CDNOW).to_pylist():
        day = datetime.strptime(row["date"], "%Y%m%d").date()
        mine = days.setdefault(row["sample_id"], {})
        mine[day] = mine.get(day, 0.0) + row["dollar_value"]
    seen = [sorted(day for day in each if day <= CUT) for each in days.values()]
    x = np.array([len(each) - 1 for each in seen])
    counts, index = grouped(
        x,
        last=np.array([(each[-1] - each[0]).days for each in seen]),
        age=np.array([(CUT - each[0]).days for each in seen]),
    )
    bought = np.array([sum(day > CUT for day in each) for each in days.values()])
    pairs = zip(seen, days.values(), strict=True)
    means = np.array([np.mean([spent[day] for day in each[1:]]) if len(each) > 1 else np.nan for each, spent in pairs])
    return Cdnow(counts, index, bought, x[x > 0], means[x > 0])


@cache
def fitted(model: CountModel) -> Fit:
    """One fit a model."""
    return fit_counts(model, cdnow().counts)


def expected(model: CountModel) -> Floats:
    """Purchases of each customer in the hold-out."""
    data = cdnow()
    return model.posterior(fitted(model).theta, data.counts).expected(WEEKS)[data.index]


@pytest.mark.parametrize(
    ("model", "published", "log_likelihood"),
    [
        (BG_NBD, {"r": "0.243", "alpha": "4.414", "a": "0.793", "b": "2.426"}, -9582.4),
        (MBG_NBD, {"r": "0.5248", "alpha": "6.183", "a": "0.8914", "b": "1.614"}, -9582.13),
        (PARETO_NBD, {"r": "0.553", "alpha": "10.578", "s": "0.606", "beta": "11.669"}, -9595.0),
    ],
    ids=lambda each: getattr(each, "name", None),
)
def test_parameters_are_the_published_ones(model: CountModel, published: dict[str, str], log_likelihood: float) -> None:
    found = fitted(model).as_json()
    for name, printed in published.items():
        digits = len(printed.partition(".")[2])
        assert round(found[name], digits) == float(printed), (name, found[name])
    assert fitted(model).log_likelihood == pytest.approx(log_likelihood, abs=0.1)


@pytest.mark.parametrize(
    ("model", "correlation", "error"),
    [(BG_NBD, 0.626, 0.7855), (MBG_NBD, 0.627, 0.7648), (PARETO_NBD, 0.630, 0.7545)],
    ids=lambda each: getattr(each, "name", None),
)
def test_holdout_is_forecast_as_well_as_published(model: CountModel, correlation: float, error: float) -> None:
    forecast, bought = expected(model), cdnow().bought
    assert np.corrcoef(forecast, bought)[0, 1] == pytest.approx(correlation, abs=0.003)
    assert np.abs(forecast - bought).mean() == pytest.approx(error, abs=5e-4)


def test_the_sample_is_the_one_of_the_papers() -> None:
    data = cdnow()
    assert (data.counts.customers, len(data.repeats), int(data.bought.sum())) == (2357, 946, 1882)
    assert np.abs(data.bought).mean() == pytest.approx(0.7985, abs=5e-5)


def test_gamma_gamma_is_the_published_one() -> None:
    found = fit_spend(cdnow().repeats, mean=cdnow().spend)
    assert [round(each, 2) for each in found.theta] == [6.25, 3.74, 15.44]
