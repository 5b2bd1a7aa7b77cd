"""What the processes of the application may use, held by the system."""

from __future__ import annotations

import contextlib
import os
import resource
import sys
from typing import Any


def hold(bounds: dict[str, Any]) -> None:
    """For this process and its children, each on its own."""
    # Memory that is written to: libraries reserve more addresses than they use. Elsewhere only those are counted.
    memory = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS
    _lower(memory, bounds["memory"])
    # A second between the signal that has a name and the one that cannot be caught.
    _lower(resource.RLIMIT_CPU, bounds["cpu"], 1)
    _lower(resource.RLIMIT_FSIZE, bounds["file"])
    _lower(resource.RLIMIT_NOFILE, bounds["open_files"])
    _lower(resource.RLIMIT_CORE, 0)
    running = _tasks()
    if running is not None:
        # The system counts by user: whatever else runs must not use up what the application may have.
        _lower(resource.RLIMIT_NPROC, running + bounds["processes"])


def _lower(kind: int, most: int, grace: int = 0) -> None:
    hard = resource.getrlimit(kind)[1]
    last = most + grace if hard == resource.RLIM_INFINITY else min(most + grace, hard)
    # Some systems know a bound and do not take it.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (min(most, last), last))


def _tasks() -> int | None:
    """The processes and threads of this user; None where that cannot be seen."""
    if not os.path.isdir("/proc/self"):  # noqa: PTH112
        return None
    own, found = os.getuid(), 0
    for name in os.listdir("/proc"):  # noqa: PTH208
        try:
            if name.isdigit() and os.stat("/proc/" + name).st_uid == own:  # noqa: PTH116
                found += len(os.listdir("/proc/" + name + "/task"))  # noqa: PTH208
        except OSError:
            continue
    return found
