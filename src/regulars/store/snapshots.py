"""Published snapshots: every table that has rows, as Parquet that any tool may read while the warehouse goes on."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from regulars.store.runs import table_state
from regulars.store.warehouse import Warehouse, physical

__all__ = ["publish_snapshot"]

_KEPT = 2
_INDEX = "index.json"


def publish_snapshot(warehouse: Warehouse, folder: Path, *, names: list[str], afresh: bool = False) -> Path:
    """Write the open rows of the tables to `folder/SNAPSHOT/TABLE.parquet` and point `folder/latest` there.

    A table that has not changed since the last snapshot is linked, not written again. `index.json` beside the files tells
    the state of each. Readers of `latest` see one snapshot or the next, never a mix.

    Args:
        names: tables to publish; those without rows are left out.
        afresh: write every table anew and keep no older snapshot: something was erased.

    Returns:
        The snapshot's folder.
    """
    target = folder / warehouse.engine.snapshot()
    if afresh:
        shutil.rmtree(target, ignore_errors=True)
    if (target / _INDEX).exists():
        return target
    before = {} if afresh else _index(folder / "latest")
    part = folder / ".part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    states = {name: table_state(warehouse, [name]) for name in names}
    written = {name: state for name, state in states.items() if _place(warehouse, name, part=part, folder=folder,
                                                                       same=before.get(name) == state)}  # fmt: skip
    (part / _INDEX).write_text(json.dumps(written, indent=1))
    part.replace(target)
    _point(folder / "latest", target)
    _forget(folder, kept=1 if afresh else _KEPT)
    return target


def _index(latest: Path) -> Mapping[str, str]:
    path = latest / _INDEX
    found: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return found


def _place(warehouse: Warehouse, name: str, *, part: Path, folder: Path, same: bool) -> bool:
    file = f"{physical(name)}.parquet"
    if same:
        os.link((folder / "latest").resolve() / file, part / file)
        return True
    rows = warehouse.table(name)
    if not warehouse.engine.arrow(rows.limit(1)).num_rows:
        return False
    warehouse.engine.write(rows, part / file)
    return True


def _point(latest: Path, target: Path) -> None:
    link = latest.with_name(".latest")
    link.unlink(missing_ok=True)
    link.symlink_to(target.name)
    link.replace(latest)


def _forget(folder: Path, *, kept: int) -> None:
    snapshots = sorted((path for path in folder.iterdir() if path.name.isdigit()), key=lambda path: int(path.name))
    for path in snapshots[:-kept]:
        shutil.rmtree(path, ignore_errors=True)
