"""The clock of the application: it stands while requests are answered, and is put forward between them.

Requests that are sent together so come at one moment, however long their answers take. Before the first request it
runs. A pause of the application costs no time: for the thread that makes it the clock goes on until its request is
answered. Each reading takes a microsecond, so that whoever waits by the clock gets to the end.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable
from time import struct_time
from typing import Any

REAL_TIME = time.time
REAL_MONOTONIC = time.monotonic
REAL_PERF_COUNTER = time.perf_counter
REAL_SLEEP = time.sleep
REAL_LOCALTIME = time.localtime
REAL_GMTIME = time.gmtime
REAL_STRFTIME = time.strftime
REAL_ASCTIME = time.asctime
DAY = 86_400.0
READING = 1e-6
BOOT = 3600.0
"""The first request comes so long after midnight, and no window ends by accident."""
BILLION = 1_000_000_000
LONGEST = 7200.0
"""Seconds of pauses in one request; whoever waits longer waits for ever."""


class NoEndError(BaseException):
    """A request waits for ever; what catches exceptions of its own must not catch this one."""


class _Thread(threading.local):
    slip: float = 0.0
    is_asked: bool = False


class Clock:
    """Methods and no functions: a class that keeps `time.localtime` must not bind it."""

    def __init__(self) -> None:
        self.midnight = (REAL_TIME() // DAY + 1) * DAY
        self.offset = self.midnight - REAL_TIME()
        self.standing = 0.0
        """What it shows while it stands; 0 while it runs."""
        self.ahead = 0.0
        self.thread = _Thread()
        self.sleeps: Callable[[float], None] = _nobody
        """Called with the seconds of each pause that is not made."""

    def stop(self) -> None:
        """Stand, from the first request on."""
        self.standing = self.midnight + BOOT

    def put_forward(self, seconds: float) -> None:
        """Let time pass at once."""
        self.standing += seconds
        self.ahead += seconds

    def begin(self) -> None:
        """This thread answers a request."""
        self.thread.is_asked, self.thread.slip = True, 0.0

    def end(self) -> float:
        """It has been answered; the seconds of the pauses that were not made."""
        waited, self.thread.is_asked, self.thread.slip = self.thread.slip, False, 0.0
        return waited

    def time(self) -> float:
        """As `time.time`."""
        if not self.standing:
            return REAL_TIME() + self.offset
        if self.thread.is_asked:
            self.thread.slip += READING
        return self.standing + self.thread.slip

    def monotonic(self) -> float:
        """As `time.monotonic`: it runs, since waiting threads rely on that."""
        return REAL_MONOTONIC() + self.ahead + self.thread.slip

    def perf_counter(self) -> float:
        """As `time.perf_counter`."""
        return REAL_PERF_COUNTER() + self.ahead + self.thread.slip

    def time_ns(self) -> int:
        """As `time.time_ns`."""
        return int(self.time() * BILLION)

    def monotonic_ns(self) -> int:
        """As `time.monotonic_ns`."""
        return int(self.monotonic() * BILLION)

    def perf_counter_ns(self) -> int:
        """As `time.perf_counter_ns`."""
        return int(self.perf_counter() * BILLION)

    def sleep(self, seconds: float, /) -> None:
        """As `time.sleep`, and over at once where a request is answered; elsewhere a loop would spin.

        Raises `NoEndError` where it has been asked for too often.
        """
        if not self.thread.is_asked:
            REAL_SLEEP(seconds)
            return
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        self.sleeps(seconds)
        self.thread.slip += seconds
        if self.thread.slip > LONGEST:
            raise NoEndError

    def localtime(self, seconds: float | None = None, /) -> struct_time:
        """As `time.localtime`."""
        return REAL_LOCALTIME(self.time() if seconds is None else seconds)

    def gmtime(self, seconds: float | None = None, /) -> struct_time:
        """As `time.gmtime`."""
        return REAL_GMTIME(self.time() if seconds is None else seconds)

    def strftime(self, form: str, moment: Any = None, /) -> str:
        """As `time.strftime`."""
        return REAL_STRFTIME(form, self.localtime() if moment is None else moment)

    def asctime(self, moment: Any = None, /) -> str:
        """As `time.asctime`."""
        return REAL_ASCTIME(self.localtime() if moment is None else moment)

    def ctime(self, seconds: float | None = None, /) -> str:
        """As `time.ctime`."""
        return REAL_ASCTIME(self.localtime(seconds))

    def install(self) -> None:
        """Take the place of the functions of `time` and of `datetime.now`."""
        for name in (
            *("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "sleep"),
            *("localtime", "gmtime", "strftime", "asctime", "ctime"),
        ):
            setattr(time, name, getattr(self, name))
        # It has been imported with the real ones, and waits by them.
        threading._time = self.monotonic  # type: ignore[attr-defined]  # noqa: SLF001
        self._install_dates()

    def _install_dates(self) -> None:
        """The type stays what it is, so that `isinstance` and pickles hold; only its methods are replaced.

        The others (`date.today`, `datetime.today`) ask `time.time` themselves.
        """
        import ctypes  # noqa: PLC0415  # heavy, and not everywhere
        import datetime  # noqa: PLC0415

        def now(cls: Any, tz: datetime.tzinfo | None = None) -> Any:
            return cls.fromtimestamp(self.time(), tz)

        def utcnow(cls: Any) -> Any:
            return cls.fromtimestamp(self.time(), datetime.timezone.utc).replace(tzinfo=None)  # noqa: UP017

        members: Any = gc.get_referents(datetime.datetime.__dict__)[0]
        members["now"], members["utcnow"] = classmethod(now), classmethod(utcnow)
        ctypes.pythonapi.PyType_Modified(ctypes.py_object(datetime.datetime))


def _nobody(_seconds: float) -> None:
    return None


CLOCK = Clock()
