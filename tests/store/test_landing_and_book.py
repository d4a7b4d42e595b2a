"""Landed bytes are kept as they came; the book and the warehouse agree after every start."""

from __future__ import annotations

import gzip
import hashlib
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest

from regulars.kernel.errors import BusyError, ConsistencyError, DataError
from regulars.store.control import Book, Receipt
from regulars.store.landing import Landing
from regulars.store.lock import Lock, holder

NOW = datetime(2024, 6, 1)


def receipt(batch: str, state: str = "landed") -> Receipt:
    return Receipt(batch, "ab", "shop", "product", "p", f"{batch}.csv", 3, 1, "s", state)


def test_the_same_bytes_land_once_under_their_hash(tmp_path: Path) -> None:
    landing, file = Landing(tmp_path / "landing"), tmp_path / "a.csv"
    file.write_bytes(b"a;b\n1;2\n" * 1000)
    first, second = landing.land(file), landing.land(file)
    assert first == second
    assert first.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert pa.input_stream(str(landing.find(first.sha256)), compression="zstd").read() == file.read_bytes()
    assert [path.name for path in (tmp_path / "landing").rglob(".part*")] == []


def test_what_is_packed_already_is_kept_as_it_is(tmp_path: Path) -> None:
    landing, file = Landing(tmp_path / "landing"), tmp_path / "a.csv.gz"
    file.write_bytes(gzip.compress(b"a;b\n"))
    assert landing.land(file).path.read_bytes() == file.read_bytes()


def test_a_missing_object_or_file_says_what_to_do(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "landing")
    with pytest.raises(ConsistencyError, match="backup"):
        landing.find("0" * 64)
    with pytest.raises(DataError, match="cannot be landed"):
        landing.land(tmp_path / "nothing.csv")


def test_the_book_follows_the_warehouse(tmp_path: Path) -> None:
    book = Book(tmp_path / "book.sqlite")
    for batch, state in (("b1", "loaded"), ("b2", "landed"), ("b3", "loaded")):
        book.take(receipt(batch, state), NOW)
    # the warehouse lost b3 (a shortened log) and has b2 (the process died before the receipt)
    assert book.reconcile(loaded=["b1", "b2"], held=[]) == ["b3"]
    assert {each.batch: each.state for each in book.receipts()} == {"b1": "loaded", "b2": "loaded", "b3": "landed"}


def test_the_lock_names_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    code = (
        "import sys, time; from pathlib import Path; from regulars.store.lock import Lock;"
        "lock = Lock(Path(sys.argv[1]), {'pid': 17, 'verb': 'regulars capture', 'since': 'noon'});"
        "print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True, env=os.environ
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(BusyError, match=r"regulars capture.*process 17"):
            Lock(path, {})
        assert holder(path) == {"pid": 17, "verb": "regulars capture", "since": "noon"}
        other.kill()
    Lock(path, {"verb": "after"}).release()
