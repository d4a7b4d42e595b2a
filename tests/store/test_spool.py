"""The spool: durable before it is done, torn tails cut, damage shown, many writers in one sync, closed by anybody."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, wait
from datetime import datetime
from pathlib import Path

import pytest

from regulars.kernel.errors import BusyError
from regulars.store import spool as module
from regulars.store.seen import MEMORY, Seen, Sight, Trait, forget_people
from regulars.store.spool import Spool, close_open, closed, folder_of, lines, pending


def clock() -> datetime:
    return datetime(2026, 1, 5, 12)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folder_of(tmp_path, "web")


@pytest.fixture
def spool(folder: Path) -> Iterator[Spool]:
    made = Spool(folder, clock, gather=0.001)
    yield made
    made.close()


def texts(folder: Path) -> list[bytes]:
    return [line.text for segment in closed(folder) for line in lines(segment) if line.sound]


def test_what_is_done_can_be_read_in_order(spool: Spool, folder: Path) -> None:
    done = [spool.append(b'{"n":%d}' % number) for number in range(500)]
    wait(done)
    close_open(folder)
    assert texts(folder) == [b'{"n":%d}' % number for number in range(500)]


def test_records_that_come_together_share_a_sync(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    syncs: list[int] = []
    real = os.fdatasync
    monkeypatch.setattr(module.os, "fdatasync", lambda file: (syncs.append(file), real(file))[1])
    spool = Spool(folder, clock, gather=0.05)
    wait([spool.append(b"{}") for _ in range(200)])
    spool.close()
    assert 1 <= len(syncs) <= 3


def test_nothing_is_done_before_the_sync(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Future[None]] = []
    real = os.fdatasync

    def sync(file: int) -> None:
        assert not any(each.done() for each in asked)
        real(file)

    monkeypatch.setattr(module.os, "fdatasync", sync)
    spool = Spool(folder, clock, gather=0.05)
    asked += [spool.append(b"{}") for _ in range(20)]
    spool.close()
    assert all(each.exception() is None for each in asked)


def test_a_closed_segment_is_left_and_another_one_begun(spool: Spool, folder: Path) -> None:
    for number in range(3):
        spool.append(b"%d" % number).result()
        close_open(folder)
    assert len(closed(folder)) == 3
    assert texts(folder) == [b"0", b"1", b"2"]


def test_segments_roll_over_by_size(folder: Path) -> None:
    spool = Spool(folder, clock, gather=0, roll=1000)
    for _ in range(100):
        spool.append(b"x" * 90).result()
    spool.close()
    close_open(folder)
    assert len(closed(folder)) == 10
    assert len(texts(folder)) == 100


def test_a_new_writer_never_appends_behind_a_torn_tail(folder: Path) -> None:
    first = Spool(folder, clock, gather=0)
    first.append(b"kept").result()
    first.close()
    torn = next(folder.glob("*.open"))
    torn.write_bytes(torn.read_bytes() + b"%08x half a rec" % zlib.crc32(b"half a record"))
    second = Spool(folder, clock, gather=0)
    second.append(b"more").result()
    second.close()
    close_open(folder)
    assert texts(folder) == [b"kept", b"more"]
    assert all(line.sound for segment in closed(folder) for line in lines(segment))


@pytest.mark.parametrize("cut", range(1, 14))
def test_a_tail_torn_anywhere_is_left_out(folder: Path, cut: int) -> None:
    folder.mkdir(parents=True)
    whole = b"".join(b"%08x %b\n" % (zlib.crc32(text), text) for text in (b"one", b"two"))
    (folder / "1.segment").write_bytes(whole[:-cut])
    assert texts(folder) == [b"one"]


def test_damage_in_the_middle_is_shown(folder: Path) -> None:
    folder.mkdir(parents=True)
    whole = bytearray(b"".join(b"%08x %b\n" % (zlib.crc32(text), text) for text in (b"one", b"two", b"three")))
    whole[whole.index(b"two")] ^= 1
    (folder / "1.segment").write_bytes(whole)
    assert [line.sound for line in lines(folder / "1.segment")] == [True, False, True]


def test_a_failed_write_is_told_and_the_next_one_works(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(folder, clock, gather=0)
    spool.append(b"one").result()
    real = os.write

    def full(file: int, data: bytes) -> int:
        real(file, data[:5])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "write", full)
    with pytest.raises(BusyError, match="No space left"):
        spool.append(b"two").result()
    monkeypatch.setattr(module.os, "write", real)
    spool.append(b"three").result()
    spool.close()
    close_open(folder)
    assert texts(folder) == [b"one", b"three"]
    assert pending(folder) == sum(len(b"%08x %b\n" % (0, text)) for text in (b"one", b"three"))


def test_too_much_waiting_is_refused_and_nothing_is_written(folder: Path) -> None:
    spool = Spool(folder, clock, gather=0.2, most=100)
    taken = [spool.append(b"x" * 30) for _ in range(2)]
    assert not spool.has_room(30)
    with pytest.raises(BusyError):
        spool.append(b"x" * 30)
    wait(taken)
    spool.append(b"y").result()
    spool.close()
    close_open(folder)
    assert texts(folder) == [b"x" * 30, b"x" * 30, b"y"]


def test_a_closed_spool_refuses(spool: Spool) -> None:
    spool.close()
    with pytest.raises(BusyError):
        spool.append(b"late")


def test_a_nearly_full_disk_refuses(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_RESERVE", 1 << 62)
    with pytest.raises(BusyError, match="disk"):
        spool.append(b"{}")


WRITER = """
import sys
from datetime import datetime
from pathlib import Path
from regulars.store.spool import Spool
spool = Spool(Path(sys.argv[1]), datetime.now, gather=0.001)
number = int(sys.argv[2])
while True:
    done = [spool.append(b"%d" % (number + each)) for each in range(20)]
    for each in done:
        each.result()
    number += 20
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
"""


def test_what_was_acknowledged_survives_kill_9(folder: Path) -> None:
    number, draw = 0, random.Random(3)
    for _ in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder), str(number)], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            for _ in range(draw.randrange(2, 60)):
                said = int(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
            rest = writer.stdout.read().split()
            number = int(rest[-1]) if rest else said
        close_open(folder)
        found = {int(text) for text in texts(folder)}
        assert set(range(number)) <= found
        number = max(found) + 1
    assert all(line.sound for segment in closed(folder) for line in lines(segment))


def test_names_stay_inside_the_spool(tmp_path: Path) -> None:
    for name in ("..", "../..", "a/b", ".", "web", "große Läden"):
        assert folder_of(tmp_path, name).parent == tmp_path / "spool"


def test_the_first_delivery_counts_and_other_content_stays_itself(tmp_path: Path) -> None:
    with Seen(tmp_path / "seen") as seen:
        assert seen.first(Sight("m1", "a", "first", "1")) == "first"
    with Seen(tmp_path / "seen") as seen:
        assert seen.first(Sight("m1", "a", "second", "2")) == "first"
        assert seen.first(Sight("m1", "b", "third", "3")) == "third"
        seen.forget_events("2")
        assert seen.first(Sight("m1", "a", "fourth", "4")) == "fourth"


def test_a_failed_rendering_is_forgotten(tmp_path: Path) -> None:
    seen = Seen(tmp_path / "seen").__enter__()
    seen.first(Sight("m1", "a", "first", "1"))
    seen.__exit__(OSError, None, None)
    with Seen(tmp_path / "seen") as seen:
        assert seen.first(Sight("m1", "a", "second", "2")) == "second"


def test_the_later_trait_wins_in_any_order(tmp_path: Path) -> None:
    with Seen(tmp_path / "seen") as seen:
        seen.told("k", [Trait("email", '"new"', "2"), Trait("city", '"Ulm"', "1")])
        assert seen.told("k", [Trait("email", '"old"', "1")]) == {"email": '"new"', "city": '"Ulm"'}
        assert seen.forget_person("k") == 2
        assert seen.told("k", []) == {}


def test_a_pair_is_linked_once(tmp_path: Path) -> None:
    with Seen(tmp_path / "seen") as seen:
        assert seen.linked("a", "k", event="1")
        assert not seen.linked("a", "k", event="2")
        assert seen.linked("a", "k", event="1")  # the same event, delivered again
        assert [seen.next_number(), seen.next_number()] == [1, 2]


def test_a_forgotten_person_leaves_the_memory_to_the_last_byte(tmp_path: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    for at in range(50):
        with Seen(folder / MEMORY) as seen:
            seen.told(f"k{at}", [Trait("email", f'"canary-{at}-{turn}@example.org"', str(turn)) for turn in range(5)])
    assert forget_people(tmp_path, [("web", "k7"), ("web", "nobody"), ("elsewhere", "k8")]) == 1
    bytes_left = b"".join(each.read_bytes() for each in folder.iterdir())
    assert b"canary-7-" not in bytes_left
    assert b"canary-8-4" in bytes_left
    assert b"canary-8-3" not in bytes_left  # what was told later wins, and nothing of the old value stays
