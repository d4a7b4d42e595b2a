"""Verbs as data: what each takes and does, said once. The command line, the socket, the API and the docs are made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from regulars.kernel.errors import UnknownNameError

__all__ = ["VERBS", "Param", "Verb", "verb"]


@dataclass(frozen=True, slots=True)
class Param:
    """One argument of a verb.

    `takes` is text, integer, flag, day (YYYY-MM-DD) or path. `many` collects several values into a list; a name that
    starts with dashes at the command line is `option`, all others stand by their place.
    """

    name: str
    says: str
    takes: str = "text"
    option: str | None = None
    required: bool = False
    many: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb: `run` names the function "module:function" that does it, imported only when it is called.

    `opens` is False for verbs that work without an open warehouse (they make a project, or look at it from outside).
    """

    name: str
    says: str
    run: str
    params: tuple[Param, ...] = ()
    gives: str = ""
    opens: bool = True


_AS_OF = Param("as_of", "Cut at this business day.", "day", "--as-of")
_KNOWN = Param("known", "Cut at what was known by the end of this day.", "day", "--known")
_STEPS = "regulars.project.steps"

VERBS: tuple[Verb, ...] = (
    Verb(
        "new",
        "A commented project to fill in, or a mapping proposed from the data.",
        f"{_STEPS}.new:new",
        (
            Param("dir", "The new project's folder.", "path", required=True),
            Param("from_", "Files to propose a mapping from.", "path", "--from", many=True),
            Param("like", "A mapping that is ready for this system's exports.", option="--like",
                  choices=("business-central", "mailchimp", "matomo", "shopify", "shopware", "woocommerce")),
        ),
        "path, proposed",
        opens=False,
    ),
    Verb(
        "demo",
        "The demo project: a real grocer's households, baskets and campaigns.",
        f"{_STEPS}.demo:demo",
        (Param("dir", "Where to make it.", "path", required=True),),
        "path",
        opens=False,
    ),
    Verb(
        "capture",
        "Take in what is new.",
        f"{_STEPS}.capture:capture",
        (
            Param("source", "Only this source."),
            Param("release", "Load held files all the same; what cannot be read is set aside.", "flag", "--release"),
            Param("reason", "Why held files are released; kept beside the batch.", option="--reason"),
        ),
        "batches, totals, left, vanished, outdated",
    ),
    Verb(
        "quarantine",
        "The rows that were set aside.",
        f"{_STEPS}.quarantine:quarantine",
        (Param("source", "Only this source."), Param("top", "How many rows to show.", "integer", "--top", default=20)),
        "counts, held, rows",
    ),
    Verb(
        "replay",
        "Read files again after a fix of the mapping or the locale: rows set aside, and rows that read differently now.",
        f"{_STEPS}.quarantine:replay",
        (Param("source", "Only this source."),),
        "counts, loaded, closed, held, batches",
    ),
    Verb(
        "unify",
        "Each customer once.",
        f"{_STEPS}.unify:unify",
        (Param("dry_run", "Show what would change, change nothing.", "flag", "--dry-run"),),
        "records, customers, merged, split, changed",
    ),
    Verb(
        "merge",
        "These are one customer: decided by a person, kept by later runs.",
        f"{_STEPS}.merge:merge",
        (
            Param("who", "Customers, each by key, source:id, e-mail or phone.", required=True, many=True),
            Param("why", "The reason, kept with the decision.", option="--why"),
        ),
        "decision, customer_key, merged",
    ),
    Verb(
        "split",
        "These records are not this customer; without records: the last merge by hand is taken back.",
        f"{_STEPS}.merge:split",
        (
            Param("who", "The customer: key, source:id, e-mail or phone.", required=True),
            Param("records", "Records that do not belong to it, as source:id.", many=True),
            Param("why", "The reason, kept with the decision.", option="--why"),
        ),
        "decision, customer_key, customers",
    ),
    Verb(
        "review",
        "Pairs of records that may be one customer, for a person to answer with merge or split.",
        f"{_STEPS}.review:review",
        (Param("top", "How many pairs to show.", "integer", "--top", default=20),),
        "waiting, pairs",
    ),
    Verb(
        "junk",
        "Mark test orders, bots and employees, so that figures leave them out.",
        f"{_STEPS}.junk:junk",
        (
            Param("mark", "Mark one row by hand: CONTRACT:SOURCE:KEY.", option="--mark"),
            Param("keep", "Keep one row in the figures, whatever rules say: CONTRACT:SOURCE:KEY.", option="--keep"),
            Param("reason", "Why, for a row by hand.", option="--reason"),
            Param("dry_run", "Count what the rules would change, change nothing.", "flag", "--dry-run"),
        ),
        "marked, changed, kept",
    ),
    Verb("check", "Data quality against the contracts, kept over time.", f"{_STEPS}.check:check", (), "quality, failing"),
    Verb(
        "ask",
        "A question to the cube.",
        f"{_STEPS}.ask:ask",
        (
            Param("metrics", "What to measure.", required=True, many=True),
            Param("by", "Split by these dimensions.", option="--by", many=True),
            Param("where", "Only what matches this condition.", option="--where"),
            Param("start", "From this day.", "day", "--from"),
            Param("end", "To this day.", "day", "--to"),
            Param("last", "The last days or weeks, as 90d.", option="--last"),
            Param("compare", "Beside an earlier period.", option="--compare", choices=("previous", "last-year")),
            Param("top", "Only the first N, the rest in one row.", "integer", "--top"),
            Param("with_junk", "Count rows that are marked as junk too.", "flag", "--with-junk"),
            _AS_OF,
            _KNOWN,
        ),
        "columns, rows, totals, definitions, as_of, sources, simulated, snapshot",
    ),
    Verb(
        "score",
        "Fit an analysis, judge it, publish its scores.",
        f"{_STEPS}.score:score",
        (Param("analysis", "Which analysis.", required=True), _AS_OF),
        "the model card: analysis, as_of, rows, metrics, baseline, protocol, gate",
    ),
    Verb(
        "backtest",
        "Judge an analysis on the past, rolling origin by rolling origin.",
        f"{_STEPS}.score:backtest",
        (Param("analysis", "Which analysis.", required=True), _AS_OF),
        "folds, metrics, baseline, gate",
    ),
    Verb(
        "decide",
        "One action for each customer.",
        f"{_STEPS}.decide:decide",
        (Param("policy", "Which policy.", required=True), _AS_OF),
        "actions, expected_profit",
    ),
    Verb(
        "plan",
        "A campaign's size, cost, power and expected profit, before anything is sent.",
        f"{_STEPS}.campaign:plan",
        (Param("campaign", "Which campaign.", required=True),),
        "counts, mde, cost, expected",
    ),
    Verb(
        "launch",
        "Assign the arms at random and send the treated to the sink.",
        f"{_STEPS}.campaign:launch",
        (
            Param("campaign", "Which campaign.", required=True),
            Param("dry_run", "Show what would be sent, send nothing.", "flag", "--dry-run"),
            Param("as_of", "Date the assignment from the end of this day (default: now; with old data, its end).",
                  "day", "--as-of"),
        ),
        "treated, held_out, sent, failed",
    ),
    Verb(
        "effect",
        "What a campaign changed, against those left alone.",
        f"{_STEPS}.effect:effect",
        (
            Param("campaign", "Which campaign.", required=True),
            Param("metric", "Measured in what (default: profit).", option="--metric"),
            Param("against", "Compared with which arm (default: control).", option="--against"),
            _AS_OF,
        ),
        "arms, effects, effect, profit, srm_p, verdict",
    ),
    Verb(
        "run",
        "Everything that is stale, in order.",
        f"{_STEPS}.run:run",
        (Param("plan", "Show the steps, do nothing.", "flag", "--plan"),),
        "steps",
    ),
    Verb(
        "show",
        "What there is: runs, tables, metrics, dimensions, analyses, sources, quality, junk; or the lineage of a figure.",
        f"{_STEPS}.show:show",
        (
            Param("what", "Of which kind.", required=True,
                  choices=("runs", "tables", "metrics", "dimensions", "analyses", "sources", "quality", "junk", "lineage")),
            Param("name", "Only this one; for lineage: the id of a row of `ask`, a table, a decision, or source:file:line."),
            Param("page", "Which page of rows.", "integer", "--page", default=1),
        ),
        "items",
    ),
    Verb(
        "table",
        "Any table, out.",
        f"{_STEPS}.table:table",
        (
            Param("name", "Which table.", required=True),
            Param("out", "The file: .parquet, .csv, .xlsx or .json.", "path", "-o"),
            Param("top", "How many rows to show without -o.", "integer", "--top", default=20),
            _AS_OF,
            _KNOWN,
        ),
        "path, rows",
    ),
    Verb(
        "customer",
        "All we know of one customer.",
        f"{_STEPS}.customer:customer",
        (Param("who", "Key, source:id, e-mail or phone.", required=True),),
        "the 360 card",
    ),
    Verb(
        "forget",
        "Erase a person everywhere, with a certificate.",
        f"{_STEPS}.forget:forget",
        (
            Param("who", "Key, source:id, e-mail or phone.", required=True),
            Param("facts", "Rows that carry money: keep them cut from the person, or delete them.", option="--facts",
                  default="keep", choices=("keep", "delete")),
        ),
        "the certificate: erasure_id, subject, counts, cut, restated, models, notes, path",
    ),
    Verb(
        "export",
        "Everything about one person, in one folder or zip.",
        f"{_STEPS}.export:export",
        (
            Param("who", "Key, source:id, e-mail or phone.", required=True),
            Param("out", "A new folder, or a file that ends with .zip; default: exports/KEY in the project.", "path", "-o"),
        ),
        "path, customer_key, counts",
    ),
    Verb(
        "backup",
        "The whole project as one consistent archive.",
        f"{_STEPS}.backup:backup",
        (Param("file", "The archive: .tar.zst, .tar.gz or .tar.", "path", required=True),),
        "path, files, bytes, outside",
    ),
    Verb(
        "restore",
        "A project from an archive; whoever was forgotten since stays forgotten.",
        f"{_STEPS}.backup:restore",
        (
            Param("file", "The archive.", "path", required=True),
            Param("force", "Replace the project that is there.", "flag", "--force"),
        ),
        "path, files, erased_again",
        opens=False,
    ),
    Verb(
        "report",
        "One page for the whole loop, without foreign hosts.",
        f"{_STEPS}.report:report",
        (Param("out", "The file.", "path", "-o"),),
        "path",
    ),
    Verb(
        "serve",
        "The report, a health page and the intake of events on this machine, until stopped.",
        "regulars.doors.rest.serve:serve",
        (
            Param("host", "The address.", option="--host", default="127.0.0.1"),
            Param("port", "The port; the next free one when it is taken and none was asked for.", "integer", "--port"),
        ),
        opens=False,
    ),
    Verb(
        "doctor",
        "Versions, engine, disk, locks, contracts.",
        f"{_STEPS}.doctor:doctor",
        (),
        "checks",
        opens=False,
    ),
)  # fmt: skip


def verb(name: str) -> Verb:
    """The verb of that name.

    Raises:
        UnknownNameError: there is none.
    """
    for each in VERBS:
        if each.name == name:
            return each
    raise UnknownNameError("verb", name, [each.name for each in VERBS])
