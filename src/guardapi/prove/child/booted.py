"""The process that has imported the application, and forks for each plan: nobody has asked the fork anything before."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import traceback
from typing import Any

from . import bounds
from .application import Application, NotFoundError
from .channel import Channel
from .clock import CLOCK
from .forks import Fork, adopt
from .guard import Guard
from .plan import carry_out
from .silence import SILENCE
from .stand_ins import COUNTS
from .store import STORE
from .wall import refuse_connections

SHOWN_FRAMES = -7
SHOWN_THREADS = 5
VARIABLES = (os.__file__, "<frozen os>")
"""Where `os.environ` raises."""


def take_plans(job: dict[str, Any], channel: Channel) -> None:
    """Boot, say so, and carry out plans until told to end."""
    application = _booted(job, channel)
    if application is None:
        return
    for fact in application.facts:
        channel.fact(fact)
    others = [thread.name for thread in threading.enumerate() if _goes_on(thread)]
    if others:
        names = ", ".join(sorted(others)[:SHOWN_THREADS])
        channel.fact(f"threads that the import starts ({names}) do not run while it is asked")
    channel.write({"booted": sys.version.split()[0]})
    while True:
        message = channel.read()
        if message is None:
            return
        if "plan" in message:
            _fork(application, message["plan"], channel)


def _goes_on(thread: threading.Thread) -> bool:
    """A timer is set anew by whoever needs it (`limits` does)."""
    return thread is not threading.main_thread() and not isinstance(thread, threading.Timer)


def _fork(application: Application, plan: dict[str, Any], channel: Channel) -> None:
    def run() -> None:
        os.close(channel.control)
        try:
            carry_out(application, plan, channel)
        except BaseException:  # noqa: BLE001  # the border: what the application has broken is told
            channel.write({"broken": traceback.format_exc(limit=SHOWN_FRAMES)})

    # The application may have chosen never to be told.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    fork = Fork(run)
    status = fork.wait(channel.control)
    if status is None:
        # Told to stop, or nobody is there any more: both can be read from the descriptor afterwards.
        status = fork.kill()
    channel.write({"ended": status})


def _booted(job: dict[str, Any], channel: Channel) -> Application | None:
    try:
        _enter(job, channel)
        return Application(job["app"])
    except NotFoundError as error:
        channel.write({"failed": str(error), "type": "", "traceback": "", "missing": None, "variable": None})
    except BaseException as error:  # noqa: BLE001  # whatever the import raises is told
        channel.write({"failed": str(error), **_facts_of(error)})
    return None


def _facts_of(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)
    is_variable = isinstance(error, KeyError) and bool(frames) and frames[-1].filename in VARIABLES
    return {
        "type": type(error).__name__,
        "traceback": traceback.format_exc(limit=SHOWN_FRAMES),
        "missing": error.name if isinstance(error, ModuleNotFoundError) else None,
        "variable": str(error.args[0]) if is_variable else None,
    }


def _enter(job: dict[str, Any], channel: Channel) -> None:
    """The surroundings of the application; what refuses comes last."""
    adopt()
    bounds.hold(job["bounds"])
    os.chdir(job["project"])
    os.environ.clear()
    os.environ.update(job["environment"])
    tempfile.tempdir = None
    sys.dont_write_bytecode = True
    given = job["environment"].get("PYTHONPATH", "")
    paths = [job["imports"], job["project"], *(path for path in given.split(os.pathsep) if path)]
    sys.path[:0] = list(dict.fromkeys(paths))
    ports = frozenset(job["ports"])
    CLOCK.sleeps = COUNTS.add
    COUNTS.tell = channel.fact
    STORE.set_up(job["store"], ports, channel.fact)
    SILENCE.prepare(ports)
    guard = Guard(job["writable"], job["project"], ports, channel.fact)
    guard.refused = guard.wrote = COUNTS.add
    if ports:
        channel.fact("connections that C libraries open are not seen where ports are allowed")
    elif not refuse_connections():
        channel.fact("connections that C libraries open are not seen on this system")
    guard.install()
