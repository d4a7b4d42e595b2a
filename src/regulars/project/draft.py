"""A proposal as the text of `regulars.toml`: what the files prove as settings, the reasons beside them, and the questions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from regulars.capture.propose import Proposal, SourceDraft, TableDraft, Unknown

__all__ = ["draft"]

# The business zone and the country of phone numbers that a language of the headers suggests; said to be a guess.
_HOMES = {"de": ("Europe/Berlin", "DE"), "nl": ("Europe/Amsterdam", "NL"), "fr": ("Europe/Paris", "FR")}
_LANGUAGES = {"de": "German", "nl": "Dutch", "fr": "French"}
_ORDER = ("encoding", "delimiter", "decimal", "thousands", "dates", "nulls")
_SENT = ("email", "given_name", "family_name", "name", "company", "phone", "street", "house_number", "postcode", "city")
_WIDTH = 110


def draft(proposal: Proposal, name: str) -> str:
    """The text of a `regulars.toml` that loads as it is.

    Args:
        proposal: what was found in the files.
        name: the project's name.
    """
    lines = [*_head(proposal, name), *_sources(proposal), *_identity(proposal), *_loop(proposal)]
    return "\n".join(lines) + "\n"


def _head(proposal: Proposal, name: str) -> Iterator[str]:
    count = sum(1 for _ in _questions(proposal))
    yield f"# Proposed from your files. {_plural(count)} marked with '# ?': look at them, then: regulars capture"
    yield ""
    yield "[project]"
    yield f"name = {_text(name)}"
    if proposal.currency:
        yield f"currency = {_text(proposal.currency)}  # the files say so"
    else:
        yield 'currency = "EUR"  # ? no file names a currency'
    zone = _HOMES.get(proposal.language or "", ("", ""))[0]
    if zone:
        yield f"timezone = {_text(zone)}  # ? a guess, because the headers are {_LANGUAGES[str(proposal.language)]}"
    else:
        yield 'timezone = "UTC"  # ? the time zone of your business days, for example "Europe/Berlin"'


def _plural(count: int) -> str:
    return "One line is" if count == 1 else f"{count} lines are"


def _questions(proposal: Proposal) -> Iterator[str]:
    yield "timezone"
    yield from () if proposal.currency else ("currency",)
    for source in proposal.sources:
        yield from source.locale.questions
        for table in source.tables:
            yield from table.questions
    for each in proposal.unknown:
        yield from (each.file, *each.questions)
    if _lacks_cost(proposal):
        yield "default_margin"


def _sources(proposal: Proposal) -> Iterator[str]:
    for source in proposal.sources:
        yield from _source(source)
    for each in proposal.unknown:
        yield from _unknown(each)


def _source(source: SourceDraft) -> Iterator[str]:
    yield ""
    yield f"[sources.{source.name}]"
    yield 'kind = "files"'
    values, reasons = source.locale.values, source.locale.reasons
    for key in _ORDER:
        if key in values:
            yield f"{key} = {_value(values[key])}  # {_line(reasons.get(key, ''))}".rstrip(" #")
    for question in source.locale.questions:
        yield f"# ? {_line(question)}"
    for table in source.tables:
        yield from _table(source, table)


def _table(source: SourceDraft, table: TableDraft) -> Iterator[str]:
    yield ""
    yield f"[[sources.{source.name}.tables]]"
    for reason in table.reasons:
        yield f"# {_line(reason)}"
    for question in table.questions:
        yield f"# ? {_line(question)}"
    yield f"contract = {_text(table.contract)}"
    yield f"from = {_text(table.pattern)}"
    columns = f"columns = {_mapping(table.columns)}"
    yield from [columns] if len(columns) <= _WIDTH else []
    if table.attributes:
        yield f"attributes = {_value(table.attributes)}  # kept by their names; take out what nobody needs"
    if table.where:
        yield f"where = {_text(table.where)}"
    if table.refs:
        yield f"refs = {_mapping(table.refs)}"
    if table.version:
        yield f"version = {_text(table.version)}  # the later copy of a customer counts"
    if len(columns) > _WIDTH:
        yield f"[sources.{source.name}.tables.columns]"
        yield from (f"{name} = {_value(raw)}" for name, raw in table.columns.items())


def _unknown(each: Unknown) -> Iterator[str]:
    yield ""
    yield f"# ? {_line(each.file)} fits no contract. The nearest is {each.contract}; it lacks {', '.join(each.lacking)}."
    yield from (f"# ? {_line(question)}" for question in each.questions)
    yield f"# Its columns: {_line(', '.join(each.columns))}."
    yield "# Name a contract and map those columns to take it in, or leave the file out."


def _identity(proposal: Proposal) -> Iterator[str]:
    keys = [key for key in ("email", "phone") if _has(proposal, "customer", column=key)]
    if not keys:
        return
    yield ""
    yield "[identity]"
    yield f"keys = {_value(keys)}  # equal after standardising = the same customer"
    if "phone" in keys:
        country = _HOMES.get(proposal.language or "", ("", "DE"))[1]
        yield f"{'' if proposal.language else '# '}country = {_text(country)}  # of phone numbers without one"


def _has(proposal: Proposal, contract: str, *, column: str) -> bool:
    return any(t.contract == contract and column in t.columns for source in proposal.sources for t in source.tables)


def _lacks_cost(proposal: Proposal) -> bool:
    return proposal.source_of("order_line") is not None and not _has(proposal, "order_line", column="cost_amount")


def _loop(proposal: Proposal) -> Iterator[str]:
    if _lacks_cost(proposal):
        yield ""
        yield "[profit]"
        yield "default_margin = 0.30  # ? an assumption, because no order line has a cost; every figure on it says so"
    home = proposal.source_of("customer") or proposal.source_of("order_line")
    if home is None or not _has(proposal, "order_line", column="customer_id"):
        return
    mine = proposal.source_of("customer")
    tables = [t for t in mine.tables if t.contract == "customer"] if mine else []
    columns = [name for name in _SENT if any(name in t.columns for t in tables)]
    reach = " and not (email is null)" if "email" in columns else ""
    yield from _LOOP.format(reach=reach).splitlines()
    yield f"id_of = {_text(home.name)}  # customers are named by that source's own ids"
    yield f"columns = {_value(columns)}"


_LOOP = """
# One action for each customer; the first match wins. Then: regulars score value, regulars decide care
[policies.care]
invest = "value.percentile >= 80"
leave = "value.percentile < 20"
average = "otherwise"

# Then: regulars plan thanks, regulars launch thanks; after the window: regulars effect thanks
[campaigns.thanks]
audience = "value.percentile >= 50{reach}"
offer = "thank-you"
channel = "email"
holdout = 0.2  # left alone at random: they show what the campaign changed
cost_per_contact = 0.50
window = "28d"
sink = "list"

[sinks.list]
kind = "files"
path = "out/\""""


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _line(value: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in value)


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    return _text(str(value))


def _mapping(values: Mapping[str, object]) -> str:
    # TOML 1.0 keeps an inline table on one line; however long it is, it stays one.
    return "{ " + ", ".join(f"{key} = {_value(each)}" for key, each in values.items()) + " }"
