"""What does the report tell? Everything that the page and the summary need, as plain values: no table, no engine, no clock.

Whoever gathers it (the project) fills the parts that there are; a part that is None or empty has not been made yet, and
the page says by which verb it is made. Money is of the project's currency; shares lie between 0 and 1.
"""

from __future__ import annotations

from dataclasses import dataclass

from regulars.report.checks import Check, Matching
from regulars.report.ground import Basis, Figure

__all__ = [
    "Action",
    "ArmCount",
    "Backtest",
    "Basis",
    "Bin",
    "Calibrated",
    "Campaign",
    "Card",
    "Check",
    "Definition",
    "Effect",
    "Feed",
    "Figure",
    "FoldScore",
    "Group",
    "Item",
    "Launch",
    "Matching",
    "Month",
    "Move",
    "Moves",
    "Plan",
    "Policy",
    "Sales",
    "Segments",
    "Source",
    "Story",
    "Totals",
    "Truth",
    "Value",
    "Withheld",
]


@dataclass(frozen=True, slots=True)
class Source:
    """One source and what it brought: contracts, and rows in the warehouse."""

    name: str
    simulated: bool
    contracts: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Recorded sales; only the average order value has an interval."""

    revenue: float
    orders: int
    order_lines: int
    buyers: int
    average_order_value: Figure
    period: str


@dataclass(frozen=True, slots=True)
class Month:
    """Revenue of one month (as 2017-03); an unfinished one is only in part in the data."""

    month: str
    revenue: float
    finished: bool = True


@dataclass(frozen=True, slots=True)
class Item:
    """Revenue of one member, for example a department."""

    name: str
    revenue: float


@dataclass(frozen=True, slots=True)
class Sales:
    """What was sold: totals, by month, by department (the largest, and all others in one)."""

    totals: Totals
    months: tuple[Month, ...]
    departments: tuple[Item, ...]
    basis: Basis


@dataclass(frozen=True, slots=True)
class Group:
    """One segment: customers, and their revenue in the window."""

    name: str
    customers: int
    revenue: float


@dataclass(frozen=True, slots=True)
class Segments:
    """RFM segments in their own order, best first."""

    as_of: str
    window_days: int
    groups: tuple[Group, ...]
    basis: Basis


@dataclass(frozen=True, slots=True)
class Move:
    """Customers who went from one segment to another; None is "not a customer yet" or "gone"."""

    before: str | None
    after: str | None
    customers: int


@dataclass(frozen=True, slots=True)
class Moves:
    """Migration between two dates; `order` is that of the segments."""

    earlier: str
    later: str
    order: tuple[str, ...]
    moves: tuple[Move, ...]
    basis: Basis


@dataclass(frozen=True, slots=True)
class Bin:
    """Customers with a value from `low` up to, not including, `high`; None is open."""

    low: float
    high: float | None
    customers: int


@dataclass(frozen=True, slots=True)
class Value:
    """Residual value: its total, how it is spread, and by segment.

    `curve`: (share of customers, best first; share of the value that they hold); `best_fifth` its height at 0.2.
    """

    as_of: str
    horizon_days: int
    discount_rate: float
    total: Figure
    median: float
    bins: tuple[Bin, ...]
    curve: tuple[tuple[float, float], ...]
    best_fifth: float
    segments: tuple[tuple[str, Figure], ...]
    basis: Basis


@dataclass(frozen=True, slots=True)
class FoldScore:
    """One origin of the backtest: log score and mean absolute error of the model and of the naive forecast."""

    origin: str
    until: str
    customers: int
    log_score: float | None
    naive_log_score: float | None
    mae: float | None
    naive_mae: float | None
    bias: float | None


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Mean purchases of one class of past frequency: what happened, what the model and the naive forecast expected."""

    name: str
    customers: int
    actual: float
    expected: float
    naive: float | None


