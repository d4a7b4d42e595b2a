"""Where do events wait between the door and the warehouse? In segment files that survive kill -9: durable, then answered.

One folder for each source. A writer appends records to the open segment; those that come together share one fdatasync
(group commit), and only then their futures are done. A record is one line: the CRC-32 of its text, a blank, its text (JSON
without raw line ends). Whoever captures closes the open segment by renaming it; a lock file keeps writer and closer apart,
in one process or in two.
"""

from __future__ import annotations

import fcntl
import os
import queue
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock, Thread
from urllib.parse import quote

from regulars.kernel.errors import BusyError

__all__ = ["Line", "Spool", "close_open", "closed", "folder_of", "lines", "pending"]

_OPEN, _CLOSED = ".open", ".segment"
_SUM = 8  # hex digits before the blank
_RESERVE = 256 << 20  # bytes that must stay free on the disk
_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a segment: its text, and whether the checksum agrees (otherwise `text` is the whole damaged line)."""

    text: bytes
    sound: bool


@dataclass(frozen=True, slots=True)
class _Wish:
    line: bytes
    done: Future[None]


def folder_of(home: Path, source: str) -> Path:
    """Where the segments of one source lie, whatever signs its name has.

    >>> folder_of(Path(".regulars"), "../web").as_posix()
    '.regulars/spool/%2E%2E%2Fweb'
    """
    return home / "spool" / quote(source, safe="").replace(".", "%2E")


class Spool:
    """The writer of one source's segments.

    Args:
        folder: of `folder_of`; made when it is not there.
        now: the clock, UTC without zone, for names of segments.
        gather: seconds to wait for others who share the next fdatasync.
        roll: bytes after which a segment is closed.
        most: bytes that may wait; what comes beyond is refused.

    What a dead writer left open is closed first: nothing is ever appended behind a torn tail.
    """

    def __init__(
        self, folder: Path, now: Callable[[], datetime], *, gather: float = 0.002, roll: int = 32 << 20,
        most: int = 16 << 20,
    ) -> None:  # fmt: skip
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder, self._now, self._gather, self._roll, self._most = folder, now, gather, roll, most
        self._waiting: queue.SimpleQueue[_Wish | None] = queue.SimpleQueue()
        self._count = Lock()
        self._bytes, self._closed = 0, False
        self._segment: _Open | None = None
        close_open(folder)
        self._writer = Thread(target=self._work, name=f"spool {folder.name}", daemon=True)
        self._writer.start()

    def append(self, text: bytes) -> Future[None]:
        """Write one record; the future is done when it is on the disk, or has the error that kept it from there.

        Args:
            text: JSON without raw line ends.

        Raises:
            BusyError: too much waits already, the disk is nearly full, or the spool is closed; nothing was written.
        """
        line = b"%08x %b\n" % (zlib.crc32(text), text)
        self._check_room()
        with self._count:
            if self._closed:
                raise BusyError("The server is stopping.", fix="Send it again in a moment.")
            if self._bytes + len(line) > self._most:
                raise BusyError("More events wait than can be written.", fix="Send it again in a moment.")
            self._bytes += len(line)
            wish = _Wish(line, Future())
            self._waiting.put(wish)
        return wish.done

    def has_room(self, size: int) -> bool:
        """Whether a record of that many bytes may wait beside those that wait already."""
        return self._bytes + size + _SUM + 2 <= self._most

    def close(self) -> None:
        """Write what waits, then stop. Later appends are refused."""
        with self._count:
            if self._closed:
                return
            self._closed = True
            self._waiting.put(None)
        self._writer.join()
        if self._segment:
            self._segment.close()

    def _check_room(self) -> None:
        stat = os.statvfs(self._folder)
        if stat.f_bavail * stat.f_frsize < _RESERVE:
            raise BusyError("The server's disk is full.", fix="Free some space; then send it again.")

    def _work(self) -> None:
        ended = False
        while not ended:
            group = [self._waiting.get()]
            if group[0] is not None and self._gather:
                time.sleep(self._gather)
            while not self._waiting.empty():
                group.append(self._waiting.get())
            ended = None in group
            wishes = [each for each in group if each is not None]
            if wishes:
                self._commit(wishes)

    def _commit(self, wishes: list[_Wish]) -> None:
        problem: OSError | None = None
        try:
            with _locked(self._folder):
                self._here().write(b"".join(each.line for each in wishes))
                self._roll_over()
        except OSError as met:
            problem = met
            self._give_up()
        with self._count:
            self._bytes -= sum(len(each.line) for each in wishes)
        for each in wishes:
            if problem is None:
                each.done.set_result(None)
            else:
                said = f"The events could not be written: {problem.strerror or problem}."
                each.done.set_exception(BusyError(said, fix="Send them again in a moment."))

    def _here(self) -> _Open:
        if self._segment is not None and not self._segment.path.exists():  # closed by who captures
            self._segment.close()
            self._segment = None
        if self._segment is None:
            self._segment = _Open(self._folder, self._now())
        return self._segment

    def _roll_over(self) -> None:
        if self._segment is not None and self._segment.size >= self._roll:
            _close_all(self._folder)
            self._segment.close()
            self._segment = None

    def _give_up(self) -> None:
        # After a failed write or sync nobody knows what the disk holds: the segment ends here, at its last good record.
        if self._segment is not None:
            segment, self._segment = self._segment, None
            try:
                segment.cut()
                close_open(self._folder)
            except OSError:
                pass  # the next writer closes it; a torn tail is cut when it is read
            finally:
                segment.close()


class _Open:
    """The open segment: a new file, durable in its folder before the first record."""

    def __init__(self, folder: Path, now: datetime) -> None:
        self.size = 0
        number = (now - _EPOCH) // timedelta(microseconds=1)
        while True:  # two segments of one microsecond: the next number is free
            self.path = folder / f"{number:016d}{_OPEN}"
            try:
                if not self.path.with_suffix(_CLOSED).exists():
                    self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
                    break
            except FileExistsError:
                pass
            number += 1
        _sync(folder)

    def write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(self._file, left) :]
        os.fdatasync(self._file)
        self.size += len(data)

    def cut(self) -> None:
        os.ftruncate(self._file, self.size)
        os.fsync(self._file)

    def close(self) -> None:
        os.close(self._file)


def close_open(folder: Path) -> None:
    """Close the open segment, so that it can be read; its writer, wherever it runs, begins another one."""
    if folder.is_dir():
        with _locked(folder):
            _close_all(folder)


def _close_all(folder: Path) -> None:
    found = list(folder.glob(f"*{_OPEN}"))
    for path in found:
        if path.stat().st_size:
            path.rename(path.with_suffix(_CLOSED))
        else:
            path.unlink()
    if found:
        _sync(folder)


def closed(folder: Path) -> list[Path]:
    """Closed segments, the oldest first."""
    return sorted(folder.glob(f"*{_CLOSED}"))


def pending(folder: Path) -> int:
    """Bytes of all segments, the open one counted."""
    found = [*folder.glob(f"*{_OPEN}"), *folder.glob(f"*{_CLOSED}")]
    return sum(each.stat().st_size for each in found if each.exists())


def lines(segment: Path) -> Iterator[Line]:
    """The records of a segment. A torn tail, which was never acknowledged, is left out; damage before it is shown."""
    damaged: list[Line] = []
    with segment.open("rb") as file:
        for raw in file:
            line = _line(raw)
            if line.sound:
                yield from damaged
                damaged.clear()
                yield line
            else:
                damaged.append(line)


def _line(raw: bytes) -> Line:
    text = raw[_SUM + 1 : -1]
    sound = raw.endswith(b"\n") and raw[: _SUM + 1] == b"%08x " % zlib.crc32(text)
    return Line(text, True) if sound else Line(raw.rstrip(b"\n"), False)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
