"""Named places where a test may stop the process, to prove that nothing is lost there.

`reach` does nothing until a door has installed a hook (for tests: a kill). The names are part of the crash-safety tests:
after-landing, mid-parse, before-commit, after-commit, before-receipt; of an erasure: erasing (after each of its steps) and
erased-tables.
"""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["ERASURE", "POINTS", "install", "reach"]

POINTS = ("after-landing", "mid-parse", "before-commit", "after-commit", "before-receipt")
ERASURE = ("erasing", "erased-tables")

_hooks: list[Callable[[str], None]] = []


def install(hook: Callable[[str], None]) -> None:
    """Call `hook` with the name at every point from now on; replaces the hook before it."""
    _hooks[:] = [hook]


def reach(name: str) -> None:
    """Say that the work has come to a named point.

    >>> seen = []
    >>> install(seen.append)
    >>> reach("before-commit")
    >>> seen
    ['before-commit']
    >>> _hooks.clear()
    """
    for hook in _hooks:
        hook(name)
