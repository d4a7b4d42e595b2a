"""Every key of `regulars.toml`: its place, what it takes, its default and a sentence. The reference page is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["KEYS", "Key"]


@dataclass(frozen=True, slots=True)
class Key:
    """One key; `*` in its path stands for a name that the user gives, `[]` for each entry of a list of tables.

    `takes` is text, number, integer, flag, texts (a list), share (0 to 1), span (as "365d"), or any (checked by its room).
    """

    path: str
    takes: str
    says: str
    default: Any = None
    choices: tuple[str, ...] = ()


KEYS = (
    Key("project.name", "text", "The project's name; seeds the assignment of campaign arms.", "project"),
    Key("project.currency", "text", "The currency of reports, as ISO 4217.", "EUR"),
    Key("project.timezone", "text", "The time zone of business days.", "UTC"),
    Key("project.founded", "text", "The company's first day (YYYY-MM-DD): events before it are set aside."),
    Key("project.week_starts", "text", "The first day of a week.", "monday", ("monday", "sunday", "saturday")),
    Key("engine.kind", "text", "Where tables lie and questions run.", "duckdb", ("duckdb", "spark")),
    Key("engine.path", "text", "DuckDB's file, inside the project.", "warehouse.duckdb"),
    Key("engine.memory", "text", "DuckDB's memory limit.", "3GB"),
    Key("engine.threads", "integer", "DuckDB's threads.", 2),
    Key("engine.master", "text", "Spark's master: spark://host:7077 or local[*].", "local[2]"),
    Key("engine.remote", "text", "A Spark Connect server instead of a master: sc://host:15002."),
    Key("engine.warehouse", "text", "The lake's folder, which all workers reach.", "lake"),
    Key("engine.partitions", "integer", "Spark's shuffle partitions.", 8),
    Key("engine.settings", "any", "Further Spark settings, as a table of texts."),
    Key("sources.*.kind", "text", "How the source is read.", "files", ("files", "sql", "events", "dlt", "table")),
    Key("sources.*.trust", "integer", "The higher one wins when sources disagree on an attribute.", 1),
    Key("sources.*.simulated", "flag", "Its rows are made up; figures that touch them say so.", False),
    Key("sources.*.encoding", "text", "The text encoding; byte order marks are honoured.", "utf-8"),
    Key("sources.*.delimiter", "text", "The field delimiter; found out and proved on the whole file when not given."),
    Key("sources.*.decimal", "text", "The decimal sign.", "."),
    Key("sources.*.thousands", "text", "The thousands sign."),
    Key("sources.*.dates", "text", "iso, day-first, month-first, or a strptime format; proved on the whole file.", "iso"),
    Key("sources.*.timezone", "text", "The time zone of instants without an offset.", "the project's"),
    Key("sources.*.nulls", "texts", "Texts that mean nothing.", ("",)),
    Key("sources.*.url", "text", "Where an sql source is; secrets come from the environment as ${NAME}."),
    Key("sources.*.write_key", "any", "The key with which clients send events, as ${NAME}; a list while keys change."),
    Key("sources.*.origins", "texts", "Web sites whose pages may send events, as https://shop.example; none: every site.", ()),
    Key("sources.*.orders", "flag", "Order Completed events become order lines.", False),
    Key("sources.*.refs", "any", "Whose ids userId and product_id are: { customer_id = SOURCE }.", "this source's own"),
    Key("sources.*.capture_seconds", "integer", "How often a running server captures its events.", 60),
    Key("sources.*.module", "text", "The dlt source: package.module:name, from the project's folder or installed."),
    Key("sources.*.arguments", "any", "What the dlt source is called with; secrets as ${NAME}.", "nothing"),
    Key("sources.*.settle", "number", "Files younger than this many seconds are left for the next capture.", 0),
    Key("sources.*.endpoint", "text", "The address of an S3 store that is not Amazon's; else AWS_ENDPOINT_URL.", "Amazon's"),
    Key("sources.*.password", "text", "The password of an SFTP account, as ${NAME}."),
    Key("sources.*.key", "text", "The private key file of an SFTP account.", "those of the SSH agent"),
    Key("sources.*.passphrase", "text", "The passphrase of that key file, as ${NAME}."),
    Key("sources.*.host_key", "text", "The public key of an SFTP host: type and key, as in known_hosts.",
        "what known_hosts says"),
    Key("sources.*.tables[].contract", "text", "The contract that the table feeds."),
    Key("sources.*.tables[].from", "text", "Which files (a glob inside the project), table or select."),
    Key("sources.*.tables[].sheet", "any", "The sheet of a workbook, a list of them, or \"*\" for all.", "the first"),
    Key("sources.*.tables[].header", "integer", "The row of a workbook's header.", "found out"),
    Key("sources.*.tables[].columns", "any", "Contract column = file column, or { from, values }, { expr } or { key }."),
    Key("sources.*.tables[].constants", "any", "Contract column = a fixed value."),
    Key("sources.*.tables[].attributes", "texts", "Further columns, kept as named attributes."),
    Key("sources.*.tables[].where", "text", "A condition; rows that do not match are counted as skipped."),
    Key("sources.*.tables[].join", "any", "Further files joined to each row: [{ from, on }]."),
    Key("sources.*.tables[].fill", "any",
        "Columns that only the first row of a thing has, as an order's: { on = COLUMN, columns = [...] } fills the others."),
    Key("sources.*.tables[].refs", "any", "Whose ids a column holds: { customer_id = SOURCE }.", "this source's own"),
    Key("sources.*.tables[].load", "text", "How new files relate to old ones.", "the contract's",
        ("append", "upsert", "snapshot")),
    Key("sources.*.tables[].version", "text", "The column that says which copy of a key is the newer one."),
    Key("sources.*.tables[].cursor", "text", "sql: the column that grows with each change; only what lies behind is read."),
    Key("sources.*.tables[].overlap", "any", "How much before the cursor's last value is read again: a span or a number.",
        "1h or 1000"),
    Key("sources.*.tables[].known_at", "text", "When we knew a row: event, load or a column."),
    Key("sources.*.tables[].tax", "text", "Whether amounts include tax.", "excluded", ("excluded", "included")),
    Key("identity.keys", "texts", "Equal after standardising = the same customer.", ()),
    Key("identity.apart", "texts", "Different after standardising = never the same customer, unless a person says so.", ()),
    Key("identity.match", "text", "How records are matched.", "deterministic", ("deterministic", "probabilistic")),
    Key("identity.threshold", "share", "The match probability from which records are one customer.", 0.95),
    Key("identity.review", "share", "Pairs from this match probability up to the threshold wait for a person.", 0.5),
    Key("identity.attributes", "texts", "Further attributes that are compared, as the number of a card; when not given, those "
        "that look like one; [] for none."),
    Key("identity.seed", "integer", "The seed of the sample from which the matching learns chance agreement.", 1),
    Key("identity.survivorship.*", "text", "Which value of the attribute wins.", "trust",
        ("trust", "recency", "frequency")),
    Key("identity.max_share", "integer", "A key that more records than this share is not used.", 10),
    Key("identity.country", "text", "The country of phone numbers without one.", "DE"),
    Key("profit.default_margin", "share", "The margin where an order line has no cost; figures that rest on it say so."),
    Key("value.horizon", "span", "How far ahead a customer's value is counted.", "365d"),
    Key("value.discount_rate", "number", "The discount rate of a year.", 0.1),
    Key("churn.horizon", "span", "A customer who buys nothing for this long has left.", "90d"),
    Key("segments.migration", "span", "How far back the segment migration looks.", "91d"),
    Key("segments.*.where", "text", "A condition over attributes, scores and segments: a segment of its own."),
    Key("analyses.*.room", "text", "The room that answers the question."),
    Key("analyses.*.outcome", "text", "The outcome to be predicted, as a condition."),
    Key("analyses.*.horizon", "span", "How far ahead the outcome lies."),
    Key("analyses.*.protocol", "text", "How the room is judged.", "rolling", ("rolling", "cross-section")),
    Key("policies.*", "any", "Action = condition, in order; the first match wins; \"otherwise\" matches all."),
    Key("campaigns.*.audience", "text", "Who may be addressed, as a condition."),
    Key("campaigns.*.offer", "text", "The offer's id."),
    Key("campaigns.*.channel", "text", "Through which channel."),
    Key("campaigns.*.holdout", "share", "The share that is left alone, at random.", 0.1),
    Key("campaigns.*.arms", "any", "Several arms: { name = share }; the rest is the hold-out."),
    Key("campaigns.*.budget", "number", "What contacts may cost together."),
    Key("campaigns.*.cost_per_contact", "number", "What one contact costs.", 0),
    Key("campaigns.*.fixed_cost", "number", "What the campaign costs whatever its size.", 0),
    Key("campaigns.*.order", "text", "Which score decides who comes first when the budget does not reach all.", "value"),
    Key("campaigns.*.expected_response", "share", "The share of the addressed who are thought to respond because of it."),
    Key("campaigns.*.value_per_response", "number", "The margin that one such response is thought to bring."),
    Key("campaigns.*.window", "span", "Outcomes are counted for this long after assignment.", "28d"),
    Key("campaigns.*.purpose", "text", "What people must have agreed to, where consent is captured.", "the channel's"),
    Key("campaigns.*.sink", "text", "Where the treated are sent."),
    Key("sinks.*.kind", "text", "How it is delivered.", "files", ("files", "sql", "webhook", "sftp")),
    Key("sinks.*.path", "text", "The folder, inside the project.", "out/"),
    Key("sinks.*.format", "text", "The file format.", "csv", ("csv", "parquet")),
    Key("sinks.*.id_of", "text", "Customers are named by this source's ids."),
    Key("sinks.*.columns", "texts", "Attributes sent beside the id.", ()),
    Key("quality.delivery", "any", "When a delivery is held as strange: history, rows_low, rows_high, few, amount_sigmas, "
        "repeated, stale_days, reject_share, reject_rows."),
    Key("quality.*", "any", "Thresholds of `check`, by contract or dimension."),
    Key("junk.include", "flag", "Figures count rows that are marked as junk too.", False),
    Key("junk.*.contract", "text", "The table whose rows a rule marks; for customer, their facts too.", "order_line"),
    Key("junk.*.where", "text", "A condition over the table's columns: what matches is junk."),
    Key("junk.*.reason", "text", "Why it is junk, in words; answers count by it.", "the rule's name"),
    Key("junk.*.agents", "flag", "junk.bots: known crawlers by their user agent are junk.", True),
    Key("junk.*.per_minute", "integer", "junk.bots: a visitor with more events in a minute is junk that day; 0 = no rule.", 60),
    Key("junk.*.per_minute_ip", "integer", "junk.bots: the same of a whole network address; 0 = no rule.", 300),
    Key("limits.*", "any", "Contact caps."),
    Key("activity.window", "span", "A customer with a purchase in this window is active.", "365d"),
    Key("retention.*", "period", "How long rows of a table, landed files (`landing`), rows set aside (`quarantine`) "
        "or answers (`answers`) are kept: 400d, 12w, 6m, 2y or forever.", "forever; quarantine 90d, answers 1y"),
    Key("privacy.ip", "text", "Network addresses of visits are cut to /24 and /48 when they are typed, or kept whole.",
        "truncate", ("truncate", "keep")),
    Key("plans.*", "any", "Plans for the simulation."),
)  # fmt: skip
