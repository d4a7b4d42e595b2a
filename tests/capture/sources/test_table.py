"""Data that already lies on the engine as a source."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from regulars.kernel.errors import ConfigError, DataError
from tests.capture.sources.projects import Shop

LINES = """
contract = "order_line"
from = "erp.lines"
columns = { order_id = "o", line_id = "l", ordered_at = "t", net_amount = "n", quantity = "q", customer_id = "c" }
"""


def lay(shop: Shop, *statements: str) -> None:
    """Put things into the warehouse's database file, as another tool would."""
    with duckdb.connect(str(shop.root / "warehouse.duckdb")) as door:
        door.execute("SET TimeZone = 'UTC'")
        for each in statements:
            door.execute(each)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path / "shop")
    lay(
        shop,
        "CREATE SCHEMA erp",
        "CREATE TABLE erp.lines (o VARCHAR, l INT, t TIMESTAMPTZ, n DECIMAL(12, 3), q DOUBLE, c BIGINT, doc JSON)",
        "INSERT INTO erp.lines VALUES ('B2', 1, '2024-03-01 10:00:00+00', 1.234, 2, NULL, NULL)",
        "INSERT INTO erp.lines VALUES ('B1', 1, '2024-03-01 09:00:00+00', 1000, 1.5, 7, '{\"a\": 1}')",
    )
    return shop


def test_a_table_of_the_warehouse_is_read_with_its_types(shop: Shop) -> None:
    shop.says(LINES, kind='"table"', url="", decimal='","', thousands='"."')
    (batch,) = shop.capture()
    assert (batch["read"], batch["loaded"], batch["file"]) == (2, 2, "erp.lines.parquet")
    first, second = shop.rows("order_line", order="order_id")
    assert (first["order_id"], first["customer_id"], first["net_amount"]) == ("B1", "7", Decimal("1000.0000"))
    assert (second["net_amount"], second["ordered_at"]) == (Decimal("1.2340"), datetime(2024, 3, 1, 10))
    assert shop.capture() == []  # nothing new
    lay(shop, "INSERT INTO erp.lines VALUES ('B0', 1, '2024-03-02 10:00:00+00', 5, 1, 7, NULL)")
    (batch,) = shop.capture()
    assert (batch["read"], batch["loaded"], batch["duplicate"]) == (3, 1, 2)


def test_a_view_and_a_select(shop: Shop) -> None:
    lay(shop, "CREATE VIEW erp.late AS SELECT * FROM erp.lines WHERE t > TIMESTAMPTZ '2024-03-01 09:30:00+00'")
    shop.says(LINES.replace("erp.lines", "erp.late"), kind='"table"', url="")
    assert [each["loaded"] for each in shop.capture()] == [1]
    shop.says(LINES.replace("erp.lines", "SELECT * FROM erp.lines WHERE c = 7;"), kind='"table"', url="")
    assert [each["loaded"] for each in shop.capture()] == [1]
    assert [row["order_id"] for row in shop.rows("order_line", order="order_id")] == ["B1", "B2"]


def test_the_day_of_an_instant_is_the_one_at_home(shop: Shop) -> None:
    lay(shop, "CREATE TABLE contracts AS SELECT 's1' AS id, 7 AS c, TIMESTAMPTZ '2024-03-01 23:30:00+00' AS t")
    table = 'contract = "subscription"\nfrom = "contracts"\n'
    columns = 'columns = { subscription_id = "id", customer_id = "c", started_on = "t" }'
    shop.says(table + columns, kind='"table"', url="").capture()
    assert [row["started_on"] for row in shop.rows("subscription")] == [date(2024, 3, 2)]


@pytest.mark.parametrize(("select", "says"), [("erp.line", "erp.line"), ("SELECT nix FROM erp.lines", "nix")])
def test_what_the_engine_does_not_know(shop: Shop, select: str, says: str) -> None:
    shop.says(LINES.replace("erp.lines", select), kind='"table"', url="")
    with pytest.raises(DataError, match=says):
        shop.capture()


def test_no_file_is_reached(shop: Shop) -> None:
    shop.says(LINES.replace("erp.lines", "SELECT * FROM read_csv('/etc/passwd')"), kind='"table"', url="")
    with pytest.raises(DataError, match="disabled"):
        shop.capture()


def test_it_has_no_cursor(shop: Shop) -> None:
    shop.says(LINES + 'cursor = "t"', kind='"table"', url="")
    with pytest.raises(ConfigError, match="cursor"):
        shop.capture()
