"""What conditions over customers may name, as one wide table: attributes, scores and segments, one row per customer.

Names in policies and audiences are short. `value` is the headline measure of the analysis value, `value.percentile` its
percentile, `value.p_alive` another measure of it, `value.p_alive.low` that one's lower bound. `rfm` or `segment.rfm` is
the customer's segment in that segmentation. A segment that is defined by a rule (`[segments.NAME]`) is a yes or no: its
bare name is a condition by itself. Anything else is an attribute of the customer. Where a name could be several things,
a score comes before a segment, and a segment before an attribute.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import ibis.expr.types as ir

from regulars.conditions.check import unknown_name

__all__ = ["FIELDS", "Vocabulary", "customer_facts"]

FIELDS = ("value", "low", "high", "percentile")
"""What can be asked of a measure, after its name and a dot."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The scores and segments that exist.

    Attributes:
        measures: analysis -> its measures, the headline first.
        segmentations: names of segmentations whose segments are texts (rfm, ...).
        rules: names of segments defined by a rule; stored with segmentation = the name and segment = "in".
    """

    measures: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    segmentations: Collection[str] = ()
    rules: Collection[str] = ()

    def score(self, name: str) -> tuple[str, str, str] | None:
        """(analysis, measure, field) of a name, or None when it names no score.

        >>> words = Vocabulary({"value": ("residual_value", "p_alive")})
        >>> words.score("value.percentile"), words.score("value.p_alive"), words.score("city")
        (('value', 'residual_value', 'percentile'), ('value', 'p_alive', 'value'), None)
        """
        analysis, *rest = name.split(".")
        measures = self.measures.get(analysis)
        if not measures or len(rest) > 2:
            return None
        if not rest:
            return analysis, measures[0], "value"
        if len(rest) == 1 and rest[0] in FIELDS:
            return analysis, measures[0], rest[0]
        if rest[0] in measures and rest[-1] in (*FIELDS, rest[0]):
            return analysis, rest[0], rest[1] if len(rest) == 2 else "value"
        return None

    def analyses(self, names: Collection[str]) -> set[str]:
        """The analyses whose scores are among the names: each must have passed its gate before it may act.

        >>> Vocabulary({"value": ("residual_value",)}).analyses(["value.high", "city"])
        {'value'}
        """
        return {found[0] for name in names if (found := self.score(name))}

    def segmentation(self, name: str) -> str | None:
        """The segmentation or rule that a name means, or None.

        >>> Vocabulary(segmentations=["rfm"]).segmentation("segment.rfm")
        'rfm'
        """
        bare = name.removeprefix("segment.")
        return bare if bare in self.segmentations or bare in self.rules else None

    def names(self) -> list[str]:
        """Every name of a score or segment, for messages; the fields of further measures are left out."""
        heads = [
            f"{analysis}{part}" for analysis in self.measures for part in ("", *(f".{each}" for each in FIELDS[1:]))
        ]
        further = [f"{analysis}.{measure}" for analysis, names in self.measures.items() for measure in names]
        return sorted([*heads, *further, *self.segmentations, *self.rules])


def customer_facts(
    golden_customer: ir.Table, score: ir.Table, *, segment: ir.Table, names: Collection[str], words: Vocabulary
) -> ir.Table:
    """One row per customer with `customer_key` and exactly the wanted names as columns.

    Of each analysis and segmentation the rows of its latest as_of count. A customer without a score has null there; one
    outside a rule's segment has False.

    Args:
        golden_customer: one row per customer.
        score: as stored; only rows of customers without an item are read.
        segment: as stored.
        names: as conditions name them.

    Raises:
        ConditionError: a name that is no score, segment or attribute.
    """
    wanted = sorted(set(names) - {"customer_key"})
    scores = {name: found for name in wanted if (found := words.score(name))}
    groups = {name: group for name in wanted if name not in scores and (group := words.segmentation(name))}
    places = {name: _attribute(name, golden_customer, words=words) for name in wanted if name not in (scores | groups)}
    whole = golden_customer.select("customer_key", **{name: golden_customer[place] for name, place in places.items()})
    for part in (_scores(score, scores), _segments(segment, groups)):
        whole = whole if part is None else whole.left_join(part, "customer_key").drop("customer_key_right")
    rules = {name: whole[name].notnull() for name, group in groups.items() if group in words.rules}
    return whole.mutate(**rules).select("customer_key", *wanted)


def _attribute(name: str, golden_customer: ir.Table, *, words: Vocabulary) -> str:
    for place in (name, f"attr_{name}"):
        if place in golden_customer.columns:
            return place
    attributes = {column.removeprefix("attr_") for column in golden_customer.columns}
    raise unknown_name(name, {*words.names(), *attributes}, where="what is known of a customer")


def _scores(score: ir.Table, wanted: Mapping[str, tuple[str, str, str]]) -> ir.Table | None:
    if not wanted:
        return None
    analyses = sorted({analysis for analysis, _, _ in wanted.values()})
    own = score.filter((score.subject == "customer") & score.item.isnull() & score.analysis.isin(analyses))
    rows = _latest(own, "analysis")
    return rows.group_by(customer_key=rows.subject_id).agg(
        **{
            name: ((rows.analysis == analysis) & (rows.measure == measure)).ifelse(rows[part], None).max()
            for name, (analysis, measure, part) in wanted.items()
        }
    )


def _segments(segment: ir.Table, wanted: Mapping[str, str]) -> ir.Table | None:
    if not wanted:
        return None
    rows = _latest(segment.filter(segment.segmentation.isin(sorted(set(wanted.values())))), "segmentation")
    return rows.group_by("customer_key").agg(
        **{name: (rows.segmentation == group).ifelse(rows.segment, None).max() for name, group in wanted.items()}
    )


def _latest(rows: ir.Table, of: str) -> ir.Table:
    """Rows of the latest as_of of each analysis or segmentation: a run replaces the one before it as a whole."""
    last = rows.group_by(group=rows[of]).agg(last=rows.as_of.max())
    return rows.join(last, [rows[of] == last["group"], rows.as_of == last["last"]])
