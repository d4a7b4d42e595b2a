"""The command line: `regulars [-C DIR] VERB`, made from the declared verbs, light enough to say its help at once."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NoReturn

from regulars.kernel import points
from regulars.kernel.errors import RegularsError, UsageError, fault, nearest
from regulars.project.verb import VERBS, Param, Verb, verb

__all__ = ["main"]


class _Parser(argparse.ArgumentParser):
    """argparse, with our errors: one message with the valid names and the nearest guess."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[0].upper()}{message[1:]}.", fix=f"See: {self.prog} --help")


def main(argv: Sequence[str] | None = None) -> int:
    """Do one verb; returns the exit status: 0 done, 1 failed, 2 wrong usage."""
    words = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in words
    _fail_point()
    try:
        asked = _parse([word for word in words if word != "--json"])
        result = _perform(asked, quiet=as_json)
        failed = bool(result.get("failed")) and asked["verb"] == "run"
        _print(asked["verb"], result, as_json=as_json)
    except RegularsError as problem:
        _complain(problem, as_json)
        return problem.status
    except KeyboardInterrupt:
        print("Stopped; nothing is half done.", file=sys.stderr)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as problem:  # the boundary of this door: people get a sentence, not a traceback
        if "REGULARS_DEBUG" in os.environ:
            raise
        _complain(fault(problem), as_json)
        return 1
    return int(failed)


def _parse(words: list[str]) -> dict[str, Any]:
    parser = _Parser(
        prog="regulars", description="An analytical CRM: every number with its source, interval and meaning."
    )
    parser.add_argument("-C", dest="root", metavar="DIR", default=".", help="the project's folder (default: here)")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--version", action="version", version=_version())
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", parser_class=_Parser)
    for each in VERBS:
        _add(verbs.add_parser(each.name, help=each.says, description=each.says), each)
    _check_verb(words)
    asked = vars(parser.parse_args(words))
    if asked["verb"] is None:
        parser.print_help()
        raise SystemExit(0)
    return asked


def _add(parser: argparse.ArgumentParser, what: Verb) -> None:
    for param in what.params:
        settings: dict[str, Any] = {"help": param.says}
        if param.takes == "flag":
            settings["action"] = "store_true"
        else:
            settings |= {"type": _TYPES[param.takes], "default": param.default}
            settings |= {"metavar": param.name.upper().rstrip("_")}
            settings |= {"choices": param.choices} if param.choices else {}
        if param.option:
            settings |= {"nargs": "+"} if param.many else {}
            parser.add_argument(param.option, dest=param.name, **settings)
        else:
            nargs = "+" if param.many else None if param.required else "?"
            settings |= {"nargs": nargs} if nargs else {}
            parser.add_argument(param.name, **settings)


def _check_verb(words: list[str]) -> None:
    plain = iter(words)
    for word in plain:
        if word == "-C":
            next(plain, None)
        elif not word.startswith("-"):
            verb(word)  # raises with the nearest guess
            return


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as problem:
        raise UsageError(f"{text!r} is not a day.", fix="Write it as YYYY-MM-DD.") from problem


_TYPES = {"text": str, "integer": int, "day": _day, "path": Path}


def _perform(asked: dict[str, Any], *, quiet: bool) -> dict[str, Any]:
    from regulars.doors.call import perform  # heavy: only when there is something to do
    from regulars.doors.cli.progress import Line
    from regulars.project.project import Outside

    args = {param.name: _sendable(param, asked[param.name]) for param in verb(asked["verb"]).params}
    environ = {**os.environ, "REGULARS_PID": str(os.getpid())}
    with Line(sys.stderr, quiet=quiet and not sys.stderr.isatty()) as line:
        outside = Outside(environ, lambda: datetime.now(UTC), line.say)
        return perform(Path(asked["root"]), asked["verb"], args=args, outside=outside)


def _sendable(param: Param, value: Any) -> Any:
    if param.takes == "path" and value is not None:
        return [str(each.resolve()) for each in value] if param.many else str(value.resolve())
    return value.isoformat() if isinstance(value, date) else value


def _print(name: str, result: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        from regulars.doors.wire import dumps

        print(dumps(result))
    else:
        from regulars.doors.cli.tell import tell

        tell(name, result)


def _complain(problem: RegularsError, as_json: bool) -> None:
    if as_json:
        from regulars.doors.wire import dumps

        print(dumps({"error": problem.as_json()}))
    print(f"regulars: {problem}", file=sys.stderr)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("regulars")
    except PackageNotFoundError:
        return "unknown"


def _fail_point() -> None:
    """Crash-safety tests name a point in the environment; the process dies there as if the power were cut."""
    if wanted := os.environ.get("REGULARS_FAILPOINT"):
        points.install(_Kill(wanted))


class _Kill:
    def __init__(self, wanted: str) -> None:
        name, _, nth = wanted.partition(":")
        allowed = (*points.POINTS, *points.ERASURE)
        if name not in allowed:
            raise UsageError(f"There is no fail point {name!r}.", allowed=allowed, guess=nearest(name, allowed))
        self._name, self._left = name, int(nth or 1)

    def __call__(self, name: str) -> None:
        self._left -= name == self._name
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
