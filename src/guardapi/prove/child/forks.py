"""Forks that are waited for, and ended with all that they have started."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import traceback
import warnings
from collections.abc import Callable

from .clock import REAL_SLEEP
from .guard import unguarded

SUBREAPER = 36
PAUSE = 0.002
WAKE = 0.05


class Fork:
    """A child of this process; `alive` becomes readable when it has ended."""

    def __init__(self, run: Callable[[], None]) -> None:
        self.alive, held = os.pipe()
        with warnings.catch_warnings():
            # That other threads are not there in the child is known, and told to the user.
            warnings.simplefilter("ignore")
            with unguarded():
                self.pid = os.fork()
        if self.pid == 0:
            os.close(self.alive)
            try:
                os.setsid()
                run()
            except BaseException:  # noqa: BLE001  # the border of the process
                traceback.print_exc()
            finally:
                # Not `sys.exit`: neither threads nor what is registered for the end may keep the process.
                os._exit(0)
        os.close(held)

    def wait(self, watched: int) -> int | None:
        """Its status when it has ended; None as soon as something can be read from the descriptor."""
        reads = [self.alive, watched]
        while True:
            ready = select.select(reads, [], [], WAKE)[0]
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.alive)
                end_children(self.pid)
                return status
            if watched in ready:
                return None
            if self.alive in ready:
                # Closed, although the process is there: the application closes what it does not know.
                reads = [watched]

    def kill(self) -> int:
        """End it, and return its status."""
        _kill_group(self.pid)
        _, status = os.waitpid(self.pid, 0)
        os.close(self.alive)
        end_children(self.pid)
        return status


def adopt() -> None:
    """Become the parent of whatever the children leave behind, where the system can do that."""
    import ctypes  # noqa: PLC0415  # heavy, and not everywhere

    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(SUBREAPER, 1, 0, 0, 0)


def end_children(group: int = 0) -> None:
    """End the process group of a child that is gone, and every child that is left."""
    if group:
        _kill_group(group)
    while os.path.isdir("/proc/self"):  # noqa: PTH112
        try:
            if os.waitpid(-1, os.WNOHANG)[0]:
                continue
        except ChildProcessError:
            return
        for pid in _children():
            _kill(pid)
        REAL_SLEEP(PAUSE)


def _children() -> list[int]:
    own = str(os.getpid()).encode()
    found = []
    for name in os.listdir("/proc"):  # noqa: PTH208
        if name.isdigit():
            try:
                with open("/proc/" + name + "/stat", "rb") as file:  # noqa: PTH123
                    state = file.read().rpartition(b")")[2].split()
            except OSError:
                continue
            if state[1] == own:
                found.append(int(name))
    return found


def _kill(pid: int) -> None:
    with contextlib.suppress(OSError), unguarded():
        os.kill(pid, signal.SIGKILL)


def _kill_group(pid: int) -> None:
    with contextlib.suppress(OSError), unguarded():
        os.killpg(pid, signal.SIGKILL)
