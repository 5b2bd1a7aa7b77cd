"""The process that runs examples: it has imported what all need, and forks once for each job.

A job (a line of JSON on standard input) names a folder, an application and requests; its answers go to a file.
"""

import contextlib
import gc
import importlib
import io
import json
import os
import resource
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import stand_ins

PRELOADED: Final = (
    *("flask", "flask.testing", "flask_limiter", "werkzeug.security", "werkzeug.middleware.proxy_fix"),
    *("concurrent.futures", "fakeredis", "flask_sqlalchemy", "httpx", "PIL.Image", "redis", "requests"),
    *("smtplib", "sqlite3"),
)
"""What many examples import: once, instead of once for each."""
WALL_SECONDS: Final = 25.0
CPU_SECONDS: Final = 20
MEMORY_BYTES: Final = 2 * 2**30
FILE_BYTES: Final = 64 * 2**20
HOLD_SECONDS: Final = 5.0
STACK_BYTES: Final = 2**20


def main() -> None:
    """Serve jobs until standard input ends."""
    pause = time.sleep
    stand_ins.stop_the_clock()
    for name in PRELOADED:
        importlib.import_module(name)
    # What has been imported is never collected: the forks share it.
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        job = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _run_and_leave(job)
        end = time.monotonic() + WALL_SECONDS
        ended = (0, 0)
        while ended == (0, 0) and time.monotonic() < end:
            pause(0.003)
            ended = os.waitpid(pid, os.WNOHANG)
        if ended == (0, 0):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        sys.stdout.write(f"{'late' if ended == (0, 0) else ended[1]}\n")
        sys.stdout.flush()


def _run_and_leave(job: dict[str, Any]) -> None:
    try:
        answer = _bounded(job)
    except BaseException:  # noqa: BLE001  # the border: whatever an example does ends here
        answer = {"boot": traceback.format_exc(limit=-6)}
    Path(job["answers"]).write_text(json.dumps(answer))
    # Not `sys.exit`: an example's threads must not keep the process.
    os._exit(0)


def _bounded(job: dict[str, Any]) -> dict[str, Any]:
    for kind, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    log = os.open(job["log"], os.O_WRONLY | os.O_CREAT)
    os.dup2(log, 1)
    os.dup2(log, 2)
    root = os.path.realpath(job["root"])
    os.chdir(root)
    os.environ.update(job["environment"], HOME=root, TMPDIR=root)
    tempfile.tempdir = root
    sys.dont_write_bytecode = True
    sys.path[0:1] = [str(Path(root, job["folder"])), root]
    stand_ins.make_cheap()
    if not job["outage"]:
        _lend_a_store()
    stand_ins.shut_in(str(Path(root).parent))
    return _Run(job).answers()


def _lend_a_store() -> None:
    """A Redis in memory: the client is the real one, and its server is in this process."""
    import fakeredis
    import redis

    client: Any = fakeredis.FakeRedis
    for name, lent in (("Redis", client), ("StrictRedis", client), ("from_url", client.from_url)):
        setattr(redis, name, lent)


