"""The parent's side of parsing: starts the child when it is first needed, hands it files, survives its death."""

from __future__ import annotations

import json
import selectors
import subprocess
import sys
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from regulars.capture.job import Parsed, ParseJob
from regulars.kernel import errors
from regulars.kernel.errors import DataError

__all__ = ["Parser"]

_START_SECONDS = 120.0


def _nothing(name: str) -> None:
    del name


class Parser:
    """Types landed files in a child process; a context manager that ends the child.

    Args:
        address_space: limit of the child's address space in bytes, 0 for none.
        environment: the child's environment; None passes on this process's own.
        on_point: called with "before-parse" and "after-parse" around each file, and "mid-parse" while the child works,
            for fail points.

    The child starts with the first `parse`. If it dies or hangs over one file, that file fails with a DataError and the
    next one gets a new child.
    """

    def __init__(
        self,
        *,
        address_space: int = 16 << 30,
        environment: Mapping[str, str] | None = None,
        on_point: Callable[[str], None] = _nothing,
    ) -> None:
        self._address_space, self._environment, self._on_point = address_space, environment, on_point
        self._child: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def parse(self, job: ParseJob) -> Parsed:
        """Type one landed file into `job.out`.

        Raises:
            DataError: the file cannot be read as a whole, or the child died or hung over it.
        """
        self._on_point("before-parse")
        child = self._started()
        reply = self._ask(child, job)
        self._on_point("after-parse")
        if "error" in reply:
            raise _error(reply["error"])
        return Parsed.from_json(reply["parsed"])

    @property
    def pid(self) -> int | None:
        """The child's process id while there is one."""
        return self._child.pid if self._child else None

    def close(self) -> None:
        """End the child."""
        if self._child is None:
            return
        child, self._child = self._child, None
        child.kill()
        child.wait()
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                stream.close()

    def _started(self) -> subprocess.Popen[str]:
        if self._child is None:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "regulars.capture.worker", str(self._address_space)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                env=None if self._environment is None else dict(self._environment),
            )
            if not self._line(self._child, _START_SECONDS):
                self.close()
                raise DataError("The parsing process did not start.", fix="Run `regulars doctor`.")
        return self._child

    def _ask(self, child: subprocess.Popen[str], job: ParseJob) -> dict[str, Any]:
        line: str | None = ""
        try:
            if child.stdin is not None:
                child.stdin.write(json.dumps(job.to_json()) + "\n")
                child.stdin.flush()
                self._on_point("mid-parse")
            line = self._line(child, job.limits.seconds)
        except BrokenPipeError:
            pass  # the child ended before it took the job
        if not line:
            raise self._lost(job, in_time=line is not None)
        reply: dict[str, Any] = json.loads(line)
        return reply

    @staticmethod
    def _line(child: subprocess.Popen[str], seconds: float) -> str | None:
        if child.stdout is None:
            return ""
        with selectors.DefaultSelector() as selector:
            selector.register(child.stdout, selectors.EVENT_READ)
            return child.stdout.readline() if selector.select(seconds) else None

    def _lost(self, job: ParseJob, in_time: bool) -> DataError:
        self.close()
        how = "ended" if in_time else f"took longer than {job.limits.seconds:.0f} seconds"
        problem = f"{job.name} could not be parsed: the parsing process {how} while it read this file."
        return DataError(problem, fix="Nothing of it was loaded; split the file or look at it, then capture again.")


def _error(plain: Mapping[str, Any]) -> errors.RegularsError:
    kind: type[errors.RegularsError] = getattr(errors, str(plain["kind"]), DataError)
    if kind is errors.UnknownNameError:
        kind = errors.UsageError
    return kind(plain["problem"], allowed=plain["allowed"], guess=plain["did_you_mean"], fix=plain["fix"])
