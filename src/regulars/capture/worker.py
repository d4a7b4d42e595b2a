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
from queue import SimpleQueue
from threading import Event, Thread
from typing import TextIO

from regulars.capture.file import parse_file
from regulars.capture.job import Parsed, ParseJob
from regulars.engines.scratch import scratch
from regulars.kernel.errors import DataError, RegularsError

__all__ = ["answer", "main"]

_FILE_SIZE = 64 << 30
_GLANCE = 0.2  # seconds between two looks whether the parent still lives


def answer(job: ParseJob) -> Parsed:
    """Type one file in this process."""
    temp = job.folder / "spill"
    temp.mkdir(exist_ok=True)
    db = scratch(job.limits.memory, job.limits.threads, temp=temp)
    try:
        return parse_file(job, db)
    finally:
        db.close()
        _tidy(job)


def _tidy(job: ParseJob) -> None:
    for each in ("plain.txt", "plain.parquet", "staged.parquet"):
        (job.folder / each).unlink(missing_ok=True)
    for folder in ("spill", *(f"join{number}" for number in range(len(job.joins)))):
        shutil.rmtree(job.folder / folder, ignore_errors=True)


def _reply(line: str) -> dict[str, object]:
    job = ParseJob.from_json(json.loads(line))
    try:
        parsed = answer(job)
    except RegularsError as error:
        return {"error": error.as_json()}
    except MemoryError:
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


def main(requests: TextIO, replies: TextIO, *, address_space: int = 0) -> None:
    """Serve until standard input ends; if it ends because the parent died, a job at work ends with it."""
    _limit(address_space)
    lines: SimpleQueue[str | None] = SimpleQueue()
    done = Event()
    Thread(target=_listen, args=(requests, lines), kwargs={"done": done, "parent": os.getppid()}, daemon=True).start()
    _say(replies, {"ready": True})
    while (line := lines.get()) is not None:
        _say(replies, _reply(line))
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
