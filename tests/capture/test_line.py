"""From a record to its line and back."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from regulars.capture.dialect import Dialect
from regulars.capture.line import locate, record_at
from regulars.kernel.errors import NotFoundError

TEXT = 'a;b\n1;x\n\n2;"y\nz"\n3;w\n'


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_csv_there_and_back(name: str, tmp_path: Path) -> None:
    raw = tmp_path / name
    raw.write_bytes(gzip.compress(TEXT.encode()) if name.endswith("gz") else TEXT.encode())
    assert locate(raw, name, dialect=Dialect(), record=2) == (4, '2;"y\nz"')
    assert [record_at(raw, name, dialect=Dialect(), line=line) for line in (2, 4, 5, 6)] == [1, 2, 2, 3]
    for line in (1, 3, 9):
        with pytest.raises(NotFoundError):
            record_at(raw, name, dialect=Dialect(), line=line)
    with pytest.raises(NotFoundError):
        locate(raw, name, dialect=Dialect(), record=4)


def test_json_there_and_back(tmp_path: Path) -> None:
    raw = tmp_path / "a.json"
    raw.write_text('[{"a": 1},\n\n {"a":\n2}]')
    assert locate(raw, "a.json", dialect=Dialect(), record=2) == (3, '{"a":\n2}')
    assert record_at(raw, "a.json", dialect=Dialect(), line=4) == 2
