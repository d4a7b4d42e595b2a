"""Which customer is meant? By key, `source:id`, e-mail or phone, standardised as `unify` does it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ibis
import pyarrow as pa

from regulars.identity.standardise import email, phone
from regulars.kernel.errors import NotFoundError, UsageError
from regulars.project.project import Project

__all__ = ["customer_named"]

_MOST = 20


def customer_named(project: Project, who: str) -> str:
    """The customer_key that `who` names.

    Raises:
        NotFoundError: nobody; says what was looked for.
        UsageError: several customers; lists their keys.
    """
    text = who.strip()
    _check_unified(project)
    for found in (_by_key(project, text), _by_id(project, text), _by_address(project, text)):
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(
                f"{len(found)} customers are named {who!r}.", allowed=found[:_MOST], fix="Ask for one of these keys."
            )
    raise _nobody(project, text)


def _check_unified(project: Project) -> None:
    links = project.warehouse.table("source_customer")
    if not project.engine.arrow(links.limit(1)).num_rows:
        raise NotFoundError("There are no customers yet.", fix="Bring them together first: regulars unify")


def _keys(project: Project, rows: Any) -> list[str]:
    found: list[str] = project.engine.arrow(rows.select("customer_key").distinct())["customer_key"].to_pylist()
    return sorted(found)


def _by_key(project: Project, text: str) -> list[str]:
    golden = project.warehouse.table("golden_customer")
    return _keys(project, golden.filter(golden.customer_key == text))


def _by_id(project: Project, text: str) -> list[str]:
    source, colon, number = text.partition(":")
    links = project.warehouse.table("source_customer")
    links = links.filter(links.until.isnull())
    if colon:
        return _keys(project, links.filter((links.source == source) & (links.customer_id == number)))
    return _keys(project, links.filter(links.customer_id == text))


def _by_address(project: Project, text: str) -> list[str]:
    if plain := email(text):
        return _standing(project, "email", wanted=plain)
    country = project.config.section("identity").get("country")
    plain = phone(text, country)
    return _standing(project, "phone", wanted=plain) if plain else []


def _standing(project: Project, column: str, *, wanted: str) -> list[str]:
    """Customers any of whose records has the address; the engine narrows, the standard form decides."""
    customer, links = project.warehouse.table("customer"), project.warehouse.table("source_customer")
    hint = wanted.partition("@")[0] if column == "email" else wanted[-4:]
    text = customer[column].lower() if column == "email" else customer[column].re_replace("[^0-9]", "")
    near = customer.filter(text.contains(ibis.literal(hint))).select("source", "customer_id", "country", column)
    rows = project.engine.arrow(near.distinct()).to_pylist()
    country = project.config.section("identity").get("country")
    same = [row for row in rows if _standard(column, row, country=country) == wanted]
    if not same:
        return []
    ids = pa.table({name: pa.array([row[name] for row in same], pa.string()) for name in ("source", "customer_id")})
    current = links.filter(links.until.isnull())
    return _keys(project, current.semi_join(project.engine.bring(ids), ["source", "customer_id"]))


def _standard(column: str, row: dict[str, Any], *, country: str | None) -> str | None:
    own = row["country"] if row["country"] and len(row["country"]) == 2 else country
    return email(row[column]) if column == "email" else phone(row[column], own)


def _nobody(project: Project, text: str) -> NotFoundError:
    source, colon, _ = text.partition(":")
    links = project.warehouse.table("source_customer")
    sources: Iterable[str] = sorted(project.engine.arrow(links.select("source").distinct())["source"].to_pylist())
    if colon and source not in sources:
        return NotFoundError(f"There is no customer {text!r}: no source is called {source!r}.", allowed=sources)
    example = next(iter(sources), "SOURCE")
    return NotFoundError(
        f"There is no customer {text!r}.",
        fix=f"Name one by customer_key, {example}:ID, e-mail or phone; new records count after `regulars unify`.",
    )
