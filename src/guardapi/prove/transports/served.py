"""The application under gunicorn, as its deployment starts it: real workers, a real store, a port of this machine."""

import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from guardapi.errors import TargetError
from guardapi.files.names import shown
from guardapi.prove.deployed import Deployed
from guardapi.prove.exchange import Answer, Exchange, Transport
from guardapi.prove.plans import Store
from guardapi.prove.processes.family import Family, start
from guardapi.prove.processes.keeper import last_words
from guardapi.prove.processes.target import Bounds, Target
from guardapi.prove.processes.workspace import Workspace
from guardapi.prove.transports.http_client import Client
from guardapi.prove.transports.loopback import Address
from guardapi.prove.transports.stores import (
    BrokenStore,
    LentStore,
    NoStore,
    StartedStore,
    broken_store,
    kind_of,
    store_variables,
)
from guardapi.prove.transports.turns import Turns

_MAIN: Final = Path(__file__).parents[1] / "child" / "main.py"
_PATIENCE: Final = 1.0
_BACKLOG: Final = 2048
_WAKE: Final = 0.05
_GRACE: Final = 1
"""Seconds that gunicorn gives its workers for what they are at."""


class Served:
    """Carries requests to gunicorn. What counts in processes is started anew for each plan, a store is emptied."""

    def __init__(
        self,
        target: Target,
        deployed: Deployed,
        *,
        store: LentStore | None = None,
        wanted: str | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        self._target = target
        self._deployed = deployed
        self._bounds = bounds or Bounds()
        self._store: LentStore = store or NoStore()
        self._wanted = wanted
        """The kind of store that the application asks for."""
        try:
            self._workspace = Workspace.of(target, self._bounds)
        except BaseException:
            self._store.close()
            raise
        self._variables = store_variables(self._workspace.project, kind_of(self._store))
        self._listener = _listener()
        self._running: _Running | None = None
        self._is_kept = False
        self._facts: dict[str, None] = {}

    @property
    def facts(self) -> tuple[str, ...]:
        """What the guard has refused, and what is not as in production."""
        current = self._running.facts if self._running is not None else ()
        return tuple(dict.fromkeys((*self._facts, *current)))

    @property
    def url(self) -> str:
        """Where it is served."""
        return f"http://{self._address.header}"

    def start(self) -> None:
        """Start the server before anything is sent. Raises `TargetError` with what it said last."""
        self._started(Store.WORKING)

    def connect(self, state: Store, *, is_silent: bool = False) -> Transport:
        """The application with its store in some state, and other servers that answer, or never do."""
        return _Connection(lambda exchanges: self._send(self._started(state, is_silent=is_silent), exchanges))

    def close(self) -> None:
        """End everything, and remove the copy."""
        self._end()
        self._store.close()
        self._listener.close()
        self._workspace.remove()

    @property
    def _address(self) -> Address:
        host, port = self._listener.getsockname()
        return Address(host=host, port=port)

    def _send(self, running: "_Running", exchanges: Sequence[Exchange]) -> Iterator[tuple[Answer, ...]]:
        running.is_used = True
        client = Client(address=self._address, seconds=self._bounds.answer_seconds)
        limit = time.monotonic() + self._bounds.plan_seconds + sum(exchange.pause for exchange in exchanges)
        turns = Turns(running.family, lambda: running.reports.workers)
        left = ExitStack()
        try:
            for exchange in exchanges:
                if exchange.pause:
                    turns.end()
                    time.sleep(exchange.pause)
                problem = turns.give(exchange.worker)
                if problem:
                    yield (Answer(status=0, error=problem),) * len(exchange.sent)
                    continue
                if exchange.is_left:
                    left.enter_context(client.left(exchange.sent))
                    yield (Answer(status=0, error="not waited for"),) * len(exchange.sent)
                    continue
                answers = client.together(exchange.sent)
                if not running.family.is_alive:
                    raise running.failure("has ended while it was asked, with gunicorn")
                yield answers
                if time.monotonic() > limit:
                    raise TargetError(
                        f"The requests of one claim took more than {self._bounds.plan_seconds:g} seconds."
                    )
        finally:
            left.close()
            turns.end()

    def _started(self, state: Store, *, is_silent: bool = False) -> "_Running":
        """A server that nobody has asked anything before, as far as counters go."""
        is_usual = state is Store.WORKING and not is_silent
        if is_usual and self._running is not None and self._running.is_as_new_when_emptied:
            self._store.empty()
            return self._running
        self._end()
        if self._is_kept:
            self._workspace.restore()
        if self._store.is_ours:
            self._store.empty()
        store = (
            self._store
            if state is Store.WORKING
            else broken_store(self._wanted or kind_of(self._store), state)
        )
        try:
            self._running = self._boot(store, is_silent=is_silent)
        except BaseException:
            if isinstance(store, BrokenStore):
                store.close()
            raise
        if not self._is_kept:
            self._workspace.keep()
            self._is_kept = True
        return self._running

    def _end(self) -> None:
        if self._running is not None:
            self._running.end()
            self._facts.update(dict.fromkeys(self._running.facts))
            self._running = None

    def _boot(self, store: LentStore, *, is_silent: bool) -> "_Running":
        reports = _Reports()
        life_end, life = os.pipe()
        job = {**self._job(store, reports, life_end), "is_silent": is_silent}
        try:
            family = start(
                [self._target.python, _MAIN, "serve", json.dumps(job)],
                folder=self._workspace.project,
                environment=self._environment(store),
                pass_fds=(self._listener.fileno(), reports.write_end, life_end),
            )
        except BaseException:
            os.close(life)
            raise
        finally:
            os.close(life_end)
            reports.hand_over()
        running = _Running(
            app=self._target.app,
            family=family,
            reports=reports,
            life=life,
            store=store,
            is_silent=is_silent,
        )
        try:
            self._wait_for(running)
        except BaseException:
            running.end()
            self._facts.update(dict.fromkeys(running.facts))
            raise
        return running

    def _job(self, store: LentStore, reports: "_Reports", life: int) -> Mapping[str, object]:
        deployed, bounds, workspace = self._deployed, self._bounds, self._workspace
        return {
            "app": self._target.app,
            "folder": self._target.folder,
            "project": str(workspace.project),
            "writable": str(workspace.path),
            "config": str(workspace.project / deployed.config) if deployed.config else None,
            "settings": {
                "workers": deployed.workers,
                "threads": deployed.threads,
                "worker_class": deployed.worker_class,
                "timeout": deployed.timeout,
                "graceful_timeout": _GRACE,
                "loglevel": "warning",
            },
            "is_first": not self._is_kept,
            "store": store.url,
            "wanted": self._wanted or "",
            "prefix": "" if store.is_ours else f"guardapi-{secrets.token_hex(8)}",
            "ports": sorted({*store.ports, self._address.port}),
            "bounds": {
                "memory": bounds.memory_bytes,
                "cpu": bounds.cpu_seconds,
                "file": bounds.file_bytes,
                "open_files": bounds.open_files,
                "processes": bounds.processes,
            },
            "socket": self._listener.fileno(),
            "answers": reports.write_end,
            "life": life,
            "key": reports.key,
        }

    def _environment(self, store: LentStore) -> dict[str, str]:
        given = self._workspace.environment(self._target)
        return {**dict.fromkeys(self._variables if store.url else (), store.url), **given}

    def _wait_for(self, running: "_Running") -> None:
        """Until each worker has loaded the application."""
        limit = time.monotonic() + self._bounds.boot_seconds
        while not running.reports.wait(self._deployed.workers, _WAKE):
            if not running.family.is_alive:
                raise self._not_started(running)
            if time.monotonic() > limit:
                raise running.failure(
                    f"did not start under gunicorn within {self._bounds.boot_seconds:g} seconds"
                )

    def _not_started(self, running: "_Running") -> TargetError:
        running.reports.finish()
        missing = running.reports.missing
        if not missing:
            return running.failure("did not start under gunicorn")
        return TargetError(
            f"{missing} is not installed for {shown(str(self._target.python))}, and the application is served with"
            " it. Install it there, or prove in process."
        )


@dataclass(slots=True, kw_only=True)
class _Running:
    """A server that runs."""

    app: str
    family: Family
    reports: "_Reports"
    life: int
    store: LentStore
    is_silent: bool = False
    """Whether other servers never answer it."""
    is_used: bool = False
    """Whether it has been asked anything."""

    @property
    def facts(self) -> tuple[str, ...]:
        """What whoever reads the verdicts should know."""
        if "lent" not in self.reports.stores or isinstance(self.store, BrokenStore):
            return tuple(self.reports.facts)
        where = (
            f"the {self.store.kind} started for this run"
            if isinstance(self.store, StartedStore)
            else "the store named"
        )
        return (
            f"limits are counted in {where}, whatever store the application names",
            *self.reports.facts,
        )

    @property
    def is_as_new_when_emptied(self) -> bool:
        """Whether nothing has been counted yet, or only in a store that may be emptied."""
        if isinstance(self.store, BrokenStore) or self.is_silent or not self.family.is_alive:
            return False
        return not self.is_used or (self.store.is_ours and self.reports.stores == {"lent"})

    def failure(self, what: str) -> TargetError:
        """What has happened, with what was said last."""
        self.end()
        return TargetError(f"The application {shown(self.app)} {what}.{last_words(self.family.said.lines())}")

    def end(self) -> None:
        """End it with all that it has started."""
        if self.life >= 0:
            self.family.end(patience=_PATIENCE)
            os.close(self.life)
            self.life = -1
            self.reports.finish()
            if isinstance(self.store, BrokenStore):
                self.store.close()


@dataclass(frozen=True, slots=True)
class _Connection:
    """Requests to the application while its store is in one state."""

    _send: Callable[[Sequence[Exchange]], Iterator[tuple[Answer, ...]]]

    def send(self, exchanges: Sequence[Exchange]) -> Iterator[tuple[Answer, ...]]:
        """See `Transport`."""
        return self._send(exchanges)

    def close(self) -> None:
        """What is served is served on."""


class _Reports:
    """What the processes of the server say of themselves: who is ready, where they count, what was refused."""

    def __init__(self) -> None:
        self.key = secrets.token_hex(8)
        self.facts: list[str] = []
        self.stores: set[str] = set()
        self.missing = ""
        self._read_end, self.write_end = os.pipe()
        self._ready: dict[int, None] = {}
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait(self, workers: int, seconds: float) -> bool:
        """Whether so many workers are ready, now or within so many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._ready) >= workers, timeout=seconds)

    @property
    def workers(self) -> tuple[int, ...]:
        """The ids of all that have been ready, in this order."""
        with self._changed:
            return tuple(self._ready)

    def hand_over(self) -> None:
        """The writers have been started: what is read ends when they do."""
        os.close(self.write_end)

    def finish(self) -> None:
        """All writers are gone: read what is left."""
        self._reader.join(timeout=2.0)

    def _read(self) -> None:
        with os.fdopen(self._read_end, "rb") as stream:
            for line in stream:
                # The application may write here as well; what it says bears no key.
                _, key, text = line.partition(self.key.encode())
                if key:
                    self._take(json.loads(text))

    def _take(self, message: Mapping[str, Any]) -> None:
        with self._changed:
            if "ready" in message:
                self._ready[message["ready"]] = None
            if "store" in message:
                self.stores.add(message["store"])
            if "missing" in message:
                self.missing = message["missing"]
            if "fact" in message:
                self.facts.append(shown(message["fact"]))
            self._changed.notify_all()


def _listener() -> socket.socket:
    """A socket of the loopback interface, on a port that is free; gunicorn inherits it."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("127.0.0.1", 0))
    made.listen(_BACKLOG)
    made.set_inheritable(True)
    return made
