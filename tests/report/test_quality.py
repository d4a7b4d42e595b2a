"""Does the page say what is wrong with the data, and how good the matching is beside how good it is thought to be?"""

from __future__ import annotations

from dataclasses import replace

from regulars.report.page import page
from regulars.report.quality import matched, passed
from regulars.report.story import Basis, Check, Figure, Matching, Story
from regulars.report.summary import summary

NOTHING = Story("shop", "EUR", "2024-01-01", "2024-01-02 00:00")
GOOD = Check("visit", "web", "validity", None, True, 1.0, 0.99)
BAD = Check(
    "visit", "web", "references", "product_id", False, 0.5, 0.95, "5 of 10 ids are no product of web", ("visitors",)
)
MATCHING = Matching(
    100, 70, "probabilistic", (("Records", 100), ("Customers", 70)), (Figure(0.98, 0.97, 0.99), Figure(0.9, 0.88, 0.92)),
    (Figure(0.95), Figure(0.85)), Basis(("cards",), simulated=True, made=("cards",)),
)  # fmt: skip


def test_a_failing_check_is_named_with_its_reason_and_what_it_touches() -> None:
    text = page(replace(NOTHING, checks=(GOOD, BAD)))
    assert "1 of 2 checks pass; not: references of visit (web)." in text
    assert "50.0\u00a0% fails" in text
    assert "5 of 10 ids are no product of web" in text
    assert ">visitors<" in text


def test_all_checks_pass_and_none_was_made() -> None:
    assert passed((GOOD,)) == "All 1 checks pass."
    assert "<code>regulars check</code>" in page(NOTHING)


def test_estimated_stands_beside_true_and_says_what_it_rests_on() -> None:
    text = page(replace(NOTHING, matching=MATCHING))
    assert "98.0\u00a0% (97.0\u00a0% to 99.0\u00a0%)" in text
    assert "95.0\u00a0%" in text
    assert "simulated: cards" in text
    told = matched(MATCHING).replace("\u00a0", " ")
    assert told == (
        "100 records are 70 customers; precision and recall of pairs are estimated at 98.0 % and 90.0 %, and are in truth "
        "95.0 % and 85.0 %."
    )
    assert "estimated" not in matched(replace(MATCHING, estimated=None))
    assert "truth" not in matched(replace(MATCHING, true=None))


def test_the_terminal_tells_it_too() -> None:
    told = summary(replace(NOTHING, checks=(GOOD, BAD), matching=MATCHING))
    assert "Quality: 1 of 2 checks pass" in told
    assert "Matching: 100 records are 70 customers" in told
