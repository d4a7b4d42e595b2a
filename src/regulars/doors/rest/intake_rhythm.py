"""When does a running server take its events into the warehouse? Each source at its own interval, where something waits."""

from __future__ import annotations

import sys
import threading
import time
from typing import Self

from regulars.doors.rest.desk import Desk
from regulars.doors.rest.intake import Intake
from regulars.doors.rest.intake_keys import Entrance
from regulars.project.project import home, silent
from regulars.store.spool import folder_of, pending

__all__ = ["Rhythm"]

_GLANCE = 0.5  # seconds between two looks
_SWITCH = 0.001  # seconds that a thread may keep the others waiting: a capture must not delay the answers to clients


class Rhythm:
    """Captures the events of a running server, by the desk, so that the one writer stays the one writer."""

    def __init__(self, desk: Desk, intake: Intake) -> None:
        self.intake = intake
        self._desk, self._stop = desk, threading.Event()
        self._say = desk.project.outside.progress  # now, before any verb brings its own
        self._last: dict[str, float] = {}
        self._thread = threading.Thread(target=self._work, name="capture of events", daemon=True)

    def __enter__(self) -> Self:
        sys.setswitchinterval(_SWITCH)
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self.intake.close()
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stop.wait(_GLANCE):
            for each in self.intake.entrances:
                if self._due(each):
                    self._capture(each.source)

    def _due(self, entrance: Entrance) -> bool:
        now = time.monotonic()
        if now - self._last.setdefault(entrance.source, now) < entrance.seconds:
            return False
        self._last[entrance.source] = now
        return pending(folder_of(home(self._desk.root), entrance.source)) > 0

    def _capture(self, source: str) -> None:
        told = self._desk.answer("capture", {"source": source}, progress=silent)
        if "error" in told:
            self._say(f"The events of {source} wait: {told['error']['problem']}", 0, 0)
