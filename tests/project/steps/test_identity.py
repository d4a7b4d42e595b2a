"""Unify over a project: laws of keys, decisions by hand, the review queue, increments, and what a dry run shows."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa
import pytest

from regulars.kernel.errors import NotFoundError, UsageError
from regulars.project.project import Outside, Project
from regulars.project.steps.customer import customer
from regulars.project.steps.merge import merge, split
from regulars.project.steps.review import review
from regulars.project.steps.unify import unify

NAMES = """
    anna bert carla dirk elsa frits greta hans inge joris karin lucas mieke niels olga pieter
    aalbers bakker cornelissen dekker evers fokkema gerritsen hendriks imhof jacobs kuipers linders mulder
"""
GIVEN, FAMILY = NAMES.split()[:16], NAMES.split()[16:]
COLUMNS = ("customer_id", "given_name", "family_name", "email", "street", "house_number", "postcode", "city")
Row = tuple[str | None, ...]
TOML = '[project]\nname = "x"\n[identity]\nkeys = []\nmatch = "probabilistic"\n'


def people(count: int, *, seed: int, first: int = 0) -> list[Row]:
    """Records, half of them a second one of the same person with a slip in the name and another address or e-mail."""
    draw, rows = np.random.default_rng(seed), []
    for at in range(first, first + count):
        given, family = GIVEN[draw.integers(len(GIVEN))], FAMILY[draw.integers(len(FAMILY))] + chr(97 + at % 26)
        mail = f"{given}.{family}{at}@post-{at % 7}.nl"
        address = (f"{FAMILY[at % 13]}straat {at % 11}", str(at % 90 + 1), f"{1000 + at}AB", f"{FAMILY[at % 12]}dorp")
        rows.append((f"a{at}", given, family, mail, *address))
        if at % 2:
            slip = family[:-2] + family[-1]
            rows.append((f"b{at}", given, slip, mail if at % 4 == 1 else None, *address))
    return rows


class Shop:
    """A project whose customers a test writes itself, day by day."""

    def __init__(self, folder: Path, toml: str = TOML) -> None:
        folder.mkdir()
        (folder / "regulars.toml").write_text(toml)
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.project = Project(folder, Outside({**os.environ, "USER": "jo"}, lambda: self.now), verb="test")

    def put(self, rows: Sequence[Row]) -> None:
        """Write rows as the source `crm` would have brought them; a known id is replaced."""
        self.now += timedelta(days=1)
        engine, at = self.project.engine, self.project.now
        columns = {name: pa.array([row[place] for row in rows], pa.string()) for place, name in enumerate(COLUMNS)}
        content = pa.array(["|".join(str(each) for each in row) for row in rows])
        table = engine.bring(pa.table({**columns, "content": content, "source": pa.array(["crm"] * len(rows))}))
        stamp = ibis.literal(at, type="timestamp")
        assert self.project.warehouse.table("customer") is not None
        with engine.transaction() as work:
            work.end("customer", table.select("source", "customer_id", known_until=stamp), ["source", "customer_id"])
            work.append("customer", table.mutate(known_from=stamp, batch=ibis.literal("b")))

    def unify(self) -> dict[str, object]:
        """Another day's run."""
        self.now += timedelta(days=1)
        return unify(self.project)

    def keys(self) -> dict[str, str]:
        """The customer of each record."""
        rows = self.project.engine.arrow(self.project.warehouse.table("source_customer"))
        assert len(set(rows["customer_id"].to_pylist())) == rows.num_rows
        return dict(zip(rows["customer_id"].to_pylist(), rows["customer_key"].to_pylist(), strict=True))

    def golden(self) -> set[str]:
        """The customers that have a golden row."""
        rows = self.project.engine.arrow(self.project.warehouse.table("golden_customer").select("customer_key"))
        assert len(set(rows["customer_key"].to_pylist())) == rows.num_rows
        return set(rows["customer_key"].to_pylist())


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Three hundred records, unified once; tests leave it as they found it."""
    made = Shop(tmp_path_factory.mktemp("shops") / "shop")
    made.put(people(200, seed=1))
    made.unify()
    yield made
    made.project.close()


def test_second_records_are_found_and_nobody_else_is_joined(shop: Shop) -> None:
    keys = shop.keys()
    pairs = [keys[f"a{at}"] == keys[f"b{at}"] for at in range(1, 200, 2)]
    assert sum(pairs) >= 95
    assert len(set(keys.values())) == 300 - sum(pairs)
    assert shop.golden() == set(keys.values())


def test_a_rerun_without_news_changes_nothing(shop: Shop) -> None:
    before = shop.keys()
    report = shop.unify()
    assert shop.keys() == before
    assert (report["merged"], report["split"], report["changed"]) == (0, 0, 0)


def test_merge_then_split_restores_the_customers_exactly(shop: Shop) -> None:
    before = shop.keys()
    told = merge(shop.project, ["crm:a0", "crm:a2", "crm:a4"], why="one family firm")
    assert len({shop.keys()[each] for each in ("a0", "a2", "a4")}) == 1 == len(set(told["merged"]) & shop.golden())
    shop.unify()
    assert shop.keys()["a4"] == told["customer_key"]
    split(shop.project, "crm:a2")
    assert shop.keys() == before and shop.golden() == set(before.values())
    rows = shop.project.engine.arrow(shop.project.warehouse.table("match_decision")).to_pylist()
    assert {(row["who"], row["why"]) for row in rows} == {("jo", "one family firm"), ("jo", None)}


def test_a_split_holds_in_later_runs_and_a_merge_undoes_it(shop: Shop) -> None:
    before = shop.keys()
    assert before["a1"] == before["b1"]
    split(shop.project, "crm:a1", records=["crm:b1"])
    shop.unify()
    assert shop.keys()["a1"] == before["a1"] != shop.keys()["b1"]
    merge(shop.project, ["crm:a1", "crm:b1"])
    assert shop.keys() == before


def test_what_cannot_be_merged_or_split_is_refused(shop: Shop) -> None:
    with pytest.raises(UsageError, match="one customer"):
        merge(shop.project, ["crm:a1", "crm:b1"])
    with pytest.raises(UsageError, match="one record"):
        split(shop.project, "crm:a0")
    with pytest.raises(NotFoundError, match="no record"):
        split(shop.project, "crm:a0", records=["crm:none"])


def test_row_order_changes_nothing(shop: Shop, tmp_path: Path) -> None:
    rows = people(200, seed=1)
    np.random.default_rng(5).shuffle(rows)  # type: ignore[arg-type]
    other = Shop(tmp_path / "shuffled")
    other.put([tuple(row) for row in rows])
    other.unify()
    assert other.keys() == shop.keys()
    other.project.close()


def test_a_tenth_more_records_leaves_the_others_keys(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "grown")
    shop.put(people(200, seed=1))
    shop.unify()
    before = shop.keys()
    shop.put([*people(20, seed=2, first=1000), ("c1", *people(200, seed=1)[1][1:])])
    report = shop.unify()
    after = shop.keys()
    assert {each: after[each] for each in before} == before
    assert report["changed"] == report["split"] == 0 and after["c1"] == after["a1"]
    assert shop.golden() == set(after.values())
    assert shop.project.engine.arrow(shop.project.warehouse.table("match_model")).num_rows == 1
    shop.project.close()


def test_a_changed_record_is_matched_anew(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "moved")
    rows = people(200, seed=1)
    shop.put(rows)
    shop.unify()
    assert shop.keys()["a1"] == shop.keys()["b1"]
    shop.put([("b1", "zoltan", "xerxes", None, "far road", "999", "9999ZZ", "elsewhere")])
    shop.unify()
    assert shop.keys()["a1"] != shop.keys()["b1"]
    shop.put([row for row in rows if row[0] == "b1"])
    shop.unify()
    assert shop.keys()["a1"] == shop.keys()["b1"]
    shop.project.close()


def test_review_shows_doubtful_pairs_until_somebody_answers(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "doubt", TOML + "threshold = 0.9999\nreview = 0.01\n")
    shop.put(people(200, seed=1))
    shop.unify()
    found = review(shop.project, top=5)
    assert found["waiting"] >= 2
    first, second = found["pairs"][:2]
    assert first["speaks_for"] and 0.01 <= second["probability"] <= first["probability"]
    merge(shop.project, [first["left"], first["right"]])
    split(shop.project, second["left"], records=[second["right"]])
    left = [(each["left"], each["right"]) for each in review(shop.project, top=500)["pairs"]]
    assert (first["left"], first["right"]) not in left and (second["left"], second["right"]) not in left
    shop.project.close()


def test_a_dry_run_says_what_would_change_and_changes_nothing(shop: Shop) -> None:
    before = shop.keys()
    toml = shop.project.root / "regulars.toml"
    toml.write_text(TOML.replace("probabilistic", "deterministic").replace("keys = []", 'keys = ["email"]'))
    shop.project.reread()
    try:
        told = unify(shop.project, dry_run=True)
    finally:
        toml.write_text(TOML)
        shop.project.reread()
    assert told["figures"]["before"]["customers"] == len(set(before.values()))
    assert told["figures"]["after"]["customers"] == told["customers"] == 250
    assert shop.keys() == before


def test_a_customers_card_shows_what_the_visitor_did_before_we_knew_who_it_was(shop: Shop) -> None:
    engine, at = shop.project.engine, shop.project.now
    visit = {"source": "web", "event_id": "e1", "visitor_id": "v1", "occurred_at": at, "kind": "page", "batch": "b"}
    link = {"source": "web", "visitor_id": "v1", "customer_id": "a0", "customer_source": "crm", "batch": "b"}
    rows = [("visit", visit), ("identity_link", link | {"at": at + timedelta(days=3)})]
    with engine.transaction() as work:
        for name, row in rows:
            work.append(name, engine.bring(pa.Table.from_pylist([row | {"known_from": at}])))
    assert [each["event_id"] for each in customer(shop.project, "crm:a0")["visits"]] == ["e1"]
    assert customer(shop.project, "crm:a2")["visits"] == []
