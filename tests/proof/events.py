"""Two unmodified clients deliver events over a bad line to a server that is killed again and again: does each arrive once?

The line loses one answer in ten, after the server has given it, so that clients send again what is stored already. The
clients are those that shops use: PyPI's segment-analytics-python, and npm's @segment/analytics-node, which is installed
into a temporary folder. Each names every event by a product of its own, so that the warehouse can be compared with what
was sent, one by one.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Self

NODE_CLIENT = "@segment/analytics-node@3.1.0"
KEY = "a-write-key-for-proof"
CONFIG = """
[project]
name = "events"
[sources.web]
kind = "events"
write_key = "${WEB_KEY}"
capture_seconds = 2
"""
PYTHON = """
import sys, time
from segment.analytics.client import Client
host, key, count, rate = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
lost = []
client = Client(key, host=host, gzip=True, max_queue_size=count, max_retries=100, timeout=10,
                on_error=lambda problem, items: lost.extend(items))
for number in range(count):
    client.track(f"person {number % 50}", "Product Viewed", {"product_id": f"python {number}"})
    time.sleep(1 / rate if number % 10 else 9 / rate / 10)
client.shutdown()
print(len(lost))
"""
NODE = """
const { Analytics } = require("@segment/analytics-node");
const [host, writeKey, count, rate] = process.argv.slice(2);
const client = new Analytics({ writeKey, host, flushAt: 100, flushInterval: 300, maxRetries: 100 });
let lost = 0;
client.on("error", () => { lost += 1; });
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
(async () => {
  for (let number = 0; number < Number(count); number += 1) {
    const properties = { product_id: `node ${number}` };
    client.track({ anonymousId: `visitor ${number % 50}`, event: "Product Viewed", properties });
    if (number % 10 === 9) await pause(10000 / Number(rate));
  }
  await client.closeAndFlush({ timeout: 600000 });
  console.log(lost);
})();
"""


@dataclass(frozen=True)
class Figures:
    """What a proof found: events sent and rows in the warehouse, kills, and deliveries that came twice."""

    clients: tuple[str, ...]
    sent: int
    rows: int
    missing: int
    doubled: int
    kills: int
    redelivered: int
    lost_answers: int
    quarantined: int
    given_up: int
    seconds: float

    @property
    def exact(self) -> bool:
        """Whether each event arrived once, and nothing else did."""
        wrong = self.missing or self.doubled or self.quarantined or self.given_up
        return not wrong and self.rows == self.sent


def node_client(folder: Path) -> str | None:
    """Install the Node client into `folder`; returns why it could not be, or None."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "there is no Node with npm on this machine"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"private": true}')
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", NODE_CLIENT]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode or not (folder / "node_modules" / "@segment" / "analytics-node").is_dir():
        return f"npm cannot install {NODE_CLIENT}: {(done.stderr or done.stdout).strip()[-300:]}"
    (folder / "client.cjs").write_text(NODE)
    return None


def prove(folder: Path, *, events: int = 20_000, kills: int = 12, rate: float = 400.0, seed: int = 5) -> Figures:
    """Send `events` by each client's half while the server is killed `kills` times at random moments; then compare.

    Args:
        folder: an empty one; the Node client takes part if `node_client(folder / "node")` succeeded before.
        events: how many all clients send together.
        kills: how often the server dies; each time it is started again at once.
        rate: events a second that each client makes.
        seed: of the moments.
    """
    began = time.perf_counter()
    shop = folder / "shop"
    shop.mkdir(parents=True)
    (shop / "regulars.toml").write_text(CONFIG)
    names = ("python", "node") if (folder / "node" / "client.cjs").exists() else ("python",)
    each = events // len(names)
    draw = random.Random(seed)
    with (
        _Server(shop) as server,
        _Line(server.port, draw) as line,
        _clients(folder, line.address, names=names, count=each, rate=rate) as clients,
    ):
        _torment(server, clients, kills=kills, draw=draw)
        given_up = sum(int(client.communicate(timeout=900)[0].split()[-1]) for client in clients)
        assert all(client.returncode == 0 for client in clients), [client.returncode for client in clients]
        _verb(shop, "capture")
    wanted = Counter(f"{name} {number}" for name in names for number in range(each))
    found = Counter(_products(shop))
    batches = json.loads(_verb(shop, "table", "batch", "--top", "100000"))["items"]
    visits = [batch for batch in batches if batch["contract"] == "visit" and batch["known_until"] is None]
    return Figures(
        names, each * len(names), found.total(), (wanted - found).total(), (found - wanted).total(), server.kills,
        sum(batch["duplicate"] for batch in visits), line.lost, sum(batch["quarantined"] for batch in visits), given_up,
        time.perf_counter() - began,
    )  # fmt: skip


