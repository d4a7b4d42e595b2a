"""Simulated rows look like feeds, come from their seed alone, and carry the truth that they were drawn from."""

from __future__ import annotations

from datetime import date, datetime

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from regulars.campaigns.arithmetic import difference
from regulars.campaigns.effect import effect
from regulars.campaigns.outcome import Window, outcome
from regulars.campaigns.trust import Design
from regulars.contracts.catalog import CONTRACTS
from regulars.simulate.company import Story, company
from regulars.simulate.reaction import TrueEffect, reactions
from tests.engines.cases_campaigns import LINE_SCHEMA, LINK_SCHEMA, table

START, LAUNCH, END = date(2024, 1, 1), datetime(2026, 7, 1, 9), datetime(2026, 7, 29, 9)
CON = ibis.duckdb.connect()


def launched(size: int, holdout: float = 0.3, seed: int = 5) -> pa.Table:
    arm = np.where(np.random.default_rng(seed).random(size) < holdout, "control", "treated")
    keys = [f"c{each:05d}" for each in range(size)]
    return pa.table(
        {
            "customer_key": keys,
            "customer_id": keys,
            "message_id": [f"m{key}" for key in keys],
            "campaign_id": ["july"] * size,
            "offer_id": ["voucher"] * size,
            "arm": arm,
            "propensity": np.where(arm == "control", holdout, 1 - holdout),
            "assigned_at": pa.array([LAUNCH] * size, pa.timestamp("us")),
            "sent": arm != "control",
        }
    )


def past(size: int) -> pa.Table:
    random = np.random.default_rng(6)
    orders = random.poisson(random.gamma(1.0, 8.0, size))
    keys = [f"c{each:05d}" for each in range(size)]
    return pa.table({"customer_key": keys, "orders": orders, "revenue": orders * random.lognormal(3, 0.4, size)})


def judged(rows: pa.Table, feed: pa.Table) -> pa.Table:
    """The feed through the builder of outcomes, as a captured table would be."""
    keys = rows["customer_key"].to_pylist()
    links = [{"source": "till", "customer_id": key, "customer_key": key} for key in keys]
    known = {"sent_at": pa.nulls(rows.num_rows, pa.timestamp("us")), "crossed": np.zeros(rows.num_rows, bool)}
    assigned = pa.table({name: rows[name] for name in rows.column_names if name != "customer_id"} | known)
    captured = feed.append_column("customer_source", pa.array(["till"] * feed.num_rows)).append_column(
        "business_date", feed["occurred_at"].cast(pa.date32())
    )
    found = outcome(
        ibis.memtable(assigned.append_column("cost_amount", pa.nulls(rows.num_rows, pa.decimal128(18, 4)))),
        ibis.memtable(table([], LINE_SCHEMA)),
        response=ibis.memtable(captured),
        source_customer=ibis.memtable(table(links, LINK_SCHEMA)),
        window=Window(28, 0.25),
    )
    return CON.to_pyarrow(found)


def test_a_known_effect_is_found_by_effect() -> None:
    rows, truth = launched(6000), TrueEffect(order_lift=0.5)
    drawn = reactions(rows, past(6000), past_days=180, days=28, truth=truth, seed=7)
    found = effect(judged(rows, drawn.rows), Design("july", END, {"treated": 0.7, "control": 0.3}))
    assert found.verdict == "worked"
    assert found.effects[0].low < drawn.margin_per_customer < found.effects[0].high
    assert found.profit.low < drawn.margin_total < found.profit.high
    control = next(each for each in found.arms if each.arm == "control")
    assert control.margin == pytest.approx(drawn.baseline_margin, rel=0.1)


def margins(rows: pa.Table, feed: pa.Table) -> np.ndarray:
    """Margin of each assigned customer, straight from the feed."""
    orders = feed.filter(pc.equal(feed["kind"], "order")).group_by("customer_id").aggregate([("amount", "sum")])
    spent = dict(zip(orders["customer_id"].to_pylist(), orders["amount_sum"].to_pylist(), strict=True))
    return np.array([float(spent.get(key, 0)) * 0.25 for key in rows["customer_id"].to_pylist()])


