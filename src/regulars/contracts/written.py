"""The tables that Regulars writes itself: customers made one, scores, decisions, treatments, and its own book-keeping.

Where such a table has a `source`, `batch` or `record` of its own, it is the one column of that name; elsewhere `source`
is "regulars" and `batch` is the run's id.
"""

from __future__ import annotations

from regulars.contracts.declare import day, flag, instant, integer, money, number, text, texts
from regulars.contracts.model import Column, Contract, Load
from regulars.contracts.party import CUSTOMER_ATTRIBUTES

__all__ = [
    "BATCH",
    "CARD",
    "DECISION",
    "ERASURE",
    "FORECAST",
    "GOLDEN_CUSTOMER",
    "JUNK",
    "QUALITY",
    "QUARANTINE",
    "RUN",
    "SCORE",
    "SEGMENT",
    "SOURCE_CUSTOMER",
    "TREATMENT",
    "VALUE_CHANGE",
]

_LOW = number("low", "The lower end of the interval; null where there is none.")
_HIGH = number("high", "The upper end of the interval; null where there is none.")
_AS_OF = day("as_of", "The cut date: nothing later was used.", required=True)


def _with_sources(attributes: tuple[Column, ...]) -> tuple[Column, ...]:
    says, since = "The source whose `{}` won; null where none has one.", "When that source last changed the record."
    sources = [text(f"{each.name}_source", says.format(each.name)) for each in attributes]
    dates = [instant(f"{each.name}_since", since) for each in attributes]
    return tuple(column for three in zip(attributes, sources, dates, strict=True) for column in three)


GOLDEN_CUSTOMER = Contract(
    name="golden_customer",
    grain="one customer, with the winning value of every attribute",
    columns=(
        text("customer_key", "The customer's stable key in Regulars.", required=True),
        *_with_sources(CUSTOMER_ATTRIBUTES),
        text(
            "household_key", "The household: of the record, or who shares a family name and an address; null for none."
        ),
        text("account_key", "The buying organisation that the customer belongs to; null for none."),
        instant("first_seen", "When any source first knew or sold to the customer."),
        instant("last_seen", "When any source last changed or sold to the customer."),
    ),
    key=("customer_key",),
    load=Load.UPSERT,
    captured=False,
)

SOURCE_CUSTOMER = Contract(
    name="source_customer",
    grain="a source's customer, and the one customer that it belongs to",
    columns=(
        text("source", "The source whose id `customer_id` is.", required=True),
        text("customer_id", "The source's own number of the customer.", required=True),
        text("customer_key", "The customer's stable key in Regulars.", required=True),
        number("probability", "How sure the match is, 0 to 1; 1 for equal keys and for single records."),
        text(
            "method", "How it was matched: by a person, an equal key such as email, probabilistic, or by its id alone."
        ),
        instant("since", "From when on this holds; null for always."),
        instant("until", "Until when it held; null while it does."),
    ),
    key=("source", "customer_id", "since"),
    load=Load.UPSERT,
    captured=False,
)

QUARANTINE = Contract(
    name="quarantine",
    grain="a captured row that was set aside",
    columns=(
        text("batch", "The batch that read it.", required=True),
        text("source", "The source that it came from.", required=True),
        text("contract", "The contract that it was meant for.", required=True),
        text("file", "The file, as the source names it."),
        integer("record", "The record's number inside the file, from 1.", required=True),
        integer("line", "The physical line on which the record begins, from 1; null where files have no lines."),
        text("column", "The column that is wrong; null where the whole row is."),
        text("reason", "Why, from the closed list of reasons.", required=True),
        text("raw", "The row's raw text."),
        text("state", "open, replayed or waived.", required=True),
    ),
    key=("batch", "contract", "record", "column"),
    captured=False,
)

SCORE = Contract(
    name="score",
    grain="one measure of one subject, as of a date",
    columns=(
        text("subject", "What is scored: customer, prospect or visitor.", required=True),
        text("subject_id", "Which one: the customer_key, prospect_id or visitor_id.", required=True),
        text("item", "The offer, campaign or other thing that the score is about; null for none."),
        text("analysis", "The analysis that gave it.", required=True),
        text("measure", "Which of the analysis' measures it is.", required=True),
        number("value", "The score, in the measure's unit; null where it cannot be known."),
        _LOW,
        _HIGH,
        number(
            "interval", "The percentage that the interval is meant to hold, for example 80; null where there is none."
        ),
        number("percentile", "The place among all subjects, 0 (lowest) to 100; equal scores have equal places."),
        _AS_OF,
        text("model_version", "The fitted model that gave it; null where there is no model."),
    ),
    key=("subject", "subject_id", "item", "analysis", "measure", "as_of"),
    time="as_of",
    captured=False,
)

