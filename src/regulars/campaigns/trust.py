"""Whether a campaign's comparison may be believed: who was left alone, how they were drawn, and whether time is up.

A doubt withholds the figures; it does not soften them. What only weakens a result is a note beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regulars.campaigns.arithmetic import Numbers, balance_p, ratio_mismatch_p

__all__ = ["BALANCE_LEVEL", "MISMATCH_LEVEL", "Design", "Doubt", "doubts", "planned_shares"]

MISMATCH_LEVEL = 0.001
BALANCE_LEVEL = 0.01
_FEWEST = 2
_CLOCKS = timedelta(hours=2)  # the end of a local day may lie this much off, when the clocks have changed


@dataclass(frozen=True, slots=True)
class Design:
    """What was planned of a campaign, as far as it is known.

    Attributes:
        campaign: its id.
        covered_until: the instant (UTC) up to which the data is complete.
        shares: planned share of each arm, for assignments that carry no propensity; empty where nothing was planned.
        cost_per_contact: counts for a sent message whose own cost is not recorded.
        fixed_cost: spent whatever was sent; it is charged to the arm whose profit is asked for.
    """

    campaign: str
    covered_until: datetime
    shares: Mapping[str, float]
    cost_per_contact: float = 0.0
    fixed_cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why the result is withheld (None: it is not), the sample-ratio probability, and notes that only weaken it."""

    why: str | None
    srm_p: float | None = None
    notes: tuple[str, ...] = ()


def doubts(rows: pa.Table, design: Design, *, against: str) -> Doubt:
    """The first reason not to believe the comparison with the arm `against`.

    In this order: nobody was left alone at random; the window is open; arm sizes do not match the plan (chi-square,
    p < 0.001); arms without recorded propensity differed before the assignment (Welch's test on margin and on orders,
    p < 0.01 in either).
    """
    alone = _nobody_alone(rows, against) or _window_open(rows, design)
    if alone:
        return Doubt(alone)
    shares = planned_shares(rows, design)
    if not shares:
        return _undrawn(rows, against)
    p = ratio_mismatch_p(_sizes(rows), dict(shares))
    if p < MISMATCH_LEVEL:
        return Doubt(f"The sizes of the arms do not match the planned shares (chi-square, p = {p:.2g}).", p)
    return Doubt(None, p)


def planned_shares(rows: pa.Table, design: Design) -> Mapping[str, float]:
    """The planned share of each arm: as recorded with the draw, else of the design; empty where neither is known.

    What was recorded comes first, because a configuration may have changed since. Recorded shares that do not sum to 1
    miss an arm and are not used.

    Where propensities differ by customer, an arm's expected size is not a share of the whole: with two arms it is
    the mean probability of the arm over all customers; with more of them it is not known here (empty).
    """
    propensity = np.asarray(rows["propensity"].cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    if rows.num_rows == 0 or bool(np.isnan(propensity).any()):
        return design.shares
    found = _recorded(np.asarray(rows["arm"].to_pylist()), propensity)
    return found if abs(sum(found.values()) - 1) < 1e-6 else design.shares


def _recorded(arms: np.ndarray[tuple[int], np.dtype[np.str_]], propensity: Numbers) -> dict[str, float]:
    names = sorted(set(arms.tolist()))
    own = {name: propensity[arms == name] for name in names}
    if all(np.ptp(each) < 1e-12 for each in own.values()):
        return {name: float(each[0]) for name, each in own.items()}
    if len(names) != 2:
        return {}
    first = float(np.where(arms == names[0], propensity, 1 - propensity).mean())
    return {names[0]: first, names[1]: 1 - first}


def _sizes(rows: pa.Table) -> dict[str, int]:
    return {each["values"]: each["counts"] for each in pc.value_counts(rows["arm"].combine_chunks()).to_pylist()}


def _nobody_alone(rows: pa.Table, against: str) -> str | None:
    sizes = _sizes(rows)
    if not sizes:
        return "Nobody was assigned to this campaign."
    if against not in sizes and len(sizes) > 1:
        return f"No arm is called {against!r}; say which of {', '.join(sorted(sizes))} was left alone."
    if against not in sizes:
        return "Every customer of this campaign was addressed; nobody was left alone at random."
    if len(sizes) == 1:
        return f"Every customer of this campaign is in the arm {against!r}; there is nothing to compare."
    small = [arm for arm, size in sizes.items() if size < _FEWEST]
    return f"The arm {small[0]!r} has fewer than {_FEWEST} customers." if small else None


def _window_open(rows: pa.Table, design: Design) -> str | None:
    ends = pc.max(rows["until"]).as_py()
    if ends is None or ends <= design.covered_until + _CLOCKS:
        return None
    return f"The window is open until {ends:%Y-%m-%d}; the data ends on {design.covered_until:%Y-%m-%d}."


def _undrawn(rows: pa.Table, against: str) -> Doubt:
    """Arms without a recorded probability: nobody can say that they were drawn; at least they must have been alike."""
    named = {"margin": "pre_margin", "orders": "pre_orders"}
    worst = {
        what: _worst(rows, against, column=column) for what, column in named.items() if column in rows.column_names
    }
    if not worst:
        return Doubt("The arms have no recorded propensity and nothing is known of the time before the assignment.")
    what, p = min(worst.items(), key=lambda pair: pair[1])
    told = f"the arms' {what} before the assignment (Welch's test, p = {p:.2g})"
    if p < BALANCE_LEVEL:
        return Doubt(f"The arms have no recorded propensity and were not alike: {told}.")
    return Doubt(
        None, None, (f"No propensity was recorded, so the draw is not proved; nothing speaks against it in {told}.",)
    )


def _worst(rows: pa.Table, against: str, *, column: str) -> float:
    values = np.asarray(rows[column].cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    arms = np.asarray(rows["arm"].to_pylist())
    others = sorted(set(arms.tolist()) - {against})
    return min(balance_p(values[arms == arm], values[arms == against]) for arm in others)
