"""How fast does `unify` make a million records one truth, side by side with bare Splink, and a day's new ones?

Run `python benchmarks/identity.py --records 1000000`. The records are made up with a fixed seed: names from a long-tailed
list, several records of a person, slips, gaps, moves, families; the truth is known. Ours goes from the captured
warehouse to `source_customer` and `golden_customer` in it; bare Splink from a Parquet file to a Parquet file of clusters,
with the same comparisons, sample and training rules, and with the blocking rules of several columns that a
practitioner would write. Every contender runs in a process of its own, in turns. Then one record in a hundred is new,
captured, and unified. Figures are CPU and wall seconds and peak memory; ratios are of the medians.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

OVERHEAD, INCREMENT = 1.2, 0.05
TOML = """[project]
name = "bench"
[sources.crm]
kind = "files"
[[sources.crm.tables]]
contract = "customer"
from = "in/*.parquet"
columns = { COLUMNS }
[identity]
match = "MATCH"
keys = KEYS
country = "NL"
"""
COLUMNS = ("given_name", "family_name", "birth_date", "email", "phone", "street", "house_number", "postcode", "city")
BLOCKS = (
    "email", "phone", "given_name family_name", "family_name birth_date", "given_name birth_date", "birth_date postcode",
    "family_name postcode", "street house_number", "postcode house_number", "given_name city",
)  # fmt: skip

_Texts = npt.NDArray[np.object_]
_PARTS = """
    b d f g h j k l m n p r s t v w br dr kl st sch van tr gr | a e i o u aa ee ie oe ei au y
    | n r s t l m k rs nd ck rt lle nne man sen ma stra huis berg dijk
