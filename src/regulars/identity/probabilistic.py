"""How probable is it that two records are one customer? A Fellegi-Sunter model, trained without labels by Splink.

The only file that knows Splink. Records come in standardised and numbered; what goes out are pairs with a probability,
and the model as data, so that a later run scores new records with the same eyes. Everything is a function of the
records' content and numbers: the order of rows and the number of threads change nothing.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from splink import DuckDBAPI, Linker, block_on

from regulars.engines.scratch import Scratch
from regulars.identity.blocking import block, budget, largest_sql, pairs_sql, rules, strict_rules, training_rules
from regulars.identity.comparison import Comparison, comparisons

__all__ = ["Linking", "Scored", "block_sizes", "fit", "model_settings", "score", "trainable"]

logging.getLogger("splink").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Linking:
    """What is compared and how much of it.

    Attributes:
        columns: compared columns of the contract that hold something.
        numbers: further columns of values that are meant to be unique.
        seed: of the sample from which chance agreement is learned.
        sample: pairs in that sample.
        training: pairs, at most, from which one round learns what matches look like.
    """

    columns: tuple[str, ...]
    numbers: tuple[str, ...] = ()
    seed: int = 1
    sample: float = 1e6
    training: float = 3e5


_RECALL = 0.8  # of the strict rules: four of five true pairs
_LEAST_M, _LEAST_U = 1e-3, 1e-7
_DIGITS = 6


def _compared(linking: Linking) -> list[Comparison]:
    return comparisons(linking.columns, linking.numbers)


def model_settings(linking: Linking) -> dict[str, Any]:
    """What Splink is told before it has learned anything."""
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "n",
        "comparisons": [_comparison(each) for each in _compared(linking)],
        "blocking_rules_to_generate_predictions": [],
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
        "max_iterations": 25,
        "em_convergence": 0.0005,
    }


def _comparison(each: Comparison) -> dict[str, Any]:
    levels: list[dict[str, Any]] = [{"sql_condition": each.silent, "label_for_charts": "none", "is_null_level": True}]
    for level in each.levels:
        rare = {"tf_adjustment_column": level.rare} if level.rare else {}
        levels.append({"sql_condition": level.where, "label_for_charts": level.says, **rare})
    return {"output_column_name": each.name, "comparison_levels": levels}


def fit(scratch: Scratch, table: str, *, linking: Linking) -> dict[str, Any]:
    """Learn the weights from the records alone; returns the model as data.

    Args:
        scratch: the DuckDB that holds the records.
        table: its table: n (the record's number) and the compared columns, all text.
        linking: what is compared.
    """
    api = DuckDBAPI(scratch.native)
    linker = Linker(api.register(table), model_settings(linking), log_level=None)
    linker.training.estimate_u_using_random_sampling(max_pairs=linking.sample, seed=linking.seed)
    linker._settings_obj.core_model_settings.probability_two_random_records_match = _prior(
        scratch, table, linking=linking
    )
    trained: dict[str, int] = {}
    for rule in training_rules(linking.columns, linking.numbers):
        fresh = [each.name for each in _compared(linking) if not set(each.columns) & set(rule)]
        if any(name not in trained for name in fresh) and trainable(scratch, table, rule=rule):
            linker.training.estimate_parameters_using_expectation_maximisation(
                block_on(*rule), max_pairs=linking.training, estimate_without_term_frequencies=True
            )
            trained |= {name: trained.get(name, 0) + 1 for name in fresh}
    model: dict[str, Any] = linker.misc.save_model_to_json()
    api.delete_tables_created_by_splink_from_db()
    return _tidied(model)


def _prior(scratch: Scratch, table: str, *, linking: Linking) -> float:
    """The share of all pairs that match, guessed from pairs that agree on what hardly two people share."""
    strict = strict_rules(linking.columns, linking.numbers)
    count = int(scratch.one(f"SELECT count(*) FROM {table}")[0])
    candidates = _union(table, dict.fromkeys(strict, 50), fresh=None)
    pairs = int(scratch.one(f"SELECT count(*) FROM ({candidates})")[0]) if strict else 0
    return min(max(pairs / _RECALL, 1.0) / max(count * (count - 1) / 2, 1.0), 0.5)


def trainable(scratch: Scratch, table: str, *, rule: tuple[str, ...]) -> bool:
    """Whether the rule brings enough pairs together to learn from."""
    sizes = f"SELECT count(*) AS n FROM {table} WHERE {block(rule)} IS NOT NULL GROUP BY {block(rule)} HAVING n > 1"
    return int(scratch.one(f"SELECT coalesce(sum(n * (n - 1) // 2), 0) FROM ({sizes})")[0]) >= _ENOUGH


_ENOUGH = 30


def _union(table: str, largest: Mapping[tuple[str, ...], int], *, fresh: str | None) -> str:
    return " UNION ".join(
        pairs_sql(table, rule, largest=size, fresh=fresh) for rule, size in largest.items() if size > 1
    )


def block_sizes(scratch: Scratch, table: str, *, linking: Linking) -> dict[str, int]:
    """How large the blocks of each rule may be in these records; rules by their columns, separated by a space."""
    count = int(scratch.one(f"SELECT count(*) FROM {table}")[0])
    chosen = rules(linking.columns, linking.numbers)
    sizes = {rule: scratch.one(largest_sql(table, rule, most=budget(rule, count)))[0] for rule in chosen}
    return {"\x1f".join(rule): int(size) for rule, size in sizes.items()}


def _tidied(model: dict[str, Any]) -> dict[str, Any]:
    """Every level has weights: what was never seen gets a cautious guess, and the last digits, which depend on the
    order of sums, are cut off."""
    for comparison in model["comparisons"]:
        levels = [each for each in comparison["comparison_levels"] if not each.get("is_null_level")]
        for place, level in enumerate(levels):
            m = _share(level.get("m_probability"), _GUESS[0] if place == 0 else _GUESS[1] / max(len(levels) - 1, 1))
            u = _share(level.get("u_probability"), _LEAST_U if place < len(levels) - 1 else 1.0)
            level["m_probability"], level["u_probability"] = _cut(max(m, _LEAST_M)), _cut(max(u, _LEAST_U))
    model["probability_two_random_records_match"] = _cut(model["probability_two_random_records_match"])
    return model


_GUESS = (0.9, 0.1)


def _share(found: Any, guess: float) -> float:
    return float(found) if isinstance(found, int | float) and math.isfinite(found) else guess


def _cut(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


@dataclass(frozen=True, slots=True)
class Scored:
    """Pairs of record numbers a < b with their probability, from `least` on; how many were compared, and what the
    model expects of all of them."""

    pairs: pa.Table
    compared: int
    expected: float


def score(
    scratch: Scratch,
    table: str,
    *,
    model: Mapping[str, Any],
    sizes: Mapping[str, int],
    least: float,
    fresh: str | None = None,
) -> Scored:
    """Weigh all pairs that share a block.

    Args:
        scratch: the DuckDB that holds the records.
        table: its table of records.
        model: what `fit` gave.
        sizes: what `block_sizes` gave.
        least: pairs below this probability are left out.
        fresh: a table with the numbers (n) of the only records whose pairs are wanted; None: all.
    """
    pairs = _union(table, {tuple(rule.split("\x1f")): size for rule, size in sizes.items()}, fresh=fresh)
    if not pairs:
        return Scored(_NONE.empty_table(), 0, 0.0)
    scratch.run(
        f"CREATE OR REPLACE TABLE candidate AS SELECT '0' AS match_key, a AS join_key_l, b AS join_key_r FROM ({pairs})"
    )
    compared = int(scratch.one("SELECT count(*) FROM candidate")[0])
    if not compared:
        return Scored(_NONE.empty_table(), 0, 0.0)
    return _weighed(scratch, table, model=model, least=least, compared=compared)


_NONE = pa.schema([("a", pa.int64()), ("b", pa.int64()), ("probability", pa.float64())])


def _weighed(scratch: Scratch, table: str, *, model: Mapping[str, Any], least: float, compared: int) -> Scored:
    api = DuckDBAPI(scratch.native)
    linker = Linker(api.register(table), dict(model), log_level=None, validate_settings=False)
    linker.table_management.register_blocked_pairs_for_predict(api.register("candidate"))
    found = linker.inference.predict(threshold_match_probability=_FAINT, warning_mode="never").physical_name
    one = f"SELECT n_l AS a, n_r AS b, match_probability AS p FROM {found}"
    both = f"({one}) f JOIN {table} l ON l.n = f.a JOIN {table} r ON r.n = f.b"
    scratch.run(f"CREATE OR REPLACE TABLE person AS SELECT f.* FROM {both} WHERE NOT {_family(scratch, table)}")
    pairs = scratch.table(f"SELECT a, b, round(p, 9) AS probability FROM person WHERE p >= {least} ORDER BY a, b")
    expected = float(scratch.one("SELECT coalesce(sum(p), 0) FROM person")[0])
    api.delete_tables_created_by_splink_from_db()
    scratch.run("DROP TABLE candidate")
    return Scored(pairs.cast(_NONE), compared, expected)


_FAINT = 1e-4


def _family(scratch: Scratch, table: str) -> str:
    """Two people of one household, whatever the model thinks: given names that are nothing alike, and no equal birth date,
    e-mail address, telephone or other number. Family name and address come together, which the model does not know."""
    there = [name for name, *_ in scratch.rows(f"DESCRIBE {table}")]
    if "given_name" not in there:
        return "false"
    own = [name for name in there if name in ("birth_date", "email", "phone") or name.startswith("attr_")]
    equal = " OR ".join(["false", *(f'coalesce(l."{name}" = r."{name}", false)' for name in own)])
    swap = (
        "coalesce(l.given_name = r.family_name OR r.given_name = l.family_name, false)"
        if "family_name" in there
        else "false"
    )
    initial = "l.given_name[1:1] = r.given_name OR r.given_name[1:1] = l.given_name"
    unlike = f"jaro_winkler_similarity(l.given_name, r.given_name) < 0.7 AND NOT ({initial})"
    return f"(coalesce({unlike}, false) AND NOT ({equal}) AND NOT {swap})"