class _Run:
    """One application, and the requests that it is sent."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.job = job
        self.app = self._application()
        self.errors: list[str] = []
        self.stranger = self.app.test_client(use_cookies=False)
        # Flask would hand them to whoever tests.
        self.app.config["PROPAGATE_EXCEPTIONS"] = False
        self._note_errors()
        self._make_tables()

    def answers(self) -> dict[str, Any]:
        """By step."""
        results = []
        for step in self.job["steps"]:
            stand_ins.CLOCK.now += step.get("advance", 0.0)
            results.append(
                self._together(step["requests"])
                if len(step["requests"]) > 1
                else [self._send(step["requests"][0])]
            )
        return {"steps": results}

    def _application(self) -> Any:
        module, _, name = self.job["app"].partition(":")
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
        return found if hasattr(found, "wsgi_app") else found()

    def _note_errors(self) -> None:
        import flask

        def note(_sender: object, exception: BaseException, **_: object) -> None:
            self.errors.append("".join(traceback.format_exception(exception, limit=-3)))

        flask.got_request_exception.connect(note, self.app, weak=False)

    def _make_tables(self) -> None:
        database = self.app.extensions.get("sqlalchemy")
        if database is not None:
            with self.app.app_context(), contextlib.suppress(Exception):
                database.create_all()

    def _send(self, sent: dict[str, Any]) -> dict[str, Any]:
        before, known = replace(stand_ins.COUNTS), len(self.errors)
        is_known = bool(sent.get("session") or sent.get("cookies"))
        client = self.app.test_client() if is_known else self.stranger
        if sent.get("session"):
            with client.session_transaction() as session:
                session.update(sent["session"])
        for name, value in sent.get("cookies", {}).items():
            client.set_cookie(name, value)
        options: dict[str, Any] = {"headers": sent.get("headers", {}), "query_string": sent.get("query", {})}
        if sent.get("json") is not None:
            options["json"] = sent["json"]
        elif sent.get("files"):
            files = {name: (io.BytesIO(_content(name)), f"{name}.png") for name in sent["files"]}
            options["data"] = {**sent.get("form", {}), **files}
        elif sent.get("form"):
            options["data"] = sent["form"]
            options["content_type"] = sent.get("type")
        elif sent.get("body"):
            options["data"] = sent["body"]
        answer = client.open(
            sent["path"], method=sent["method"], environ_base={"REMOTE_ADDR": sent["client"]}, **options
        )
        try:
            size = len(answer.data)
        finally:
            answer.close()
        return {
            "status": answer.status_code,
            "size": size,
            "calls": stand_ins.COUNTS.calls - before.calls,
            "amount": stand_ins.COUNTS.amount - before.amount,
            "error": "".join(self.errors[known:])[-1500:],
            "text": answer.get_data(as_text=True)[:300] if answer.status_code >= 400 else "",
        }

    def _together(self, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """All at once: whoever comes to the held place waits until the others are there, or have been answered."""
        threading.stack_size(STACK_BYTES)
        gate = _Gate(len(requests))
        results: list[dict[str, Any]] = [{}] * len(requests)

        def one(index: int) -> None:
            try:
                results[index] = self._send(requests[index])
            finally:
                gate.leave()

        with self._held(gate):
            threads = [threading.Thread(target=one, args=(index,)) for index in range(len(requests))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(HOLD_SECONDS * 2)
        return results

    @contextlib.contextmanager
    def _held(self, gate: "_Gate") -> Iterator[None]:
        hold = self.job["hold"]
        if hold is None:
            dispatch = self.app.dispatch_request

            def held(*arguments: Any) -> Any:
                gate.arrive()
                return dispatch(*arguments)

            self.app.dispatch_request = held
            yield
            self.app.dispatch_request = dispatch
            return
        threading.settrace(_tracing(os.path.realpath(hold[0]), hold[1], gate.arrive))
        yield
        threading.settrace(None)


class _Gate:
    """Opens when everyone has come or gone."""

    def __init__(self, number: int) -> None:
        self.missing = number
        self.condition = threading.Condition()

    def arrive(self) -> None:
        with self.condition:
            self.missing -= 1
            self.condition.notify_all()
            self.condition.wait_for(lambda: self.missing <= 0, timeout=HOLD_SECONDS)

    def leave(self) -> None:
        with self.condition:
            self.missing -= 1
            self.condition.notify_all()


def _tracing(file: str, line: int, arrive: Callable[[], None]) -> Callable[..., Any]:
    def local(frame: Any, event: str, _argument: object) -> Any:
        if event == "line" and frame.f_lineno == line:
            arrive()
        return local

    def trace(frame: Any, _event: str, _argument: object) -> Any:
        return local if frame.f_code.co_filename == file else None

    return trace


def _content(name: str) -> bytes:
    """A picture of one pixel: whoever wants an image has one, the others have bytes."""
    header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\x02\0\0\0\x90wS\xde"
    return (
        header
        + b"\0\0\0\x0cIDATx\xdac\xf8\xcf\xc0\0\0\3\1\1\0\xc9\xfe\x92\xef\0\0\0\0IEND\xaeB`\x82"
        + name.encode()
    )


if __name__ == "__main__":
    main()
