"""How the text of one value becomes a number or a flag, as DuckDB SQL over an already trimmed expression.

Every reading has three strengths: `fast` tells the common canonical form, NULL for all others; `sure` reads it without
looking, for columns where every value was found fast; `value` reads all that is accepted. `reason` says what is wrong
where `value` is NULL. Decimals are rounded half to even.
"""

from __future__ import annotations

from dataclasses import dataclass

from regulars.capture.dialect import Dialect
from regulars.capture.reason import Reason
from regulars.capture.sql import case, text, texts
from regulars.contracts.model import Kind

__all__ = ["PLAIN", "Reading", "canonical", "coded", "flag", "number", "number_pattern", "passed", "undeclared"]

PLAIN = Dialect(declared=frozenset({"decimal", "thousands", "dates"}))  # of values that have a type already
_BLANKS = "[ \u00a0\u202f\u2009]"
_SYMBOL = "[€$£¥]"
_TRUE = ("true", "t", "1", "yes", "y", "ja", "j", "oui", "o", "wahr", "x")
_FALSE = ("false", "f", "0", "no", "n", "nein", "nee", "non", "falsch")
_DECIMALS = {Kind.MONEY: 4, Kind.QUANTITY: 3}


@dataclass(frozen=True, slots=True)
class Reading:
    """SQL of one value under one reading; `raw` is the trimmed text, NULL for nothing."""

    raw: str
    fast: str
    sure: str
    value: str
    reason: str


def passed(raw: str, kind: str = "VARCHAR") -> Reading:
    """A text as it is, or a value that needs no reading."""
    value = raw if kind == "VARCHAR" else f"CAST({raw} AS {kind})"
    return Reading(raw, value, value, value, "NULL")


def coded(raw: str) -> Reading:
    """An id or a telephone number: a text as it is, but not a number that a spreadsheet has shortened."""
    shortened = f"regexp_full_match({raw}, '[0-9]([.,][0-9]+)?E[+][0-9]{{1,2}}')"
    fast = case([(f"NOT contains({raw}, 'E+')", raw)])
    return Reading(raw, fast, raw, case([(shortened, "CAST(NULL AS VARCHAR)")], raw), text(Reason.DIGITS_LOST))


def number_pattern(decimal: str, thousands: str | None) -> str:
    r"""The regular expression of a number under a locale, without signs of currency.

    >>> number_pattern(".", None)
    '[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]{1,3})?'
    """
    point = f"[{decimal}]"
    if not thousands:
        return f"[+-]?([0-9]+({point}[0-9]*)?|{point}[0-9]+)([eE][+-]?[0-9]{{1,3}})?"
    mark = _mark(thousands)
    whole = f"([1-9][0-9]{{0,2}}({mark}[0-9]{{3}})+|[0-9]+)"
    return f"[+-]?({whole}({point}[0-9]*)?|{point}[0-9]+)([eE][+-]?[0-9]{{1,3}})?"


def _mark(thousands: str) -> str:
    return {" ": _BLANKS, "'": "['\u2019]"}.get(thousands, f"[{thousands}]")


def number(raw: str, kind: Kind, *, dialect: Dialect) -> Reading:
    """A money, quantity, number or integer value.

    Args:
        raw: SQL of the trimmed text.
        kind: MONEY and QUANTITY become decimals rounded half to even, NUMBER a float, INTEGER a whole number.
        dialect: its `decimal` and `thousands`.
    """
    pattern = number_pattern(dialect.decimal, dialect.thousands)
    bare = _without_symbol(raw)
    plain = _plain(bare, dialect)
    shaped = f"regexp_full_match({bare}, {text(pattern)})"
    value = case([(shaped, _typed(plain, kind))])
    sure = _sure(raw, kind, dialect=dialect)
    # The few values beyond the common form pay for the long way, not all.
    both = case([(f"regexp_full_match({raw}, {text(canonical(kind, dialect))})", sure)], value)
    return Reading(
        raw, _level(raw, kind, dialect=dialect), sure, both, _number_reason(raw, bare, pattern=pattern, kind=kind)
    )


def undeclared(kind: Kind, dialect: Dialect) -> bool:
    """Whether three decimals may be a group of thousands: numbers of a source that declares neither mark.

    >>> undeclared(Kind.MONEY, Dialect()), undeclared(Kind.NUMBER, Dialect()), undeclared(Kind.MONEY, PLAIN)
    (True, True, False)
    """
    return kind in _SQL_TYPES and not {"decimal", "thousands"} & dialect.declared


def canonical(kind: Kind, dialect: Dialect, *, most: int | None = None) -> str:
    """The regular expression of the common form of a number, which a plain cast reads exactly.

    Args:
        kind: as for `number`.
        dialect: its `decimal`.
        most: decimals at most; by default as many as the kind keeps.

    >>> canonical(Kind.MONEY, Dialect())
    '[+-]?[0-9]{1,14}([.][0-9]{1,4})?'
    """
    if kind is Kind.INTEGER:
        return "[+-]?[0-9]{1,18}"
    digits = most or _DECIMALS.get(kind, 30)
    return f"[+-]?[0-9]{{1,14}}([{dialect.decimal}][0-9]{{1,{digits}}})?"


