"""A Spark standalone cluster on the loopback of this machine: one master, two workers, gone when the block ends.

The classes come with the package `pyspark`; nothing else is installed. `JAVA_HOME` says which Java, else the one on PATH.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

HOST = "127.0.0.1"
WORKERS, CORES, MEMORY = 2, 1, "1536m"
PATIENCE = 120.0  # seconds until the workers must have found the master
ENGINE = """
[engine]
kind = "spark"
master = "{master}"
partitions = 4

[engine.settings]
{settings}
"""
LEAN = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # many short questions on few cores: compiling well does not pay
SETTINGS = {
    "spark.driver.host": HOST,
    "spark.driver.bindAddress": HOST,
    "spark.driver.memory": "2g",
    "spark.executor.memory": "1200m",
    "spark.executor.cores": "1",
    "spark.driver.extraJavaOptions": LEAN,
    "spark.executor.extraJavaOptions": LEAN,
}


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """Start master and workers, which log and work in `folder`; gives the master's address, and stops them all."""
    folder.mkdir(parents=True, exist_ok=True)
    port, page = _free_port(), _free_port()
    master = f"spark://{HOST}:{port}"
    running: list[subprocess.Popen[bytes]] = []
    try:
        running.append(_start(folder, "master.Master", ["--port", str(port), "--webui-port", str(page)]))
        _wait(page, workers=0)
        for number in range(WORKERS):
            room = ["--cores", str(CORES), "--memory", MEMORY, "--work-dir", str(folder / f"worker-{number}")]
            running.append(_start(folder, "worker.Worker", [*room, "--webui-port", str(_free_port()), master]))
        _wait(page, workers=WORKERS)
        yield master
    finally:
        _stop(running)


def engine_toml(master: str) -> str:
    """The `[engine]` section of a project that runs on the cluster."""
    settings = "\n".join(f'"{name}" = "{value}"' for name, value in SETTINGS.items())
    return ENGINE.format(master=master, settings=settings)


def _start(folder: Path, name: str, words: list[str]) -> subprocess.Popen[bytes]:
    import pyspark

    home = Path(pyspark.__file__).parent
    environ = {
        **os.environ,
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": HOST,
        "SPARK_LOCAL_DIRS": str(folder / "scratch"),
        "SPARK_DAEMON_MEMORY": "256m",
        "PYSPARK_PYTHON": sys.executable,
    }
    command = [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{name}", "--host", HOST, *words]
    with (folder / "cluster.log").open("ab") as log:
        return subprocess.Popen(command, env=environ, stdout=log, stderr=log, start_new_session=True)


def _stop(running: list[subprocess.Popen[bytes]]) -> None:
    for each in reversed(running):  # workers first: they end their executors
        each.terminate()
    for each in running:
        with suppress(subprocess.TimeoutExpired):
            each.wait(timeout=20)
        with suppress(ProcessLookupError):
            os.killpg(each.pid, signal.SIGKILL)


def _wait(page: int, *, workers: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with suppress(OSError), urlopen(f"http://{HOST}:{page}/json/", timeout=5) as told:
            if json.load(told)["aliveworkers"] >= workers:
                return
        time.sleep(0.5)
    raise TimeoutError(f"the cluster has not {workers} workers after {PATIENCE:.0f} s; see its cluster.log")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        port: int = found.getsockname()[1]
        return port
