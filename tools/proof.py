"""The full counts of what Regulars promises, written to docs/proof.md: every figure with its seed, commit and machine.

Usage: python tools/proof.py [--only SECTION,SECTION] [--date DAY]
Sections: figures, crash, locale, once, retail, events, forget, engines, demo, laws. With --only, the other sections of
the file stay as they are. A section that fails is written as failed, with the reason, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]
PAGE = ROOT / "docs" / "proof.md"
HEAD = """# Proof

What Regulars promises, counted in full. `make proof` writes this page; each section says at which commit, when and on
which machine it was measured.
"""
EACH_POINT, AT_RANDOM = 5, 50
_SUMMARY = re.compile(r"^=* ?((?:\d+ [a-z]+(?:, )?)+) in ([\d.]+)s", re.MULTILINE)


class Failed(Exception):
    """A section's promise does not hold; the text says which."""


def main() -> int:
    """Run the sections, rewrite the page; returns the exit code."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", default=",".join(SECTIONS), help="sections to run, joined by commas")
    options.add_argument("--date", default=_git("show", "-s", "--format=%cs", "HEAD"), help="default: of the commit")
    asked = options.parse_args()
    names = asked.only.split(",")
    if unknown := [name for name in names if name not in SECTIONS]:
        options.error(f"there is no section {unknown[0]}; there are {', '.join(SECTIONS)}")
    os.environ["PYTHONPATH"] = str(ROOT / "src")
    held = [_write(name, asked.date) for name in names]
    return 0 if all(held) else 1


def _write(name: str, date: str) -> bool:
    title, section = SECTIONS[name]
    print(f"{title} ...", flush=True)
    began, held = time.perf_counter(), True
    try:
        text = section()
    except Exception as problem:  # whatever breaks a proof is its result
        said = str(problem).strip().replace(f"{ROOT}/", "")[-1500:]
        held, text = False, f"**Failed.** {type(problem).__name__}: {said}"
    seconds = time.perf_counter() - began
    print(f"{title}: {'holds' if held else 'FAILED'} ({seconds:.0f} s)", flush=True)
    _replace(title, f"{text}\n\n{_measured(date, seconds)}")
    return held


def _replace(title: str, text: str) -> None:
    old = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    there = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", old, re.MULTILINE | re.DOTALL))
    there[title] = text
    parts = [f"## {each}\n\n{there[each].strip()}\n" for each, _ in SECTIONS.values() if each in there]
    PAGE.write_text("\n".join([HEAD, *parts]), encoding="utf-8")


def _measured(date: str, seconds: float) -> str:
    commit = _git("rev-parse", "HEAD")
    changed = " with local changes" if _git("status", "--porcelain", "--", "src", "tests", "tools") else ""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"*Measured at commit {commit}{changed}, {date}, in {seconds:.0f} s on {os.cpu_count()} cores "
        f"with {memory:.0f} GB, Python {sys.version.split()[0]}.*"
    )


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def _pytest(*words: str) -> tuple[str, float]:
    """The counts and the seconds that pytest tells in its last line."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = _SUMMARY.findall(done.stdout)
    if done.returncode or not found:
        raise Failed(f"pytest {' '.join(words)}:\n\n```\n{(done.stdout + done.stderr)[-1200:].strip()}\n```")
    if "passed" not in found[-1][0]:
        raise Failed(f"pytest {' '.join(words)} proved nothing: {found[-1][0]}")
    return found[-1][0], float(found[-1][1])


def figures() -> str:
    """The published figures of the models, on the data that they were published on."""
    counts, seconds = _pytest("tests/proof")
    return (
        "Parameters, likelihoods and forecasts of the value models against the figures that their authors published\n"
        f"(`tests/proof`): {counts}, {seconds:.0f} s."
    )


def crash() -> str:
    """A feed of 200,000 rows sent twice, under kill -9 at named points and at random moments."""
    from regulars.kernel.points import POINTS
    from tests.proof.crash import FILES, ROWS, rounds, trial

    starts, named, timed = 0, 0, 0
    for kills in rounds(EACH_POINT, AT_RANDOM):
        with TemporaryDirectory() as folder:
            found = trial(Path(folder) / "crash", kills)
        if found.rows != ROWS or found.total != found.expected or found.quarantined:
            raise Failed(
                f"{kills}: {found.rows} rows, sum {found.total} for {found.expected}, {found.quarantined} aside"
            )
        starts += found.starts
        named += found.kills if isinstance(kills[0], str) else 0
        timed += found.kills if isinstance(kills[0], float) else 0
        print(f"  {kills[0]} ...: {found.kills} of {len(kills)} killed, exact", flush=True)
    if named < EACH_POINT * len(POINTS):
        raise Failed(f"only {named} of {EACH_POINT * len(POINTS)} named kills hit")
    return (
        f"{ROWS:,} rows in {FILES} files, each sent twice (the second time in another order; seed 7). Captures were killed\n"
        f"with `kill -9` {EACH_POINT} times at each of {len(POINTS)} named points ({', '.join(POINTS)}): {named} hit; and\n"
        f"{AT_RANDOM} times at random moments of 0.5 to 7 s (seed 11): {timed} hit while the capture worked. {starts} starts.\n"
        f"After each round: {ROWS:,} rows, none lost, none doubled; the sum exact to the cent; nothing set aside; every\n"
        "batch accounts for each row that it read."
    )