"""
_START, _MIDDLE, _END = (each.split() for each in _PARTS.split("|"))


def records(count: int, *, seed: int = 1) -> pa.Table:
    """`count` records of about 0.6 x `count` people, with `person`, the truth.

    One person in ten lives with another one at one address and shares a family name; one in fifty has moved between
    records; every field of a further record has its own small risk of being missing or wrong.
    """
    draw = np.random.default_rng(seed)
    people = int(count * 0.6)
    who = np.concatenate([np.arange(people), draw.integers(0, people, count - people)])
    base = _people(draw, people)
    copy = np.concatenate([np.zeros(people, bool), np.ones(count - people, bool)])
    columns = {name: _worn(draw, values[who], copy=copy, name=name) for name, values in base.items()}
    order = draw.permutation(count)
    table = {"customer_id": np.array([f"K{at:07d}" for at in range(count)], object)}
    table |= {name: values[order] for name, values in columns.items()}
    return pa.table({**{k: pa.array(v, pa.string(), from_pandas=True) for k, v in table.items()}, "person": who[order]})


def _list(draw: np.random.Generator, size: int, parts: int) -> _Texts:
    words: dict[str, None] = {}
    while len(words) < size:
        bits = [w for _ in range(parts - 1) for w in (draw.choice(_START), draw.choice(_MIDDLE))]
        words["".join([*bits, draw.choice(_END)]).capitalize()] = None
    return np.array(list(words), object)


def _tailed(draw: np.random.Generator, words: _Texts, size: int) -> _Texts:
    weight = 1 / (np.arange(len(words)) + 10)
    return words[draw.choice(len(words), size, p=weight / weight.sum())]


def _people(draw: np.random.Generator, size: int) -> dict[str, _Texts]:
    given, family = _tailed(draw, _list(draw, 3000, 2), size), _tailed(draw, _list(draw, 40000, 3), size)
    street, house = _tailed(draw, _list(draw, 20000, 3), size) + "straat", draw.integers(1, 250, size).astype(str)
    post = (
        draw.integers(1000, 9999, size).astype(str)
        + np.array(["AB", "CD", "GH", "KL"], object)[draw.integers(0, 4, size)]
    )
    city = _list(draw, 2500, 2)[draw.integers(0, 2500, size)]
    for at in np.flatnonzero(draw.random(size) < 0.1):
        other = at - 1
        family[at], street[at], house[at], post[at], city[at] = (
            family[other],
            street[other],
            house[other],
            post[other],
            city[other],
        )
    born = np.datetime64("1935-01-01") + draw.integers(0, 70 * 365, size)
    mail = np.char.lower((given + "." + family).astype(str)).astype(object) + draw.integers(0, 90, size).astype(str)
    host = np.array(["@post.nl", "@mail.de", "@web.example", "@huis.nl"], object)[draw.integers(0, 4, size)]
    phone = np.array([f"06-{n:08d}" for n in draw.integers(10_000_000, 99_999_999, size)], object)
    return {"given_name": given, "family_name": family, "birth_date": born.astype(str).astype(object),
            "email": mail + host, "phone": phone, "street": street, "house_number": house.astype(object),
            "postcode": post.astype(object), "city": city}  # fmt: skip


_MISSING = {
    "email": 0.3,
    "phone": 0.35,
    "birth_date": 0.25,
    "street": 0.1,
    "house_number": 0.1,
    "postcode": 0.08,
    "city": 0.05,
}
_WRONG = {"given_name": 0.06, "family_name": 0.06, "birth_date": 0.03, "email": 0.04, "phone": 0.03, "street": 0.05}


def _worn(draw: np.random.Generator, values: _Texts, *, copy: npt.NDArray[np.bool_], name: str) -> _Texts:
    found = values.copy()
    wrong = np.flatnonzero(copy & (draw.random(len(found)) < _WRONG.get(name, 0)))
    for at in wrong:
        found[at] = _slip(draw, found[at], digits=name in ("birth_date", "phone"))
    found[draw.random(len(found)) < _MISSING.get(name, 0)] = None
    return found


def _slip(draw: np.random.Generator, text: str, *, digits: bool) -> str:
    at = int(draw.integers(0, max(len(text) - 1, 1)))
    if digits:  # two digits change places, where both are digits and the result stays a date
        return text[:-2] + text[-1] + text[-2] if text[-2] in "012" and text[-1] in "12" else text
    kind = int(draw.integers(0, 3))
    return (
        (
            text[:at] + text[at + 1 :],
            text[:at] + text[at] + text[at:],
            text[:at] + text[at + 1] + text[at] + text[at + 2 :],
        )[kind]
        if len(text) > at + 1
        else text
    )


def prepare(folder: Path, count: int, *, match: str) -> None:
    """A project with the records captured, and a file of new ones beside it."""
    whole = records(int(count * 1.01))
    pq.write_table(whole, folder / "truth.parquet")
    for name in ("project/in", "later"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    data = whole.drop_columns(["person"])
    pq.write_table(data.slice(0, count), folder / "project/in/first.parquet")
    pq.write_table(data.slice(count), folder / "later/day.parquet")
    named = ", ".join(f'{name} = "{name}"' for name in ("customer_id", *COLUMNS))
    keys = '["email", "phone"]' if match == "deterministic" else "[]"
    (folder / "project/regulars.toml").write_text(
        TOML.replace("COLUMNS", named).replace("MATCH", match).replace("KEYS", keys)
    )
    _regulars(folder / "project", "capture")


def _regulars(folder: Path, verb: str) -> None:
    subprocess.run([sys.executable, "-m", "regulars", "-C", str(folder), verb], check=True, capture_output=True)


def ours(folder: Path) -> None:
    """One `unify` through the Python door."""
    import regulars

    crm = regulars.open(folder / "project")
    crm.unify()


def bare(folder: Path) -> None:
    """Splink by itself: read, train, score, cluster, write."""
    import duckdb
    from splink import DuckDBAPI, Linker, block_on

    from regulars.engines.scratch import Scratch
    from regulars.identity.blocking import training_rules
    from regulars.identity.comparison import comparisons
    from regulars.identity.probabilistic import Linking, model_settings, trainable

    con = duckdb.connect(config={"threads": 2, "memory_limit": "3GB", "temp_directory": str(folder / "spill")})
    names = ", ".join(f"lower({name}) AS {name}" for name in COLUMNS)
    con.execute(f"CREATE TABLE record AS SELECT customer_id AS n, {names} FROM '{folder}/project/in/first.parquet'")
    settings = model_settings(Linking(COLUMNS))
    settings["blocking_rules_to_generate_predictions"] = [
        block_on(*rule.split()).get_blocking_rule("duckdb").as_dict() for rule in BLOCKS
    ]
    linker = Linker(DuckDBAPI(con).register("record"), settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match([block_on("email"), block_on("phone")], recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    trained: set[str] = set()
    for rule in training_rules(COLUMNS):
        fresh = {each.name for each in comparisons(COLUMNS) if not set(each.columns) & set(rule)}
        if fresh - trained and trainable(Scratch(con), "record", rule=rule):
            linker.training.estimate_parameters_using_expectation_maximisation(
                block_on(*rule), max_pairs=3e5, estimate_without_term_frequencies=True
            )
            trained |= fresh
    found = linker.inference.predict(threshold_match_probability=0.95)
    parts = linker.clustering.cluster_pairwise_predictions_at_threshold(found, 0.95).physical_name
    con.execute(f"COPY (SELECT n, cluster_id FROM {parts}) TO '{folder}/bare.parquet' (FORMAT parquet)")


def measured(what: str, folder: Path) -> dict[str, float]:
    """Run one contender in a process of its own."""
    asked = [sys.executable, __file__, "--contender", what, "--folder", str(folder)]
    began = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(asked, check=True, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "wall": time.perf_counter() - began,
        "cpu": cpu,
        "peak_mb": json.loads(done.stdout.splitlines()[-1])["peak_mb"],
    }


def quality(folder: Path, found: pa.Table) -> dict[str, float]:
    """Pairs of one cluster against pairs of one person."""
    truth = pq.read_table(folder / "truth.parquet", columns=["customer_id", "person"])
    both = found.join(truth, "customer_id", join_type="inner")
    key = pc.dictionary_encode(both["key"]).combine_chunks().indices.to_numpy().astype(np.int64)
    person = both["person"].to_numpy().astype(np.int64)
    right = _pairs(key * (int(person.max()) + 1) + person)
    precision, recall = right / max(_pairs(key), 1), right / _pairs(person)
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / (precision + recall), 4),
    }


def _pairs(groups: npt.NDArray[np.int64]) -> float:
    sizes = np.unique(groups, return_counts=True)[1].astype(float)
    return float((sizes * (sizes - 1) / 2).sum())


def linked(folder: Path) -> pa.Table:
    """What `unify` has found."""
    import regulars

    crm = regulars.open(folder / "project")
    crm.do("table", name="source_customer", out=str(folder / "links.parquet"))
    return (
        pq.read_table(folder / "links.parquet")
        .select(["customer_id", "customer_key"])
        .rename_columns(["customer_id", "key"])
    )


def main() -> None:
    """Print one line of JSON for each contender and the ratios."""
    ask = argparse.ArgumentParser()
    ask.add_argument("--records", type=int, default=1_000_000)
    ask.add_argument("--rounds", type=int, default=3)
    ask.add_argument("--match", default="probabilistic", choices=("probabilistic", "deterministic"))
    ask.add_argument("--contender")
    ask.add_argument("--folder", type=Path)
    ask.add_argument("--peer")
    given = ask.parse_args()
    if given.contender:
        {"ours": ours, "bare": bare}[given.contender](given.folder)
        print(json.dumps({"peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))
        return
    with tempfile.TemporaryDirectory(prefix="identity-") as temp:
        folder = Path(temp)
        prepare(folder, given.records, match=given.match)
        print(
            json.dumps(
                compared(folder, given.rounds, bare_too=given.match == "probabilistic") | {"records": given.records}
            )
        )


def compared(folder: Path, rounds: int, *, bare_too: bool) -> dict[str, Any]:
    """All contenders in turns, then the day's new records."""
    shutil.copytree(folder / "project", folder / "fresh")
    runs: dict[str, list[dict[str, float]]] = {"ours": [], "bare": []}
    for _ in range(rounds):
        shutil.rmtree(folder / "project")
        shutil.copytree(folder / "fresh", folder / "project")
        for what in ("ours", "bare") if bare_too else ("ours",):
            runs[what].append(measured(what, folder))
            print(json.dumps({what: runs[what][-1]}), file=sys.stderr)
    told: dict[str, Any] = {what: _median(each) for what, each in runs.items() if each}
    told["ours"]["quality"] = quality(folder, linked(folder))
    if bare_too:
        told["bare"]["quality"] = quality(
            folder, pq.read_table(folder / "bare.parquet").rename_columns(["customer_id", "key"])
        )
        told["overhead"] = {part: round(told["ours"][part] / told["bare"][part], 3) for part in ("wall", "cpu")}
    shutil.copy(folder / "later/day.parquet", folder / "project/in/day.parquet")
    _regulars(folder / "project", "capture")
    told["increment"] = measured("ours", folder)
    told["increment_share"] = {part: round(told["increment"][part] / told["ours"][part], 3) for part in ("wall", "cpu")}
    return told | {"bars": {"overhead": OVERHEAD, "increment_share": INCREMENT}}


def _median(runs: list[dict[str, float]]) -> dict[str, Any]:
    return {part: round(statistics.median(each[part] for each in runs), 2) for part in runs[0]}


if __name__ == "__main__":
    os.environ.setdefault("PYTHONPATH", str(Path(__file__).resolve().parents[1] / "src"))
    main()
