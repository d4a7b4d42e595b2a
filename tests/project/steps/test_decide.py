"""`decide` and `plan` before any score: what is missing, and the verb that makes it."""

from __future__ import annotations

import pytest

from regulars.conditions.parse import parse
from regulars.kernel.errors import ConditionError, GateError
from regulars.project.project import Project
from regulars.project.steps.campaign import plan
from regulars.project.steps.decide import decide
from regulars.project.words import check_words, vocabulary


def test_a_score_that_nobody_made_yet_is_named_with_its_verb(unscored: Project) -> None:
    with pytest.raises(GateError, match=r"\[policies.care\] invest is not known yet.*regulars score value"):
        decide(unscored, "care")
    with pytest.raises(GateError, match=r"\[campaigns.thanks\] audience is not known yet.*regulars score value"):
        plan(unscored, "thanks")


def test_a_misspelt_name_is_still_a_misspelt_name(shop: Project) -> None:
    with pytest.raises(ConditionError, match="Did you mean 'email'"):
        check_words(shop, parse("emial is null"), words=vocabulary(shop), where="a test")
