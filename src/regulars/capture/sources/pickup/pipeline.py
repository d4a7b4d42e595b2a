"""The child that runs one dlt pipeline: a resource of any dlt source, landed as Parquet, its state in a given folder.

It takes one JSON line on standard input and answers with one on standard output.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any, TextIO

from regulars.kernel.errors import ConfigError, RegularsError, nearest

__all__ = ["main", "run"]


def run(task: Mapping[str, Any]) -> str:
    """Extract and write one table; gives its name as dlt writes it.

    Args:
        task: module ("package.module:name"), arguments, table, folder (an existing one, for the files), state (an existing
            folder, dlt's own working folder).

    Raises:
        ConfigError: there is no such module, source or table.
    """
    import dlt

    found = _source(task["module"], task["arguments"])
    source = found if hasattr(found, "with_resources") else _wrapped(found)
    resource, table = _resource(source, task["table"])
    pipeline = dlt.pipeline(
        "landing", pipelines_dir=task["state"], dataset_name="rows",
        destination=dlt.destinations.filesystem(bucket_url=task["folder"]),
    )  # fmt: skip
    pipeline.extract(source.with_resources(resource), loader_file_format="parquet")
    pipeline.normalize()
    pipeline.load()
    return table


def _source(place: str, arguments: Mapping[str, Any]) -> Any:
    module, _, name = place.partition(":")
    try:
        made = import_module(module)
    except ModuleNotFoundError as missing:
        if missing.name is None or not f"{module}.".startswith(f"{missing.name}."):
            raise
        fix = "Put it into the project's folder, or install its package."
        raise ConfigError(f"There is no Python module {module!r}.", fix=fix) from missing
    if not hasattr(made, name):
        names = [each for each in vars(made) if not each.startswith("_")]
        raise ConfigError(f"The module {module} has no {name!r}.", guess=nearest(name, names))
    found = getattr(made, name)
    return found(**arguments) if callable(found) else found


def _wrapped(resource: Any) -> Any:
    import dlt

    made = resource if hasattr(resource, "add_map") else dlt.resource(resource, name="rows")
    return dlt.source(lambda: made, name="landing")()


def _resource(source: Any, table: str) -> tuple[str, str]:
    """The resource that makes a table, and the table's name; dlt names inner tables `outer__inner`."""
    named = {source.schema.naming.normalize_table_identifier(each): each for each in source.resources}
    wanted = source.schema.naming.normalize_tables_path(table)
    best = max((each for each in named if wanted == each or wanted.startswith(f"{each}__")), key=len, default=None)
    if best is None:
        raise ConfigError(f"The dlt source has no resource {table!r}.", allowed=named, guess=nearest(table, named))
    return named[best], wanted


def main(request: TextIO, reply: TextIO) -> None:
    """Serve one task."""
    try:
        told: dict[str, Any] = {"table": run(json.loads(request.readline()))}
    except RegularsError as error:
        told = {"error": error.as_json()}
    reply.write(json.dumps(told) + "\n")
    reply.flush()


if __name__ == "__main__":
    own = sys.stdout
    sys.stdout = sys.stderr  # what a source prints is no answer
    main(sys.stdin, own)
