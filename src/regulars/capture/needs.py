"""Which raw columns a mapping uses, before and after the file's own columns are known."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from regulars.capture.mapping import ColumnSpec, TableMapping
from regulars.capture.names import find
from regulars.conditions.check import names_of
from regulars.conditions.parse import parse
from regulars.contracts.model import Contract
from regulars.kernel.errors import DataError

__all__ = ["chosen", "raw_names", "specs_for"]


def specs_for(mapping: TableMapping, contract: Contract, *, present: Collection[str]) -> dict[str, ColumnSpec]:
    """The column specs of the mapping; by equal names where it has none.

    >>> from regulars.contracts.catalog import CONTRACTS
    >>> mapping = TableMapping("crm", "store", "s.csv")
    >>> sorted(specs_for(mapping, CONTRACTS["store"], present=["store_id", "x"]))
    ['store_id']
    """
    if mapping.columns is not None:
        return dict(mapping.columns)
    return {name: ColumnSpec(from_=name) for name in contract.names if name in present}


def raw_names(mapping: TableMapping, contract: Contract, *, present: Collection[str]) -> tuple[str, ...]:
    """All raw columns that the mapping uses, in order, once each; `present` counts where it names no columns."""
    specs = specs_for(mapping, contract, present=present)
    known = set(specs) | set(mapping.constants)
    names: list[str] = []
    for spec in specs.values():
        names += [spec.from_] if spec.from_ else []
        names += sorted(names_of(parse(spec.expr))) if spec.expr else []
        names += [each for each in spec.key if each not in known]
    names += sorted(names_of(parse(mapping.where))) if mapping.where else []
    names += mapping.attributes
    names += [on for join in mapping.joins for on in join.on]
    names += [*mapping.fill, *mapping.fill_on]
    names += [mapping.version] if mapping.version else []
    names += [mapping.known_at] if mapping.known_at not in (None, "event", "load") else []
    return tuple(dict.fromkeys(names))


def chosen(
    mapping: TableMapping, contract: Contract, *, header: Sequence[str], joined: Collection[str], file: str
) -> list[int]:
    """Positions of the needed columns in a file's header; those that a joined file has may be absent.

    Raises:
        DataError: a column is missing, or is needed and stands there twice, or a required one is not given at all.
    """
    _check_required(mapping, contract, present={*header, *joined}, file=file)
    needed = raw_names(mapping, contract, present={*header, *joined})
    on = {each for join in mapping.joins for each in join.on}
    return [find(name, header, file=file) for name in needed if name in header or name not in joined or name in on]


def _check_required(mapping: TableMapping, contract: Contract, *, present: Collection[str], file: str) -> None:
    given = set(specs_for(mapping, contract, present=present)) | set(mapping.constants) | {"line_id"}
    missing = [column.name for column in contract.columns if column.required and column.name not in given]
    if missing:
        problem = f"{file} gives no {', '.join(missing)}, which {contract.name} must have."
        fix = f"Map them under `columns`, or set them under `constants`. The file has: {', '.join(sorted(present))}."
        raise DataError(problem, fix=fix)
