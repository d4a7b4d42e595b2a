"""What do the words on the page mean? The words that are no metric of the cube; metrics bring their own definitions."""

from __future__ import annotations

from regulars.report.story import Definition

__all__ = ["WORDS"]

WORDS: tuple[Definition, ...] = (
    Definition(
        "Interval",
        "The range in which the true figure lies with the stated chance. 80 % for recorded averages, values "
        "and forecasts; 95 % for campaign effects. Recorded sums have none.",
    ),
    Definition(
        "Joint interval",
        "Of a group's value: the customers of a group rise and fall together with what is uncertain in the "
        "model, so that their intervals cannot be added; this one is drawn for the group as a whole.",
    ),
    Definition(
        "Simulated",
        "Rests on a feed that was made up; a badge says so beside the figure.",
    ),
    Definition(
        "Rests on assumptions",
        "Something that was not recorded was assumed, for example a margin; named below the figure.",
    ),
    Definition(
        "RFM segment",
        "Customers named by the quintiles of recency (days since the last purchase), frequency (purchases in "
        "the window) and monetary value (spend in the window).",
    ),
    Definition(
        "Naive forecast",
        "The better of two: each customer goes on at the own past rate, or all at the mean rate.",
    ),
    Definition(
        "Rolling-origin backtest",
        "The forecast is made as of past days, with what was known then, and judged on the days after.",
    ),
    Definition(
        "Log score",
        "The mean logarithm of the chance that the forecast gave to what happened; higher is better.",
    ),
    Definition(
        "PIT",
        "Where each outcome fell within its forecast, from 0 to 1; if forecasts mean what they say, each "
        "tenth holds 10 % of the outcomes.",
    ),
    Definition(
        "May act",
        "A score may be used for decisions only if its backtest beat the naive forecast by rules fixed before.",
    ),
    Definition(
        "Expected profit",
        "The residual value of the customers who are served on; 0 for those who are left. What an action "
        "costs is not in it.",
    ),
    Definition(
        "Left alone",
        "The hold-out: customers of the audience drawn at random who are not addressed; they show what would "
        "have happened anyway.",
    ),
    Definition(
        "Effect",
        "The mean of all assigned to be addressed less the mean of those left alone, whether or not they responded.",
    ),
    Definition(
        "Sample-ratio check",
        "Whether the arms have the sizes that were planned; p below 0.001 withholds the result.",
    ),
    Definition(
        "Verdict",
        "Worked or harmed when the 95 % interval of profit lies wholly above or below 0, undecided when it "
        "does not, withheld when nobody was left alone at random or the comparison cannot be trusted.",
    ),
)
