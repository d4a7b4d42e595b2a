"""A network address cut at the door, as DuckDB SQL: what `govern.address.shortened` says, for a column of millions."""

from __future__ import annotations

__all__ = ["shortened_sql"]

_QUAD = "([0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3})[.][0-9]{1,3}"


def shortened_sql(value: str) -> str:
    """SQL of a text of addresses, each cut to its network; NULL stays NULL."""
    quad = f"regexp_replace(a, '{_QUAD}', '\\1.0', 'g')"
    plain = "regexp_extract(lower(a), '^\\[?([0-9a-f:]+)', 1)"
    head, tail = f"split_part({plain}, '::', 1)", f"split_part({plain}, '::', 2)"
    left = f"CASE WHEN {head} = '' THEN []::VARCHAR[] ELSE string_split({head}, ':') END"
    right = f"CASE WHEN {tail} = '' THEN []::VARCHAR[] ELSE string_split({tail}, ':') END"
    missing = f"greatest(0, 8 - len({left}) - len({right}))"
    middle = (
        f"CASE WHEN contains({plain}, '::') THEN list_transform(range({missing}), lambda g: '0') ELSE []::VARCHAR[] END"
    )
    groups = f"list_slice(list_concat(list_concat({left}, {middle}), {right}), 1, 3)"
    short = f"list_transform({groups}, lambda g: CASE WHEN ltrim(g, '0') = '' THEN '0' ELSE ltrim(g, '0') END)"
    wide = "len(a) - len(replace(a, ':', '')) >= 2 AND NOT starts_with(lower(a), '::ffff:')"
    one = f"CASE WHEN {wide} THEN array_to_string({short}, ':') || '::' ELSE {quad} END"
    return (
        f"array_to_string(list_transform(list_transform(string_split({value}, ','), lambda a: trim(a)), "
        f"lambda a: {one}), ', ')"
    )
