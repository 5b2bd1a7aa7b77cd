"""Which process of a server takes a request: the others are halted meanwhile.

Whoever is idle takes a connection, so that a few requests may reach one process alone, and show nothing of the others.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final

from guardapi.prove.processes.family import Family

LONGEST: Final = 3.0
"""Seconds for which a process is halted at most: gunicorn ends those that it does not hear of for long."""
_BREATH: Final = 0.05


class Turns:
    """Gives the turn to one worker after the other."""

    def __init__(self, family: Family, workers: Callable[[], Sequence[int]]) -> None:
        self._family = family
        self._workers = workers
        self._turn: int | None = None
        self._halted: frozenset[int] = frozenset()
        self._since = 0.0

    def give(self, number: int | None) -> str:
        """Let one worker take what comes, or all of them; what is wrong, if that cannot be done."""
        if number == self._turn and not self._is_long:
            return ""
        if self._is_long:
            self.end()
            time.sleep(_BREATH)
        running = self._family.members()
        workers = [pid for pid in self._workers() if pid in running]
        if number is None or (len(workers) < 2 and not number):
            self.end()
            return ""
        if number >= len(workers):
            return f"there are {len(workers)} processes, and it was meant for another one"
        others = frozenset(workers) - {workers[number]}
        self._family.go_on({workers[number]})
        self._family.halt(others)
        self._turn, self._halted, self._since = number, others, time.monotonic()
        return ""

    def end(self) -> None:
        """All go on."""
        if self._halted:
            self._family.go_on(self._halted)
        self._turn, self._halted = None, frozenset()

    @property
    def _is_long(self) -> bool:
        return bool(self._halted) and time.monotonic() - self._since > LONGEST
