"""The child process: serves many files, reports errors as its own kind, and its death fails one file only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from regulars.capture.job import Limits
from regulars.capture.parse import Parser
from regulars.kernel.errors import DataError

GOOD = "o,t,n\nA,2024-01-05,1.5\n"


def test_one_child_serves_many_files_and_survives_its_own_death(bench: Any) -> None:
    points: list[str] = []
    with Parser(on_point=points.append) as parser:
        assert parser.parse(bench.job(GOOD)).loaded == 1
        child = parser.pid
        with pytest.raises(DataError) as missing:
            parser.parse(bench.job("o,t,netto\nA,2024-01-05,1\n"))
        assert missing.value.guess is None or missing.value.guess in ("o", "t", "netto")
        assert missing.value.allowed == ("o", "t", "netto")
        assert parser.pid == child
        with pytest.raises(DataError, match="ended while it read"):
            parser.parse(replace(bench.job(GOOD), failpoint="mid-parse"))
        assert parser.pid is None
        assert parser.parse(bench.job(GOOD)).loaded == 1
    assert points.count("after-parse") == 3
    assert points.count("before-parse") == 4
    assert points.count("mid-parse") == 4


def test_a_file_that_takes_too_long_fails(bench: Any) -> None:
    with Parser() as parser, pytest.raises(DataError, match="took longer than 0 seconds"):
        parser.parse(bench.job(GOOD, limits=Limits(seconds=0.0)))


PARENT = """
import json, os, signal, sys
from regulars.capture.job import ParseJob
from regulars.capture.parse import Parser

def die(point):
    if point == sys.argv[1]:
        print(parser.pid, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

parser = Parser(on_point=die)
parser.parse(ParseJob.from_json(json.loads(sys.stdin.read())))
"""


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"  # dead, and not yet taken note of


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
@pytest.mark.parametrize("point", ["mid-parse", "after-parse"])
def test_an_orphaned_child_ends_by_itself(point: str, bench: Any) -> None:
    # Read in Python, so the job at work would last for many times as long as is waited here.
    many = 2_000_000 if point == "mid-parse" else 1
    job = bench.job("o,t,n\n" + "A,2024-01-05,1.5\n" * many, slow=True)
    parent = subprocess.run(
        [sys.executable, "-c", PARENT, point],
        input=json.dumps(job.to_json()), stdout=subprocess.PIPE, text=True, env=dict(os.environ), check=False,
    )  # fmt: skip
    child = int(parent.stdout)
    end = time.monotonic() + 3.0
    while alive(child) and time.monotonic() < end:
        time.sleep(0.05)
    assert not alive(child)