SEGMENT = Contract(
    name="segment",
    grain="one customer's place in one segmentation, as of a date",
    columns=(
        text("customer_key", "The customer.", required=True),
        text("segmentation", "The way of grouping, for example rfm.", required=True),
        text("segment", "The group.", required=True),
        _AS_OF,
    ),
    key=("customer_key", "segmentation", "as_of"),
    time="as_of",
    captured=False,
)

DECISION = Contract(
    name="decision",
    grain="what one policy wants to do with one customer, as of a date",
    columns=(
        text("decision_id", "The decision's number.", required=True),
        text("customer_key", "The customer.", required=True),
        text("policy", "The policy that decided.", required=True),
        text("action", "The action that was chosen.", required=True),
        text("reason", "The rule that matched, with the values that made it match."),
        text("runner_up", "The action that came second; null for none."),
        money("expected_profit", "What the action is expected to bring; null where not known."),
        text("model_version", "The fitted models whose scores were used."),
        _AS_OF,
    ),
    key=("decision_id",),
    time="as_of",
    captured=False,
)

TREATMENT = Contract(
    name="treatment",
    grain="one assignment that Regulars launched; held-out customers have a row too",
    columns=(
        text("message_id", "The assignment's number.", required=True),
        text("campaign_id", "The campaign.", required=True),
        text("customer_key", "Who was assigned.", required=True),
        text("decision_id", "The decision behind it; null for none."),
        text("arm", "`treated`, `control` or the arm's name.", required=True),
        number("propensity", "The probability, 0 to 1, with which this arm was drawn.", required=True),
        text("offer_id", "What is offered; null for nothing, as in `control`."),
        text("channel", "Through which channel; null for none."),
        instant("assigned_at", "When the customer was assigned; outcomes count from here.", required=True),
        instant("sent_at", "When the sink took it; null where it was not sent."),
        text("receipt", "The sink's receipt; null where it was not sent."),
        text("error", "Why the sink refused it; null where it did not."),
    ),
    key=("message_id",),
    time="assigned_at",
    load=Load.UPSERT,
    captured=False,
)

FORECAST = Contract(
    name="forecast",
    grain="one expected figure of a node in a coming period",
    columns=(
        text("node", "The member that is forecast, for example Bakery; `total` for the whole.", required=True),
        text("node_level", "The member's dimension, for example department; `total` for the whole.", required=True),
        text("period", "The coming period as an ISO text: 2024-03-31, 2024-W13, 2024-03.", required=True),
        text("measure", "The metric.", required=True),
        number("value", "The expected figure, in the metric's unit."),
        _LOW,
        _HIGH,
        _AS_OF,
    ),
    key=("node", "node_level", "period", "measure", "as_of"),
    time="as_of",
    captured=False,
)

RUN = Contract(
    name="run",
    grain="one execution of one step",
    columns=(
        text("step", "The step, for example score value.", required=True),
        instant("started_at", "When it began.", required=True),
        instant("ended_at", "When it ended; null while it runs."),
        texts("reads", "The tables that it read, separated by a space."),
        texts("writes", "The tables that it wrote, separated by a space."),
        integer("rows", "How many rows it wrote."),
        text("fingerprint", "A hash of all that the result depends on; equal means nothing to redo."),
        text("snapshot", "The warehouse's snapshot that it read."),
        text("status", "running, done or failed.", required=True),
    ),
    key=("step", "started_at"),
    time="started_at",
    captured=False,
)

