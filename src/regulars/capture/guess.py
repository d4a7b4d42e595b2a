"""Which contract does a file feed, and which of its columns are which? By their headers, checked against their values."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from regulars.capture.look import FORMATS, Column, Look
from regulars.capture.service_words import SERVICE
from regulars.capture.synonyms import PSEUDO, SYNONYMS, fold
from regulars.contracts.catalog import CONTRACTS
from regulars.contracts.model import Contract, Kind

__all__ = ["NUMERIC", "TEMPORAL", "Guess", "guess", "named", "nearly", "second"]

NUMERIC = (Kind.MONEY, Kind.QUANTITY, Kind.NUMBER, Kind.INTEGER)
TEMPORAL = (Kind.INSTANT, Kind.DAY)
_ENOUGH = 0.9  # the share of values that must have a column's form
_INSIDE = 45  # the score of a header that only holds a known word
_STAND_IN = 30


@dataclass(slots=True)
class Guess:
    """One table's mapping as far as headers and values tell.

    Attributes:
        contract: the contract's name.
        columns: contract column -> raw column.
        exprs: contract column -> an expression or key, as TOML would hold it.
        attributes: raw columns that are left over.
        where: which rows are meant, or None.
        score: how well it fits; only to be compared.
    """

    contract: str
    columns: dict[str, Column]
    exprs: dict[str, dict[str, object]] = field(default_factory=dict)
    attributes: list[str] = field(default_factory=list)
    where: str | None = None
    score: int = 0
    reasons: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    scores: dict[str, int] = field(default_factory=dict)

    def of_kinds(self, kinds: Collection[Kind]) -> list[Column]:
        """The raw columns that feed contract columns of these kinds."""
        contract = CONTRACTS[self.contract]
        found = [
            raw for name, raw in self.columns.items() if name not in PSEUDO and contract.column(name).kind in kinds
        ]
        prices = [raw for name, raw in self.columns.items() if name in PSEUDO]
        return found + prices if Kind.MONEY in kinds else found


def guess(look: Look) -> Guess | None:
    """The contract that fits the file best, with its columns; None where no contract gets all that it must have."""
    complete = [each for each in (_of(look, name) for name in SYNONYMS) if not _lacking(each)]
    best = max(complete, key=_weight, default=None)
    if best is not None:
        _leave_over(best, look)
    return best


def _weight(found: Guess) -> int:
    # A file with order numbers, days and amounts holds sales, however much it says of the customers beside them.
    sales = found.contract == "order_line" and "order_id" in found.columns
    return found.score + (1000 if sales else 0)


def nearly(look: Look) -> tuple[str, list[str]]:
    """The contract that comes nearest, and the columns that it lacks."""
    best = max((_of(look, name) for name in SYNONYMS), key=lambda each: each.score)
    return best.contract, _lacking(best)


def second(first: Guess, look: Look, *, contract: str) -> Guess | None:
    """A further table in the same file: the customers or products that stand beside each order line.

    Returns:
        A mapping of what `first` left over, or None where that says nothing of them but their number.
    """
    key = CONTRACTS[contract].key[0]
    if key not in first.columns:
        return None
    left = [column for column in look.columns if column.name in first.attributes]
    id_column = first.columns[key]
    found = _of(look, contract, among=left)
    found.columns = {key: id_column, **{name: raw for name, raw in found.columns.items() if name != key}}
    _mail_too(found, id_column)
    if _lacking(found) or len(found.columns) < (3 if contract == "customer" else 2):
        return None
    taken = {raw.name for raw in found.columns.values()}
    first.attributes = [name for name in first.attributes if name not in taken]
    if id_column.filled < look.records:
        found.where = f"{named(id_column.name)} is not null"
    found.reasons.append(f"each row of the {first.contract} file names its {contract} too")
    return found


def named(raw: str) -> str:
    """A raw column's name as an expression writes it.

    >>> named("Menge"), named("VK Preis")
    ('Menge', '"VK Preis"')
    """
    plain = raw.isidentifier() and raw.lower() not in ("and", "or", "not", "in", "is", "like", "case", "end", "null")
    return raw if plain else '"' + raw.replace('"', '""') + '"'


def _of(look: Look, contract: str, *, among: Sequence[Column] | None = None) -> Guess:
    usable = [each for each in (look.columns if among is None else among) if _usable(each, look)]
    found = Guess(contract, {})
    taken: set[int] = set()
    for score, name, raw, why in _ranked(contract, usable):
        if name not in found.columns and raw.position not in taken:
            found.columns[name] = raw
            found.scores[name] = score
            found.score += score
            taken.add(raw.position)
            if why:
                found.reasons.append(why)
    _settle(found)
    return found


def _usable(column: Column, look: Look) -> bool:
    return bool(column.name.strip()) and [each.name for each in look.columns].count(column.name) == 1


def _ranked(contract: str, columns: Sequence[Column]) -> list[tuple[int, str, Column, str]]:
    found = []
    for name, words in SYNONYMS[contract].items():
        kind = Kind.MONEY if name in PSEUDO else CONTRACTS[contract].column(name).kind
        for raw in columns:
            score, why = _score(name, raw, words=words)
            if score and _fits(name, kind, raw=raw) and not _no_key(contract, name, raw=raw):
                found.append((score, name, raw, why))
    return sorted(found, key=lambda each: (-each[0], each[2].position))


def _score(name: str, raw: Column, *, words: Mapping[int, str]) -> tuple[int, str]:
    header, inner = fold(raw.name), raw.name.rpartition(".")[2]
    headers = {header, fold(inner)} if len(inner) > 2 else {header}  # of nested JSON the last name counts too
    if fold(name) in headers:
        return 110, ""
    for score, listed in words.items():
        if headers & {fold(word) for word in listed.split()}:
            return score, ""
    if any(len(word) > 5 and word in header for word in map(fold, words.get(100, "").split())):
        return _INSIDE, f"{name}: the header {raw.name!r} holds a word for it"
    if name == "email" and raw.share("mail") >= _ENOUGH:
        return _INSIDE, f"email: the values of {raw.name!r} look like e-mail addresses"
    if name == "customer_id" and raw.share("mail") >= _ENOUGH:
        return (
            _STAND_IN,
            f"customer_id: there is no customer number; the e-mail address in {raw.name!r} stands in for it",
        )
    return 0, ""


def _fits(name: str, kind: Kind, *, raw: Column) -> bool:
    if not raw.filled:
        return name not in ("order_id", "ordered_at", "net_amount", "customer_id", "product_id")
    if kind in NUMERIC:
        return raw.share("number") >= _ENOUGH
    if kind in TEMPORAL:
        return max(raw.share("iso", "day", "month", "either"), *(raw.share(each) for each in FORMATS)) >= _ENOUGH
    return name != "email" or raw.share("mail") >= 0.5


def _no_key(contract: str, name: str, *, raw: Column) -> bool:
    """Whether a column cannot be what numbers the rows: its values stand in several of them."""
    keys = CONTRACTS[contract].key
    return contract in SERVICE and keys == (name,) and raw.distinct < _ENOUGH * raw.filled


def _settle(found: Guess) -> None:
    if found.contract == "order_line":
        _amount(found)
        _order(found)
    if found.contract == "customer":
        _person(found)


def _order(found: Guess) -> None:
    if "order_id" not in found.columns and {"customer_id", "ordered_at"} <= set(found.columns):
        found.exprs["order_id"] = {"key": ["customer_id", "ordered_at"]}
        found.questions.append(
            "No column is an order number: all lines of a customer at one time are taken as one order. "
            "Is there a better one?"
        )


def _person(found: Guess) -> None:
    columns = found.columns
    if "given_name" in columns and "name" in columns and "family_name" not in columns:
        columns["family_name"] = columns.pop("name")
        found.reasons.append(f"family_name: {columns['family_name'].name!r} stands beside a given name")
    if "customer_id" not in columns and "household_id" in columns:
        columns["customer_id"] = columns.pop("household_id")
        found.reasons.append("customer_id: the household is the customer")
    if "customer_id" in columns:
        _mail_too(found, columns["customer_id"])
    elif "email" in columns:
        columns["customer_id"] = columns["email"]
        found.questions.append("No column is a customer number: the e-mail address stands in for it.")


def _mail_too(found: Guess, id_column: Column) -> None:
    if found.contract == "customer" and "email" not in found.columns and id_column.share("mail") >= _ENOUGH:
        found.columns["email"] = id_column


def _amount(found: Guess) -> None:
    columns = found.columns
    price, gross, tax = columns.get("_price"), columns.get("_gross"), columns.get("tax_amount")
    if "net_amount" in columns:
        if found.scores.get("net_amount", 0) < 100:
            raw = columns["net_amount"].name
            found.questions.append(f"net_amount: {raw!r} does not say that it is without tax. If tax is in it: "
                                   f"net_amount = {{ expr = '{named(raw)} / 1.19' }} (with your rate).")  # fmt: skip
    elif gross and tax:
        found.exprs["net_amount"] = {"expr": f"{named(gross.name)} - {named(tax.name)}"}
        found.reasons.append("net_amount: the amount with tax less the tax")
    elif gross:
        columns["net_amount"] = gross
        found.questions.append(f"net_amount: {gross.name!r} says that tax is in it, and no column gives the tax. Write "
                               f"net_amount = {{ expr = '{named(gross.name)} / 1.19' }} (with your rate).")  # fmt: skip
    elif price and "quantity" in columns:
        found.exprs["net_amount"] = {"expr": f"{named(columns['quantity'].name)} * {named(price.name)}"}
        found.questions.append(f"net_amount: no column holds the line's amount; quantity * {price.name!r} is taken. "
                               "Is the price without tax, and after discounts?")  # fmt: skip


def _lacking(found: Guess) -> list[str]:
    contract: Contract = CONTRACTS[found.contract]
    given = {*found.columns, *found.exprs, "line_id"}
    return [column.name for column in contract.columns if column.required and column.name not in given]


def _leave_over(found: Guess, look: Look) -> None:
    in_use = {raw.name for name, raw in found.columns.items() if name not in PSEUDO}
    seen: set[str] = set()
    for column in look.columns:
        if column.name in in_use:
            continue
        if not _usable(column, look) or column.name.lower() in seen:
            ask = f"The column {column.name!r} has no name of its own: rename it in the header to use it."
            found.questions += [] if ask in found.questions else [ask]
        elif column.filled:
            seen.add(column.name.lower())
            found.attributes.append(column.name)
