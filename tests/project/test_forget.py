"""A person is forgotten: no word of theirs is left, nobody else loses anything, sums stand, and they do not come back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from regulars.kernel import points
from regulars.kernel.errors import DataError, NotFoundError, UsageError
from tests.proof.forget import Canaries, canary, delivered_again, made, missing, places, strings

PEOPLE, GONE, LEFT = 4, 2, 1


class Stopped(BaseException):
    """What a kill is to the process."""


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Canaries:
    crm = made(tmp_path_factory.mktemp("canaries") / "shop", PEOPLE)
    crm.loop()
    return crm


@pytest.fixture
def crm(before: Canaries, tmp_path: Path) -> Canaries:
    shutil.copytree(before.root, tmp_path / "shop", symlinks=True)
    return replace(before, root=tmp_path / "shop")


@pytest.fixture(autouse=True)
def _no_hook() -> Iterator[None]:
    yield
    points.install(lambda name: None)


def test_before_every_word_is_there(before: Canaries) -> None:
    assert all(len(found) > 40 for found in places(before.root, [canary(GONE), canary(LEFT)]).values())


def test_an_export_finds_every_word(crm: Canaries, tmp_path: Path) -> None:
    told = crm.do("export", who=f"{canary(GONE)}@kundenpost.de", out=str(tmp_path / "all.zip"))
    assert missing(crm.root / "in", told["path"], person=GONE) == []
    assert list(places(tmp_path, [canary(LEFT)], skip=("shop/",)).values()) == [[]]
    assert told["counts"]["raw/quarantine"] == 1
    with pytest.raises(UsageError, match="there already"):
        crm.do("export", who=f"{canary(GONE)}@kundenpost.de", out=str(tmp_path / "all.zip"))


def test_forget_restore_deliver_again_and_replay(crm: Canaries, tmp_path: Path) -> None:
    archive, inputs = tmp_path / "backup.tar.zst", tmp_path / "in"
    shutil.copytree(crm.root / "in", inputs)
    crm.do("backup", file=str(archive))
    sums, others = crm.totals(), strings(crm.root, canary(LEFT))
    told = crm.do("forget", who=f"shop:{canary(GONE)}-id")
    assert told["cut"]["order_line"] == 6
    assert told["counts"]["files"]["landing: shop in/order_line.csv"] == 8
    assert {"customer", "golden_customer", "quarantine", "visit"} <= set(told["restated"])
    assert places(crm.root, [canary(GONE)]) == {canary(GONE): []}
    assert strings(crm.root, canary(LEFT)) == others
    assert crm.totals() == sums
    with pytest.raises(NotFoundError):
        crm.do("customer", who=f"shop:{canary(GONE)}-id")
    restored = crm.do("restore", file=str(archive), force=True)
    assert restored["erased_again"] > 0
    assert places(crm.root, [canary(GONE)]) == {canary(GONE): []}
    assert crm.totals() == sums
    batches = delivered_again(crm, inputs)
    assert [each["contract"] for each in batches if each["loaded"] or each["held"]] == []
    assert {each["contract"]: each["skipped"] for each in batches}["payment"] == 2
    for each in batches:
        told_rows = ("loaded", "duplicate", "superseded", "skipped", "quarantined")
        assert each["read"] == sum(each[name] for name in told_rows)
    crm.do("replay")
    assert places(crm.root, [canary(GONE)]) == {canary(GONE): []}
    assert crm.totals() == sums


@pytest.mark.parametrize("nth", [1, 3, 4])
def test_a_broken_off_erasure_ends_at_the_next_command(crm: Canaries, nth: int) -> None:
    reached: list[str] = []

    def stop(name: str) -> None:
        if name.startswith("eras"):
            reached.append(name)
        if len(reached) == nth:
            raise Stopped

    points.install(stop)
    with pytest.raises(Stopped):
        crm.do("forget", who=f"shop:{canary(GONE)}-id")
    points.install(lambda name: None)
    crm.do("quarantine")
    assert places(crm.root, [canary(GONE)]) == {canary(GONE): []}
    rows = crm.do("table", name="erasure", top=500)["items"]
    assert {row["name"]: row["rows"] for row in rows if row["what"] == "tables"}["order_line"] == 6


def test_facts_go_when_asked(crm: Canaries) -> None:
    sums = crm.totals()
    told = crm.do("forget", who=f"shop:{canary(GONE)}-id", facts="delete")
    assert told["cut"] == {} and "order_line" in told["restated"]
    assert (
        sum(row["order_lines"] for row in crm.totals()["rows"]) == sum(row["order_lines"] for row in sums["rows"]) - 6
    )


def test_a_changed_archive_is_refused(crm: Canaries, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar"
    told = crm.do("backup", file=str(archive))
    assert told["outside"] == [] and archive.stat().st_mode & 0o077 == 0
    fresh = replace(crm, root=tmp_path / "fresh")
    assert fresh.do("restore", file=str(archive))["files"] == told["files"]
    assert fresh.totals() == crm.totals()
    with pytest.raises(UsageError, match="not empty"):
        fresh.do("restore", file=str(archive))
    body = bytearray(archive.read_bytes())
    at = body.index(canary(GONE).encode())
    body[at] ^= 1
    archive.write_bytes(body)
    with pytest.raises(DataError, match="not what was backed up"):
        fresh.do("restore", file=str(archive), force=True)
    assert fresh.totals() == crm.totals()


def test_what_is_past_its_period_goes(crm: Canaries) -> None:
    config = crm.root / "regulars.toml"
    config.write_text(config.read_text() + '\n[retention]\nvisit = "350d"\nquarantine = "1y"\n')
    with duckdb.connect(str(crm.root / "warehouse.duckdb"), read_only=True) as base:
        old = base.execute("SELECT count(*) FROM visit WHERE business_date < DATE '2025-03-16'").fetchone()
        young = base.execute("SELECT count(*) FROM visit WHERE business_date >= DATE '2025-03-16'").fetchone()
    assert old and young and old[0] > 0 and young[0] > 0
    steps = {each["step"]: each for each in crm.do("run")["steps"]}
    assert steps["retention"]["rows"] == {"visit": old[0], "landed records": old[0]}
    assert crm.do("table", name="visit")["rows"] == young[0]
    assert {each["step"]: each for each in crm.do("run")["steps"]}["retention"]["status"] == "fresh"
    kept = crm.do("doctor")["checks"]
    assert any(each["check"] == "retention" and "visit 350d" in each["says"] for each in kept)
