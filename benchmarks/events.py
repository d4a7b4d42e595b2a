"""How many events a second does the server take over HTTP, durably, beside a naive FastAPI + DuckDB insert per request?

Run `python benchmarks/events.py --seconds 15`. Both servers run in a process of their own; a third process plays the shop's
clients: first as fast as four connections go, then at a steady 2,000 events a second, and last with one event a post. A
batch has 100 events, as the SDKs send them. Ours answers when the events are on the disk, and captures into the warehouse
every fifteen seconds meanwhile; the naive one answers when its INSERT is committed. At the end every acknowledged event is
looked for in the warehouse. `--peer` is accepted, and nothing is done with it.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

EVENTS, LATENCY = 2_000, 250.0  # the bars: events a second at least, milliseconds of the 99th percentile at most
BATCH, CONNECTIONS = 100, 4
KEY = "benchmark"
CONFIG = """
[project]
name = "benchmark"
[sources.web]
kind = "events"
write_key = "${WEB_KEY}"
capture_seconds = 15
"""
PHASES = {
    "warm": ("/v1/batch", BATCH, 0),
    "batches": ("/v1/batch", BATCH, 0),
    "steady": ("/v1/batch", BATCH, EVENTS),
    "single posts": ("/v1/track", 1, 0),
}


class Client(threading.Thread):
    """One connection that posts until its time is over; with a rate it waits for its turn, and late turns count."""

    def __init__(self, port: int, name: str, *, who: int, seconds: float) -> None:
        super().__init__()
        self._port, self._name, self._who, self._seconds = port, name, who, seconds
        self.taken, self.refused = 0, 0
        self.milliseconds: list[float] = []

    def run(self) -> None:
        """Post."""
        path, size, rate = PHASES[self._name]
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        began, turn = time.perf_counter(), 0
        while (now := time.perf_counter() - began) < self._seconds:
            due = (turn * CONNECTIONS + self._who) * size / rate if rate else now
            if due > now:
                time.sleep(due - now)
            body = self._body(size, turn)
            asked = began + due if rate else time.perf_counter()
            line.request("POST", path, body, {"Content-Type": "application/json"})
            answer = line.getresponse()
            answer.read()
            self.milliseconds.append((time.perf_counter() - asked) * 1e3)
            self.taken += size if answer.status < 300 else 0
            self.refused += answer.status >= 300
            turn += 1
        line.close()

    def _body(self, size: int, turn: int) -> bytes:
        events = [self._event(f"{self._name}-{self._who}-{turn}-{each}") for each in range(size)]
        whole = {"batch": events} if size > 1 else events[0]
        return json.dumps({**whole, "writeKey": KEY, "sentAt": "2026-01-05T10:00:00.000Z"}).encode()

    @staticmethod
    def _event(number: str) -> dict[str, Any]:
        page = {"url": f"https://shop.example/p/{number}", "referrer": "https://shop.example/", "title": "A product"}
        return {
            "type": "track",
            "event": "Product Viewed",
            "messageId": number,
            "anonymousId": f"visitor {hash(number) % 1000}",
            "timestamp": "2026-01-05T10:00:00.000Z",
            "properties": {"product_id": f"p{len(number)}", "name": "A product", "price": 19.99, "currency": "EUR"},
            "context": {"library": {"name": "benchmark", "version": "1"}, "ip": "203.0.113.7", "page": page},
        }


def load(port: int, name: str, seconds: float) -> dict[str, Any]:
    """One phase against one server."""
    clients = [Client(port, name, who=who, seconds=seconds) for who in range(CONNECTIONS)]
    began = time.perf_counter()
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    took = sorted(each for client in clients for each in client.milliseconds)
    taken = sum(each.taken for each in clients)
    return {
        "taken": taken,
        "refused": sum(each.refused for each in clients),
        "rate": taken / (time.perf_counter() - began),
        "p50": took[len(took) // 2],
        "p99": took[min(len(took) - 1, int(len(took) * 0.99))],
    }


def naive(port: int, file: str) -> None:
    """The server that anybody writes first: one table, one INSERT per request, DuckDB's own commit."""
    import duckdb
    import uvicorn
    from fastapi import Body, FastAPI

    app, base, lock = FastAPI(), duckdb.connect(file), threading.Lock()
    base.execute(
        "CREATE TABLE event (id VARCHAR PRIMARY KEY, type VARCHAR, name VARCHAR, visitor VARCHAR, raw VARCHAR)"
    )

    def store(events: list[dict[str, Any]]) -> None:
        rows = [(e["messageId"], e["type"], e["event"], e["anonymousId"], json.dumps(e)) for e in events]
        marks = ", ".join(["(?, ?, ?, ?, ?)"] * len(rows))
        with lock:
            base.execute(f"INSERT OR IGNORE INTO event VALUES {marks}", [value for row in rows for value in row])

    @app.post("/v1/batch")
    def batch(body: dict[str, Any] = Body()) -> dict[str, bool]:  # noqa: B008 - FastAPI's own way
        store(body["batch"])
        return {"success": True}

    @app.post("/v1/track")
    def track(body: dict[str, Any] = Body()) -> dict[str, bool]:  # noqa: B008
        store([body])
        return {"success": True}

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


