"""The pages of this stage: the report, and whether the server is well."""

from __future__ import annotations

from html import escape

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from regulars.doors.rest.desk import Desk
from regulars.doors.rest.intake import Intake

__all__ = ["application"]

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_NOTHING = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{name}</title>
<body style="font: 14px system-ui; margin: 2rem"><h1>{name}</h1>
<p>There is no report yet. Make it: <code>regulars -C {root} report</code></p></body></html>"""


def _silent(text: str, done: int, total: int) -> None:
    """Nobody watches the progress of a page."""


class _Pages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def report(self) -> HTMLResponse:
        path = self._desk.root / "report.html"
        name = str(self._desk.project.config.section("project")["name"])
        text = path.read_text(encoding="utf-8") if path.exists() else _NOTHING.format(
            name=escape(name), root=escape(str(self._desk.root))
        )  # fmt: skip
        return HTMLResponse(text, headers=_HEADERS)

    def health(self) -> dict[str, object]:
        answer = self._desk.answer("show", {"what": "tables"}, progress=_silent)
        well = "result" in answer
        return {"status": "well" if well else "ill", "snapshot": answer.get("result", {}).get("snapshot"),
                "problem": answer.get("error")}  # fmt: skip


def application(desk: Desk, intake: Intake | None = None) -> FastAPI:
    """The HTTP application over a desk, with the tracking endpoints where there is an intake."""
    pages = _Pages(desk)
    app = FastAPI(title="Regulars", openapi_url="/openapi.json", docs_url=None, redoc_url=None)
    app.add_api_route("/", pages.report, response_class=HTMLResponse, summary="The report of the whole loop")
    app.add_api_route("/health", pages.health, summary="Whether the warehouse answers")
    if intake is not None:
        app.router.routes.extend(intake.routes())
    return app
