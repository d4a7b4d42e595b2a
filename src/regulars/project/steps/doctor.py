"""`doctor`: is everything there that the project needs, and who holds it now?"""

from __future__ import annotations

import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from regulars.contracts.catalog import CONTRACTS
from regulars.kernel.errors import BusyError, RegularsError
from regulars.project.config import Config, read_config
from regulars.project.project import Outside, Project, home
from regulars.project.registry import room_names, source_kinds
from regulars.project.sources import reached
from regulars.project.steps.retention import periods
from regulars.store.lock import holder

__all__ = ["doctor"]

_PARTS = ("regulars", "duckdb", "ibis-framework", "pyarrow", "pandas", "numpy", "scipy", "pyspark")
_LOW_DISK = 2 << 30


def doctor(root: Path, outside: Outside) -> dict[str, Any]:
    """Check versions, configuration, disk, lock and warehouse; never fails itself."""
    checks = [_versions(), _disk(root), _extras()]
    try:
        config = read_config(root, outside.environ)
    except RegularsError as problem:
        return _told([*checks, _check("configuration", False, says=str(problem))])
    checks.append(_check("configuration", True, says=f"{root / 'regulars.toml'} is in order"))
    checks.append(_check("engine", True, says=str(config.section("engine")["kind"])))
    checks.append(_check("contracts", True, says=f"{sum(each.captured for each in CONTRACTS.values())} can be fed"))
    checks.append(_check("rooms", True, says=", ".join(room_names())))
    checks.append(_retention(config))
    return _told([*checks, *_warehouse(root, outside)])


def _warehouse(root: Path, outside: Outside) -> list[dict[str, Any]]:
    try:
        project = Project(root, outside, verb="doctor")
    except BusyError as problem:
        who = holder(home(root) / "lock") or {}
        return [_check("lock", True, says=f"held by {who.get('verb')} (process {who.get('pid')}); {problem.fix}")]
    except RegularsError as problem:
        return [_check("lock", False, says=str(problem))]
    try:
        tables = project.engine.tables()
        return [
            _check("lock", True, says="free"),
            _check("warehouse", True, says=f"opens; {len(tables)} tables, snapshot {project.engine.snapshot()}"),
            *reached(project),
        ]
    except RegularsError as problem:
        return [_check("lock", True, says="free"), _check("warehouse", False, says=str(problem))]
    finally:
        project.close()


def _versions() -> dict[str, Any]:
    found = [f"{name} {each}" for name in _PARTS if (each := _version(name))]
    return _check("versions", True, says=f"python {platform.python_version()}, " + ", ".join(found))


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _disk(root: Path) -> dict[str, Any]:
    free = shutil.disk_usage(root if root.exists() else Path()).free
    return _check("disk", free > _LOW_DISK, says=f"{free >> 30} GB free")


def _extras() -> dict[str, Any]:
    spark = "spark installed" if find_spec("pyspark") else "spark not installed (pip install 'regulars[spark]')"
    return _check("extras", True, says=f"{spark}; sources: {', '.join(source_kinds())}")


def _retention(config: Config) -> dict[str, Any]:
    try:
        kept = periods(config)
    except RegularsError as problem:
        return _check("retention", False, says=str(problem))
    told = ", ".join(f"{name} {period}" for name, period in sorted(kept.items()))
    return _check("retention", True, says=f"{told}; everything else forever ([retention] sets periods)")


def _check(name: str, ok: bool, *, says: str) -> dict[str, Any]:
    return {"check": name, "ok": ok, "says": says}


def _told(checks: list[dict[str, Any]]) -> dict[str, Any]:
    return {"ok": all(each["ok"] for each in checks), "checks": checks}
