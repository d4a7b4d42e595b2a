"""What a case of the corpus is: a file that somebody might send, how it is mapped, and what must become of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

Row = Mapping[str, str | None]
LINE = 'columns = { order_id = "o", ordered_at = "t", net_amount = "n" }'
GOOD = (("A", "2024-01-05T10:00:00", "12.50"), ("B", "2024-01-06T00:00:00", "3.10"))


@dataclass(frozen=True)
class Fix:
    """What a person does about it: other settings, or a corrected file."""

    source: str | None = None
    table: str | None = None
    data: bytes | None = None


@dataclass(frozen=True)
class Case:
    """One case.

    Attributes:
        name: unique; the source that it is captured by bears it.
        group: the heading in the catalogue.
        data: the file's bytes.
        rows: what is loaded at first, column -> canonical text (instants ISO in UTC, amounts as decimals).
        read: rows read; None: as many as `rows`.
        counts: the other counts that are not 0.
        reasons: of the rows set aside, in the order of the file.
        held: words of the sentence that holds the file; then `rows` is empty.
        refused: words of the error, for a file that cannot be read as a whole.
        changed: columns whose value was set to null, with the reason.
        says: words of a note.
        fix: what mends it; None: there is nothing to mend.
        truth: what is loaded after the fix; None: `rows`.
    """

    name: str
    group: str
    data: bytes
    rows: Sequence[Row] = ()
    file: str = "a.csv"
    source: str = ""
    table: str = LINE
    contract: str = "order_line"
    read: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    reasons: Sequence[str] = ()
    held: str | None = None
    refused: str | None = None
    changed: Sequence[tuple[str, str]] = ()
    says: str | None = None
    fix: Fix | None = None
    truth: Sequence[Row] | None = None

    @property
    def wanted(self) -> dict[str, int]:
        """All counts."""
        counts = {"duplicate": 0, "superseded": 0, "skipped": 0, "quarantined": len(self.reasons), **self.counts}
        counts["loaded"] = counts.get("loaded", len(self.rows))
        read = self.read if self.read is not None else sum(counts.values())
        return {"read": read, **counts}

    @property
    def final(self) -> Sequence[Row]:
        """What is loaded in the end."""
        return self.rows if self.truth is None else self.truth

    def expected(self) -> dict[str, Any]:
        """What stands beside the file, as JSON."""
        plain = asdict(self)
        plain.pop("data")
        plain["fix"] = None if self.fix is None else {"source": self.fix.source, "table": self.fix.table}
        return plain | {"wanted": self.wanted}


def lines(*triples: tuple[str, str, str], **more: str) -> list[Row]:
    """Order lines by (order, instant, amount); `more` stands in each."""
    return [{"order_id": order, "ordered_at": when, "net_amount": amount, **more} for order, when, amount in triples]


GOODS = lines(*GOOD)


def csv(*rows: Sequence[str], sep: str = ",", end: str = "\n", head: str = "o,t,n", encoding: str = "utf-8") -> bytes:
    """A CSV file of rows as they are, under a header."""
    body = [sep.join(head.split(",")), *(sep.join(row) for row in rows)]
    return (end.join(body) + end).encode(encoding)


def with_good(*rows: Sequence[str], **how: Any) -> bytes:
    """The two good rows, then others."""
    return csv(*GOOD, *rows, **how)
