"""dlt sources: the REST source against a small paginated service, and a source of the user's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from regulars.capture.intake import Intake
from regulars.kernel.errors import ConfigError, DataError
from tests.capture.sources.projects import Shop
from tests.capture.sources.test_files import told

pytest.importorskip("dlt", reason="dlt is not installed")
PAGE = 3
TABLE = """
contract = "order_line"
from = "orders"
columns = { order_id = "id", line_id = "line", ordered_at = "at", net_amount = "amount" }
"""


class Service:
    """Orders, newest last, three a page, from a moment on; it writes down who asked for what."""

    def __init__(self) -> None:
        self.orders: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.broken = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"service": self}))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def sell(self, *numbers: int) -> None:
        """New orders."""
        self.orders += [
            {"id": f"B{each}", "line": 1, "at": f"2024-05-01T10:00:{each:02}Z", "amount": each + 0.25}
            for each in numbers
        ]

    def answer(self, path: str) -> dict[str, Any]:
        """One page."""
        self.asked.append(path)
        query = {key: values[0] for key, values in parse_qs(urlsplit(path).query).items()}
        found = [each for each in self.orders if each["at"] >= query.get("since", "").replace("+00:00", "Z")]
        offset, limit = int(query.get("offset", 0)), int(query.get("limit", PAGE))
        return {"results": found[offset : offset + limit], "total": len(found)}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    service: Service

    def do_GET(self) -> None:
        allowed = self.headers.get("Authorization") == "Bearer open sesame"
        self.send_response(500 if self.service.broken else 200 if allowed else 401)
        self.end_headers()
        self.wfile.write(json.dumps(self.service.answer(self.path) if allowed else {}).encode())

    def log_message(self, *said: Any) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[Service]:
    """A running service."""
    made = Service()
    yield made
    made.close()


def rest(tmp_path: Path, service: Service) -> Shop:
    """A project over dlt's REST source."""
    config = (
        f'{{ config = {{ client = {{ base_url = "{service.url}", auth = {{ type = "bearer", token = "${{TOKEN}}" }}, '
        f'paginator = {{ type = "offset", limit = {PAGE}, total_path = "total" }} }}, '
        'resources = [{ name = "orders", endpoint = { path = "orders", data_selector = "results", '
        'params = { since = { type = "incremental", cursor_path = "at", initial_value = "2024-01-01T00:00:00Z" } } } }] } }'
    )
    made = Shop(tmp_path / "shop").says(
        TABLE, kind='"dlt"', url="", module='"dlt.sources.rest_api:rest_api_source"', arguments=config
    )
    made.environ |= {"TOKEN": "open sesame", "HOME": str(tmp_path / "home")}
    return made


def test_pages_of_a_service_arrive_once(tmp_path: Path, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").mkdir()
    service.sell(*range(7))
    made = rest(tmp_path, service)
    first = told(made)
    assert first["totals"]["loaded"] == 7 and first["batches"][0]["file"].startswith("orders/")
    assert len(service.asked) == 3
    service.sell(7, 8)

    # A crash after the fetch and before the load: the state stays where it was.
    with monkeypatch.context() as broken:
        broken.setattr(Intake, "_load", _crash)
        with pytest.raises(KeyboardInterrupt):
            told(made)
    assert len(made.rows("order_line")) == 7
    told(made)
    rows = made.rows("order_line")
    assert sorted(row["order_id"] for row in rows) == [f"B{each}" for each in range(9)]
    assert sum(row["net_amount"] for row in rows) == Decimal("38.25")
    asked = len(service.asked)
    told(made)
    assert "T10%3A00%3A08" in service.asked[asked] and len(made.rows("order_line")) == 9
    assert list((tmp_path / "home").iterdir()) == [], "dlt wrote into the home folder"
    assert not list((made.root / ".regulars" / "dlt").rglob("*.parquet")), "dlt kept a copy of the rows"


def _crash(*of: Any, **more: Any) -> None:
    raise KeyboardInterrupt


def test_a_service_that_fails_loads_nothing(tmp_path: Path, service: Service) -> None:
    made = rest(tmp_path, service)
    made.environ["TOKEN"] = "wrong"
    with pytest.raises(DataError, match="401"):
        told(made)


OWN = """
import dlt

@dlt.source
def shop(day="2024-05-01"):
    @dlt.resource(primary_key="nr")
    def Orders():
        print("sources may print")
        yield [{"nr": 1, "at": day, "lines": [{"of": 1, "pos": 1, "net": 2.5}, {"of": 1, "pos": 2, "net": 3.5}]}]
    return Orders
"""
INNER = """
contract = "order_line"
from = "orders__lines"
columns = { order_id = "of", line_id = "pos", net_amount = "net" }
constants = { ordered_at = "2024-05-01" }
"""


def test_a_source_of_the_project(tmp_path: Path) -> None:
    made = Shop(tmp_path / "shop").says(
        INNER,
        kind='"dlt"', url="", module='"own:shop"', arguments='{ day = "2024-06-01" }',
    )  # fmt: skip
    (made.root / "own.py").write_text(OWN)
    assert told(made)["totals"]["loaded"] == 2
    assert sorted(row["net_amount"] for row in made.rows("order_line")) == [Decimal("2.5"), Decimal("3.5")]


@pytest.mark.parametrize(
    ("module", "table", "why"),
    [
        ("nothing:shop", "orders", "no Python module"),
        ("own:shap", "orders", "has no 'shap'"),
        ("own:shop", "carts", "no resource"),
    ],
)
def test_what_is_not_there_is_named(tmp_path: Path, module: str, table: str, why: str) -> None:
    made = Shop(tmp_path / "shop").says(
        TABLE.replace('"orders"', f'"{table}"'), kind='"dlt"', url="", module=f'"{module}"'
    )
    (made.root / "own.py").write_text(OWN)
    with pytest.raises(ConfigError, match=why):
        told(made)
    for wrong in (INNER + 'join = [{ from = "orders", on = "of" }]\n', INNER.replace('"of"', '"_dlt_parent_id"')):
        with pytest.raises(ConfigError, match=r"no join|makes its own ids anew"):
            told(made.says(wrong, kind='"dlt"', url="", module='"own:shop"'))
    with pytest.raises(ConfigError, match="`module`"):
        told(made.says(TABLE, kind='"dlt"', url=""))
