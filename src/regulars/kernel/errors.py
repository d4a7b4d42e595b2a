"""What went wrong, said once, in one shape, at every door: the problem, what was allowed, the nearest guess, what to do.

Every error that a user can meet is a `RegularsError`. `status` is the exit status of the command line: 2 when what was
typed is wrong (a verb, an option, a metric, a condition in `--where`), 1 when the project, its data or the machine is.
`transient` tells a caller that the same call may succeed later (a locked warehouse, a full disk).
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = [
    "BusyError",
    "ConditionError",
    "ConfigError",
    "ConsistencyError",
    "DataError",
    "EngineError",
    "GateError",
    "MissingExtraError",
    "NotFoundError",
    "RegularsError",
    "UnknownNameError",
    "UsageError",
    "fault",
    "nearest",
]


_MOST, _NEAR = 40, 15


def nearest(name: str, allowed: Iterable[str]) -> str | None:
    """The allowed name that looks most like `name`, or None when nothing is near.

    >>> nearest("revenu", ["revenue", "orders"])
    'revenue'
    >>> nearest("zzz", ["revenue"]) is None
    True
    """
    names = {each.lower(): each for each in allowed}
    found = get_close_matches(name.lower(), list(names), n=1, cutoff=0.55)
    return names[found[0]] if found else None


def _shown(problem: str, allowed: tuple[str, ...]) -> list[str]:
    """All names of a short list; of a long one those that look most like what was written, and how many there are."""
    if len(allowed) <= _MOST:
        return list(allowed)
    written = problem.split("'")[1] if problem.count("'") >= 2 else problem
    near = get_close_matches(written, allowed, n=_NEAR, cutoff=0.0)
    return [*near, f"... ({len(allowed)} in all)"]


class RegularsError(Exception):
    """The root of every error that Regulars raises on purpose.

    Args:
        problem: one sentence: what was wrong, naming the thing and the place.
        allowed: the valid names, where there is a closed list of them.
        guess: the nearest valid name.
        fix: one sentence: what to do now.
    """

    status = 1
    transient = False

    def __init__(
        self, problem: str, *, allowed: Iterable[str] = (), guess: str | None = None, fix: str | None = None
    ) -> None:
        super().__init__(problem)
        self.problem, self.allowed, self.guess, self.fix = problem, tuple(allowed), guess, fix

    def __str__(self) -> str:
        parts = [self.problem]
        if self.guess:
            parts.append(f"Did you mean {self.guess!r}?")
        if self.allowed:
            parts.append("Valid: " + ", ".join(_shown(self.problem, self.allowed)) + ".")
        if self.fix:
            parts.append(self.fix)
        return " ".join(parts)

    def as_json(self) -> dict[str, object]:
        """The same as one JSON-able object, for `--json` and REST."""
        return {
            "kind": type(self).__name__,
            "problem": self.problem,
            "allowed": list(self.allowed),
            "did_you_mean": self.guess,
            "fix": self.fix,
            "transient": self.transient,
        }


def fault(problem: Exception) -> RegularsError:
    """What a door tells when something went wrong that nobody foresaw: it is ours to mend, not the user's."""
    fix = "This is a fault of Regulars: please report it (REGULARS_DEBUG=1 shows where it happened)."
    return RegularsError(f"{type(problem).__name__}: {problem}", fix=fix)


class UsageError(RegularsError):
    """What was typed at a door is wrong."""

    status = 2


class UnknownNameError(UsageError):
    """A name that is not in a closed list; carries the list and the nearest guess.

    >>> str(UnknownNameError("metric", "revenu", ["orders", "revenue"]))
    "There is no metric 'revenu'. Did you mean 'revenue'? Valid: orders, revenue."
    """

    def __init__(self, kind: str, name: str, allowed: Iterable[str], fix: str | None = None) -> None:
        names = sorted(allowed)
        super().__init__(f"There is no {kind} {name!r}.", allowed=names, guess=nearest(name, names), fix=fix)


class ConditionError(UsageError):
    """A condition or expression cannot be read, or names what does not exist."""


class ConfigError(RegularsError):
    """`regulars.toml` is wrong; says the key, the place and the valid form."""


class DataError(RegularsError):
    """The data does not fit what was declared of it: a missing column, an undecidable locale, an unknown file type."""


class ConsistencyError(RegularsError):
    """A law of the warehouse does not hold; the transaction was rolled back."""


class EngineError(RegularsError):
    """The engine refused or lost its work."""


class MissingExtraError(RegularsError):
    """Something optional is needed and not installed; names the one command that installs it."""


class NotFoundError(UsageError):
    """The thing asked for (a customer, a lineage id, a project) is not there."""


class GateError(RegularsError):
    """A score may not act: it has no passing backtest, or it is stale."""


class BusyError(RegularsError):
    """Somebody else holds the warehouse, the port or the disk; the same call may succeed later."""

    transient = True
