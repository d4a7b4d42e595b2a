"""One owner, many doors: command line, server and a Python process on the same project at once; errors alike at each."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import regulars
from regulars.doors.cli.main import main
from regulars.kernel.errors import BusyError, UnknownNameError

CONFIG = """
[project]
name = "corner shop"
[sources.shop]
kind = "files"
[[sources.shop.tables]]
contract = "order_line"
from = "in/*.csv"
"""
LINES = "order_id,line_id,ordered_at,customer_id,net_amount\n"


def made(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "regulars.toml").write_text(CONFIG)
    (tmp_path / "in" / "a.csv").write_text(
        LINES + "o1,1,2024-01-02T10:00:00,k1,12.50\no2,1,2024-01-03T10:00:00,k2,7.50\n"
    )
    return tmp_path


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return made(tmp_path)


@pytest.fixture(scope="module")
def one_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop for all tests that only mistype."""
    return made(tmp_path_factory.mktemp("one"))


def typed(shop: Path, *words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, Any, str]:
    """The command line inside this process: as `cli`, without the seconds that a start takes."""
    status = main(["-C", str(shop), "--json", *words])
    told = capsys.readouterr()
    return status, json.loads(told.out) if told.out.strip() else None, told.err


def cli(shop: Path, *words: str) -> tuple[int, Any, str]:
    done = subprocess.run(
        [sys.executable, "-m", "regulars", "-C", str(shop), "--json", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, json.loads(done.stdout) if done.stdout.strip() else None, done.stderr


@pytest.fixture
def server(shop: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen(
        [sys.executable, "-m", "regulars", "-C", str(shop), "serve", "--port", str(port)],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
    ) as process:
        try:
            yield _answers(f"http://127.0.0.1:{port}", process)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def _answers(address: str, process: subprocess.Popen[str]) -> str:
    for _ in range(300):
        if process.poll() is not None:
            raise AssertionError(process.stderr.read() if process.stderr else "the server ended")
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=30) as page:
                if json.load(page)["status"] == "well":
                    return address
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the server did not answer")


def test_three_doors_at_once(shop: Path, server: str) -> None:
    crm = regulars.open(shop)
    status, captured, complaint = cli(shop, "capture")
    assert (status, captured["totals"]["loaded"]) == (0, 2), complaint
    assert crm.ask("revenue")["totals"]["revenue"] == 20
    (shop / "in" / "b.csv").write_text(LINES + "o3,1,2024-01-04T10:00:00,k1,5\n")
    with subprocess.Popen(
        [sys.executable, "-m", "regulars", "-C", str(shop), "--json", "capture"], stdout=subprocess.PIPE, text=True
    ) as other:
        totals = {float(crm.ask("revenue")["totals"]["revenue"]) for _ in range(3)}
        other.communicate(timeout=120)
    assert totals <= {20.0, 25.0}, "an answer saw half of a capture"
    assert cli(shop, "ask", "revenue")[1]["totals"]["revenue"] == 25
    with pytest.raises(UnknownNameError, match="revenue"):
        crm.ask("revenu")
    assert (shop / ".regulars" / "socket").stat().st_mode & 0o077 == 0
    with urllib.request.urlopen(server, timeout=30) as page:
        assert b"report" in page.read()


def test_a_taken_port_and_a_second_server_are_refused(shop: Path, server: str) -> None:
    status, said, complaint = cli(shop, "serve", "--port", server.rsplit(":", 1)[1])
    assert status == 1
    assert said["error"]["transient"] is True
    assert "held by `regulars serve`" in complaint


def test_a_taken_port_names_another(shop: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        status, _, complaint = cli(shop, "serve", "--port", str(taken.getsockname()[1]))
    assert status == 1
    assert "is taken" in complaint
    assert "--port" in complaint


def test_a_held_warehouse_names_its_holder(shop: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from regulars.store.lock import Lock;"
        "lock = Lock(Path(sys.argv[1]), {'pid': 17, 'verb': 'regulars capture', 'since': 'noon'});"
        "print('held', flush=True); time.sleep(60)"
    )
    lock = shop / ".regulars" / "lock"
    with subprocess.Popen([sys.executable, "-c", code, str(lock)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(BusyError, match="process 17"):
            regulars.open(shop).capture()
        assert cli(shop, "capture")[0] == 1
        doctor = cli(shop, "doctor")[1]
        assert "regulars capture" in next(each["says"] for each in doctor["checks"] if each["check"] == "lock")
        other.kill()


@pytest.mark.parametrize(
    ("words", "status", "names"),
    [
        (["scor", "value"], 2, ["score"]),
        (["ask", "revenu"], 2, ["revenue"]),
        (["ask", "revenue", "--by", "mont"], 2, ["month"]),
        (["ask", "revenue", "--where", "chanel = 'web'"], 2, ["channel"]),
        (["ask", "revenue", "--where", "channel = "], 2, ["channel ="]),
        (["ask", "revenue", "--from", "yesterday"], 2, ["YYYY-MM-DD"]),
        (["score", "chrun"], 2, ["value"]),
        (["table", "orderline"], 2, ["order_line"]),
        (["show", "lineage", "a0.1"], 2, ["lineage"]),
        (["launch", "july"], 2, ["regulars.toml"]),
        (["capture", "shpo"], 2, ["shop"]),
        (["ask"], 2, ["METRICS"]),
    ],
)
def test_what_is_typed_wrong_names_what_is_right(
    one_shop: Path, words: list[str], status: int, names: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    found, said, complaint = typed(one_shop, *words, capsys=capsys)
    assert found == status, complaint
    assert said["error"]["problem"]
    for name in names:
        assert name.lower() in complaint.lower()
    assert "Traceback" not in complaint


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ('[engine]\nkind = "postgres"', ["duckdb", "spark"]),
        ("[porject]\nname = 'x'", ["project"]),
        ("[policies.care]\ninvest = 5", ["condition"]),
        ('[project]\ntimezone = "Mars/Base"', ["IANA"]),
        ("[project\n", ["TOML", "regulars.toml"]),
    ],
)
def test_a_wrong_configuration_says_where(
    shop: Path, change: str, names: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    before = _tree(shop)
    (shop / "regulars.toml").write_text(CONFIG.replace('[project]\nname = "corner shop"\n', "") + change + "\n")
    words = ["decide", "care"] if "policies" in change else ["capture"]
    status, _, complaint = typed(shop, *words, capsys=capsys)
    assert status == 1, complaint
    assert any(name.lower() in complaint.lower() for name in names)
    assert _tree(shop) == before or "policies" in change


def _tree(shop: Path) -> set[str]:
    return {str(path) for path in shop.rglob("*") if ".regulars" not in path.parts}


def test_a_missing_column_names_the_columns_and_loads_nothing(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = shop / "regulars.toml"
    config.write_text(config.read_text() + 'columns = { order_id = "order_id", net_amount = "amout" }\n')
    status, _, complaint = typed(shop, "capture", capsys=capsys)
    assert status == 1
    assert "net_amount" in complaint
    assert regulars.open(shop).table("order_line").to_arrow().num_rows == 0


def test_an_engine_that_is_not_installed_names_the_command(shop: Path, tmp_path: Path) -> None:
    (shop / "regulars.toml").write_text(CONFIG + '[engine]\nkind = "spark"\n')
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "pyspark.py").write_text("raise ModuleNotFoundError('no pyspark')\n")
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(hidden), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(
        [sys.executable, "-m", "regulars", "-C", str(shop), "capture"],
        capture_output=True, text=True, check=False, env=environ,
    )  # fmt: skip
    assert done.returncode == 1
    assert "pip install" in done.stderr


def test_help_is_there_at_once() -> None:
    done = subprocess.run([sys.executable, "-m", "regulars", "--help"], capture_output=True, text=True, check=True)
    assert "capture" in done.stdout
    modules = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "regulars", "--help"], capture_output=True, text=True, check=True
    ).stderr
    heavy = {name for name in ("ibis", "pandas", "scipy", "pyarrow", "duckdb", "fastapi") if f" {name}\n" in modules}
    assert not heavy, f"--help imports {heavy}"
