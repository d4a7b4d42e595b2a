"""Databases inside a project: what `doctor` and `show sources` say of them, and what may not stand in regulars.toml."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from regulars.kernel.errors import ConfigError
from regulars.project.feeds import feeds
from regulars.project.project import Outside
from regulars.project.steps.capture import capture
from regulars.project.steps.doctor import doctor
from regulars.project.steps.show import show
from tests.capture.sources.projects import NOW, Shop

LINES = 'contract = "order_line"\nfrom = "lines"\ncolumns = { order_id = "o", ordered_at = "t", net_amount = "n" }'


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path / "shop", url="sqlite:///erp.db")
    with sqlite3.connect(shop.root / "erp.db") as door:
        door.executescript("CREATE TABLE lines (o, t, n); INSERT INTO lines VALUES ('B1', '2024-03-01', 12.5);")
    door.close()
    return shop.says(LINES)


def test_doctor_and_show_know_the_source(shop: Shop) -> None:
    with shop.project() as project:
        (before,) = show(project, "sources")["items"]
        assert (before["kind"], before["where"], before["reads"], before["files"]) == ("sql", "${DB_URL}", ["lines"], 0)
        assert capture(project)["totals"]["loaded"] == 1
        (after,) = show(project, "sources", name="db")["items"]
        assert (after["files"], after["loaded"], after["kind"]) == (1, 1, "sql")
    found = {each["check"]: each for each in doctor(shop.root, Outside(shop.environ, lambda: NOW))["checks"]}
    assert found["source db"]["ok"] and "erp.db answers; 1 tables and views" in found["source db"]["says"]
    (shop.root / "erp.db").unlink()
    found = {each["check"]: each for each in doctor(shop.root, Outside(shop.environ, lambda: NOW))["checks"]}
    assert not found["source db"]["ok"] and "There is no file" in found["source db"]["says"]
    del shop.environ["DB_URL"]
    found = {each["check"]: each for each in doctor(shop.root, Outside(shop.environ, lambda: NOW))["checks"]}
    assert not found["source db"]["ok"] and "export DB_URL" in found["source db"]["says"]


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("postgresql://me:hush-hush@db/shop", False),
        ("postgresql://me:x${PW}@db/shop", False),
        ("postgresql://me:${PW}@db/shop", True),
        ("postgresql://me@db:5432/shop", True),
        ("${DB_URL}", True),
    ],
)
def test_a_password_may_not_stand_in_the_file(shop: Shop, url: str, allowed: bool) -> None:
    shop.environ["PW"] = "hush-hush"
    shop.says(LINES, url=f'"{url}"')
    with shop.project() as project:
        if allowed:
            assert len(feeds(project)) == 1
            return
        with pytest.raises(ConfigError, match="holds a password") as wrong:
            feeds(project)
        assert "hush" not in str(wrong.value)


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ('overlap = "1h"', "belongs to a cursor"),
        ('cursor = "t"\noverlap = "soon"', "overlap = 'soon'"),
        ('cursor = "t"', "no line_id"),
        ('cursor = "t"\nload = "snapshot"', "snapshot and has a cursor"),
    ],
)
def test_keys_that_do_not_go_together(shop: Shop, keys: str, says: str) -> None:
    lines = LINES if "line_id" in says else LINES.replace("{ ", '{ line_id = "o", ')
    shop.says(f"{lines}\n{keys}")
    with shop.project() as project, pytest.raises(ConfigError, match=says):
        capture(project)


def test_a_source_without_a_url(shop: Shop) -> None:
    shop.says(LINES, url="")
    with shop.project() as project, pytest.raises(ConfigError, match="has no `url`"):
        capture(project)


def test_the_warehouse_itself_is_read_by_kind_table(shop: Shop) -> None:
    shop.environ["DB_URL"] = "duckdb:///warehouse.duckdb"
    with shop.project() as project, pytest.raises(Exception, match="own warehouse") as wrong:
        capture(project)
    assert 'kind = "table"' in str(wrong.value)


def test_a_cursor_stays_where_it_is_over_what_is_held(shop: Shop) -> None:
    with sqlite3.connect(shop.root / "erp.db") as door:
        door.execute("DELETE FROM lines")
        door.executemany(
            "INSERT INTO lines VALUES (?, '2024-03-01', ?)", [(each, "?" * (each < 50)) for each in range(100)]
        )
        door.execute("UPDATE lines SET n = 5 WHERE o >= 50")
    door.close()
    lines = LINES.replace("{ ", '{ line_id = "o", ') + '\ncursor = "o"\noverlap = 0'
    (held,) = shop.says(lines).capture()
    assert held["held"] and held["loaded"] == 0
    (batch,) = shop.says(lines + '\nwhere = "o >= 50"').capture()
    assert (batch["read"], batch["loaded"], batch["skipped"]) == (100, 50, 50)
    with sqlite3.connect(shop.root / "erp.db") as door:
        door.execute("INSERT INTO lines VALUES (100, '2024-03-02', 6)")
    door.close()
    (batch,) = shop.capture()
    assert (batch["read"], batch["loaded"], batch["duplicate"]) == (2, 1, 1)
