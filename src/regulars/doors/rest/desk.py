"""The desk of a running server: verbs from the socket are done one after the other on the one open project."""

from __future__ import annotations

import json
import os
import socketserver
import threading
from pathlib import Path
from typing import Any, Self

from regulars.doors import wire
from regulars.doors.call import call
from regulars.kernel.errors import RegularsError, fault
from regulars.project.project import Outside, Project

__all__ = ["Desk"]


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    desk: Desk


class _Line(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server: Any = self.server
        for asked in self.rfile:
            message = json.loads(asked)
            self._say(server.desk.answer(message["verb"], message["args"], progress=self._progress))

    def _progress(self, text: str, done: int, total: int) -> None:
        self._say({"progress": [text, done, total]})

    def _say(self, message: dict[str, Any]) -> None:
        try:
            self.wfile.write((wire.dumps(message) + "\n").encode())
            self.wfile.flush()
        except OSError:  # the asker went away; the work goes on and is kept
            return


class Desk:
    """Owns the project for a server's life and answers its local socket."""

    def __init__(self, project: Project) -> None:
        self.project, self._one_at_a_time = project, threading.Lock()
        self._path = wire.address(project.root)

    def __enter__(self) -> Self:
        self._path.unlink(missing_ok=True)
        mask = os.umask(0o177)
        try:
            self._server = _Server(str(self._path), _Line)
        finally:
            os.umask(mask)
        self._server.desk = self
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._path.unlink(missing_ok=True)

    def answer(self, name: str, args: dict[str, Any], *, progress: Any) -> dict[str, Any]:
        """Do one verb; the result or the error as one message."""
        with self._one_at_a_time:
            before = self.project.outside
            self.project.outside = Outside(before.environ, before.now, progress)
            try:
                self.project.reread()
                return {"result": call(self.project, name, args=args)}
            except RegularsError as problem:
                return {"error": wire.failure(problem)}
            except Exception as problem:  # the boundary of this door: one bad verb must not end the server
                return {"error": wire.failure(fault(problem))}
            finally:
                self.project.outside = before

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self.project.root
