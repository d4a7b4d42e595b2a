"""What to do with each customer: the first rule of a policy that matches, with its reason and the next best action."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from regulars.conditions.check import names_of
from regulars.conditions.compile import compile_condition
from regulars.conditions.parse import parse
from regulars.conditions.resolve import resolver_of
from regulars.decide.customer import Vocabulary
from regulars.engines.portable import hash_text, money, rounded
from regulars.kernel.errors import ConfigError

__all__ = ["LEAVE", "OTHERWISE", "Policy", "decisions", "names_needed", "policy", "scores_used"]

OTHERWISE = "otherwise"
LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Policy:
    """A named list of (action, condition), tried in this order; the condition `otherwise` matches everybody."""

    name: str
    rules: tuple[tuple[str, str], ...]


def policy(name: str, section: Mapping[str, object]) -> Policy:
    """A policy from its section of the configuration, in the order in which it is written.

    Raises:
        ConfigError: no rules, a condition that is not a text, or a rule after `otherwise`, which would never be tried.

    >>> policy("care", {"invest": "value.percentile >= 80", "average": "otherwise"}).rules
    (('invest', 'value.percentile >= 80'), ('average', 'otherwise'))
    """
    rules = tuple((action, _condition(name, action, text=text)) for action, text in section.items())
    if not rules:
        raise ConfigError(f"[policies.{name}] has no rules.", fix='Add one, e.g. average = "otherwise".')
    caught = [action for action, text in rules[:-1] if text == OTHERWISE]
    if caught:
        raise ConfigError(
            f"In [policies.{name}] the rules after {caught[0]!r} are never tried.", fix="Put otherwise last."
        )
    return Policy(name, rules)


def names_needed(policy: Policy, words: Vocabulary) -> set[str]:
    """The names that the conditions use, and the headline value where there is one: columns for `customer_facts`."""
    return _used(policy) | ({"value"} if "value" in words.measures else set())


def scores_used(policy: Policy, words: Vocabulary) -> set[str]:
    """The analyses whose scores a policy acts on: each must have passed its gate."""
    return words.analyses(_used(policy))


def decisions(customers: ir.Table, policy: Policy, *, as_of: date, model_version: str | None = None) -> ir.Table:
    """One decision for each customer whom a rule matches; whom none matches gets no row.

    Args:
        customers: as by `customer_facts` with `names_needed`.
        policy: the rules.
        as_of: the cut date of what was known.
        model_version: the versions of the models whose scores are used, as one text.

    Returns:
        The columns of `decision`. `reason` is the condition and the customer's own values in it. `runner_up` is the
        action of the next rule that matches too, null where none does. `expected_profit` is the customer's headline
        value (expected residual margin over the value horizon) for whom we go on serving, 0 for the action `leave`, and
        null where no value is known.

    Raises:
        ConditionError: a condition that cannot be read.
    """
    hits = [_matches(customers, text) for _, text in policy.rules]
    places = range(len(hits))
    first = ibis.cases(*[(hits[place], place) for place in places], else_=None)
    placed = customers.mutate(place=first.cast("int64"), **{f"hit {place}": hits[place] for place in places})
    kept = placed.filter(placed.place.notnull())
    action = _by_place(kept, lambda place: ibis.literal(policy.rules[place][0]), count=len(hits))
    reason = _by_place(kept, lambda place: _reason(kept, policy.rules[place][1]), count=len(hits))
    return kept.select(
        decision_id=ibis.literal("d") + hash_text(kept.customer_key, f"{policy.name}|{as_of.isoformat()}"),
        customer_key=kept.customer_key,
        policy=ibis.literal(policy.name),
        action=action,
        reason=reason,
        runner_up=_runner_up(kept, policy),
        expected_profit=_profit(kept, action),
        model_version=ibis.null("string") if model_version is None else ibis.literal(model_version, type="string"),
        as_of=ibis.literal(as_of, type="date"),
    )


def _used(policy: Policy) -> set[str]:
    return {name for _, text in policy.rules if text != OTHERWISE for name in names_of(parse(text))}


def _condition(name: str, action: str, *, text: object) -> str:
    if not isinstance(text, str) or not text.strip():
        raise ConfigError(f"[policies.{name}] {action} is not a condition.", fix='Write a text, e.g. "value < 5".')
    return text.strip()


def _matches(customers: ir.Table, text: str) -> ir.BooleanValue:
    if text == OTHERWISE:
        return ibis.literal(True)
    return compile_condition(parse(text), resolver_of(customers)).fill_null(False)


def _by_place(kept: ir.Table, give: Callable[[int], ir.StringValue], *, count: int) -> ir.StringValue:
    return ibis.cases(*[(kept.place == place, give(place)) for place in range(count)], else_=ibis.null("string"))


def _runner_up(kept: ir.Table, policy: Policy) -> ir.StringValue:
    later = [
        (kept[f"hit {place}"] & (kept.place < place), ibis.literal(action))
        for place, (action, _) in enumerate(policy.rules)
        if place
    ]
    return ibis.cases(*later, else_=ibis.null("string")) if later else ibis.null("string")


def _reason(kept: ir.Table, text: str) -> ir.StringValue:
    if text == OTHERWISE:
        return ibis.literal("no rule before it matches")
    told: ir.StringValue = ibis.literal(text)
    for place, name in enumerate(sorted(names_of(parse(text)))):
        told = told + ibis.literal(f"{', ' if place else ' ('}{name} = ") + _words(kept[name])
    return told + ibis.literal(")")


def _words(value: ir.Value) -> ir.StringValue:
    """A value as text that is the same on every engine: numbers with two decimals, yes or no, unknown for null."""
    if value.type().is_boolean():
        text = value.ifelse(ibis.literal("yes"), ibis.literal("no"))
    elif value.type().is_numeric():
        text = rounded(value, 2).cast("decimal(18, 2)").cast("string")
    else:
        text = value.cast("string")
    return text.fill_null("unknown")


def _profit(kept: ir.Table, action: ir.StringValue) -> ir.DecimalValue:
    if "value" not in kept.columns:
        return ibis.null("decimal(18, 4)")
    served = money(kept["value"])
    return (action == LEAVE).ifelse(ibis.literal(0).cast("decimal(18, 4)"), served)
