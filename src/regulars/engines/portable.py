"""Expressions that must give the same answer on every engine, to the last digit: written once, here.

Money is rounded half to even by us, because engines disagree on the type and the rounding of decimal products; hashes are
ours, because an engine's `hash()` is its own secret. Everything takes and gives Ibis values.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

__all__ = ["hash_group", "hash_text", "money", "ratio", "rounded", "same"]

_HEX = "0123456789abcdef"
_TIE = 1e-6  # a fraction this near to one half counts as a tie: below it lies only the noise of binary floats


def money(value: ir.NumericValue) -> ir.DecimalValue:
    """An amount as DECIMAL(18, 4), rounded half to even; ends every stored money expression.

    Args:
        value: decimals or floats, up to 9e11 in size (beyond it a float no longer holds four decimals).

    >>> import ibis
    >>> con = ibis.duckdb.connect()
    >>> con.execute(money(ibis.literal(0.0333) * 1.5)), con.execute(money(ibis.literal(0.00045)))
    (Decimal('0.0500'), Decimal('0.0004'))
    """
    dtype = value.type()
    if dtype.is_decimal() and (dtype.scale or 0) <= 4:
        return value.cast("decimal(18, 4)")
    return (_half_even(value.cast("float64") * 10000.0) / 10000.0).cast("decimal(18, 4)")


def rounded(value: ir.NumericValue, digits: int) -> ir.FloatingValue:
    """A float rounded half to even at `digits` decimals: scores, before percentiles and policies see them.

    >>> import ibis
    >>> ibis.duckdb.connect().execute(rounded(ibis.literal(2.675000000001), 2))
    2.68
    """
    scale = 10.0**digits
    return _half_even(value.cast("float64") * scale) / scale


def _half_even(value: ir.FloatingValue) -> ir.FloatingValue:
    floor = value.floor().cast("float64")
    rest = value - floor
    odd = (floor / 2.0).floor().cast("float64") * 2.0 != floor
    up = (rest > 0.5 + _TIE) | ((rest >= 0.5 - _TIE) & odd)
    return floor + up.ifelse(1.0, 0.0)


def ratio(part: ir.NumericValue, whole: ir.NumericValue) -> ir.FloatingValue:
    """`part / whole` as float64; null where `whole` is 0.

    >>> import ibis
    >>> ibis.duckdb.connect().execute(ratio(ibis.literal(1), ibis.literal(4)))
    0.25
    """
    return part.cast("float64") / whole.cast("float64").nullif(0.0)


def hash_text(value: ir.StringValue, salt: str) -> ir.StringValue:
    """32 hexadecimal digits of `value` under `salt`: uniform, so a share is a comparison of texts.

    >>> import ibis
    >>> ibis.duckdb.connect().execute(hash_text(ibis.literal("c1"), "july"))
    'd172c622cd1596f13ed7466c6d7fe2e3'
    """
    return (ibis.literal(salt + "|") + value).hexdigest("md5")


def hash_group(value: ir.StringValue, salt: str = "group") -> ir.IntegerValue:
    """One of 64 groups, 0..63: the clusters of the delete-a-group jackknife.

    >>> import ibis
    >>> ibis.duckdb.connect().execute(hash_group(ibis.literal("c1")))
    22
    """
    digits = hash_text(value, salt)
    high = ibis.literal(_HEX).find(digits.substr(0, 1))
    low = ibis.literal(_HEX).find(digits.substr(1, 1))
    return (high * 4 + (low / 4).floor()).cast("int64")


def same(left: ir.Value, right: ir.Value) -> ir.BooleanValue:
    """Equal, where two nulls are equal too."""
    return left.identical_to(right)
