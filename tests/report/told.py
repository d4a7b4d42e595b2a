"""A story made by hand: like the demo's, with hostile names where data comes in."""

from __future__ import annotations

from regulars.report.story import (
    Action,
    ArmCount,
    Backtest,
    Basis,
    Bin,
    Calibrated,
    Campaign,
    Card,
    Definition,
    Effect,
    Feed,
    Figure,
    FoldScore,
    Group,
    Item,
    Launch,
    Month,
    Move,
    Moves,
    Plan,
    Policy,
    Sales,
    Segments,
    Source,
    Story,
    Totals,
    Truth,
    Value,
    Withheld,
)  # fmt: skip

HOSTILE = "<script>alert('x')</script>"
MARGIN = "Where a line has no cost, a margin of 25% of revenue is assumed."
TILLS = Basis(("tills",), simulated=False)
MARGINS = Basis(("tills",), simulated=False, assumed=(MARGIN,))
MADE = Basis(("reactions", "tills"), simulated=True, assumed=(MARGIN, "A contact costs 0.50."))
_NAMES = (
    "champions",
    "loyal",
    "promising",
    "new",
    "needs_attention",
    "fading",
    "cannot_lose",
    "at_risk",
    "hibernating",
    "lost",
)
_SIZES = (520, 214, 311, 148, 262, 97, 64, 341, 270, 242)
_REVENUE = (
    2_480_110.5,
    402_200.0,
    466_020.0,
    110_003.0,
    330_404.0,
    60_101.0,
    240_000.0,
    350_000.0,
    102_000.0,
    55_201.08,
)


def _sales() -> Sales:
    amounts = (330e3, 341e3, 372e3, 366e3, 395e3, 388e3, 391e3, 402e3, 385e3, 399e3, 411e3, 405e3, 11e3)
    months = [Month(f"2017-{number:02d}", amount) for number, amount in enumerate(amounts[:-1], 1)]
    departments = (
        ("GROCERY", 2_316_394.0), ("DRUG GM", 596_827.0), ("PRODUCE", 322_859.0), ("MEAT", 308_575.0), ("FUEL", 230_000.0),
        ("MEAT-PCKGD", 229_350.0), ("DELI", 148_344.0), ("PASTRY", 72_000.0), (HOSTILE, 69_000.0), ("SALAD BAR", 40_000.0),
        ("(other)", 262_690.0),
    )  # fmt: skip
    totals = Totals(
        4_596_039.58, 155_848, 1_469_307, 2_469, Figure(29.49, 29.02, 29.97, 80, 2_469), "2017-01-01 to 2018-01-01"
    )
    return Sales(totals, (*months, Month("2018-01", amounts[-1], finished=False)),
                 tuple(Item(name, amount) for name, amount in departments), TILLS)  # fmt: skip


def _segments() -> Segments:
    groups = tuple(Group(*each) for each in zip(_NAMES, _SIZES, _REVENUE, strict=True))
    return Segments("2018-01-01", 365, groups, TILLS)


def _moves() -> Moves:
    found = [
        Move(before, after, 3 + (37 * here + 11 * there) % 23 + (120 if here == there else 0))
        for here, before in enumerate(_NAMES)
        for there, after in enumerate(_NAMES)
        if abs(here - there) < 6
    ]
    return Moves("2017-10-02", "2018-01-01", _NAMES, (*found, Move(None, "new", 21)), TILLS)


def _value() -> Value:
    shares = [each / 50 for each in range(51)]
    curve = tuple((x, 1 - (1 - x) ** 3.9) for x in shares)
    segments = tuple(
        (name, Figure(*(each * size * (1.6 - number / 8) for each in (380, 360, 401)), 80, size))
        for number, (name, size) in enumerate(zip(_NAMES, _SIZES, strict=True))
    )  # fmt: skip
    sizes = (420, 380, 300, 260, 210, 180, 150, 120, 110, 90, 70, 60, 50, 39, 30)
    bins = tuple(Bin(each * 100.0, (each + 1) * 100.0 if each < 14 else None, size) for each, size in enumerate(sizes))
    total = Figure(1_012_334.0, 990_211.0, 1_034_870.0, 80, 2_469)
    return Value("2018-01-01", 365, 0.1, total, 286.4, bins, curve, 0.5817, segments, MARGINS)


