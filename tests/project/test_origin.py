"""Does a figure say that it rests on a simulated feed exactly when it does: by what it measures, and by what it is split?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from regulars.project.project import Project
from regulars.project.steps.ask import ask
from regulars.project.steps.capture import capture
from regulars.project.steps.unify import unify
from tests.project.conftest import outside, write_lines

CONFIG = """
[project]
name = "shop"
[sources.tills]
[[sources.tills.tables]]
contract = "order_line"
from = "lines.csv"
columns = { order_id = "order", ordered_at = "day", customer_id = "who", net_amount = "net" }
[[sources.tills.tables]]
contract = "customer"
from = "tills.csv"
columns = { customer_id = "who", household_id = "who", gender = "gender" }
[sources.cards]
simulated = true
[[sources.cards.tables]]
contract = "customer"
from = "cards.csv"
columns = { customer_id = "card", household_id = "who", city = "city" }
[identity]
keys = ["household_id"]
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Real sales and genders, simulated cities."""
    root = tmp_path_factory.mktemp("origin")
    (root / "regulars.toml").write_text(CONFIG, encoding="utf-8")
    write_lines(root / "lines.csv", ["order,day,who,net", "1,2024-05-01,7,10.50", "2,2024-05-02,8,20.25"])
    write_lines(root / "tills.csv", ["who,gender", "7,w", "8,m"])
    write_lines(root / "cards.csv", ["card,who,city", "c1,7,Berlin", "c2,8,Kiel"])
    project = Project(root, outside(), verb="test")
    capture(project)
    unify(project)
    yield project
    project.close()


@pytest.mark.parametrize(
    ("how", "simulated"),
    [
        ({}, False),
        ({"by": ["gender"]}, False),
        ({"by": ["city"]}, True),
        ({"where": "city = 'Berlin'"}, True),
        ({"where": "gender = 'w'"}, False),
    ],
)
def test_a_split_by_a_simulated_attribute_is_said(made: Project, how: dict[str, object], simulated: bool) -> None:
    found = ask(made, ["revenue"], **how)
    assert found["totals"]["revenue"] > 10
    assert found["simulated"] is simulated, found["sources"]
