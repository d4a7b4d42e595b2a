"""Held-out customers never go out; files are whole, safe to open and written once; every row has a receipt."""

from __future__ import annotations

import csv
import hashlib
from datetime import datetime
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.activate.push import CONTROL, deliver, outgoing
from regulars.activate.sinks.files import SINK
from regulars.kernel.errors import ConfigError
from tests.engines.cases_activate import CUSTOMERS, LINKS, TREATMENT, example_outgoing

CON = ibis.duckdb.connect()
AT = datetime(2026, 7, 1, 9)


def bring(rows: pa.Table) -> ibis.Table:
    return ibis.memtable(rows)


def example() -> pa.Table:
    return CON.to_pyarrow(example_outgoing(bring))


def read(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter=delimiter))


def test_addressed_customers_go_out_by_their_native_ids() -> None:
    found = {row["message_id"]: row for row in example().to_pylist()}
    assert {key: row["customer_id"] for key, row in found.items()} == {"m1": "10", "m3": None, "m4": "4"}
    assert {key: row["error"] for key, row in found.items()} == {"m1": None, "m3": "no id in crm", "m4": None}
    assert (found["m1"]["card"], found["m4"]["email"], found["m4"]["arm"]) == ("gold", None, "letter")


@given(st.lists(st.sampled_from(["treated", CONTROL, "letter"]), min_size=1, max_size=30))
def test_held_out_rows_are_never_in_it(arms: list[str]) -> None:
    keys = [f"c{each}" for each in range(len(arms))]
    rows = pa.table(
        {"message_id": [f"m{key}" for key in keys], "customer_key": keys, "arm": arms}
        | {name: ["x"] * len(arms) for name in ("campaign_id", "offer_id", "channel")}
    )
    sent = outgoing(bring(rows), bring(CUSTOMERS), source_customer=bring(LINKS), id_of="crm")
    found = CON.to_pyarrow(sent)["message_id"].to_pylist()
    assert sorted(found) == sorted(f"m{key}" for key, arm in zip(keys, arms, strict=True) if arm != CONTROL)


def test_an_unknown_column_is_guessed() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'email'"):
        outgoing(bring(TREATMENT), bring(CUSTOMERS), source_customer=bring(LINKS), id_of="crm", columns=["emial"])


def test_a_csv_file_and_its_receipts(tmp_path: Path) -> None:
    found = deliver(example(), SINK, settings={"path": tmp_path / "out"}, name="july/1", sent_at=AT).to_pylist()
    path = tmp_path / "out" / "july_1.csv"
    assert [row["customer_id"] for row in read(path)] == ["10", "4"]
    assert read(path)[0]["email"] == "'=cmd()"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert [row["receipt"] for row in found] == [
        f"july_1.csv line {n} sha256 {digest}" if n else None for n in (2, 0, 3)
    ]
    assert [row["sent_at"] for row in found] == [AT, None, AT]
    assert [row["error"] for row in found] == [None, "no id in crm", None]
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_same_launch_is_sent_once(tmp_path: Path, form: str) -> None:
    settings = {"path": tmp_path, "format": form, "delimiter": ";"}
    first = deliver(example(), SINK, settings=settings, name="july-1", sent_at=AT)
    path = tmp_path / f"july-1.{form}"
    before = path.stat().st_mtime_ns, path.read_bytes()
    again = deliver(example(), SINK, settings=settings, name="july-1", sent_at=AT)
    assert again.equals(first) and (path.stat().st_mtime_ns, path.read_bytes()) == before
    late = example().set_column(1, "message_id", pa.array(["n1", "n2", "n3"]))
    errors = deliver(late, SINK, settings=settings, name="july-1", sent_at=AT)["error"].to_pylist()
    assert errors.count(f"not in {path.name}, which was sent before") == 2


def test_parquet_keeps_texts_as_they_are(tmp_path: Path) -> None:
    deliver(example(), SINK, settings={"path": tmp_path, "format": "parquet"}, name="j", sent_at=AT)
    assert pq.read_table(tmp_path / "j.parquet")["email"].to_pylist() == ["=cmd()", None]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1))
def test_no_cell_starts_a_formula(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    rows = pa.table({"message_id": ["m1"], "note": [text]})
    folder = tmp_path_factory.mktemp("csv")
    receipts = SINK.send(rows, {"path": folder}, name="one")
    assert receipts["error"].to_pylist() == [None]
    [row] = read(folder / "one.csv")
    assert row["note"][0] not in "=+-@\t\r"
    assert row["note"] in (text, "'" + text)


def test_a_receipt_names_the_line_where_its_row_begins(tmp_path: Path) -> None:
    rows = pa.table({"message_id": ["m1", "m2"], "note": ['two "long"\nlines', "one"]})
    found = SINK.send(rows, {"path": tmp_path}, name="one")["receipt"].to_pylist()
    assert [each.split(" sha256")[0] for each in found] == ["one.csv line 2", "one.csv line 4"]
    assert (tmp_path / "one.csv").read_text(encoding="utf-8").splitlines()[3].endswith('"one"')


@pytest.mark.parametrize(
    "settings",
    [{}, {"path": "x", "format": "xlsx"}, {"path": "x", "delimiter": "||"}],
    ids=["path", "format", "delimiter"],
)
def test_wrong_settings(settings: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        SINK.send(pa.table({"message_id": ["m1"]}), settings, name="one")
