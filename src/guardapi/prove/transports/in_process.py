"""The application in one child process, asked by WSGI calls: fast, and its clock is in our hands."""

import base64
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from guardapi.errors import TargetError
from guardapi.files.names import shown
from guardapi.prove.exchange import Answer, Exchange, Request
from guardapi.prove.plans import Store
from guardapi.prove.processes.family import TOKEN
from guardapi.prove.processes.keeper import Gone, Keeper, Message, Silence, last_words
from guardapi.prove.processes.target import Bounds, Target
from guardapi.prove.processes.workspace import Workspace
from guardapi.prove.transports.http_client import body_of, target_of

END_SECONDS: Final = 5.0
TURN_SECONDS: Final = 0.2
MOST_FACTS: Final = 200
Hold = tuple[str, int]
"""A line of a file of the project: `("shop/app.py", 12)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How an application is booted."""

    store: Store = Store.WORKING
    ports: frozenset[int] = frozenset()
    """Of the loopback interface, to which it may connect: a store that really runs, for example."""
    bounds: Bounds = field(default_factory=Bounds)


@dataclass(slots=True, kw_only=True)
class InProcess:
    """Carries requests to an application that has been imported once, and forks for each call of `send`."""

    keeper: Keeper
    workspace: Workspace
    target: Target
    options: Options
    owns_keeper: bool = True
    _facts: dict[str, None] = field(default_factory=dict)
    _is_used: bool = False
    _is_over: bool = False
    """The process that forks has ended."""
    _is_closed: bool = False

    @property
    def facts(self) -> tuple[str, ...]:
        """What whoever reads the result should know: what was refused, what was stood in for."""
        return tuple(self._facts)

    def send(
        self, exchanges: Sequence[Exchange], *, hold: Hold | None = None, is_silent: bool = False
    ) -> Iterator[tuple[Answer, ...]]:
        """The answers to each exchange, from a fork that nobody has asked anything before.

        Requests of one exchange wait for each other where Flask begins with the view, or at a held line. An exchange
        that the application does not survive is answered with errors, and so are those after it.
        """
        if self._is_closed or self._is_over:
            raise self._error("has ended")
        if self._is_used:
            self.workspace.restore()
        self._is_used = True
        try:
            self.keeper.tell({"plan": {**self._told(exchanges, hold), "is_silent": is_silent}})
        except Gone:
            raise self._error("has ended") from None
        limit = time.monotonic() + self.options.bounds.plan_seconds
        failure: _Failure | None = None
        try:
            for exchange in exchanges:
                if failure is not None:
                    yield (Answer(status=0, error=f"not sent any more: {failure.reason}"),) * len(
                        exchange.sent
                    )
                    continue
                found = self._answered(exchange, limit, self._seconds(is_silent=is_silent))
                if isinstance(found, tuple):
                    yield found
                    continue
                failure = found
                yield (Answer(status=0, seconds=found.seconds, error=found.reason),) * len(exchange.sent)
        finally:
            if failure is None or not failure.is_over:
                self._stop()

    def close(self) -> None:
        """End all processes, and remove the temporary folder."""
        if self._is_closed:
            return
        self._is_closed = True
        try:
            if self.owns_keeper:
                self.keeper.close()
            else:
                self._end()
        finally:
            self.workspace.remove()

    def boot(self) -> None:
        """Import the application. Raises `TargetError` with what it said last."""
        bounds = self.options.bounds
        limit = time.monotonic() + bounds.boot_seconds
        try:
            self.keeper.tell({"boot": self._job()})
            message = self._hear(limit, "booted", "failed", "over")
        except Silence:
            raise self._error(f"did not start within {bounds.boot_seconds:.0f} seconds") from None
        except Gone:
            raise self._error("took the process down that had started it") from None
        if "over" in message:
            self._is_over = True
            raise self._error(f"ended while it was imported: {_ending(message['over'], bounds)}")
        if "failed" in message:
            raise self._error(*_failure(message, self.target))
        self.workspace.keep()

    def _job(self) -> Message:
        bounds = self.options.bounds
        project = self.workspace.project
        return {
            "app": self.target.app,
            "project": str(project),
            "imports": str((project / self.target.folder).resolve()),
            "writable": str(self.workspace.path),
            "environment": {
                **self.workspace.environment(self.target),
                # As under `flask run`: `app.run()` in a module then does nothing.
                "FLASK_RUN_FROM_CLI": "true",
                TOKEN: self.keeper.family.token,
            },
            "store": self.options.store.value,
            "ports": sorted(self.options.ports),
            "bounds": {
                "cpu": bounds.cpu_seconds,
                "memory": bounds.memory_bytes,
                "file": bounds.file_bytes,
                "open_files": bounds.open_files,
                "processes": bounds.processes,
            },
        }

    def _told(self, exchanges: Sequence[Exchange], hold: Hold | None) -> Message:
        """Floods repeat one request: each is told once."""
        numbers: dict[int, int] = {}
        requests: list[Message] = []
        for exchange in exchanges:
            for sent in exchange.sent:
                if id(sent.request) not in numbers:
                    numbers[id(sent.request)] = len(requests)
                    requests.append(_request(sent.request))
        return {
            "requests": requests,
            "exchanges": [
                {
                    "pause": one.pause,
                    "sent": [(numbers[id(sent.request)], sent.client) for sent in one.sent],
                    "seconds": self._patience(one),
                }
                for one in exchanges
            ],
            "hold": (str(self.workspace.project / hold[0]), hold[1]) if hold is not None else None,
            "seconds": self.options.bounds.answer_seconds,
        }

    def _patience(self, exchange: Exchange, seconds: float | None = None) -> float:
        """The seconds for requests that come together, and take turns on one processor."""
        return (seconds or self.options.bounds.answer_seconds) + TURN_SECONDS * (len(exchange.sent) - 1)

    def _seconds(self, *, is_silent: bool) -> float:
        """For one answer."""
        bounds = self.options.bounds
        return bounds.silent_seconds if is_silent else bounds.answer_seconds

    def _answered(self, exchange: Exchange, limit: float, seconds: float) -> "tuple[Answer, ...] | _Failure":
        bounds = self.options.bounds
        started = time.monotonic()
        # What hangs beside others is told by the child; this is for the one whose thread nothing can leave.
        grace = END_SECONDS if len(exchange.sent) > 1 else 0.0
        try:
            until = min(limit, started + self._patience(exchange, seconds) + grace)
            message = self._hear(until, "answers", "broken", "ended", "over")
        except Silence:
            waited = time.monotonic() - started
            if time.monotonic() >= limit:
                return _Failure(f"one plan may take {bounds.plan_seconds:.0f} seconds, and took more", waited)
            return _Failure(f"no answer within {seconds:.0f} seconds", waited)
        except Gone:
            raise self._error("took the process down that had started it") from None
        if "over" in message:
            self._is_over = True
            raise self._error(f"has ended: {_ending(message['over'], bounds)}")
        if "broken" in message:
            return _Failure(f"the application broke what asks it: {message['broken']}")
        if "ended" in message:
            ending = _ending(message["ended"], bounds)
            return _Failure(f"the process ended while it answered: {ending}", is_over=True)
        return tuple(_answer(one) for one in message["answers"])

    def _stop(self) -> None:
        """End the fork, and wait until it is gone."""
        try:
            self.keeper.tell({"stop": True})
            message = self._hear(time.monotonic() + END_SECONDS, "ended", "over")
        except Silence:
            self._end()
        except Gone:
            self._is_over = True
        else:
            self._is_over = "over" in message

    def _end(self) -> None:
        """End the application, and leave the keeper for the next one."""
        if self._is_over:
            return
        self._is_over = True
        try:
            self.keeper.end_application()
            self._hear(time.monotonic() + END_SECONDS, "over")
        except (Silence, Gone):
            self.keeper.close()

    def _hear(self, limit: float, *kinds: str) -> Message:
        """The next message of some kind; facts are noted on the way."""
        while True:
            message = self.keeper.hear(max(limit - time.monotonic(), 0.0))
            if "fact" in message and len(self._facts) < MOST_FACTS:
                self._facts[shown(str(message["fact"]))] = None
            if not message.keys().isdisjoint(kinds):
                return message

    def _error(self, what: str, hint: str = "", words: Sequence[str] = ()) -> TargetError:
        said = last_words((*self.keeper.family.said.lines(), *words))
        noted = "".join(f"\n  {fact}" for fact in self._facts)
        name = shown(self.target.app)
        return TargetError(f"The application {name} {what}.{hint}{noted}{said}")


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why there are no answers any more."""

    reason: str
    seconds: float = 0.0
    """For which an answer was waited for."""
    is_over: bool = False
    """The fork has ended, and that was told."""


def start(target: Target, options: Options | None = None, keeper: Keeper | None = None) -> InProcess:
    """Copy the project and boot its application. Raises `TargetError`; then nothing is left either.

    A keeper that is handed in is used for this application alone until it is closed, and stays.
    """
    options = options or Options()
    if os.name != "posix":
        raise TargetError("Applications are proved on Linux and macOS only.")
    workspace = Workspace.of(target, options.bounds)
    try:
        kept = keeper or Keeper.start(
            target.python, environment=workspace.environment(target), folder=workspace.path
        )
    except BaseException:
        workspace.remove()
        raise
    started = InProcess(
        keeper=kept, workspace=workspace, target=target, options=options, owns_keeper=keeper is None
    )
    try:
        started.boot()
    except BaseException:
        started.close()
        raise
    return started


def _request(request: Request) -> Message:
    body, kind = body_of(request)
    headers = {"Content-Type": kind} if kind else {}
    if request.cookies:
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in request.cookies.items())
    names = {name.lower() for name in request.headers}
    usual = {name: value for name, value in headers.items() if name.lower() not in names}
    return {
        "method": request.method,
        "target": target_of(request),
        "headers": {**usual, **request.headers},
        "body": base64.b64encode(body).decode("ascii"),
        "is_chunked": request.is_chunked,
        "is_kept": request.is_kept,
        "session": dict(request.session),
    }


def _answer(told: Mapping[str, Any]) -> Answer:
    return Answer(**told)


def _failure(message: Message, target: Target) -> tuple[str, str, tuple[str, ...]]:
    """What is wrong, what to try, and where it came up."""
    kind = f"{message['type']}: " if message["type"] else ""
    what = f"does not start: {shown(kind + message['failed'])}".rstrip(". ")
    words = tuple(shown(line) for line in message["traceback"].splitlines())
    if message["missing"] is not None:
        name = shown(str(message["missing"]))
        return (
            what,
            f" {shown(str(target.python))} does not have {name}: name the interpreter of the project's virtual"
            " environment with --python, or the folder where its imports start.",
            words,
        )
    if message["variable"] is not None:
        return what, f" Set it with --env {shown(message['variable'])}=VALUE.", words
    return what, "", words


def _ending(status: int, bounds: Bounds) -> str:
    """The status of a process in words."""
    if not os.WIFSIGNALED(status):
        return f"it left with status {os.waitstatus_to_exitcode(status)}"
    number = os.WTERMSIG(status)
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    if name in ("SIGXCPU", "SIGKILL"):
        return f"it was ended by {name}, which comes after {bounds.cpu_seconds} seconds of computing"
    return f"it was ended by {name}"
