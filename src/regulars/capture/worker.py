"""The parsing child: reads jobs as JSON lines on standard input, answers each with one JSON line on standard output.

It runs apart from the warehouse, with limits on memory and file size, so that a hostile or broken file takes down only
itself. One child serves a whole capture.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sys
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from typing import TextIO

from regulars.capture.file import parse_file
from regulars.capture.job import SPILL, Parsed, ParseJob
from regulars.engines.scratch import Scratch, scratch
from regulars.kernel.errors import DataError, RegularsError

__all__ = ["answer", "main"]

_FILE_SIZE = 64 << 30
_NICE = 5  # a server's clients and askers come first
_GLANCE = 0.2  # seconds between two looks whether the parent still lives


def answer(job: ParseJob, bench: Bench | None = None) -> Parsed:
    """Type one file in this process, at a bench of its own or at one that is there for many."""
    own = bench or Bench()
    try:
        return parse_file(job, own.ready(job))
    finally:
        _tidy(job)
        if bench is None:
            own.close()


class Bench:
    """The DuckDB at which file after file is typed: opening one costs as much as typing a small file."""

    def __init__(self) -> None:
        self._db: Scratch | None = None
        self._limits: tuple[str, int] | None = None
        self._spill: Path | None = None

    def ready(self, job: ParseJob) -> Scratch:
        """An open one under the job's limits; spills lie beside the folders of the jobs."""
        limits = job.limits.memory, job.limits.threads
        if self._db is None or self._limits != limits:
            self.close()
            self._spill = job.folder.parent / SPILL
            self._spill.mkdir(exist_ok=True)
            self._db, self._limits = scratch(*limits, temp=self._spill), limits
        return self._db

    def close(self) -> None:
        """Let the memory and the spilled data go."""
        if self._db is not None:
            self._db.close()
        if self._spill is not None:
            shutil.rmtree(self._spill, ignore_errors=True)
        self._db = self._spill = None


def _tidy(job: ParseJob) -> None:
    for each in ("plain.txt", "plain.parquet", "plain.xlsx", "staged.parquet"):
        (job.folder / each).unlink(missing_ok=True)
    for folder in (f"join{number}" for number in range(len(job.joins))):
        shutil.rmtree(job.folder / folder, ignore_errors=True)


def _reply(line: str, bench: Bench) -> dict[str, object]:
    job = ParseJob.from_json(json.loads(line))
    try:
        parsed = answer(job, bench)
    except RegularsError as error:
        bench.close()
        return {"error": error.as_json()}
    except MemoryError:
        bench.close()
        problem = f"{job.name} needs more memory than parsing may use."
        return {"error": DataError(problem, fix="Split it, or raise the limit.").as_json()}
    if job.failpoint == "mid-parse":
        os.kill(os.getpid(), signal.SIGKILL)
    return {"parsed": parsed.to_json()}


def _limit(address_space: int) -> None:
    # Idle address space counts too, and DuckDB reserves plenty, so the limit stands well above the memory limit.
    if address_space:
        resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE_SIZE, _FILE_SIZE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(_NICE)


def main(requests: TextIO, replies: TextIO, *, address_space: int = 0) -> None:
    """Serve until standard input ends; if it ends because the parent died, a job at work ends with it."""
    _limit(address_space)
    lines: SimpleQueue[str | None] = SimpleQueue()
    done = Event()
    Thread(target=_listen, args=(requests, lines), kwargs={"done": done, "parent": os.getppid()}, daemon=True).start()
    _say(replies, {"ready": True})
    bench = Bench()
    while (line := lines.get()) is not None:
        _say(replies, _reply(line, bench))
    bench.close()
    done.set()


def _say(replies: TextIO, answer: dict[str, object]) -> None:
    try:
        replies.write(json.dumps(answer) + "\n")
        replies.flush()
    except BrokenPipeError:
        os._exit(1)  # nobody listens


def _listen(requests: TextIO, lines: SimpleQueue[str | None], *, done: Event, parent: int) -> None:
    for line in requests:
        lines.put(line)
    lines.put(None)
    while not done.wait(_GLANCE):
        if os.getppid() != parent:
            os._exit(1)


if __name__ == "__main__":
    main(sys.stdin, sys.stdout, address_space=int(sys.argv[1]) if len(sys.argv) > 1 else 0)
