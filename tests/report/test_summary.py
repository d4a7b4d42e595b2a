"""Is the summary short, aligned and plain?"""

from __future__ import annotations

from dataclasses import replace

from regulars.report.story import Story
from regulars.report.summary import summary
from tests.report.told import story


def test_the_whole_story_fits_a_screen() -> None:
    lines = summary(story()).splitlines()
    assert 30 < len(lines) <= 45
    assert max(len(line) for line in lines) <= 100


def test_it_stays_short_whatever_there_is() -> None:
    whole = story()
    much = replace(whole, campaigns=whole.campaigns * 40, policies=whole.policies * 40, assumptions=("x" * 500,) * 50)
    assert len(summary(much).splitlines()) <= 45


def test_what_is_missing_names_its_verb() -> None:
    text = summary(Story("shop", "EUR", "2024-01-01", "2024-01-02 00:00"))
    for verb in ("capture", "score segments", "score value", "decide POLICY", "plan CAMPAIGN"):
        assert f"regulars {verb}" in text


def test_columns_are_aligned() -> None:
    lines = summary(story()).splitlines()
    start = next(place for place, line in enumerate(lines) if "customers" in line and "share" in line)
    ends = {line.index(" %") for line in lines[start + 1 : start + 11]}
    assert len(ends) == 1


def test_simulated_figures_bear_a_star_and_terminals_get_no_codes() -> None:
    text = summary(replace(story(), project="shop\x1b[31m\nroot#"))
    assert "reactions; figures marked * rest on them" in text
    assert "\x1b" not in text
    assert text.splitlines()[0].startswith("shop [31m root#")
    assert "the truth of the simulation: +2.50 per customer, +2,002 in all" in text
