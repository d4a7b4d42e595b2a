"""`report`: the whole loop on one page and in the terminal, made again only when something that it tells has changed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from regulars.project.acted import campaigns, feeds, policies, sources, truth, withheld
from regulars.project.known import basis_of, card_of, cards, margins, migration, sales, segments, value
from regulars.project.project import Project, home
from regulars.project.publish import CODE
from regulars.project.registry import room
from regulars.project.sound import checks, matching, truth_state
from regulars.report.glossary import WORDS
from regulars.report.page import mark_of, page
from regulars.report.story import Campaign, Definition, Feed, Story
from regulars.report.summary import summary
from regulars.semantics.metrics import METRICS
from regulars.store.runs import fingerprint, table_state

__all__ = ["report"]

_PAGE = 2  # raised whenever the page tells more, or tells it otherwise
_READS = (
    "order_line", "product", "message", "response", "campaign", "source_customer", "score", "segment", "card", "decision",
    "treatment", "value.groups", "quality", "match_model", "match_pair",
)  # fmt: skip
_METRICS = ("revenue", "orders", "order_lines", "buyers", "average_order_value", "margin")


def report(project: Project, out: str | None = None) -> dict[str, Any]:
    """Write the report and say its summary.

    Args:
        out: the file; default `report.html` in the project.

    Returns:
        path, summary (text), made (False: the file told all this already).
    """
    path = Path(out) if out else project.root / "report.html"
    beside = home(project.root) / "report.txt"
    account = feeds(project)
    mark = _mark(project, account)
    if path.is_file() and mark_of(_head(path)) == mark and _head(beside).startswith(f"{mark}\n"):
        return {"path": path, "summary": _head(beside, None).partition("\n")[2], "made": False}
    project.outside.progress("report: gathering figures", 0, 0)
    story = _story(project, account, mark=mark)
    told = summary(story)
    _write(path, page(story))
    _write(beside, f"{mark}\n{told}")
    return {"path": path, "summary": told, "made": True}


def _head(path: Path, size: int | None = 400) -> str:
    if not path.is_file():
        return ""
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(size if size is not None else -1)


def _write(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _mark(project: Project, account: tuple[Feed, ...]) -> str:
    launches = {name: project.journal.launch(name) for name in project.config.named("campaigns")}
    state = table_state(project.warehouse, _READS)
    return fingerprint(
        CODE, _PAGE, dict(project.config.values), state, truth(project), truth_state(project), launches, account
    )


def _story(project: Project, account: tuple[Feed, ...], *, mark: str) -> Story:
    settings, known, assumed = project.config.section("project"), cards(project), margins(project)
    day = project.cut().last_day(["order_line"]) or project.now.date()
    sold, scored = basis_of(project, ("order_line",)), basis_of(project, ("score",), assumed=assumed)
    done = campaigns(project, scored)
    return Story(
        project=settings["name"],
        currency=settings["currency"],
        as_of=str(day),
        generated_at=project.now.isoformat(sep=" ", timespec="minutes"),
        mark=mark,
        sources=sources(project, account),
        sales=sales(project, sold),
        segments=segments(known.get("segments"), sold),
        moves=migration(known.get("segments"), sold),
        value=value(project, known.get("value"), basis=scored),
        card=card_of(known.get("value"), scored),
        policies=policies(project, scored),
        campaigns=done,
        withheld=withheld(project),
        feeds=account,
        checks=checks(project),
        matching=matching(project),
        assumptions=_assumptions(assumed, done, known=known),
        definitions=_definitions(),
    )


def _assumptions(margins_: tuple[str, ...], done: tuple[Campaign, ...], *, known: Mapping[str, Any]) -> tuple[str, ...]:
    of_campaigns = [text for each in done for text in each.basis.assumed]
    of_value = known.get("value", {}).get("assumptions", ())
    return tuple(dict.fromkeys([*margins_, *of_campaigns, *of_value]))


def _definitions() -> tuple[Definition, ...]:
    metrics = [Definition(_titled(name), METRICS[name].says) for name in _METRICS]
    measures = [Definition(_titled(each.name), each.says) for each in room("value").measures]
    return (*metrics, *measures, *WORDS)


def _titled(name: str) -> str:
    return name.replace("_", " ").capitalize()
