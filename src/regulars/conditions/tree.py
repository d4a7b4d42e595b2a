"""The tree that a condition or expression is read into: a closed set of small frozen nodes, and nothing else.

Names are only names here; what they stand for is decided by who compiles the tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

__all__ = [
    "Arithmetic",
    "Between",
    "Call",
    "Case",
    "Comparison",
    "In",
    "IsNull",
    "Like",
    "Literal",
    "Logic",
    "Name",
    "Negative",
    "Node",
    "Not",
    "children",
    "walk",
]


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a text, true, false or null."""

    value: int | float | str | bool | None


@dataclass(frozen=True, slots=True)
class Name:
    """A column, attribute, metric, score or segment; dots belong to the name."""

    name: str


@dataclass(frozen=True, slots=True)
class Negative:
    """`- value`."""

    value: Node


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`left operator right`, operator one of + - * /."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left operator right`, operator one of = <> < <= > >= (`!=` is read as `<>`)."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between:
    """`value [not] between low and high`, both ends included."""

    value: Node
    low: Node
    high: Node
    negated: bool = False


@dataclass(frozen=True, slots=True)
class In:
    """`value [not] in (item, ...)`."""

    value: Node
    items: tuple[Node, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Like:
    """`value [not] like 'pattern'`: % any text, _ one character, a backslash before either takes it as it is."""

    value: Node
    pattern: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class IsNull:
    """`value is [not] null`."""

    value: Node
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """`not condition`."""

    condition: Node


@dataclass(frozen=True, slots=True)
class Logic:
    """Two or more conditions joined by `and` or by `or`."""

    operator: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """`coalesce(...)` or `concat(...)`."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """`case when condition then value ... [else value] end`."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node | None = None


Node = Literal | Name | Negative | Arithmetic | Comparison | Between | In | Like | IsNull | Not | Logic | Call | Case


def children(node: Node) -> tuple[Node, ...]:
    """The nodes right below `node`, in the order in which they were written.

    >>> children(Negative(Name("a")))
    (Name(name='a'),)
    """
    return tuple(each for field in fields(node) for each in _nodes(getattr(node, field.name)))


def _nodes(value: object) -> tuple[Node, ...]:
    if isinstance(value, tuple):
        return tuple(each for part in value for each in _nodes(part))
    return (value,) if isinstance(value, Node) else ()


def walk(node: Node) -> Iterator[Node]:
    """The node and all nodes below it, from left to right.

    >>> [type(each).__name__ for each in walk(Negative(Name("a")))]
    ['Negative', 'Name']
    """
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        waiting.extend(reversed(children(each)))
