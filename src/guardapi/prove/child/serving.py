"""gunicorn with the application, as its deployment starts it: on a socket that is bound already, under the guard.

The workers are real processes and their clock is the real one. Only what would lead out of here is left out of the
settings: addresses, users, log files, a process in the background.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import runpy
import shutil
import signal
import sys
import threading
import traceback
from typing import Any

from . import bounds, stand_ins
from .application import Application
from .channel import Channel
from .guard import Guard, guard_again, unguarded
from .lending import Lending
from .patching import Patches
from .silence import SILENCE

LEFT_OUT = frozenset(
    {
        *("accesslog", "errorlog", "logconfig", "logconfig_dict", "logconfig_json", "syslog", "statsd_host"),
        *("bind", "ca_certs", "certfile", "keyfile", "chdir", "config", "daemon", "group", "pidfile", "user"),
        *("check_config", "control_socket", "initgroups", "paste", "print_config", "proxy_protocol"),
        *("pythonpath", "reload", "spew", "tmp_upload_dir", "worker_tmp_dir", "wsgi_app"),
    }
)
"""Settings of the project that are not taken over."""
BLOCKING = frozenset({"sync", "gthread"})
"""Kinds of workers that change nothing of what has been imported before them."""
SHARED = ("flask", "flask_limiter", "werkzeug.middleware.proxy_fix", "redis", "pymemcache")
"""What many applications import: once, instead of once for each worker."""
APP_LOAD_ERROR = 4


def serve(text: str) -> None:
    """Run until the process that has started this one is gone, or ends it."""
    job: dict[str, Any] = json.loads(text)
    channel = Channel(job["life"], job["answers"], job["key"])
    threading.Thread(target=_end_with, args=(job["life"], job["writable"]), daemon=True).start()
    worker_class = job["settings"]["worker_class"].split(".")[0]
    for name in ("gunicorn", *(name for name in ("gevent", "eventlet") if name in worker_class)):
        try:
            importlib.import_module(name)
        except ImportError:
            channel.write({"missing": name})
            sys.exit(1)
    os.chdir(job["project"])
    sys.path[:0] = [os.path.join(job["project"], job["folder"]), job["project"]]  # noqa: PTH118
    bounds.hold(job["bounds"])
    lending = Lending(job["store"], job["prefix"], job["wanted"], channel)
    Patches({**stand_ins.PATCHES, **lending.patches}).install()
    if job["is_silent"]:
        SILENCE.prepare(frozenset(job["ports"]))
    channel.fact("connections that C libraries open are not seen where ports are allowed")
    Guard(job["writable"], job["project"], frozenset(job["ports"]), channel.fact).install()
    if worker_class in BLOCKING:
        for name in SHARED:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    if job["is_first"]:
        _rehearse(job["app"])
    _serve(job, channel)


def _end_with(life: int, writable: str) -> None:
    """Nothing of what is started here, or written, may outlast whoever has started it."""
    while os.read(life, 1):
        pass
    with unguarded():
        shutil.rmtree(writable, ignore_errors=True)
        os.killpg(os.getpgrp(), signal.SIGKILL)


def _rehearse(name: str) -> None:
    """Load the application once alone: what it makes where there is none, like a database, is made once then."""
    with unguarded():
        pid = os.fork()
    if pid:
        status = os.waitpid(pid, 0)[1]
        if status:
            sys.exit(APP_LOAD_ERROR)
        return
    try:
        Application(name)
    except BaseException:  # noqa: BLE001  # whatever it raises is what the user has to see
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(APP_LOAD_ERROR)
    os._exit(0)


def _serve(job: dict[str, Any], channel: Channel) -> None:
    # Of the interpreter of the application.
    from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # noqa: PLC0415
    from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]  # noqa: PLC0415

    class Guarded(Arbiter):  # type: ignore[misc, unused-ignore]
        """May start processes and end them; what runs in these may not."""

        def spawn_worker(self) -> Any:
            with unguarded():
                return super().spawn_worker()

        def kill_worker(self, pid: int, sig: int) -> None:
            with unguarded():
                super().kill_worker(pid, sig)

    class Server(BaseApplication):  # type: ignore[misc, unused-ignore]
        def load_config(self) -> None:
            if job["config"]:
                _take_over(self.cfg, job["config"], channel)
            hooks = {"post_fork": _guarded(self.cfg), "post_worker_init": _telling(self.cfg, job, channel)}
            settings = {**job["settings"], "bind": [f"fd://{job['socket']}"], **hooks}
            for name, value in settings.items():
                self.cfg.set(name, value)
            if "control_socket_disable" in self.cfg.settings:
                self.cfg.set("control_socket_disable", True)

        def load(self) -> Any:
            made = Application(job["app"])
            for fact in made.facts:
                channel.fact(fact)
            return made.called

    Guarded(Server()).run()


def _take_over(settings: Any, path: str, channel: Channel) -> None:
    """The settings of the project's own file, as far as they can be used here."""
    try:
        found = runpy.run_path(path)
    except Exception as error:  # noqa: BLE001  # whatever a file of settings does
        channel.fact(f"{os.path.basename(path)} cannot be run: {type(error).__name__}: {error}")  # noqa: PTH119
        return
    for name, value in found.items():
        if name not in settings.settings or name in LEFT_OUT:
            continue
        try:
            settings.set(name, value)
        except Exception as error:  # noqa: BLE001  # each setting checks its value in its own way
            channel.fact(f"{name} of gunicorn is left as it is: {error}")


def _guarded(settings: Any) -> Any:
    before = settings.post_fork

    def post_fork(server: Any, worker: Any) -> None:
        # Forked in the middle of `spawn_worker`, where the guard is off.
        guard_again()
        before(server, worker)

    return post_fork


def _telling(settings: Any, job: dict[str, Any], channel: Channel) -> Any:
    before = settings.post_worker_init

    def post_worker_init(worker: Any) -> None:
        before(worker)
        SILENCE.is_on = job["is_silent"]
        channel.write({"ready": os.getpid()})

    return post_worker_init
