"""What does a record look like once spelling is out of the way? The standard form of every column that is matched on.

One row for each row of `customer`: keys that are equal here are equal. A name written in one piece is taken apart.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from regulars.identity.person import split_name
from regulars.identity.standardise import standard_codes, standard_for

__all__ = ["needed", "standard_records"]

_NAMES = ("given_name", "family_name")


def needed(columns: Sequence[str], there: Sequence[str]) -> list[str]:
    """The columns of `customer` that the standard forms of `columns` are made from.

    >>> needed(["given_name", "email"], ["name", "given_name", "email", "country", "city"])
    ['country', 'email', 'given_name', 'name']
    """
    more = ["name"] if set(columns) & set(_NAMES) else []
    return sorted({name for name in (*columns, *more, "country") if name in there})


def standard_records(customer: pa.Table, columns: Sequence[str], *, country: str | None) -> pa.Table:
    """source, customer_id and the standard form of each of `columns`, as text; null where there is none.

    Args:
        customer: source, customer_id and columns that the forms are made from.
        columns: what is wanted; one that `customer` lacks is all null.
        country: for telephone numbers of records without a country.
    """
    whole = _split(customer) if set(columns) & set(_NAMES) and "name" in customer.column_names else customer
    places = _countries(whole, country)
    kept = {name: whole[name].cast(pa.string()) for name in ("source", "customer_id")}
    return pa.table(kept | {name: _form(whole, name, places=places) for name in columns})


def _form(customer: pa.Table, name: str, *, places: pa.ChunkedArray) -> pa.Array:
    if name not in customer.column_names:
        return pa.nulls(len(customer), pa.string())
    codes, forms = standard_codes(customer[name].cast(pa.string()), places, standard=standard_for(name))
    return pa.array(forms, pa.string()).take(pa.array(codes, mask=codes < 0))


def _countries(customer: pa.Table, country: str | None) -> pa.ChunkedArray:
    default = pa.scalar(country, pa.string())
    if "country" not in customer.column_names:
        return pa.chunked_array([pa.repeat(default, len(customer))])
    return pc.coalesce(customer["country"].cast(pa.string()), default)


def _split(customer: pa.Table) -> pa.Table:
    """Given and family name out of `name`, where the source gives neither."""
    coded = pc.dictionary_encode(customer["name"]).combine_chunks()
    halves = [split_name(each) for each in coded.dictionary.to_pylist()]
    own = [customer[each] if each in customer.column_names else None for each in _NAMES]
    bare = pa.chunked_array([pa.repeat(True, len(customer))])
    for column in own:
        bare = bare if column is None else pc.and_(bare, pc.is_null(column))
    for at, name in enumerate(_NAMES):
        guessed = pa.array([half[at] for half in halves], pa.string()).take(coded.indices)
        given = own[at]
        there = pa.nulls(len(customer), pa.string()) if given is None else given.cast(pa.string())
        column = pc.if_else(bare, guessed, there)
        place = customer.column_names.index(name) if name in customer.column_names else None
        customer = customer.append_column(name, column) if place is None else customer.set_column(place, name, column)
    return customer