BATCH = Contract(
    name="batch",
    grain="one file (or pull) taken in for one contract",
    columns=(
        text("batch", "The batch's number.", required=True),
        text("source", "The source.", required=True),
        text("contract", "The contract that the rows were mapped to.", required=True),
        text("file", "The file, as the source names it."),
        text("sha256", "The hash of the file's original bytes."),
        integer("read", "Rows read: loaded + duplicate + superseded + skipped + quarantined.", required=True),
        integer("loaded", "Rows that are new or newer.", required=True),
        integer("duplicate", "Rows that were there already, with the same content.", required=True),
        integer("superseded", "Rows that were older than what is there or in the same file.", required=True),
        integer("skipped", "Rows that the mapping's `where` leaves out.", required=True),
        integer("quarantined", "Rows that were set aside.", required=True),
        flag("held", "Whether the whole file waits for a person; a held file has read nothing yet.", required=True),
        text("reason", "Why the file is held; null where it is not."),
    ),
    key=("batch",),
    captured=False,
)

VALUE_CHANGE = Contract(
    name="value_change",
    grain="a descriptive value that was set to null although its row was loaded",
    columns=(
        text("batch", "The batch that read it.", required=True),
        text("contract", "The row's contract.", required=True),
        text("key", "The row's key, its parts separated by a space.", required=True),
        text("column", "The column that was set to null.", required=True),
        text("raw", "The value as it was written."),
        text("reason", "Why, from the closed list of reasons.", required=True),
    ),
    key=("batch", "contract", "key", "column"),
    captured=False,
)

CARD = Contract(
    name="card",
    grain="the model card of one fitted model",
    columns=(
        text("analysis", "The analysis.", required=True),
        text("model_version", "The fitted model.", required=True),
        _AS_OF,
        flag("passed", "Whether the backtest passed; only then its scores may act.", required=True),
        text("why", "Why it passed or did not, in one sentence."),
        text("body", "The whole card as JSON.", required=True),
    ),
    key=("analysis", "model_version"),
    time="as_of",
    captured=False,
)

JUNK = Contract(
    name="junk",
    grain="one reason why a captured row is left out of figures, or was kept in them by a person",
    columns=(
        text("contract", "The marked row's contract.", required=True),
        text("source", "The marked row's source.", required=True),
        text("key", "The marked row's key, its parts separated by a space.", required=True),
        text("rule", "The rule that marked it: a name under `[junk]`, or `by hand`.", required=True),
        text("reason", "Why it is junk, or why it was kept, in words."),
        text("state", "junk, or kept: a person has said that the row counts, whatever rules say.", required=True),
        instant("at", "When it was marked.", required=True),
    ),
    key=("contract", "source", "key", "rule"),
    load=Load.UPSERT,
    captured=False,
)

QUALITY = Contract(
    name="quality",
    grain="one check of one contract and source, at one run of `check`",
    columns=(
        text("contract", "What was checked.", required=True),
        text("source", "Whose rows were checked.", required=True),
        text(
            "dimension",
            "What about them: completeness, validity, uniqueness, timeliness, consistency or references.",
            required=True,
        ),
        text("column", "The id column, for references; null for the others."),
        instant("checked_at", "When the check ran.", required=True),
        integer("passed", "How many of the tested passed."),
        integer("tested", "How many values, rows, ids or feeds were tested."),
        number("share", "passed / tested; null where nothing could be tested."),
        number("threshold", "The share from which the check passes."),
        flag("ok", "Whether it passed.", required=True),
        text("why", "What is wrong, in words; empty where nothing is."),
        texts("columns", "The columns at fault, separated by a space; empty where the fault touches all of them."),
        texts("metrics", "The metrics that a failing check touches, separated by a space."),
        texts("dimensions", "The dimensions that a failing check touches, separated by a space."),
    ),
    key=("contract", "source", "dimension", "column", "checked_at"),
    captured=False,
)

ERASURE = Contract(
    name="erasure",
    grain="one table or file from which a person was erased",
    columns=(
        text("erasure_id", "The erasure's number, which is also its certificate's.", required=True),
        text(
            "subject", "Who was erased: a keyed hash, which says nothing without the project's secret.", required=True
        ),
        text("why", "asked, retention, or restored from an older backup.", required=True),
        text(
            "what",
            "tables, files (landed or delivered), written (tables and lists written out) or answers.",
            required=True,
        ),
        text("name", "The table or file.", required=True),
        integer("rows", "How many rows or records.", required=True),
        text(
            "facts", "keep: rows that carry money stay, cut from the person; delete: they are gone too.", required=True
        ),
        instant("asked_at", "When it was asked for.", required=True),
        instant("done_at", "When it was done.", required=True),
    ),
    key=("erasure_id", "what", "name"),
    time="done_at",
    captured=False,
)
