"""Any dlt source as a source: run in a child process, landed as Parquet, its incremental state kept in the project.

The state moves on only after the rows are loaded: a crash before it brings the same rows again, which keys make harmless.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from regulars.capture.mapping import TableMapping
from regulars.capture.offer import ALWAYS, Offer, Request, nothing
from regulars.contracts.catalog import CONTRACTS
from regulars.kernel.errors import ConfigError, DataError

__all__ = ["SOURCE", "Dlt"]

_SECRET = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_QUIET = {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "ERROR",
    "LOAD__DELETE_COMPLETED_JOBS": "true",
}


class Dlt:
    """The source kind `dlt`."""

    API: ClassVar[int] = 1
    kind: ClassVar[str] = "dlt"

    def offers(self, request: Request, pattern: str) -> list[Offer]:
        """What a resource has that is new since the last capture, as Parquet files.

        Raises:
            ConfigError: `module` is missing or names nothing, or dlt is not installed.
            DataError: the pipeline failed; says with which words.
        """
        module = request.section.get("module")
        if not module or ":" not in module:
            raise ConfigError("A dlt source has no `module`.", fix='Write module = "package.module:name".')
        if find_spec("dlt") is None:
            raise ConfigError("A dlt source needs dlt, which is not installed.", fix="pip install 'regulars[sources]'")
        _check(request.mapping)
        state = _State.of(request, pattern)
        out = request.folder / f"dlt-{state.label}"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        task = {
            "module": module,
            "arguments": _filled(request.section.get("arguments", {}), request.environ),
            "table": pattern,
            "folder": str(out),
            "state": str(state.begin()),
        }
        files = sorted((out / "rows" / _ran(request, task)).glob("*.parquet"))
        if not files:
            state.move_on()
        last = len(files) - 1
        return [
            _offer(each, f"{pattern}/{each.name}", done=state.move_on if place == last else nothing)
            for place, each in enumerate(files)
        ]


def _check(mapping: TableMapping) -> None:
    if mapping.joins:
        fix = "Let the dlt source put the columns together, for example with include_from_parent."
        raise ConfigError(f"[sources.{mapping.source}]: tables of a dlt source take no join.", fix=fix)
    specs = {key: (mapping.columns or {}).get(key) for key in CONTRACTS[mapping.contract].key}
    for key, spec in specs.items():
        if spec and any(each.startswith("_dlt_") for each in (spec.from_ or "", *spec.key)):
            problem = f"[sources.{mapping.source}]: {key} is a key, and dlt makes its own ids anew in each run."
            raise ConfigError(problem, fix="Map an id that the service itself gives.")


def _offer(path: Path, name: str, *, done: Any) -> Offer:
    return Offer(name, path.stat().st_size, ALWAYS, fetch=lambda: path, done=done)


def _filled(value: Any, environ: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _filled(each, environ) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, environ) for each in value]
    return _SECRET.sub(partial(_named, environ), value) if isinstance(value, str) else value


def _named(environ: Mapping[str, str], found: re.Match[str]) -> str:
    if found[1] not in environ:
        raise ConfigError(f"The environment has no {found[1]}.", fix=f"Set it: export {found[1]}=...")
    return environ[found[1]]


def _ran(request: Request, task: Mapping[str, Any]) -> str:
    own = {"DLT_DATA_DIR": str(Path(task["state"]).parent / "data")}
    child = subprocess.run(
        [sys.executable, "-m", "regulars.capture.sources.pickup.pipeline"],
        input=json.dumps(task, default=str) + "\n",
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
        cwd=request.root,
        env={**request.environ, **_QUIET, **own},
    )
    if child.returncode:
        said = [line for line in child.stderr.splitlines() if line.strip()] or ["it said nothing"]
        problem = f"The dlt source {task['module']} failed: {' '.join(each.strip() for each in said[-4:])[-400:]}."
        raise DataError(problem, fix="Nothing of it was loaded; look at the source, then capture again.")
    reply = json.loads(child.stdout)
    if "error" in reply:
        error = reply["error"]
        raise ConfigError(error["problem"], allowed=error["allowed"], guess=error["did_you_mean"], fix=error["fix"])
    return str(reply["table"])


@dataclass(frozen=True, slots=True)
class _State:
    """dlt's working folder of one mapping: `kept` as of the last load, `next` of the run at hand."""

    folder: Path
    label: str

    @classmethod
    def of(cls, request: Request, pattern: str) -> _State:
        text = f"{request.mapping.source}|{request.mapping.contract}|{pattern}|{request.section.get('module')}"
        label = hashlib.sha256(text.encode()).hexdigest()[:16]
        folder = request.root / ".regulars" / "dlt" / label
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder, label)

    def begin(self) -> Path:
        """A folder for the run at hand, that begins where the last load ended."""
        kept, before, fresh = (self.folder / each for each in ("kept", "before", "next"))
        if before.exists() and not kept.exists():
            before.rename(kept)
        shutil.rmtree(fresh, ignore_errors=True)
        if kept.exists():
            shutil.copytree(kept, fresh)
        else:
            fresh.mkdir()
        return fresh

    def move_on(self) -> None:
        """What was begun is loaded: the next run begins there."""
        kept, before, fresh = (self.folder / each for each in ("kept", "before", "next"))
        shutil.rmtree(before, ignore_errors=True)
        for rows in fresh.glob("*/load/loaded"):
            shutil.rmtree(rows)  # dlt keeps a copy of what it wrote
            rows.mkdir()
        if kept.exists():
            kept.rename(before)
        fresh.rename(kept)
        shutil.rmtree(before, ignore_errors=True)


SOURCE = Dlt()