def _level(raw: str, kind: Kind, *, dialect: Dialect) -> str:
    # 1: common, but perhaps a group of thousands; 2: common; 3: shows that the point is the decimal mark.
    common = f"regexp_full_match({raw}, {text(canonical(kind, dialect))})"
    if not undeclared(kind, dialect):
        return case([(common, "2")])
    digits = {Kind.MONEY: "[0-9]{1,2}|[0-9]{4}", Kind.NUMBER: "[0-9]{1,2}|[0-9]{4,30}"}.get(kind, "[0-9]{1,2}")
    clear = f"regexp_full_match({raw}, '[+-]?[0-9]{{1,14}}([.]({digits}))?')"
    return case([(clear, case([(f"contains({raw}, '.')", "3")], "2")), (common, "1")])


def _without_symbol(raw: str) -> str:
    lead = f"regexp_replace({raw}, '^([+-]?) ?{_SYMBOL} ?', '\\1')"
    return case([(f"regexp_matches({raw}, '{_SYMBOL}')", f"regexp_replace({lead}, ' ?{_SYMBOL}$', '')")], raw)


def _plain(value: str, dialect: Dialect) -> str:
    if dialect.thousands in (" ", "'"):
        value = f"regexp_replace({value}, {text(_mark(dialect.thousands))}, '', 'g')"
    elif dialect.thousands:
        value = f"replace({value}, {text(dialect.thousands)}, '')"
    return value if dialect.decimal == "." else f"replace({value}, ',', '.')"


def _sure(raw: str, kind: Kind, *, dialect: Dialect) -> str:
    plain = raw if dialect.decimal == "." else f"replace({raw}, ',', '.')"
    if kind is Kind.INTEGER:
        return f"try_cast({raw} AS BIGINT)"
    return f"try_cast({plain} AS {_SQL_TYPES[kind]})"


_SQL_TYPES = {Kind.MONEY: "DECIMAL(18,4)", Kind.QUANTITY: "DECIMAL(18,3)", Kind.NUMBER: "DOUBLE"}


def _typed(plain: str, kind: Kind) -> str:
    if kind is Kind.NUMBER:
        return case([(f"isfinite(try_cast({plain} AS DOUBLE))", f"try_cast({plain} AS DOUBLE)")])
    if kind is Kind.INTEGER:
        exact = f"try_cast({plain} AS DECIMAL(38,12))"
        return case([(f"{exact} = round({exact}, 0)", f"try_cast({exact} AS BIGINT)")])
    return f"try_cast({_half_even(plain, _DECIMALS[kind])} AS {_SQL_TYPES[kind]})"


def _half_even(plain: str, scale: int) -> str:
    exact = f"try_cast({plain} AS DECIMAL(30,12))"
    near = f"round({exact}, {scale})"
    odd = f"try_cast({near} * {10**scale} AS HUGEINT) % 2 <> 0"
    tie = f"abs({exact} - {near}) = 0.{'0' * scale}5"
    step = f"CAST(sign({exact}) AS DECIMAL(2,0)) * 0.{'0' * (scale - 1)}1"
    return case([(f"{tie} AND {odd}", f"{near} - {step}")], near)


def _number_reason(raw: str, bare: str, *, pattern: str, kind: Kind) -> str:
    low = f"lower({raw})"
    arms = [
        (f"regexp_full_match({low}, '[+-]?(nan|inf|infinity)')", Reason.NOT_FINITE),
        (f"regexp_full_match({raw}, '[0-9][0-9.,]*[ ]?-')", Reason.TRAILING_MINUS),
        (f"regexp_full_match({raw}, '[(].*[0-9].*[)]')", Reason.PARENTHESES),
        (f"regexp_full_match({raw}, '.*[0-9] ?%')", Reason.PERCENT),
    ]
    if kind is Kind.INTEGER:
        arms.append((f"regexp_full_match({bare}, '[+-]?[0-9]*[.,][0-9]*')", Reason.NOT_AN_INTEGER))
    arms += [
        (f"regexp_full_match({bare}, {text(pattern)})", Reason.OUT_OF_RANGE),
        (
            f"regexp_matches({raw}, '{_SYMBOL}') OR regexp_matches({raw}, '^[A-Z]{{3}} ?[0-9]|[0-9] ?[A-Z]{{3}}$')",
            Reason.CURRENCY_SYMBOL,
        ),
        (f"regexp_full_match({bare}, '[+-]?[0-9][0-9.,'' \u00a0\u202f\u2019]*')", Reason.WRONG_SEPARATOR),
    ]
    return case([(condition, text(reason)) for condition, reason in arms], text(Reason.NOT_A_NUMBER))


def flag(raw: str) -> Reading:
    """A yes or no, in English, German, Dutch and French words."""
    low = f"lower({raw})"
    value = case(
        [(f"{low} IN {texts(_TRUE)}", "true"), (f"{low} IN {texts(_FALSE)}", "false")], "CAST(NULL AS BOOLEAN)"
    )
    return Reading(raw, value, value, value, text(Reason.NOT_A_FLAG))