@dataclass(frozen=True, slots=True)
class Backtest:
    """How the value forecast fared on the past.

    `pit` and `naive_pit` are shares of the randomised PIT in each tenth; `metrics` are (name, model, naive).
    """

    protocol: str
    baseline: str
    days_proven: int
    folds: tuple[FoldScore, ...]
    metrics: tuple[tuple[str, Figure, Figure | None], ...]
    pit: tuple[float, ...]
    naive_pit: tuple[float, ...]
    calibration: tuple[Calibrated, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """The model card: what was chosen, whether it may act, what it assumes, and its backtest."""

    model: str
    version: str
    as_of: str
    passed: bool
    why: str
    assumptions: tuple[str, ...]
    limits: tuple[str, ...]
    backtest: Backtest | None
    basis: Basis


@dataclass(frozen=True, slots=True)
class Action:
    """One action of a policy, the rule that leads to it, and the profit expected of those who get it."""

    name: str
    customers: int
    expected_profit: float | None
    rule: str


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy and what it decided."""

    name: str
    as_of: str
    actions: tuple[Action, ...]
    basis: Basis


@dataclass(frozen=True, slots=True)
class Plan:
    """A campaign as planned; `detectable` is the least difference of profit per customer found with 80 % power."""

    matching: int
    reach: int
    treated: float
    held_out: float
    cost: float
    budget: float | None
    detectable: float | None
    break_even: float | None
    expected_profit: float | None
    power: float | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Launch:
    """A campaign as launched."""

    assigned_at: str
    treated: int
    held_out: int
    sent: int
    failed: int


@dataclass(frozen=True, slots=True)
class ArmCount:
    """One arm as it went; rates and means are per assigned customer."""

    name: str
    assigned: int
    sent: int
    response_rate: float
    margin: float
    cost: float


@dataclass(frozen=True, slots=True)
class Truth:
    """What a simulated campaign truly brought, known because it was simulated: profit of each addressed customer before
    fixed cost, and in all after all costs."""

    per_customer: float | None
    total: float | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a campaign changed against those left alone: `per_customer` is profit before fixed cost, `profit` the
    whole after all costs; intervals are 95 %."""

    verdict: str
    why: str
    per_customer: Figure
    profit: Figure
    srm_p: float | None
    arms: tuple[ArmCount, ...]
    truth: Truth | None
    notes: tuple[str, ...]
    basis: Basis


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign of this project, as far as it went; its basis is that of the plan."""

    name: str
    audience: str
    window_days: int
    plan: Plan | None
    launch: Launch | None
    effect: Effect | None
    basis: Basis


@dataclass(frozen=True, slots=True)
class Withheld:
    """A captured campaign: its verdict, and why."""

    name: str
    customers: int
    verdict: str
    why: str


@dataclass(frozen=True, slots=True)
class Feed:
    """The account of one source's contract: read = loaded + duplicate + superseded + skipped + quarantined."""

    source: str
    contract: str
    files: int
    read: int
    loaded: int
    duplicate: int
    superseded: int
    skipped: int
    quarantined: int
    held: int


@dataclass(frozen=True, slots=True)
class Definition:
    """A word or figure, and what it means here."""

    term: str
    says: str


@dataclass(frozen=True, slots=True)
class Story:
    """The whole report. `generated_at` is an ISO text in UTC; `mark` is the fingerprint of what the page rests on."""

    project: str
    currency: str
    as_of: str
    generated_at: str
    mark: str = ""
    sources: tuple[Source, ...] = ()
    sales: Sales | None = None
    segments: Segments | None = None
    moves: Moves | None = None
    value: Value | None = None
    card: Card | None = None
    policies: tuple[Policy, ...] = ()
    campaigns: tuple[Campaign, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    feeds: tuple[Feed, ...] = ()
    checks: tuple[Check, ...] = ()
    matching: Matching | None = None
    assumptions: tuple[str, ...] = ()
    definitions: tuple[Definition, ...] = ()
