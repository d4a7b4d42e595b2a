"""Which pairs of records are worth a look? Those that share a block, and no block is large.

Each rule is a few columns that must be equal. A rule's blocks are used from the smallest up, as long as the pairs that
they make stay within a budget: a rare family name is a reason to look, `smith` is not. Values that too many records share
have been left out of the records before.
"""

from __future__ import annotations

from collections.abc import Collection

__all__ = ["block", "budget", "largest_sql", "pairs_sql", "rules", "strict_rules", "training_rules"]

_RULES = (
    "email",
    "phone",
    "given_name family_name",
    "family_name birth_date",
    "given_name birth_date",
    "birth_date postcode",
    "family_name postcode",
    "given_name postcode house_number",
    "street house_number",
    "postcode house_number",
    "company postcode",
    "company city",
    "company family_name",
    "given_name city",
    "birth_date",
    "family_name",
    "given_name",
    "company",
    "street",
    "postcode",
)
_STRICT = (
    "email",
    "phone given_name",
    "given_name family_name birth_date",
    "given_name family_name postcode",
    "given_name family_name street",
    "company postcode",
    "company city street",
)
_TRAINING = (
    "email",
    "phone",
    "birth_date",
    "given_name family_name",
    "postcode",
    "family_name",
    "street house_number",
    "company",
    "city family_name",
    "given_name",
)


def _possible(listed: tuple[str, ...], columns: Collection[str], *, numbers: Collection[str]) -> list[tuple[str, ...]]:
    own = [(each,) for each in sorted(numbers)]
    return own + [tuple(each.split()) for each in listed if set(each.split()) <= set(columns)]


def rules(columns: Collection[str], numbers: Collection[str] = ()) -> list[tuple[str, ...]]:
    """The rules that records with these columns allow; `numbers` are columns of unique values.

    >>> rules(["email", "postcode"], ["attr_card"])
    [('attr_card',), ('email',), ('postcode',)]
    """
    return _possible(_RULES, columns, numbers=numbers)


def strict_rules(columns: Collection[str], numbers: Collection[str] = ()) -> list[tuple[str, ...]]:
    """Columns that hardly two people share all of: what they find is a first guess of how many pairs match."""
    return _possible(_STRICT, columns, numbers=numbers)


def training_rules(columns: Collection[str], numbers: Collection[str] = ()) -> list[tuple[str, ...]]:
    """Rules under which a model learns what matches look like in the columns that the rule does not name."""
    return _possible(_TRAINING, columns, numbers=numbers)


def block(rule: tuple[str, ...], side: str = "") -> str:
    """The rule's key in SQL, null where a column is.

    >>> block(("city", "email"), "l.")
    'l."city" || chr(31) || l."email"'
    """
    return " || chr(31) || ".join(side + '"' + each.replace('"', '""') + '"' for each in rule)


def budget(rule: tuple[str, ...], count: int) -> int:
    """How many pairs a rule may bring among `count` records: a single descriptive column brings only its rarest values.

    >>> budget(("family_name",), 1_000_000), budget(("family_name", "birth_date"), 1_000_000)
    (300000, 3100000)
    """
    broad = len(rule) == 1 and rule[0] in _BROAD
    return min(12 * count, 50_000 + count // 4) if broad else 3 * count + 100_000


_BROAD = frozenset({"birth_date", "family_name", "given_name", "company", "street", "postcode"})


def largest_sql(table: str, rule: tuple[str, ...], *, most: int) -> str:
    """The size of the largest block that is used: from the smallest up, as long as their pairs stay within `most`."""
    sizes = f"SELECT count(*) AS n FROM {table} WHERE {block(rule)} IS NOT NULL GROUP BY {block(rule)} HAVING n > 1"
    pairs = f"SELECT n, sum(n * (n - 1) // 2) AS pairs FROM ({sizes}) GROUP BY n"
    upto = f"SELECT n, sum(pairs) OVER (ORDER BY n) AS upto FROM ({pairs})"
    return f"SELECT coalesce(max(n), 0) FROM ({upto}) WHERE upto <= {most}"


def pairs_sql(table: str, rule: tuple[str, ...], *, largest: int, fresh: str | None = None) -> str:
    """Pairs (a, b), a < b, that share a block of at most `largest` records; with `fresh`, those of that table's records."""
    keyed = f"SELECT n, {block(rule)} AS key FROM {table} WHERE {block(rule)} IS NOT NULL"
    if fresh is None:
        used = f"SELECT key FROM ({keyed}) GROUP BY key HAVING count(*) BETWEEN 2 AND {largest}"
        inside = f"SELECT n, key FROM ({keyed}) SEMI JOIN ({used}) USING (key)"
        return f"SELECT l.n AS a, r.n AS b FROM ({inside}) l JOIN ({inside}) r ON l.key = r.key AND l.n < r.n"
    new = f"SELECT n, key FROM ({keyed}) SEMI JOIN {fresh} USING (n)"
    near = f"SELECT n, key FROM ({keyed}) SEMI JOIN ({new}) USING (key)"
    used = f"SELECT key FROM ({near}) GROUP BY key HAVING count(*) BETWEEN 2 AND {largest}"
    return (
        f"SELECT least(l.n, r.n) AS a, greatest(l.n, r.n) AS b FROM (SELECT * FROM ({new}) SEMI JOIN ({used}) USING (key)) l "
        f"JOIN ({near}) r ON l.key = r.key AND l.n <> r.n"
    )