def test_intervals_cover_the_simulated_truth() -> None:
    history, covered = past(400), 0
    for seed in range(200):
        rows = launched(400, seed=seed)
        drawn = reactions(rows, history, past_days=180, days=28, truth=TrueEffect(order_lift=0.3), seed=1000 + seed)
        margin, alone = margins(rows, drawn.rows), np.array(rows["arm"].to_pylist()) == "control"
        found = difference(margin[~alone], margin[alone])
        covered += found.low < drawn.margin_per_customer < found.high
    assert 180 <= covered <= 199


def test_without_an_effect_the_truth_is_nothing() -> None:
    none = reactions(launched(50), past(50), past_days=180, days=28, truth=TrueEffect(order_lift=0.0), seed=0)
    assert (none.margin_per_customer, none.margin_total) == (0.0, 0.0)


def test_held_out_customers_get_no_message_and_orders_name_no_campaign() -> None:
    rows = launched(500)
    found = reactions(rows, past(500), past_days=180, days=28, truth=TrueEffect(), seed=1).rows
    assert set(found.column_names) <= set(CONTRACTS["response"].names)
    assert set(found["kind"].to_pylist()) == {"open", "click", "redeem", "order"}
    alone = set(rows.filter(pc.equal(rows["arm"], "control"))["customer_id"].to_pylist())
    for row in found.to_pylist():
        assert LAUNCH <= row["occurred_at"] < END
        if row["kind"] == "order":
            assert row["campaign_id"] is None and row["amount"] is not None
        else:
            assert row["customer_id"] not in alone and row["campaign_id"] == "july"
    assert len(set(found["response_id"].to_pylist())) == found.num_rows


def test_the_same_seed_gives_the_same_rows_in_any_order_of_customers() -> None:
    rows = launched(100)
    turned = rows.take(pa.array(range(99, -1, -1)))
    options = {"past_days": 180, "days": 28, "truth": TrueEffect(), "seed": 3}
    assert reactions(rows, past(100), **options).rows.equals(reactions(turned, past(100), **options).rows)
    assert not reactions(rows, past(100), **options | {"seed": 4}).rows.equals(
        reactions(rows, past(100), **options).rows
    )


def test_a_company_fits_its_contracts_and_its_seed() -> None:
    found, again = company(300, 1, start=START, days=365), company(300, 1, start=START, days=365)
    assert all(found[name].equals(again[name]) for name in found)
    for name in ("customer", "product", "order_line"):
        contract = CONTRACTS[name]
        assert set(found[name].column_names) <= set(contract.names)
        keys = found[name].select(contract.key).to_pylist()
        assert len({tuple(key.values()) for key in keys}) == len(keys)
    times = found["order_line"]["ordered_at"]
    assert datetime(2024, 1, 1) <= pc.min(times).as_py() and pc.max(times).as_py() < datetime(2024, 12, 31)
    assert set(found["order_line"]["customer_id"].to_pylist()) == set(found["customer"]["customer_id"].to_pylist())


def test_a_company_buys_as_its_story_says() -> None:
    story = Story(r=2.0, alpha=8.0, a=1.0, b=1e9)  # nobody leaves: repeats are Poisson with mean rate x time
    found = company(4000, 2, start=START, days=400, story=story)
    rate = found["truth"]["rate"].to_numpy()
    assert rate.mean() == pytest.approx(2 / 8 / 7, rel=0.05)
    first = (found["customer"]["created_at"].to_numpy() - np.datetime64("2024-01-01")) / np.timedelta64(1, "D")
    orders = pc.count_distinct(found["order_line"]["order_id"]).as_py()
    assert orders - 4000 == pytest.approx((rate * (400 - first)).sum(), rel=0.03)
    assert pc.all(found["truth"]["alive"]).as_py()


def test_who_leaves_at_once_buys_at_most_twice() -> None:
    found = company(500, 3, start=START, days=700, story=Story(a=1e9, b=1.0))
    lines = found["order_line"].group_by("customer_id").aggregate([("order_id", "count_distinct")])
    assert pc.max(lines["order_id_count_distinct"]).as_py() == 2