@contextmanager
def serving(command: list[str], port: int) -> Iterator[None]:
    """A server process that answers on its port."""
    server = subprocess.Popen(command, env={**os.environ, "WEB_KEY": KEY}, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with socket.socket() as line:
                if line.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield
    finally:
        server.terminate()
        server.wait()


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def phases(port: int, seconds: float) -> dict[str, dict[str, Any]]:
    """Every phase, each from a process of its own."""
    found = {}
    for name in PHASES:
        length = "1" if name == "warm" else str(seconds)
        words = [sys.executable, __file__, "--load", str(port), name, "--seconds", length]
        found[name] = json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return found


def run_regulars(folder: Path, seconds: float) -> tuple[dict[str, dict[str, Any]], int]:
    """Ours: the phases, and the events that the warehouse has at the end."""
    (folder / "regulars.toml").write_text(CONFIG)
    port, tool = free_port(), [sys.executable, "-m", "regulars", "-C", str(folder), "--json"]
    with serving([*tool, "serve", "--port", str(port)], port):
        found = phases(port, seconds)
    subprocess.run([*tool, "capture"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    out = folder / "visits.parquet"
    subprocess.run([*tool, "table", "visit", "-o", str(out)], check=True, stdout=subprocess.DEVNULL)
    import pyarrow.parquet as pq

    return found, len(set(pq.read_table(out, columns=["event_id"])["event_id"].to_pylist()))


def run_naive(folder: Path, seconds: float) -> tuple[dict[str, dict[str, Any]], int]:
    """The naive server's phases and rows."""
    import duckdb

    file, port = str(folder / "events.duckdb"), free_port()
    with serving([sys.executable, __file__, "--naive", str(port), file], port):
        found = phases(port, seconds)
    with duckdb.connect(file) as base:
        return found, base.execute("SELECT count(*) FROM event").fetchall()[0][0]


def main() -> int:
    """Both servers in turn; exit 1 when an acknowledged event is lost."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=15)
    options.add_argument("--peer", help="ignored")
    options.add_argument("--load", nargs=2, metavar=("PORT", "PHASE"), help=argparse.SUPPRESS)
    options.add_argument("--naive", nargs=2, metavar=("PORT", "FILE"), help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.load:
        print(json.dumps(load(int(chosen.load[0]), chosen.load[1], chosen.seconds)))
        return 0
    if chosen.naive:
        naive(int(chosen.naive[0]), chosen.naive[1])
        return 0
    found, lost = {}, 0
    for who, run in (("naive", run_naive), ("regulars", run_regulars)):
        with tempfile.TemporaryDirectory() as folder:
            found[who], rows = run(Path(folder), chosen.seconds)
        taken = sum(each["taken"] for each in found[who].values())
        lost = max(0, taken - rows) if who == "regulars" else lost
        for name, each in list(found[who].items())[1:]:  # not the first one, which only warms up
            print(f"{who:10}{name:14}{each['rate']:9,.0f} events/s  p50 {each['p50']:7.1f} ms  p99 {each['p99']:7.1f} ms"
                  f"  refused {each['refused']}")  # fmt: skip
        print(f"{who:10}acknowledged {taken:,}, found {rows:,}")
    ours = found["regulars"]
    for name in list(PHASES)[1:]:
        print(f"ours / naive, {name}: {ours[name]['rate'] / found['naive'][name]['rate']:.1f} times the events, "
              f"{ours[name]['p99'] / found['naive'][name]['p99']:.2f} of the p99")  # fmt: skip
    print(f"batches: {ours['batches']['rate']:,.0f} events/s (bar: >= {EVENTS:,}); steady p99: "
          f"{ours['steady']['p99']:.0f} ms (bar: <= {LATENCY:.0f}); lost: {lost} (bar: 0)")  # fmt: skip
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
