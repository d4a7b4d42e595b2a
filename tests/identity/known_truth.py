"""Public records with a known truth, through the product's commands and through plain Splink: how well are people found?

The protocol, fixed beforehand: threshold 0.95, seed 1, no labels. Plain Splink is set up as its tutorials do it for such
data. `python tests/identity/known_truth.py` prints the table of the documentation.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
NAMES = ("fake_1000", "febrl_1", "febrl_2", "febrl_3")
THRESHOLD, SEED = 0.95, 1
Pairs = set[tuple[str, str]]
_HEAD = """[project]
name = "known"
[sources.crm]
kind = "files"
{dates}[[sources.crm.tables]]
contract = "customer"
from = "in/*.parquet"
"""
_IDENTITY = f'[identity]\nmatch = "probabilistic"\nthreshold = {THRESHOLD}\nseed = {SEED}\n'
_FEBRL = (
    'columns = { customer_id = "rec_id", given_name = "given_name", family_name = "surname", birth_date = "date_of_birth", '
    'street = "address_1", house_number = "street_number", postcode = "postcode", city = "suburb", region = "state" }\n'
    'attributes = ["soc_sec_id", "address_2"]\n'
)
_FAKE = (
    'columns = { customer_id = "unique_id", given_name = "first_name", family_name = "surname", birth_date = "dob", '
    'city = "city", email = "email" }\n'
)


@dataclass(frozen=True)
class Quality:
    """Precision and recall of a set of pairs."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def __str__(self) -> str:
        return f"{self.precision:.4f} | {self.recall:.4f} | {self.f1:.4f}"


@dataclass(frozen=True)
class Found:
    """How good the pairs are, and the customers made of them; the report of `unify` for ours."""

    pairs: Quality
    clusters: Quality
    report: dict[str, Any] | None = None


def source(name: str) -> Path:
    """The file of a set of records."""
    kind, _, number = name.partition("_")
    return DATA / ("splink_fake/fake_1000.parquet" if kind == "fake" else f"febrl/dataset{number}.parquet")


def truth(name: str) -> dict[str, Hashable]:
    """Record -> person."""
    rows = pq.read_table(source(name))
    if name == "fake_1000":
        ids = [str(each) for each in rows["unique_id"].to_pylist()]
        return dict(zip(ids, rows["cluster"].to_pylist(), strict=True))
    return {each: each.split("-")[1] for each in rows["rec_id"].to_pylist()}


def pairs_of(groups: dict[str, Hashable]) -> Pairs:
    """All pairs of records of one group."""
    members: dict[Hashable, list[str]] = defaultdict(list)
    for record, group in groups.items():
        members[group].append(record)
    return {pair for each in members.values() for pair in combinations(sorted(each), 2)}


def judged(found: Pairs, right: Pairs) -> Quality:
    """Precision and recall."""
    both = len(found & right)
    return Quality(both / len(found) if found else 1.0, both / len(right))


def ordered(pairs: Iterable[Sequence[Any]]) -> Pairs:
    """Pairs, the smaller first."""
    return {tuple(sorted((str(left), str(right)))) for left, right in pairs}  # type: ignore[misc]


def ours(name: str, folder: Path) -> Found:
    """capture, unify, and the customers that `source_customer` then has."""
    from regulars.project.project import Outside, Project
    from regulars.project.steps.capture import capture
    from regulars.project.steps.unify import unify

    (folder / "in").mkdir(parents=True)
    (folder / "in" / "records.parquet").write_bytes(source(name).read_bytes())
    fake = name == "fake_1000"
    head = _HEAD.format(dates="" if fake else 'dates = "%Y%m%d"\n')
    (folder / "regulars.toml").write_text(head + (_FAKE if fake else _FEBRL) + _IDENTITY)
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    project = Project(folder, Outside(environ, lambda: datetime(2026, 1, 2, tzinfo=UTC)), verb="test")
    try:
        capture(project)
        report = unify(project)
        read = project.warehouse.table
        links = project.engine.arrow(read("source_customer").select("customer_id", "customer_key"))
        pairs = project.engine.arrow(read("match_pair").select("left_id", "right_id", "probability")).to_pylist()
    finally:
        project.close()
    sure = ordered((each["left_id"], each["right_id"]) for each in pairs if each["probability"] >= THRESHOLD)
    customers = dict(zip(links["customer_id"].to_pylist(), links["customer_key"].to_pylist(), strict=True))
    right = pairs_of(truth(name))
    return Found(judged(sure, right), judged(pairs_of(customers), right), report)


def plain(name: str) -> Found:
    """Splink by itself, as its tutorials set it up for such records."""
    import duckdb
    from splink import DuckDBAPI, Linker

    settings, strict, recall, rounds = _plain_fake() if name == "fake_1000" else _plain_febrl()
    api = DuckDBAPI(duckdb.connect())
    linker = Linker(api.register(pq.read_table(source(name))), settings, log_level=logging.ERROR)
    linker.training.estimate_probability_two_random_records_match(strict, recall=recall)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=SEED)
    for rule in rounds:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict(threshold_match_probability=THRESHOLD)
    parts = linker.clustering.cluster_pairwise_predictions_at_threshold(found, THRESHOLD)
    number = settings.unique_id_column_name
    pairs = api.duckdb_con.execute(f"SELECT {number}_l, {number}_r FROM {found.physical_name}").fetchall()
    groups = api.duckdb_con.execute(f"SELECT {number}, cluster_id FROM {parts.physical_name}").fetchall()
    right = pairs_of(truth(name))
    clusters = pairs_of({str(record): group for record, group in groups})
    return Found(judged(ordered(pairs), right), judged(clusters, right))


def _plain_fake() -> tuple[Any, list[Any], float, list[Any]]:
    import splink.comparison_library as cl
    from splink import SettingsCreator, block_on

    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.NameComparison("first_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
            cl.EmailComparison("email"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("first_name", "city"), block_on("surname"), block_on("dob"), block_on("email"),
        ],
    )  # fmt: skip
    strict = [block_on("first_name", "surname"), "l.email = r.email"]
    return settings, strict, 0.7, [block_on("first_name", "surname"), block_on("dob")]


def _plain_febrl() -> tuple[Any, list[Any], float, list[Any]]:
    import splink.comparison_library as cl
    from splink import SettingsCreator, block_on

    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="rec_id",
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
        ],
        blocking_rules_to_generate_predictions=[
            block_on(each) for each in ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")
        ],
    )
    swapped = "l.given_name = r.surname and l.surname = r.given_name and l.date_of_birth = r.date_of_birth"
    strict = [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth"), swapped]
    return settings, strict, 0.9, [block_on("date_of_birth"), block_on("postcode")]


def main() -> None:
    """Print the rows of the documentation's table."""
    for name in sys.argv[1:] or NAMES:
        with tempfile.TemporaryDirectory() as temp:
            mine = ours(name, Path(temp) / "project")
        other = plain(name)
        for who, found in (("Regulars", mine), ("plain Splink", other)):
            print(f"| `{name}` | {who} | {found.pairs} | {found.clusters} |", flush=True)
        print("   estimated:", (mine.report or {})["matching"], flush=True)


if __name__ == "__main__":
    main()
