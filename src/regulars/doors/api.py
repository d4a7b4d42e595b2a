"""The Python door: `crm = regulars.open("shop/")`, then the same verbs as at the command line."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from regulars.doors.answer import Answer
from regulars.kernel.errors import NotFoundError

__all__ = ["Crm", "open_project"]

Day = date | str | None


def open_project(folder: str | Path) -> Crm:
    """A project, by its folder. Nothing is locked between calls: each verb goes to the running server, or takes the lock.

    Raises:
        NotFoundError: the folder has no `regulars.toml`.
    """
    root = Path(folder)
    if not (root / "regulars.toml").is_file():
        raise NotFoundError(f"{root} is no project: it has no regulars.toml.", fix="Make one: regulars new DIR")
    return Crm(root)


class Crm:
    """One project's verbs. Every one gives an `Answer`: the verb's JSON keys, and `to_pandas`, `to_arrow`, `to_polars`.

    Verbs that have no method of their own are called by name: `crm.do("score", analysis="value")`.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def do(self, verb: str, **args: Any) -> Answer:
        """Any verb, with the arguments that it declares."""
        from regulars.doors.call import perform  # heavy: only when there is something to do
        from regulars.project.project import Outside

        environ = {**os.environ, "REGULARS_PID": str(os.getpid())}
        outside = Outside(environ, lambda: datetime.now(UTC))
        plain = {name: _plain(value) for name, value in args.items()}
        return Answer(verb, perform(self.root, verb, args=plain, outside=outside))

    def capture(self, source: str | None = None, *, release: bool = False, reason: str | None = None) -> Answer:
        """Take in what is new."""
        return self.do("capture", source=source, release=release, reason=reason)

    def unify(self, *, dry_run: bool = False) -> Answer:
        """Each customer once."""
        return self.do("unify", dry_run=dry_run)

    def ask(self, *metrics: str, by: Iterable[str] = (), where: str | None = None, **period: Any) -> Answer:
        """A question to the cube; `period`: start, end, last, compare, top, as_of, known."""
        return self.do("ask", metrics=list(metrics), by=list(by), where=where, **period)

    def score(self, analysis: str, *, as_of: Day = None) -> Answer:
        """Fit, judge, publish; gives the model card."""
        return self.do("score", analysis=analysis, as_of=as_of)

    def backtest(self, analysis: str, *, as_of: Day = None) -> Answer:
        """Judge an analysis on the past."""
        return self.do("backtest", analysis=analysis, as_of=as_of)

    def decide(self, policy: str, *, as_of: Day = None) -> Answer:
        """One action for each customer."""
        return self.do("decide", policy=policy, as_of=as_of)

    def plan(self, campaign: str) -> Answer:
        """A campaign's size, cost and power."""
        return self.do("plan", campaign=campaign)

    def launch(self, campaign: str, *, dry_run: bool = False, as_of: Day = None) -> Answer:
        """Draw the arms, send the treated."""
        return self.do("launch", campaign=campaign, dry_run=dry_run, as_of=as_of)

    def effect(self, campaign: str, *, metric: str | None = None, against: str | None = None) -> Answer:
        """What a campaign changed."""
        return self.do("effect", campaign=campaign, metric=metric, against=against)

    def run(self, *, plan: bool = False) -> Answer:
        """Everything that is stale."""
        return self.do("run", plan=plan)

    def table(self, name: str, *, as_of: Day = None, known: Day = None) -> Answer:
        """A whole table, by way of a Parquet file that is read and removed."""
        from tempfile import TemporaryDirectory

        import pyarrow.parquet as pq

        with TemporaryDirectory() as folder:
            path = Path(folder) / "table.parquet"
            told = self.do("table", name=name, out=str(path), as_of=as_of, known=known)
            return Answer("table", {**told, "rows": pq.read_table(path)})


def _plain(value: Any) -> Any:
    if isinstance(value, date | Path):
        return str(value)
    return dict(value) if isinstance(value, Mapping) else value