def _torment(server: _Server, clients: list[subprocess.Popen[str]], *, kills: int, draw: random.Random) -> None:
    for _ in range(kills):
        time.sleep(draw.uniform(0.5, 3.0))
        if all(client.poll() is not None for client in clients):
            return
        server.kill()
        server.start()


@contextmanager
def _clients(
    folder: Path, address: str, *, names: tuple[str, ...], count: int, rate: float
) -> Iterator[list[subprocess.Popen[str]]]:
    words = [address, KEY, str(count), str(rate)]
    (folder / "client.py").write_text(PYTHON)
    commands = {
        "python": [sys.executable, str(folder / "client.py"), *words],
        "node": ["node", str(folder / "node" / "client.cjs"), *words],
    }
    made = [subprocess.Popen(commands[name], stdout=subprocess.PIPE, text=True) for name in names]
    try:
        yield made
    finally:
        for each in made:
            each.kill()
            each.wait()
            if each.stdout:
                each.stdout.close()


class _Server:
    """A server on a project that can be killed and started again on its port."""

    def __init__(self, shop: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._shop, self.kills = shop, 0
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *problem: object) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(60)

    def start(self) -> None:
        command = [sys.executable, "-m", "regulars", "-C", str(self._shop), "serve", "--port", str(self.port)]
        with (self._shop / "server.log").open("ab") as log:
            self._process = subprocess.Popen(command, env={**os.environ, "WEB_KEY": KEY}, stdout=log, stderr=log)
        for _ in range(600):
            with socket.socket() as line:
                if line.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self._process.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError(f"the server does not start: {(self._shop / 'server.log').read_text()[-2000:]}")

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self.kills += 1


class _Line:
    """A line to the server that passes requests on, and loses one answer in ten."""

    def __init__(self, port: int, draw: random.Random, share: float = 0.1) -> None:
        self._port, self._draw, self._share, self.lost = port, draw, share, 0
        self._ear = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._ear.getsockname()[1]}"

    def __enter__(self) -> Self:
        Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._ear.close()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._ear.accept()
            except OSError:
                return
            Thread(target=self._talk, args=(client,), daemon=True).start()

    def _talk(self, client: socket.socket) -> None:
        with client, socket.socket() as server:
            if server.connect_ex(("127.0.0.1", self._port)):
                return
            Thread(target=_pump, args=(client, server), daemon=True).start()
            try:
                while answer := server.recv(65536):
                    if self._draw.random() < self._share:
                        self.lost += 1
                        break
                    client.sendall(answer)
            except OSError:
                pass
            for each in (client, server):
                _hang_up(each)


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    _hang_up(target)


def _hang_up(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


def _verb(shop: Path, *words: str) -> str:
    command = [sys.executable, "-m", "regulars", "-C", str(shop), "--json", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}: {done.stdout[-500:]} {done.stderr[-2000:]}"
    return done.stdout


def _products(shop: Path) -> list[str]:
    import pyarrow.parquet as pq

    out = shop / "visits.parquet"
    _verb(shop, "table", "visit", "-o", str(out))
    found: list[str] = pq.read_table(out)["product_id"].to_pylist()
    return found


def main() -> None:
    """The proof in full, for `python -m tests.proof.events FOLDER`."""
    folder = Path(sys.argv[1])
    reason = node_client(folder / "node")
    print(reason or "both clients")
    print(prove(folder, **{name: int(value) for name, value in (word.split("=") for word in sys.argv[2:])}))  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