def _card() -> Card:
    folds = tuple(
        FoldScore(
            f"2017-{month:02d}-02",
            f"2017-{month + 1:02d}-30",
            2_300 + month,
            -1.92 - month / 100,
            -2.41,
            2.2,
            2.9,
            0.031,
        )
        for month in (5, 7, 9, 11)
    )
    classes = ("0", "1", "2", "3-5", "6-10", "11-20", "21-50", "51+")
    calibration = tuple(
        Calibrated(name, 140 + 60 * place, 0.4 + place**1.8, 0.45 + place**1.79, 0.2 + place**1.85)
        for place, name in enumerate(classes)
    )
    backtest = Backtest(
        "Rolling origins: up to 4 folds of 59 days that do not overlap and end on the last day of the data.",
        "own rate", 59, folds,
        (
            ("log_score", Figure(-1.97, -1.99, -1.95, 95), Figure(-2.41, -2.45, -2.37, 95)),
            ("pit_deviation", Figure(0.012), None),
        ),
        (0.1, 0.11, 0.09, 0.105, 0.095, 0.1, 0.1, 0.1, 0.108, 0.092),
        (0.16, 0.13, 0.09, 0.08, 0.07, 0.07, 0.08, 0.09, 0.1, 0.13),
        calibration,
    )  # fmt: skip
    why = "Passes: the log score per customer differs from the better naive baseline's by 0.44 (0.41 to 0.47, 95 %)."
    return Card("MBG/NBD", "value-20180101-aabbccdd", "2018-01-01", True, why, (MARGIN,), ("Seasons are not foreseen.",),
                backtest, MARGINS)  # fmt: skip


def _policy() -> Policy:
    actions = (
        Action("invest", 494, 588_213.2, "value.percentile >= 80"),
        Action("average", 1_563, 418_000.0, "otherwise"),
        Action("leave", 412, 6_120.8, "value.high < 20"),
    )
    return Policy("care", "2018-01-01", actions, MARGINS)


def _campaign() -> Campaign:
    plan = Plan(
        1_200, 1_000, 800.0, 200.0, 400.0, 500.0, 4.12, 0.5, 1_210.0, 0.62, ("The budget carries 1000 of 1200.",)
    )
    effect = Effect(
        "worked",
        "The 95 % interval of the incremental profit, 320.11 to 4,100.20, lies above 0.",
        Figure(2.76, 0.4, 5.12, 95, 1_000),
        Figure(2_208.0, 320.11, 4_100.2, 95),
        0.81,
        (ArmCount("treated", 801, 801, 0.112, 26.1, 400.5), ArmCount("control", 199, 0, 0.0, 22.84, 0.0)),
        Truth(2.5, 2_002.5),
        (MARGIN,),
        MADE,
    )
    return Campaign(
        "winter_thanks",
        "value.percentile >= 60",
        28,
        plan,
        Launch("2018-01-02 05:00", 801, 199, 801, 0),
        effect,
        MARGINS,
    )


def story() -> Story:
    """The whole story."""
    return Story(
        project=f"Corner shop {HOSTILE}",
        currency="USD",
        as_of="2018-01-01",
        generated_at="2026-11-22 10:00",
        mark="0123456789abcdef",
        sources=(
            Source("tills", False, ("order_line", "product"), 1_561_638),
            Source("reactions", True, ("order_line", "response"), 812),
        ),
        sales=_sales(),
        segments=_segments(),
        moves=_moves(),
        value=_value(),
        card=_card(),
        policies=(_policy(),),
        campaigns=(_campaign(),),
        withheld=(
            Withheld(
                "13",
                1_077,
                "withheld",
                "Every customer of this campaign was addressed; nobody was left alone at random.",
            ),
            Withheld(HOSTILE, 224, "withheld", "Nobody was assigned to this campaign."),
        ),
        feeds=(
            Feed("tills", "order_line", 12, 1_469_310, 1_469_307, 0, 0, 0, 3, 0),
            Feed("tills", "product", 1, 92_331, 92_331, 0, 0, 0, 0, 0),
            Feed("reactions", "response", 1, 812, 812, 0, 0, 0, 0, 1),
        ),
        assumptions=(MARGIN, "A contact costs 0.50."),
        definitions=(
            Definition("Revenue", "What was sold: the net amount of all order lines."),
            Definition("Residual value", "Margin of all purchases within the horizon, discounted to today."),
        ),
    )
