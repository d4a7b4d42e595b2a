"""Where a law of style is broken on purpose, each with its reason. An entry no longer needed fails."""

from __future__ import annotations

# law -> {"module:name": reason}
ALLOWED: dict[str, dict[str, str]] = {
    "positional": {
        "regulars.kernel.errors:UnknownNameError.__init__": "kind, name, allowed read as one sentence",
        "regulars.engines.protocol:Transaction.end": "a seam: end(table, match, on, at)",
        "regulars.learning.protocol:Lab.progress": "a seam: progress(text, done, total)",
        "regulars.project.lab:ProjectLab.progress": "the seam above",
        "regulars.project.project:silent": "the seam above",
        "regulars.doors.cli.progress:Line.say": "the seam above",
        "regulars.doors.rest.app:_silent": "the seam above",
        "regulars.doors.rest.desk:_Line._progress": "the seam above",
        "regulars.engines.duckdb:_DuckDBTransaction.end": "the seam of Transaction",
        "regulars.engines.spark:_SparkTransaction.end": "the seam of Transaction",
        "regulars.capture.sources.pickup.sftp:_Strange.missing_host_key": "paramiko calls it so",
    },
    "methods": {
        "regulars.engines.protocol": "ADR 0008: an engine is read, write, keep and as-of in one place",
        "regulars.engines.duckdb": "ADR 0008",
        "regulars.engines.spark": "ADR 0008",
    },
    "errors": {"regulars.doors.wire:_plain": "json asks its hook for a TypeError"},
    "broad_except": {
        "regulars.engines.spark:session": "Spark raises whatever its gateway met",
    },
    "clock": {},
    "drivers": {},
    "nested": {},
    "money": {},
}

# The edge, where the clock, the environment and secrets come in; everybody else is handed them.
EDGES = ("regulars.doors", "regulars.project.edge")

# Modules where one broad `except` may stand: the boundary of a door or of a sink.
BOUNDARIES = ("regulars.doors", "regulars.activate.sinks")