def engines() -> str:
    """Every builder on DuckDB and on Spark."""
    from tests.engines.cases import builders, cases

    counts, seconds = _pytest("tests/engines")
    return (
        f"{len(builders())} builders, {len(cases())} cases: DuckDB and Spark give equal answers (floats to 1e-9 relative).\n"
        f"`tests/engines`: {counts}, {seconds:.0f} s."
    )


def demo() -> str:
    """The demo's whole loop on DuckDB and on a Spark cluster, compared row by row."""
    from tests.proof import demo as loop
    from tests.proof.cluster import CORES, WORKERS, cluster, engine_toml

    with TemporaryDirectory() as name:
        folder = Path(name)
        local = loop.run(folder / "duckdb")
        with cluster(folder / "cluster") as master:
            spread = loop.run(folder / "spark", engine_toml(master))
        found = loop.findings(folder / "duckdb", folder / "spark")
        versions = [loop.versions(folder / each) for each in ("duckdb", "spark")]
    if wrong := [each for each in found if not each.equal]:
        raise Failed("; ".join(map(str, wrong)))
    other = [name for name in versions[0] if versions[0][name] != versions[1].get(name)]
    rows = "\n".join(f"| {each.what} | {each.left:,} | {each.different} | {each.distance:.1e} |" for each in found)
    return (
        "The demo (2,469 households, simulated reactions from seed 20180101) from capture to effect:\n"
        f"{local:.0f} s on DuckDB, {spread:.0f} s on a Spark standalone cluster on loopback (a master, {WORKERS} workers with\n"
        f"{CORES} core each). Scores may differ by {loop.RELATIVE:g} relative, all else must be equal.\n\n"
        f"| compared | rows | different | largest relative distance |\n|---|---:|---:|---:|\n{rows}\n\n"
        f"Model versions (hashes of fitted numbers) that differ: {', '.join(other) or 'none'}."
    )


def laws() -> str:
    """The statistical laws in their full counts."""
    counts, seconds = _pytest("-m", "proof")
    return (
        "Known effects are found, intervals hold what they say, nothing is found where nothing is (`pytest -m proof`):\n"
        f"{counts}, {seconds:.0f} s."
    )


def locale() -> str:
    """2,000 generated files of five countries with nothing declared."""
    from tests.proof.locale import full

    with TemporaryDirectory() as folder:
        return full(Path(folder))


def once() -> str:
    """1,000 files of 500 rows, sent one to five times, with kills in between."""
    from tests.proof.exactly_once import full

    with TemporaryDirectory() as folder:
        return full(Path(folder) / "project")


def retail() -> str:
    """All of Online Retail in five forms."""
    from tests.proof.online_retail import full

    with TemporaryDirectory() as folder:
        return "\n".join(f"- {each}" for each in full(Path(folder)))


def events() -> str:
    """20,000 events by two real clients while the server is killed."""
    from tests.proof.events import node_client, prove

    with TemporaryDirectory() as name:
        folder = Path(name)
        without = node_client(folder / "node")
        found = prove(folder)
    if not found.exact:
        raise Failed(str(found))
    clients = " and ".join(found.clients) + (f" ({without})" if without else "")
    return (
        f"{found.sent:,} events by unmodified clients ({clients}), while the server was killed {found.kills} times with\n"
        f"`kill -9` and {found.lost_answers} of its answers were lost on the line: {found.rows:,} rows, 0 missing, 0 doubled,\n"
        f"0 given up; {found.redelivered} came twice and were known."
    )


def forget() -> str:
    """100 people with marked words in every contract; ten are forgotten."""
    from tests.proof.forget import prove

    with TemporaryDirectory() as name:
        found = prove(Path(name))
    if not found.holds:
        raise Failed(str(found))
    return (
        f"{found.people} people with words of their own in every free column of every contract; {found.gone} are forgotten,\n"
        f"in {found.seconds:.0f} s each. Their words were in {found.words_before} places before; in no file of the project\n"
        "afterwards (raw bytes and unpacked), nor after a restore of an older backup, the same files delivered again, and\n"
        "a replay. The others keep all of theirs; the sums stand; the export held every word of the person."
    )


SECTIONS: dict[str, tuple[str, Callable[[], str]]] = {
    "figures": ("Published figures", figures),
    "crash": ("Crash safety", crash),
    "locale": ("Locale proof", locale),
    "once": ("Exactly once", once),
    "retail": ("Five forms of one shop", retail),
    "events": ("Events over HTTP", events),
    "forget": ("Forgotten people", forget),
    "engines": ("Engines agree", engines),
    "demo": ("The whole loop on a cluster", demo),
    "laws": ("Statistical laws", laws),
}

if __name__ == "__main__":
    sys.exit(main())
