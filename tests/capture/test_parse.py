"""The child process: serves many files, reports errors as its own kind, and its death fails one file only."""

from __future__ import annotations

from dataclasses import replace
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


def test_a_file_that_takes_too_long_fails(bench: Any) -> None:
    with Parser() as parser, pytest.raises(DataError, match="took longer than 0 seconds"):
        parser.parse(bench.job(GOOD, limits=Limits(seconds=0.0)))
